import { devnetParameters, type ProtocolParameters } from "../../../core/parameters.ts";
import { deployProtocol, gasOf, registerNode, time, wallets, type Protocol } from "./protocol.ts";
import { commitArgs } from "./proofs.ts";

/** Ten minutes an epoch, 50 slots, so that 99 % of a week is a whole number of them; eight epochs are open for commits. */
export const BONUS: ProtocolParameters = {
  ...devnetParameters(600),
  slotsPerEpoch: 50,
  commitSeconds: 8 * 600,
  unbondingSeconds: 12 * 600,
};
export const EPOCH = BigInt(BONUS.epochSeconds);
/** ⌈(COMMIT + CHALLENGE + RESPONSE) / EPOCH⌉ + 1. */
export const LAG = 11n;
export const WEEK = 168n;
const NODES = 4;
const BATCH = 8n;
export const EVERY_SLOT = Array.from({ length: BONUS.slotsPerEpoch }, (_, slot) => slot);
export const slots = (count: number): number[] => EVERY_SLOT.slice(0, count);
export const operatorOf = (node: number) => wallets[node + 1]!.account;

/** The slots that a node claims of an epoch; undefined: it does not commit. */
export type Uptime = (epoch: bigint) => number[] | undefined;
export const always: Uptime = () => EVERY_SLOT;

/** Nodes 0 to 3 are registered; they are active from epoch `first` on, and `ripe` is the first that can earn the bonus. */
export async function bonusFixture() {
  const protocol = await deployProtocol(BONUS);
  await toEpoch((await epochNow()) + 1n);
  for (let node = 0; node < NODES; node++) await registerNode(protocol, node);
  const first = (await epochNow()) + 1n;
  return { ...protocol, protocol, first, ripe: first + LAG + WEEK };
}

export async function epochNow(): Promise<bigint> {
  return BigInt(await time.latest()) / EPOCH;
}

export async function toEpoch(epoch: bigint): Promise<void> {
  if (epoch * EPOCH > BigInt(await time.latest())) await time.increaseTo(epoch * EPOCH);
}

/** The nodes commit what they claim of the epochs [from, to). */
export async function live({ ledger }: Pick<Protocol, "ledger">, from: bigint, to: bigint, nodes: Record<number, Uptime>): Promise<void> {
  for (let epoch = from; epoch < to; epoch += BATCH) {
    const end = epoch + BATCH < to ? epoch + BATCH : to;
    await toEpoch(end);
    for (const [index, uptime] of Object.entries(nodes)) {
      const node = Number(index);
      const commits = Array.from({ length: Number(end - epoch) }, (_, i) => epoch + BigInt(i)).flatMap((e) => {
        const claimed = uptime(e);
        return claimed === undefined ? [] : [commitArgs(node, e, claimed)];
      });
      if (commits.length > 0) await ledger.write.commitBatch([commits], { account: operatorOf(node) });
    }
  }
}

/** Commits `epoch` with every slot. @returns whether it earned the bonus, and gas */
export async function commitOne({ ledger }: Pick<Protocol, "ledger">, node: number, epoch: bigint): Promise<{ bonus: boolean; gas: bigint }> {
  await toEpoch(epoch + 1n);
  const gas = await gasOf(await ledger.write.commit([commitArgs(node, epoch, EVERY_SLOT)], { account: operatorOf(node) }));
  return { bonus: (await ledger.read.commitOf([node, epoch])).bonus, gas };
}

export async function earns(state: Pick<Protocol, "ledger">, node: number, epoch: bigint): Promise<boolean> {
  return (await commitOne(state, node, epoch)).bonus;
}
