import { type Address } from "viem";
import { X0T } from "../../../core/parameters.ts";
import { commitArgs, commitTruth } from "./proofs.ts";
import { challenger, epochNow, goTo, networkFixture, P, SLOTS, wallets, type Protocol } from "./protocol.ts";

export const STAKE = 1_000n * X0T;
export const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);
export const operator = wallets[1]!.account;
export const by = challenger.account;
export const BOND = P.challengeBond;

/** The network, one epoch later: `epoch` is over and node 0 may commit it. */
export async function committable() {
  const protocol = await networkFixture();
  const epoch = await epochNow();
  await goTo(epoch + 1n);
  return { protocol, epoch, ...protocol };
}

/** Node 0 committed slots 0 to 3 truly. */
export async function committed() {
  const state = await committable();
  const receipts = await commitTruth(state.protocol, 0, state.epoch, [0, 1, 2, 3]);
  return { ...state, receipts };
}

/** Node 0 claims all slots without a receipt. */
export async function lied() {
  const state = await committable();
  await state.ledger.write.commit([commitArgs(0, state.epoch, ALL)], { account: operator });
  return state;
}

export const weightOfSlots = (count: number) => (STAKE * BigInt(count)) / BigInt(SLOTS);

export async function balance({ token }: Protocol, of: Address) {
  return token.read.balanceOf([of]);
}
