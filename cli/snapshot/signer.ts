import { concat, encodeAbiParameters, getAddress, hashTypedData, hexToBigInt, isAddress, type Address, type LocalAccount } from "viem";
import { X0tError } from "../../core/x0tError.ts";
import { readAccount } from "../sender.ts";
import type { Network } from "../network.ts";
import type { SnapshotSigner } from "./library.ts";

export interface SignerFlags {
  keyFile?: string[];
  node?: number;
  safe?: string;
}

/**
 * Who signs: the key of `--key-file`, else the devnet's operator of `--node`; with `--safe` that account, by the keys of
 * enough of its owners. @throws X0T_KEY_FILE, X0T_USAGE
 */
export async function openSigner(network: Network, flags: SignerFlags): Promise<SnapshotSigner> {
  const files = flags.keyFile ?? [];
  const devnetKey = flags.node === undefined ? undefined : `operator-${flags.node}`;
  const [first, ...more] = files.length === 0 ? [undefined] : files;
  const account = await readAccount(network, first, devnetKey);
  const others = await Promise.all(more.map((file) => readAccount(network, file, undefined)));
  if (flags.safe !== undefined) {
    if (!isAddress(flags.safe)) throw new X0tError("X0T_USAGE", `--safe "${flags.safe}" is no address: 0x and 40 hex digits.`);
    return safeSigner([account, ...others], { safe: getAddress(flags.safe), chainId: network.contracts.chainId });
  }
  if (others.length > 0) throw new X0tError("X0T_USAGE", "Several key files sign for a Safe only: name it with --safe ADDRESS.");
  return accountSigner(account);
}

/** snapshot.js calls an ethers signer; the type list names one type, the primary one. */
export function accountSigner(account: LocalAccount): SnapshotSigner {
  return {
    address: account.address,
    _signTypedData: (domain, types, message) =>
      account.signTypedData({ domain, types, primaryType: Object.keys(types)[0] ?? "", message }),
  };
}

/** Signs as a Safe (ERC-1271): each owner signs the Safe's message of the hash; the signatures stand in the order of the owners' addresses. */
export function safeSigner(owners: readonly LocalAccount[], { safe, chainId }: { safe: Address; chainId: number }): SnapshotSigner {
  const sorted = owners.toSorted((a, b) => (hexToBigInt(a.address) < hexToBigInt(b.address) ? -1 : 1));
  return {
    address: safe,
    async _signTypedData(domain, types, message) {
      const hash = hashTypedData({ domain, types, primaryType: Object.keys(types)[0] ?? "", message });
      const safeMessage = {
        domain: { chainId, verifyingContract: safe },
        types: { SafeMessage: [{ name: "message", type: "bytes" }] },
        primaryType: "SafeMessage",
        message: { message: encodeAbiParameters([{ type: "bytes32" }], [hash]) },
      } as const;
      return concat(await Promise.all(sorted.map((owner) => owner.signTypedData(safeMessage))));
    },
  };
}
