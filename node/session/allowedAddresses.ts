import net from "node:net";
import { ATYP, REPLIES, type Target } from "../circuit/frames.ts";
import type { ExitPolicy } from "./exitPolicy.ts";
import type { Nat64 } from "./nat64.ts";
import type { ResolveName } from "./resolveName.ts";

/** The literals of a target that may be reached, in the order to try; or the reply that says why there are none. */
export type AllowedAddresses = (target: Target, signal: AbortSignal) => Promise<string[] | number>;

export interface AddressRules {
  policy: ExitPolicy;
  resolve: ResolveName;
  nat64: Nat64;
}

/** Resolves, then asks the policy about each literal (NET-15). */
export function createAllowedAddresses({ policy, resolve, nat64 }: AddressRules): AllowedAddresses {
  return async (target, signal) => {
    if (target.atyp === ATYP.echo) return REPLIES.addressTypeNotSupported;
    if (target.port === 0) return REPLIES.notAllowed;
    const addresses = target.atyp === ATYP.name ? await resolve(target.host, signal) : [target.host];
    if (addresses.length === 0) return REPLIES.hostUnreachable;
    const allowed = addresses.filter((address) => policy.allows(address, target.port));
    // Only IPv6 that is allowed otherwise has to wait for the look.
    if (allowed.some((address) => net.isIPv6(address))) await nat64.look();
    const reachable = allowed.filter((address) => nat64.allows(address));
    return reachable.length === 0 ? REPLIES.notAllowed : reachable;
  };
}
