import type { ChildProcess } from "node:child_process";
import type { DownloadReport, DownloadRequest } from "./light/downloader.ts";

export type Download = Pick<DownloadRequest, "bytes" | "bytesPerSecond" | "seed" | "timeoutMs" | "user">;

/** Downloads by a process of `light/downloader.ts`, any number at once. */
export function createDownloads(downloader: ChildProcess, at: Pick<DownloadRequest, "proxy" | "origin">): (download: Download) => Promise<DownloadReport> {
  const waiting = new Map<number, { resolve(report: DownloadReport): void; reject(error: Error): void }>();
  let nextId = 0;
  downloader
    .on("message", (report: DownloadReport) => {
      waiting.get(report.id)?.resolve(report);
      waiting.delete(report.id);
    })
    .once("exit", () => {
      for (const { reject } of waiting.values()) reject(new Error("The downloading process ended."));
      waiting.clear();
    });
  return (download) => {
    const id = ++nextId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      downloader.send({ ...download, ...at, id } satisfies DownloadRequest);
    });
  };
}
