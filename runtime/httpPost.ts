import { randomBytes } from "node:crypto";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface HttpAnswer {
  status: number;
  /** undefined if it is longer than the limit: then the rest was not read. */
  body: Buffer | undefined;
}

const AGENTS = { http: new HttpAgent({ keepAlive: true, maxSockets: 8 }), https: new HttpsAgent({ keepAlive: true, maxSockets: 8 }) };

/**
 * One POST over node:http. Not `fetch`: on Node 24.21, aborting one that streams its body can throw outside of any
 * promise and end the process. @throws the signal's reason, or the socket's error
 */
export async function httpPost(
  url: string,
  options: { headers?: Record<string, string>; body?: Uint8Array; limit: number; signal: AbortSignal },
): Promise<HttpAnswer> {
  const { headers = {}, body, limit, signal } = options;
  signal.throwIfAborted();
  const secure = url.startsWith("https:");
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(
      url,
      { method: "POST", headers: { ...headers, "Content-Length": body?.length ?? 0 }, agent: secure ? AGENTS.https : AGENTS.http, signal },
      resolve,
    );
    request.on("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.end(body);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) {
        response.destroy();
        return { status: response.statusCode ?? 0, body: undefined };
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}

/** One file as multipart/form-data. */
export function multipartOf(bytes: Uint8Array): { headers: Record<string, string>; body: Uint8Array } {
  const boundary = randomBytes(16).toString("hex");
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="data"; filename="block"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
