/**
 * `node downloader.ts`: a process of its own, so that nothing else delays its clock. Takes `DownloadRequest`s from its
 * parent, downloads through SOCKS5, compares every byte, and answers with a `DownloadReport`.
 */
import { createHash } from "node:crypto";
import net from "node:net";
import { nowMs } from "../clock.ts";
import { createContent } from "./content.ts";
import { encodeRequest, type OriginRequest } from "./request.ts";

export interface DownloadRequest extends OriginRequest {
  id: number;
  proxy: { host: string; port: number };
  origin: { host: string; port: number };
  timeoutMs: number;
  /** SOCKS user name: a session of its own (NET-10). */
  user?: string;
}

export interface DownloadReport {
  id: number;
  /** All bytes came, in order, and their SHA-256 is the origin's. */
  intact: boolean;
  /** Why not. */
  error?: string;
  received: number;
  /** When it asked, when the proxy answered, when the first byte and the last came, when it was over; ms of `nowMs`. */
  startedMs: number;
  openedMs?: number;
  firstMs?: number;
  lastMs?: number;
  endedMs: number;
  /** Silences of 1 ms and more between two arrivals: [when it began, how long]. */
  gaps: [number, number][];
}

const SHORTEST_GAP_MS = 1;
const MAX_GAPS = 20_000;

function download(request: DownloadRequest): Promise<DownloadReport> {
  const { id, proxy, origin, bytes, seed, user } = request;
  const report: DownloadReport = { id, intact: false, received: 0, startedMs: nowMs(), endedMs: 0, gaps: [] };
  const expected = createContent(seed);
  const [ours, theirs] = [createHash("sha256"), createHash("sha256")];
  const socket = net.connect({ ...proxy, noDelay: true, highWaterMark: 1 << 20 } as net.NetConnectOpts);
  let step: "greeting" | "login" | "reply" | "body" = "greeting";
  let head = Buffer.alloc(0);

  const onBody = (chunk: Buffer) => {
    const now = nowMs();
    const beforeMs = report.lastMs ?? report.openedMs ?? now;
    report.firstMs ??= now;
    report.lastMs = now;
    if (now - beforeMs >= SHORTEST_GAP_MS && report.gaps.length < MAX_GAPS) report.gaps.push([beforeMs, now - beforeMs]);
    const mine = expected(chunk.length);
    if (!mine.equals(chunk)) {
      const at = mine.findIndex((byte, i) => byte !== chunk[i]);
      report.error ??= `byte ${report.received + at} is wrong`;
      return void socket.destroy();
    }
    ours.update(mine);
    theirs.update(chunk);
    report.received += chunk.length;
  };
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    if (step === "greeting" && head.length >= 2) {
      head = head.subarray(2);
      if (user !== undefined) {
        step = "login";
        socket.write(Buffer.concat([Buffer.from([1, user.length]), Buffer.from(user), Buffer.from([1, 0x78])]));
        return;
      }
      step = "reply";
      return void socket.write(connectRequest(origin));
    }
    if (step === "login" && head.length >= 2) {
      head = head.subarray(2);
      step = "reply";
      return void socket.write(connectRequest(origin));
    }
    if (step === "reply" && head.length >= 10) {
      if (head[1] !== 0) {
        report.error = `SOCKS reply ${head[1]}`;
        return void socket.destroy();
      }
      step = "body";
      report.openedMs = nowMs();
      socket.write(encodeRequest(request));
      const rest = head.subarray(10);
      if (rest.length > 0) onBody(rest);
    }
  };

  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      report.error ??= `not over in ${request.timeoutMs} ms`;
      socket.destroy();
    }, request.timeoutMs);
    let ended = false;
    socket
      .on("connect", () => socket.write(Buffer.from([5, 1, user === undefined ? 0 : 2])))
      .on("data", (chunk: Buffer) => (step === "body" ? onBody(chunk) : onHead(chunk)))
      .on("end", () => (ended = true))
      .on("error", (error: NodeJS.ErrnoException) => (report.error ??= error.code ?? error.message))
      .on("close", () => {
        clearTimeout(timer);
        report.endedMs = nowMs();
        report.intact = report.error === undefined && ended && report.received === bytes && ours.digest("hex") === theirs.digest("hex");
        if (!report.intact) report.error ??= `${ended ? "ended" : "cut"} after ${report.received} of ${bytes} bytes`;
        resolve(report);
      });
  });
}

function connectRequest({ host, port }: { host: string; port: number }): Buffer {
  return Buffer.from([5, 1, 0, 1, ...host.split(".").map(Number), port >> 8, port & 0xff]);
}

process.on("message", (request: DownloadRequest) => {
  void download(request).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
