import { keccak256, toHex } from "viem";
import type { NodeIndex } from "../core/ids.ts";

/**
 * The place of `self` in an order of `members` that everybody computes alike and that changes with `salt`: whoever comes
 * first acts, the others only if it did not. `self` need not be a member.
 */
export function rankOf(members: readonly NodeIndex[], self: NodeIndex, salt: string): number {
  const place = (node: NodeIndex) => keccak256(toHex(`${salt}/${node}`));
  const own = place(self);
  return members.filter((member) => member !== self && place(member) < own).length;
}
