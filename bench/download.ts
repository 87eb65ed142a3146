/**
 * The 200 MB download of a running `./x0t up`: through its relays by SOCKS5, by curl alone, and through three plain TCP
 * pipes, each its own process, in turns. Prints one JSON line: the median MB/s of each, and ratios.
 *
 *     node bench/download.ts [rounds=5] [.x0t/devnet.json]
 */
import { execFile, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const PIPES = 3;
const CHUNK_BYTES = 1 << 20;

/** A child: passes bytes on to a port of this machine. */
async function pipe(port: number): Promise<void> {
  const server = net.createServer({ highWaterMark: CHUNK_BYTES }, (socket) => {
    const next = new net.Socket({ highWaterMark: CHUNK_BYTES } as net.SocketConstructorOpts).connect(port, "127.0.0.1");
    socket.on("error", () => next.destroy()).pipe(next);
    next.on("error", () => socket.destroy()).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.once("disconnect", () => process.exit(0));
  process.send?.((server.address() as AddressInfo).port);
}

/** @returns the port of the first of `PIPES` processes in a row before `port`, and how to end them. */
async function startPipes(port: number): Promise<{ port: number; stop(): void }> {
  const children: ChildProcess[] = [];
  let next = port;
  for (let i = 0; i < PIPES; i++) {
    const child = fork(import.meta.filename, ["pipe", String(next)]);
    children.push(child);
    [next] = (await once(child, "message")) as [number];
  }
  return { port: next, stop: () => children.forEach((child) => child.disconnect()) };
}

/** @returns MB/s as curl measures it. */
async function download(url: string, proxy: readonly string[] = []): Promise<number> {
  const format = "%{http_code} %{size_download} %{time_total}";
  const { stdout } = await promisify(execFile)("curl", ["-s", ...proxy, "-o", "/dev/null", "-w", format, url], { timeout: 120_000 });
  const [status, bytes, seconds] = stdout.split(" ").map(Number);
  if (status !== 200 || bytes !== 200_000_000 || seconds === undefined) throw new Error(`${url} answered ${stdout}`);
  return bytes / 1e6 / seconds;
}

function median(values: number[]): number {
  return Number(([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(1));
}

async function main(rounds: number, devnetFile: string): Promise<void> {
  const devnet = JSON.parse(readFileSync(devnetFile, "utf8")) as { socksUrl: string; originUrl: string };
  const pipes = await startPipes(Number(new URL(devnet.originUrl).port));
  const rates = { relayed: [] as number[], curl: [] as number[], pipe: [] as number[] };
  try {
    for (let round = 0; round < rounds; round++) {
      rates.relayed.push(await download(`${devnet.originUrl}/200m.bin`, ["-x", devnet.socksUrl]));
      rates.curl.push(await download(`${devnet.originUrl}/200m.bin`));
      rates.pipe.push(await download(`http://127.0.0.1:${pipes.port}/200m.bin`));
    }
  } finally {
    pipes.stop();
  }
  const [relayed, curl, pipe] = [median(rates.relayed), median(rates.curl), median(rates.pipe)];
  const ratios = { vsCurl: Number((relayed / curl).toFixed(3)), vsPipe: Number((relayed / pipe).toFixed(3)) };
  console.log(JSON.stringify({ rounds, megabytesPerSecond: { relayed, curl, pipe }, ratios, all: rates }));
}

if (process.argv[2] === "pipe") await pipe(Number(process.argv[3]));
else await main(Number(process.argv[2] ?? 5), process.argv[3] ?? join(import.meta.dirname, "..", ".x0t", "devnet.json"));
