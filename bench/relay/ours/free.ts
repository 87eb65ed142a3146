import type { TunnelPayee, TunnelPayer } from "../../../node/circuit/relayDeps.ts";

/** Pays and is paid nothing: only the way of the data is measured. */
export const free: TunnelPayee & TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };
