import { formatEther, keccak256, toHex, type Address } from "viem";
import { findChannels } from "../chain/findChannels.ts";
import { openChannel } from "../chain/openChannel.ts";
import { readBalance } from "../chain/readBalance.ts";
import { topUpChannel } from "../chain/topUpChannel.ts";
import type { Channel } from "../chain/readChannel.ts";
import { RELAY_CHANNEL_WEI, X0T } from "../core/parameters.ts";
import type { Tick } from "./chainView.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Relays that a node pays in advance: each is paid by about as many, so that whoever joins can be reached and witnessed. */
const PEERS = 8;
/** A channel with less than this part of a deposit left is topped up by one. */
const LOW_PART = 5n;
/** Bonds that stay in the hot key: challenging comes first. */
const KEPT_BONDS = 2n;
const CENT_WEI = X0T / 100n;

/**
 * Keeps a channel open from the hot key to the relays it is to pay (PAY-8), and deposit in it: without one nobody can be
 * reached through this node, and no witness can be sent through it (NET-21). Genesis opens those of a devnet's first nodes.
 */
export function createKeepChannels(node: WorkerNode): Job {
  let doneEpoch = -1;
  return {
    name: "keepChannels",
    async run(tick, signal) {
      if (doneEpoch === tick.epoch) return;
      const wanted = await wantedPayees(node, tick);
      const { account, contracts, parameters, view } = node;
      const { x0tWei } = await readBalance(view.client, { token: contracts.X0TToken, account: account.address });
      let freeWei = x0tWei - KEPT_BONDS * parameters.challengeBond;
      let lackWei = 0n;
      for (const [payee, count] of wanted) {
        for (const pay of await paymentsTo(node, payee, count)) {
          if (freeWei < RELAY_CHANNEL_WEI) {
            lackWei += RELAY_CHANNEL_WEI;
            continue;
          }
          await pay(signal);
          freeWei -= RELAY_CHANNEL_WEI;
        }
      }
      if (lackWei > 0n) sayLack(node, lackWei - freeWei);
      doneEpoch = tick.epoch;
    },
  };
}

/** How many nodes of which operators: the nearest active ones by hash, which stay the same as others come and go. */
async function wantedPayees(node: WorkerNode, tick: Tick): Promise<Map<Address, number>> {
  const others = (await node.view.nodes(tick)).filter(({ active, operator }) => active && operator !== node.operator);
  const distance = new Map(others.map((other) => [other, keccak256(toHex(`channel/${node.nodeId}/${other.nodeId}`))]));
  const nearest = [...others].sort((a, b) => ((distance.get(a) ?? "") < (distance.get(b) ?? "") ? -1 : 1)).slice(0, PEERS);
  const payees = new Map<Address, number>();
  for (const { operator } of nearest) payees.set(operator, (payees.get(operator) ?? 0) + 1);
  return payees;
}

/** What is to be sent so that `count` channels to `payee` are open and none is nearly spent; each takes one deposit. */
async function paymentsTo(node: WorkerNode, payee: Address, count: number): Promise<((signal: AbortSignal) => Promise<void>)[]> {
  const { X0TToken: token, RelayChannels: channels } = node.contracts;
  const found = await findChannels(node.view.client, { channels, payer: node.account.address, payee });
  const open = found.filter(({ closed, closesAt }) => !closed && closesAt === 0);
  const topUps = open.filter(isLow).slice(0, count).map(({ channel }) => async (signal: AbortSignal) => {
    await topUpChannel(node.sender, { token, channels, channel, amountWei: RELAY_CHANNEL_WEI }, signal);
    node.log.info({ channel, payee }, "topped up a channel to a relay");
  });
  const openings = Array.from({ length: Math.max(0, count - open.length) }, () => async (signal: AbortSignal) => {
    const { channel } = await openChannel(node.sender, { token, channels, payee, signer: node.account.address, amountWei: RELAY_CHANNEL_WEI }, signal);
    node.log.info({ channel, payee }, "opened a channel to a relay");
  });
  return [...topUps, ...openings];
}

function isLow({ deposit, redeemed }: Channel): boolean {
  return (deposit - redeemed) * LOW_PART < RELAY_CHANNEL_WEI;
}

function sayLack({ account, log }: WorkerNode, lackWei: bigint): void {
  // Up to the next hundredth.
  const sendWei = ((lackWei * 100n) / 99n / CENT_WEI + 1n) * CENT_WEI;
  log.warn(
    { account: account.address, lack: formatEther(lackWei) },
    `the hot key has too little X0T for channels to other relays: what lies behind them cannot be reached through this node, which then earns less or nothing. Send ${formatEther(sendWei)} X0T to ${account.address}, of which 1 % burns on the way`,
  );
}
