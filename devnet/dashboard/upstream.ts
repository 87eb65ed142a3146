import type { FastifyReply } from "fastify";
import { X0tError } from "../../core/x0tError.ts";

const DEADLINE_MS = 15_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Hands one request on to a part of the network and its answer back: the page speaks to its own origin alone.
 * A part that does not answer is a 502 with our error's code.
 */
export async function handOn(reply: FastifyReply, url: string, body?: unknown, type = "application/json; charset=utf-8"): Promise<FastifyReply> {
  // Whatever the part says: nothing of it is ever a page or a script of this origin.
  void reply.headers({ "content-security-policy": "default-src 'none'; sandbox" });
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(DEADLINE_MS),
      redirect: "error",
      ...(body !== undefined && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const answer = await readAnswer(response);
    return await reply.code(response.status).type(type).send(answer);
  } catch (error) {
    const message = error instanceof X0tError ? error.message : "This part of the network does not answer.";
    return await reply.code(502).send({ error: "X0T_UPSTREAM", message });
  }
}

async function readAnswer(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_ANSWER_BYTES) throw new X0tError("X0T_UPSTREAM", `The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}
