import { setTimeout as delay } from "node:timers/promises";
import { MAX_BLOCK_BYTES } from "../core/blockSize.ts";
import { blockDigest, cidFromDigest } from "../core/cid.ts";
import type { Hex } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";

const TIMEOUT_MS = 10_000;
const TRIES = 3;
const RETRY_MS = 200;

/** Blocks by their SHA-256, over the Kubo RPC API: a Kubo daemon's or that of ipfs/main.ts. */
export interface IpfsClient {
  /** Stores and pins one dag-cbor block. @returns its digest. @throws X0T_IPFS_DOWN, X0T_IPFS_REFUSED */
  putBlock(bytes: Uint8Array, signal?: AbortSignal): Promise<Hex>;
  /** Fetches a block and checks its SHA-256. @throws X0T_IPFS_DOWN, X0T_IPFS_NOT_FOUND, X0T_IPFS_BAD_BLOCK */
  getBlock(digest: Hex, signal?: AbortSignal): Promise<Uint8Array>;
  /** True if the API answers: then a block that is missing is really missing. */
  isUp(signal?: AbortSignal): Promise<boolean>;
}

/**
 * @param parameters.url of the API's host, `http://127.0.0.1:5001`.
 * @param parameters.timeoutMs for one request; a block that nobody serves in that time is X0T_IPFS_NOT_FOUND.
 */
export function createIpfsClient(parameters: { url: string; timeoutMs?: number }): IpfsClient {
  const timeoutMs = parameters.timeoutMs ?? TIMEOUT_MS;
  const base = parameters.url.replace(/\/+$/, "");

  const post = async (path: string, signal: AbortSignal | undefined, body?: FormData): Promise<Response> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    try {
      return await fetch(`${base}/api/v0/${path}`, { method: "POST", signal: either, ...(body !== undefined && { body }) });
    } catch (cause) {
      signal?.throwIfAborted();
      if (deadline.aborted) {
        throw new X0tError("X0T_IPFS_TIMEOUT", `IPFS at ${base} did not answer in ${timeoutMs} ms.`, { retryable: true, cause });
      }
      throw new X0tError("X0T_IPFS_DOWN", `IPFS at ${base} is not reachable. Start it, or correct ipfsUrl.`, {
        retryable: true,
        cause,
        data: { url: base },
      });
    }
  };

  return {
    async putBlock(bytes, signal) {
      if (bytes.length > MAX_BLOCK_BYTES) {
        throw new X0tError("X0T_IPFS_REFUSED", `A block of ${bytes.length} bytes is too large: at most ${MAX_BLOCK_BYTES}.`);
      }
      const digest = blockDigest(bytes);
      const response = await retryDown(signal, () => {
        const form = new FormData();
        form.append("data", new Blob([bytes.slice()]));
        return post("block/put?cid-codec=dag-cbor&mhtype=sha2-256&pin=true", signal, form);
      });
      const answer = await readText(response, 65_536);
      const key = response.ok ? keyOf(answer) : undefined;
      if (key === cidFromDigest(digest)) return digest;
      throw new X0tError("X0T_IPFS_REFUSED", `IPFS at ${base} did not store the block: ${key ?? messageOf(answer)}.`, {
        retryable: response.status >= 500,
      });
    },

    async getBlock(digest, signal) {
      const cid = cidFromDigest(digest);
      const notFound = (cause?: unknown) =>
        new X0tError("X0T_IPFS_NOT_FOUND", `IPFS has no block ${cid} now.`, { retryable: true, cause, data: { digest } });
      let response: Response;
      try {
        response = await retryDown(signal, () => post(`block/get?arg=${cid}`, signal));
      } catch (error) {
        throw error instanceof X0tError && error.code === "X0T_IPFS_TIMEOUT" ? notFound(error) : error;
      }
      if (!response.ok) throw notFound(messageOf(await readText(response, 65_536)));
      const bytes = await readBytes(response, MAX_BLOCK_BYTES);
      if (bytes === undefined || blockDigest(bytes) !== digest) {
        throw new X0tError("X0T_IPFS_BAD_BLOCK", `IPFS at ${base} answered with bytes that are not block ${cid}.`, {
          data: { digest },
        });
      }
      return bytes;
    },

    async isUp(signal) {
      try {
        const response = await post("version", signal);
        await readText(response, 65_536);
        return response.ok;
      } catch {
        signal?.throwIfAborted();
        return false;
      }
    },
  };
}

/** A daemon that restarts is away for a moment; a job that meets it need not fail. */
async function retryDown(signal: AbortSignal | undefined, request: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (attempt === TRIES || !(error instanceof X0tError) || error.code !== "X0T_IPFS_DOWN") throw error;
      await delay(RETRY_MS * attempt, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** The body, or undefined if it is longer than `limit`: then the rest is not read. */
async function readBytes(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > limit) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function readText(response: Response, limit: number): Promise<string> {
  return Buffer.from((await readBytes(response, limit)) ?? []).toString("utf8");
}

function keyOf(answer: string): string | undefined {
  try {
    return (JSON.parse(answer) as { Key?: string }).Key;
  } catch {
    return undefined;
  }
}

function messageOf(answer: string): string {
  try {
    return (JSON.parse(answer) as { Message?: string }).Message ?? "no reason given";
  } catch {
    return answer.slice(0, 200) || "no reason given";
  }
}
