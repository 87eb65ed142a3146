import { terminateLease } from "../../chain/terminateLease.ts";
import { endLease, type EndFlags } from "../market/endLease.ts";

/** `x0t market terminate`: the provider ends a lease with the current epoch. */
export function marketTerminate(text: string, flags: EndFlags): Promise<void> {
  return endLease(text, flags, { end: terminateLease, devnetKey: ({ node }) => `operator-${node}`, lastOffset: 0, to: "the tenant" });
}
