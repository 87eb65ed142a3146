import { setTimeout as delay } from "node:timers/promises";
import { MAX_BLOCK_BYTES } from "../core/blockSize.ts";
import { blockDigest, cidFromDigest } from "../core/cid.ts";
import type { Hex } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";
import { httpPost, multipartOf, type HttpAnswer } from "./httpPost.ts";

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

  const post = async (path: string, signal: AbortSignal | undefined, file?: Uint8Array): Promise<HttpAnswer> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const upload = file === undefined ? {} : multipartOf(file);
    try {
      return await httpPost(`${base}/api/v0/${path}`, { ...upload, limit: MAX_BLOCK_BYTES, signal: either });
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
      const { status, body } = await retryDown(signal, () =>
        post("block/put?cid-codec=dag-cbor&mhtype=sha2-256&pin=true", signal, bytes),
      );
      const key = status === 200 ? fieldOf(body, "Key") : undefined;
      if (key === cidFromDigest(digest)) return digest;
      const reason = key ?? fieldOf(body, "Message") ?? `status ${status}`;
      throw new X0tError("X0T_IPFS_REFUSED", `IPFS at ${base} did not store the block: ${reason}.`, { retryable: status >= 500 });
    },

    async getBlock(digest, signal) {
      const cid = cidFromDigest(digest);
      const notFound = (cause?: unknown) =>
        new X0tError("X0T_IPFS_NOT_FOUND", `IPFS has no block ${cid} now.`, { retryable: true, cause, data: { digest } });
      let answer: HttpAnswer;
      try {
        answer = await retryDown(signal, () => post(`block/get?arg=${cid}`, signal));
      } catch (error) {
        throw error instanceof X0tError && error.code === "X0T_IPFS_TIMEOUT" ? notFound(error) : error;
      }
      const { status, body } = answer;
      if (status !== 200) throw notFound(fieldOf(body, "Message"));
      if (body !== undefined && blockDigest(body) === digest) return new Uint8Array(body);
      throw new X0tError("X0T_IPFS_BAD_BLOCK", `IPFS at ${base} answered with bytes that are not block ${cid}.`, {
        data: { digest },
      });
    },

    async isUp(signal) {
      try {
        return (await post("version", signal)).status === 200;
      } catch {
        signal?.throwIfAborted();
        return false;
      }
    },
  };
}

/** A daemon that restarts is away for a moment; a job that meets it need not fail. */
async function retryDown(signal: AbortSignal | undefined, request: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (attempt === TRIES || !(error instanceof X0tError) || error.code !== "X0T_IPFS_DOWN") throw error;
      await delay(RETRY_MS * attempt, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** A text field of a JSON answer, if there is one. */
function fieldOf(body: Buffer | undefined, field: "Key" | "Message"): string | undefined {
  try {
    const value = (JSON.parse(body?.toString("utf8") ?? "") as Record<string, unknown>)[field];
    return typeof value === "string" ? value.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
