import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { WebConfig } from "../../core/webConfig.ts";
import { createDashboardServer } from "../../devnet/dashboard/server.ts";
import { writeStaticSite } from "../../devnet/dashboard/staticSite.ts";
import { createLogger } from "../../runtime/logger.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

const ADDRESS = "0x00000000000000000000000000000000000000aa";
const INDEX = '<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n  </head>\n</html>\n';
const network: Pick<WebConfig, "name" | "contracts" | "parameters" | "snapshot" | "explorerUrl" | "walletConnectProjectId"> = {
  name: "test",
  contracts: { chainId: 31337, deployBlock: 0, contracts: {} as WebConfig["contracts"]["contracts"] },
  parameters: { devnetEpochSeconds: 12 },
  snapshot: null,
  explorerUrl: null,
  walletConnectProjectId: null,
};

describe("the dashboard's server", () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let dist: string;
  let upstream: Server;
  let upstreamUrl: string;
  let server: Awaited<ReturnType<typeof createDashboardServer>>;
  let port: number;
  const given: string[] = [];

  /** As a browser's, but with headers that fetch does not let us choose. */
  async function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
    const call = request({ host: "127.0.0.1", port, path, method: options.method ?? "GET", headers: options.headers });
    call.end(options.body);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

  before(async () => {
    folder = await temporaryDirectory();
    dist = join(folder.path, "dist");
    await mkdir(join(dist, "assets"), { recursive: true });
    await writeFile(join(dist, "index.html"), INDEX);
    await writeFile(join(dist, "build.json"), "{}");
    await writeFile(join(dist, "assets", "app-1234.js"), "export {};".repeat(100));
    upstream = createServer((call, response) => {
      let body = "";
      call.on("data", (chunk: Buffer) => (body += chunk.toString()));
      call.on("end", () => response.writeHead(call.url === "/v1/status" ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify({ url: call.url, method: call.method, body })));
    }).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    server = await createDashboardServer({
      listen: { host: "127.0.0.1", port: 0 },
      dist,
      network: { ...network, socksUrl: "socks5h://127.0.0.1:1" },
      parts: {
        rpcUrl: upstreamUrl,
        indexerUrl: upstreamUrl,
        ipfsUrl: upstreamUrl,
        clientApiUrl: "http://127.0.0.1:1",
        nodeApiUrls: [upstreamUrl],
        giveFromFaucet: async (account) => {
          given.push(account);
          return "0x01";
        },
      },
      log: createLogger("test", "silent"),
    });
    port = await server.start();
  });
  after(async () => {
    await server?.close();
    upstream?.close();
    upstream?.closeAllConnections();
    await folder?.[Symbol.asyncDispose]();
  });

  it("serves the page with a policy that allows its own files alone", async () => {
    const page = await ask("/");
    assert.equal(page.body, INDEX);
    const policy = String(page.headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.match(policy, /frame-ancestors 'none'/);
    const script = await ask("/assets/app-1234.js", { headers: { "accept-encoding": "gzip" } });
    assert.equal(script.headers["content-encoding"], "gzip");
    assert.match(String(script.headers["cache-control"]), /immutable/);
    assert.equal((await ask("/../package.json")).status, 404);
    assert.equal((await ask("/assets/")).status, 404);
  });

  it("tells the page of its network, and of what it does not have", async () => {
    const config = JSON.parse((await ask("/config.json")).body) as WebConfig;
    assert.equal(config.graphqlUrl, "indexer/graphql");
    assert.deepEqual(config.client, { apiUrl: "client", socksUrl: "socks5h://127.0.0.1:1", testUrl: null, onlySiteUrl: null });
    assert.equal(config.faucetUrl, "faucet");
  });

  it("hands questions on to the parts, with their answers and states", async () => {
    assert.deepEqual(JSON.parse((await post("/rpc", { id: 1 })).body), { url: "/", method: "POST", body: '{"id":1}' });
    assert.equal((JSON.parse((await post("/indexer/graphql", { query: "{a}" })).body) as { url: string }).url, "/graphql");
    const status = await ask("/indexer/v1/status");
    assert.equal(status.status, 503);
    assert.match(String(status.headers["content-security-policy"]), /sandbox/);
    assert.equal((JSON.parse((await ask(`/ipfs/${"b".repeat(59)}`)).body) as { url: string }).url, `/api/v0/block/get?arg=${"b".repeat(59)}`);
    assert.equal((await ask("/ipfs/..%2f..%2fapi")).status, 400);
    assert.equal((await ask("/nodes/0/v1/status")).status, 503);
    assert.equal((await ask("/nodes/1/v1/status")).status, 404);
    assert.equal((await ask("/nodes/0/metrics")).status, 404);
  });

  it("says 502 and why when a part does not answer", async () => {
    const { status, body } = await ask("/client/v1/status");
    assert.equal(status, 502);
    assert.equal((JSON.parse(body) as { error: string }).error, "X0T_UPSTREAM");
  });

  it("gives from the faucet to an address, and to nothing else", async () => {
    assert.equal((await post("/faucet", { account: ADDRESS })).status, 200);
    assert.deepEqual(given, [ADDRESS]);
    for (const bad of [{}, null, { account: 1 }, { account: "0x1" }]) assert.equal((await post("/faucet", bad)).status, 400);
    assert.equal(given.length, 1);
  });

  it("refuses other hosts' names and other sites' pages", async () => {
    assert.equal((await ask("/", { headers: { host: "evil.example" } })).status, 403);
    assert.equal((await post("/faucet", { account: ADDRESS }, { origin: "https://evil.example" })).status, 403);
    assert.equal((await post("/rpc", {}, { "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await ask("/client/v1/status", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } })).status, 403);
    assert.equal((await ask("/indexer/v1/status", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } })).status, 403);
    // A link to the dashboard on another page may be followed.
    assert.equal((await ask("/", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } })).status, 200);
    assert.equal((await post("/rpc", {}, { origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" })).status, 200);
    // A wallet asks the chain, and nothing else.
    const wallet = { origin: "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn", "sec-fetch-site": "none" };
    assert.deepEqual([(await post("/rpc", {}, wallet)).status, (await post("/faucet", { account: ADDRESS }, wallet)).status], [200, 403]);
    assert.equal((await ask("/faucet", { method: "POST", headers: { "content-type": "text/plain" }, body: JSON.stringify({ account: ADDRESS }) })).status, 415);
  });

  it("writes a static site that may connect to the addresses of its configuration alone", async () => {
    const out = join(folder.path, "site");
    const config: WebConfig = { ...network, rpcUrl: "https://rpc.example/key", graphqlUrl: "https://index.example/graphql", ipfsUrl: "https://ipfs.example/ipfs", client: null, nodesUrl: null, faucetUrl: null };
    await writeStaticSite({ dist, out, config });
    await writeStaticSite({ dist, out, config });
    const html = await readFile(join(out, "index.html"), "utf8");
    assert.match(html, /connect-src 'self' https:\/\/rpc\.example https:\/\/index\.example https:\/\/ipfs\.example;/);
    assert.deepEqual(JSON.parse(await readFile(join(out, "config.json"), "utf8")), config);
    await assert.rejects(writeStaticSite({ dist, out: join(out, "assets"), config }), /holds no dashboard/);
    const home = join(folder.path, "node");
    await mkdir(home);
    for (const name of ["config.json", "keystore.json"]) await writeFile(join(home, name), "{}");
    await assert.rejects(writeStaticSite({ dist, out: home, config }), /holds no dashboard/);
    assert.equal(await readFile(join(home, "keystore.json"), "utf8"), "{}");
  });
});
