import { randomFillSync } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { NodeId } from "../../core/ids.ts";
import { PREFACE_VALUE_BYTES } from "./preface.ts";
import { workBits, workMessage } from "./workMessage.ts";

/** Body of the worker thread of `solveWork`: counts up from a random value. */
const { nodeId, minute, bits } = workerData as { nodeId: NodeId; minute: number; bits: number };
const message = workMessage(nodeId, minute, randomFillSync(new Uint8Array(PREFACE_VALUE_BYTES)));
const counterAt = message.length - 4;
for (let counter = message.readUInt32BE(counterAt); workBits(message) < bits; ) {
  counter = (counter + 1) >>> 0;
  message.writeUInt32BE(counter, counterAt);
}
parentPort?.postMessage(new Uint8Array(message.subarray(message.length - PREFACE_VALUE_BYTES)));
