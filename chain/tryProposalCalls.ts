import { isAddressEqual } from "viem";
import { call } from "viem/actions";
import type { AddressBook } from "../core/addressBook.ts";
import { describeCall } from "../core/describeCall.ts";
import type { ProposalCall } from "../core/proposal.ts";
import { revertedError, revertOf } from "../core/revert.ts";
import type { Reader } from "./client.ts";

/** Solidity's code for taking from an empty queue: the Governor's own settings change only while it executes (GOV-4). */
const PANIC_EMPTY = 0x31n;

/** Tries each call as the timelock would make it now, alone. @returns what would be refused, in words */
export async function tryProposalCalls(client: Reader, parameters: { book: AddressBook; calls: readonly ProposalCall[] }): Promise<string[]> {
  const { book, calls } = parameters;
  const { X0TTimelock: timelock, X0TGovernor: governor } = book.contracts;
  const tried = await Promise.all(
    calls.map(async ({ target, valueWei, data }, index) => {
      try {
        await call(client, { account: timelock, to: target, data, value: valueWei });
        return [];
      } catch (error) {
        const revert = revertOf(error);
        // The endpoint did not answer: that says nothing of the call.
        if (revert === undefined && !/revert/i.test((error as Error).message)) throw error;
        const { name, args } = revert ?? { name: "", args: [] };
        if (isAddressEqual(target, governor) && name === "Panic" && args[0] === PANIC_EMPTY) return [];
        const described = describeCall({ target, valueWei, data }, book);
        return [`Call ${index + 1}: ${revertedError(described.function ?? "the call", { name, args }).message}`];
      }
    }),
  );
  return tried.flat();
}
