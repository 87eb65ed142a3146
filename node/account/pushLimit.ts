import type { NodeId } from "../../core/ids.ts";

/** Descriptors pushed at once, and a second from then on: each costs 4 to 6 kB on every account tunnel. */
const BURST = 16;
const PER_SECOND = 4;
/** One node that turns around all the time is told of twice, then once a minute. */
const PER_NODE_BURST = 2;
const PER_NODE_SECONDS = 60;
const MAX_NODES = 4_096;

interface Bucket {
  left: number;
  atMs: number;
}

/** Whether a node's descriptor may be pushed now (NET-23); what may not is fetched by the clients later. */
export function createPushLimit(nowMs: () => number = () => performance.now()): (nodeId: NodeId) => boolean {
  const all: Bucket = { left: BURST, atMs: nowMs() };
  const nodes = new Map<NodeId, Bucket>();

  return (nodeId) => {
    const now = nowMs();
    const own = nodes.get(nodeId) ?? { left: PER_NODE_BURST, atMs: now };
    refill(all, BURST, PER_SECOND, now);
    refill(own, PER_NODE_BURST, 1 / PER_NODE_SECONDS, now);
    if (own.left < 1 || all.left < 1) return false;
    own.left--;
    all.left--;
    // The one that was pushed longest ago makes room.
    nodes.delete(nodeId);
    nodes.set(nodeId, own);
    const [oldest] = nodes.keys();
    if (nodes.size > MAX_NODES && oldest !== undefined) nodes.delete(oldest);
    return true;
  };
}

function refill(bucket: Bucket, most: number, perSecond: number, nowMs: number): void {
  bucket.left = Math.min(most, bucket.left + ((nowMs - bucket.atMs) / 1_000) * perSecond);
  bucket.atMs = nowMs;
}
