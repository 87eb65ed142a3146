import type { IncomingMessage } from "node:http";
import busboy from "busboy";
import { X0tError } from "../core/x0tError.ts";

/**
 * The one file of a multipart request, at most `limit` bytes.
 * @throws X0T_IPFS_BAD_REQUEST, X0T_IPFS_TOO_LARGE
 */
export function readUpload(request: IncomingMessage, limit: number): Promise<{ name: string; bytes: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const bad = (message: string, cause?: unknown) => reject(new X0tError("X0T_IPFS_BAD_REQUEST", message, { cause }));
    let parser: busboy.Busboy;
    try {
      parser = busboy({ headers: request.headers, limits: { files: 1, fields: 8, fileSize: limit + 1, parts: 9 } });
    } catch (cause) {
      return bad("Send the bytes as multipart/form-data.", cause);
    }
    let name = "";
    const chunks: Uint8Array[] = [];
    let length = -1;
    parser.on("file", (_field, stream, info) => {
      name = decodeName(info.filename);
      length = 0;
      stream.on("data", (chunk: Uint8Array) => {
        length += chunk.length;
        if (length <= limit) chunks.push(chunk);
      });
    });
    parser.on("close", () => {
      if (length < 0) return bad("The request holds no file.");
      if (length > limit) {
        return reject(new X0tError("X0T_IPFS_TOO_LARGE", `More than ${limit} bytes: split it into smaller blocks.`));
      }
      resolve({ name, bytes: new Uint8Array(Buffer.concat(chunks)) });
    });
    parser.on("error", (cause: unknown) => bad("The multipart body is broken.", cause));
    request.once("aborted", () => bad("The request ended early."));
    request.pipe(parser);
  });
}

function decodeName(name: string | undefined): string {
  try {
    return decodeURIComponent(name ?? "");
  } catch {
    return name ?? "";
  }
}
