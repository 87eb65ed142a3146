import { Agent, request } from "node:http";

export interface Latencies {
  requests: number;
  p50: number;
  p95: number;
  p99: number;
  failed: number;
  /** CPU of the indexer's process for one request: steadier than times on a busy machine. */
  cpuMs: number;
}

/** So many clients, each with a connection of its own, ask one after the other for `seconds`. Times in ms. */
export async function measure(
  { url, cpuMs }: { url: string; cpuMs: () => Promise<number> },
  clients: number,
  seconds: number,
  bodyOf: (turn: number) => string,
): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let [turn, failed] = [0, 0];
  const cpuBefore = await cpuMs();
  const until = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < until) {
      const body = bodyOf(turn++);
      const startedMs = performance.now();
      const text = await post(url, agent, body);
      times.push(performance.now() - startedMs);
      if (text.startsWith('{"errors"')) failed++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  const cpu = (await cpuMs()) - cpuBefore;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { requests: times.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), failed, cpuMs: cpu / times.length };
}

function post(url: string, agent: Agent, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
