import { existsSync } from "node:fs";
import { copyFile, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isAddress, isAddressEqual } from "viem";
import { readContract } from "viem/actions";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { z } from "zod";
import { findNode } from "../../chain/findNode.ts";
import { readHead } from "../../chain/readHead.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { epochAt, epochStart } from "../../core/epochTime.ts";
import type { Address, NodeIndex } from "../../core/ids.ts";
import { parseStrict } from "../../core/schema.ts";
import { X0tError } from "../../core/x0tError.ts";
import { readKeystore, readPassphraseFile, writeKeystore, type NodeKeys } from "../../runtime/keystore.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { rotateRequest, writeRequest } from "./nodeRequests.ts";

const KEYSTORE = "keystore.json";
/** The next hot key waits here, encrypted as the other, until the operator's transaction is there. */
const NEXT_KEYSTORE = "keystore.next.json";

const configSchema = z.object({
  operator: z.string().transform((value) => value as Address).refine((value) => isAddress(value), { message: "must be an address" }),
  passphraseFile: z.string(),
});
const costSchema = z.object({ kdf: z.object({ logN: z.number() }) });

/** `x0t node rotate-key`: a new hot key in two steps, between which the operator's wallet signs (REG-1). */
export async function nodeRotateKey(flags: { home: string; finish?: boolean; json?: boolean }): Promise<void> {
  const home = resolve(flags.home);
  const network = await findNetwork({ home });
  const { operator, passphraseFile } = parseStrict(configSchema, JSON.parse(await readFile(join(home, "config.json"), "utf8")), "X0T_CONFIG", "config.json");
  const passphrase = await readPassphraseFile(resolve(home, passphraseFile));
  const keys = await readKeystore(join(home, KEYSTORE), passphrase);
  const { NodeRegistry: registry } = network.contracts.contracts;
  const index = await findNode(network.client, { registry, nodeId: keys.nodeId });
  if (index === undefined) throw new X0tError("X0T_NOT_REGISTERED", "This node is not registered yet: there is no hot key to replace.");
  const next = join(home, NEXT_KEYSTORE);
  if (flags.finish === true) return finish({ ...flags, home, next, passphrase, network, index, old: privateKeyToAddress(keys.hotKey) });
  const nextKeys = existsSync(next) ? await readKeystore(next, passphrase) : await makeNext(next, keys, passphrase, join(home, KEYSTORE));
  const request = await rotateRequest(network, nextKeys, operator, index);
  const file = await writeRequest(home, request);
  if (flags.json === true) return printJson({ ...request, file });
  console.log(`Node ${index} will have the hot key ${request.witness}.
1. Give this file (it holds no secret) to the dashboard's page Operate, where ${operator} signs:
   ${file}
2. Send the new hot key some X0T and the chain's coin for bonds and fees.
3. Then: ./x0t node rotate-key --home ${flags.home} --finish`);
}

async function makeNext(file: string, keys: NodeKeys, passphrase: Buffer, keystore: string): Promise<NodeKeys> {
  const { kdf } = costSchema.parse(JSON.parse(await readFile(keystore, "utf8")));
  const next = { ...keys, hotKey: generatePrivateKey() };
  await writeKeystore(file, next, passphrase, kdf.logN);
  return next;
}

/** @throws X0T_ROTATION_PENDING until receipts of the new key count */
async function finish(at: { home: string; next: string; passphrase: Buffer; network: Network; index: NodeIndex; old: Address; json?: boolean }): Promise<void> {
  const { home, network, index } = at;
  if (!existsSync(at.next)) throw new X0tError("X0T_USAGE", `No new hot key waits in ${home}. Make one with: ./x0t node rotate-key --home ${home}`);
  const hotKey = privateKeyToAddress((await readKeystore(at.next, at.passphrase)).hotKey);
  await assertRotated(network, index, hotKey);
  const kept = join(home, `keystore.${at.old.toLowerCase()}.json`);
  await copyFile(join(home, KEYSTORE), kept);
  await rename(at.next, join(home, KEYSTORE));
  await rm(join(home, "rotate.json"), { force: true });
  if (at.json === true) return printJson({ node: index, hotKey, kept });
  console.log(`Node ${index} has the hot key ${hotKey}. Restart it to use it.
The old key is in ${kept}: what ${at.old} still holds, and what is left in its channels, stays its own.`);
}

async function assertRotated(network: Network, index: NodeIndex, hotKey: Address): Promise<void> {
  const at = { address: network.contracts.contracts.NodeRegistry, abi: nodeRegistryAbi } as const;
  const pending = (message: string) => new X0tError("X0T_ROTATION_PENDING", message, { retryable: true });
  const { witness } = await readContract(network.client, { ...at, functionName: "getNode", args: [index] });
  if (!isAddressEqual(witness, hotKey)) {
    throw pending(`The registry still names ${witness} as the hot key of node ${index}: the operator has not sent the change to ${hotKey} yet.`);
  }
  const { timestamp } = await readHead(network.client);
  const epoch = epochAt(network.parameters, timestamp);
  const counts = await readContract(network.client, { ...at, functionName: "witnessAt", args: [index, BigInt(epoch)] });
  if (isAddressEqual(counts, hotKey)) return;
  const waitSeconds = epochStart(network.parameters, epoch + 1) - timestamp;
  throw pending(`Receipts of ${hotKey} count from epoch ${epoch + 1} on, in ${waitSeconds} s. Let the node run with the old key until then, and repeat this.`);
}
