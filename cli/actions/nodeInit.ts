import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP, isIPv6 } from "node:net";
import { isAbsolute, join, resolve } from "node:path";
import { getAddress, isAddress, isAddressEqual, zeroAddress, type Address, type Hex } from "viem";
import { findNode } from "../../chain/findNode.ts";
import { registerNode } from "../../chain/registerNode.ts";
import type { Endpoint } from "../../core/didDocument.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { readKeystore, readPassphraseFile, type NodeKeys } from "../../runtime/keystore.ts";
import { createNodeKeys, PASSPHRASE_FILE, writeNodeHome, type NodeHomePlan } from "../../runtime/nodeHome.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { parseExitRule } from "../exitRules.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import { registerRequest, writeRequest } from "./nodeRequests.ts";

interface InitFlags {
  home: string;
  host: string;
  listen?: string;
  behindNat?: boolean;
  region: string;
  relayPort: number;
  controlPort: number;
  apiPort: number;
  stake: string;
  keyFile?: string;
  operator?: string;
  passphraseFile?: string;
  exit?: string[];
  stateDir?: string;
  network?: string;
  rpc?: string;
  ipfs?: string;
  json?: boolean;
}

/** `x0t node init`: keys, home, document, registration or a request for it. Repeating one that broke off continues it. */
export async function nodeInit(flags: InitFlags): Promise<void> {
  if (isIP(flags.host) === 0) throw new X0tError("X0T_USAGE", `--host ${flags.host} must be an IPv4 or IPv6 address.`);
  if ((flags.keyFile === undefined) === (flags.operator === undefined)) {
    throw new X0tError("X0T_USAGE", "Say whose node it is: --key-file FILE registers it now; --operator 0x… prepares it for the operator's wallet. One of them.");
  }
  const stakeWei = parseX0t(flags.stake);
  const { stateDir, network: name, rpc, ipfs } = flags;
  const network = await findNetwork({
    ...(stateDir !== undefined && { stateDir }),
    ...(name !== undefined && { network: name }),
    ...(rpc !== undefined && { rpc }),
    ...(ipfs !== undefined && { ipfs }),
  });
  if (flags.operator !== undefined) return prepare(flags, network, parseOperator(flags.operator));
  const sender = await openSender(network, flags.keyFile, "");
  const { home, keys, metadata } = await makeHome(flags, network, sender.account);
  const { X0TToken: token, NodeRegistry: registry } = network.contracts.contracts;
  const { nodeId, witness, proofOfPossession } = await registerRequest(network, keys, sender.account, metadata);
  const { index } = await registerNode(sender, { token, registry, nodeId, witness, metadata, stakeWei, proofOfPossession });
  if (flags.json === true) printJson({ index, nodeId, operator: sender.account, hotKey: witness, home, stakeWei });
  else {
    console.log(`Node ${index} is registered with ${formatX0t(stakeWei)} X0T at stake: ${nodeId}
${fundsHint(witness, network)}
Start it with: ./x0t node start --home ${flags.home}
${backupHint(home)}`);
  }
}

/** The operator's key is in a wallet elsewhere: what it must sign goes there as a file without secrets. */
async function prepare(flags: InitFlags, network: Network, operator: Address): Promise<void> {
  const { home, keys, metadata } = await makeHome(flags, network, operator);
  const request = await registerRequest(network, keys, operator, metadata);
  const file = await writeRequest(home, request);
  if (flags.json === true) return printJson({ ...request, file, home });
  const dashboard = network.devnet?.file?.dashboardUrl;
  console.log(`Node ${request.nodeId} is ready to be registered by ${operator}.
1. Open the dashboard${dashboard === undefined ? "" : `, ${dashboard}`}, page Operate, connect that account, and give it this file (it holds no secret):
   ${file}
2. ${fundsHint(request.witness, network)}
3. Start it, now or later; it waits until it is registered: ./x0t node start --home ${flags.home}
${backupHint(home)}`);
}

async function makeHome(flags: InitFlags, network: Network, operator: Address): Promise<{ home: string; keys: NodeKeys; metadata: Hex }> {
  const exitPolicy = (flags.exit ?? []).map(parseExitRule);
  const home = resolve(flags.home);
  const keys = await openKeys(home, flags.passphraseFile, network);
  const didBlock = await writeNodeHome(
    {
      home,
      contracts: network.contracts,
      parameters: network.choice,
      rpcUrls: network.rpcUrls,
      ipfsUrl: network.ipfsUrl,
      operator,
      region: flags.region,
      ...addressesOf(flags),
      apiPort: flags.apiPort,
      passphraseFile: passphrasePath(flags.passphraseFile),
      exitPolicy,
      allowLoopbackExit: network.devnet !== undefined,
    },
    keys,
  );
  return { home, keys, metadata: await createIpfsClient({ url: network.ipfsUrl }).putBlock(didBlock) };
}

function parseOperator(text: string): Address {
  if (!isAddress(text) || isAddressEqual(text, zeroAddress)) throw new X0tError("X0T_USAGE", `--operator ${text} must be an address.`);
  return getAddress(text);
}

function fundsHint(hotKey: Address, network: Network): string {
  return `Its hot key ${hotKey} pays fees, bonds and channels to other relays: send it about 450 X0T and the chain's coin${network.devnet === undefined ? "" : `: ./x0t faucet ${hotKey}`}.`;
}

function backupHint(home: string): string {
  return `Keep a copy of ${join(home, "keystore.json")} and its passphrase: they are the node.`;
}

type Addresses = Pick<NodeHomePlan, "endpoint" | "listenHost" | "dialFrom">;

/** Behind NAT it listens on nothing and dials from whatever address the system has, unless told which. */
export function addressesOf({ host, listen, behindNat, relayPort, controlPort }: Pick<InitFlags, "host" | "listen" | "behindNat" | "relayPort" | "controlPort">): Addresses {
  const listenHost = listen !== undefined && { listenHost: listen };
  if (behindNat !== true) return { endpoint: { host, relayPort, controlPort }, ...listenHost, dialFrom: listen ?? host };
  const endpoint: Endpoint = { host, relayPort: 0, controlPort: 0, reachable: false };
  return { endpoint, ...listenHost, dialFrom: listen ?? (isIPv6(host) ? "::" : "0.0.0.0") };
}

/** New keys, or those of an init that broke off before the registration. @throws X0T_HOME_EXISTS */
async function openKeys(home: string, passphraseFile: string | undefined, network: Network): Promise<NodeKeys> {
  const keystore = join(home, "keystore.json");
  const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile);
  if (!existsSync(keystore)) return createNodeKeys(home, passphrase);
  const { nodeId } = JSON.parse(await readFile(keystore, "utf8")) as { nodeId: NodeKeys["nodeId"] };
  const index = await findNode(network.client, { registry: network.contracts.contracts.NodeRegistry, nodeId });
  if (index !== undefined) {
    throw new X0tError("X0T_HOME_EXISTS", `${home} holds node ${index} already. Start it with: ./x0t node start --home ${home} — or choose another --home.`);
  }
  return readKeystore(keystore, passphrase ?? (await readPassphraseFile(join(home, PASSPHRASE_FILE))));
}

function passphrasePath(file: string | undefined): string {
  if (file === undefined) return PASSPHRASE_FILE;
  return isAbsolute(file) ? file : resolve(file);
}
