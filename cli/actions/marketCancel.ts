import { cancelLease } from "../../chain/cancelLease.ts";
import { TENANT_KEY } from "../market/keys.ts";
import { endLease, type EndFlags } from "../market/endLease.ts";

/** `x0t market cancel`: the tenant ends a lease with the next epoch. */
export function marketCancel(text: string, flags: EndFlags): Promise<void> {
  return endLease(text, flags, { end: cancelLease, devnetKey: () => TENANT_KEY, lastOffset: 1, to: "you" });
}
