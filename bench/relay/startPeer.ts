import { startDante } from "./peers/dante.ts";
import { startPipe } from "./peers/pipe.ts";
import { startSsh } from "./peers/ssh.ts";
import { startTor } from "./peers/tor.ts";
import { startV2ray } from "./peers/v2ray.ts";
import type { PeerName, System } from "./system.ts";
import type { Workshop } from "./workshop.ts";

const STARTS: Record<PeerName, (workshop: Workshop, originPort: number) => Promise<System>> = {
  tor: (workshop) => startTor(workshop, false),
  "tor-tuned": (workshop) => startTor(workshop, true),
  ssh: startSsh,
  v2ray: startV2ray,
  dante: startDante,
  pipe: startPipe,
};

/** Starts a peer and waits until it is ready for connections. */
export function startPeer(name: PeerName, workshop: Workshop, originPort: number): Promise<System> {
  return STARTS[name](workshop, originPort);
}
