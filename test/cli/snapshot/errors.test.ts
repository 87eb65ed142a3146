import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { snapshotPropose } from "../../../cli/actions/snapshotPropose.ts";
import { snapshotResults } from "../../../cli/actions/snapshotResults.ts";
import { snapshotSpace } from "../../../cli/actions/snapshotSpace.ts";
import { snapshotVote } from "../../../cli/actions/snapshotVote.ts";
import { findHub } from "../../../cli/snapshot/hub.ts";
import type { X0tError } from "../../../core/x0tError.ts";
import { REGISTRY, someProposal, someSpace, SPACE, startOfflineHub, type OfflineHub } from "./offlineHub.ts";

describe("x0t snapshot, when something is wrong", function () {
  this.timeout(30_000);
  let offline: OfflineHub;
  let server: FastifyInstance | undefined;
  const { id } = someProposal();

  beforeEach(async () => {
    offline = await startOfflineHub();
    offline.hub.state.spaces.set(SPACE, someSpace());
    offline.hub.state.proposals.set(id, someProposal());
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await offline.close();
  });

  const fails = (code: string, words: RegExp, run: Promise<void>) =>
    assert.rejects(run, (error: X0tError) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      return true;
    });
  const propose = (change: object = {}) => snapshotPropose({ ...offline.flags, space: SPACE, title: "A title", snapshotBlock: 1, ...change });
  const vote = (words: string[] = ["For"], change: object = {}) => snapshotVote(id, words, { ...offline.flags, ...change });
  const results = (change: object = {}) => snapshotResults(id, { ...offline.flags, ...change });
  const publish = (change: object = {}) => snapshotSpace({ ...offline.flags, space: SPACE, publish: true, ...change });

  /** A server that answers everything so. */
  const answering = async (status: number, body: string, type = "application/json") => {
    server = Fastify({ forceCloseConnections: true });
    server.post("/*", (_request, reply) => reply.status(status).type(type).send(body));
    await server.listen({ host: "127.0.0.1", port: 0 });
    return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  };

  it("names a hub that does not answer", async () => {
    const dead = await answering(200, "");
    await server?.close();
    await fails("X0T_SNAPSHOT_DOWN", /hub at http:\/\/127\.0\.0\.1:\d+\/graphql .*ECONNREFUSED.*--hub and --sequencer/, vote(["For"], { hub: dead }));
    await fails("X0T_SNAPSHOT_DOWN", /hub at http:\/\/127\.0\.0\.1:\d+ .*ECONNREFUSED/, publish({ sequencer: dead }));
  });

  it("names a server that is no hub, by what it answers", async () => {
    await fails("X0T_SNAPSHOT_DOWN", /status 200 and no JSON/, results({ hub: await answering(200, "<html>", "text/html") }));
    await server?.close();
    await fails("X0T_SNAPSHOT_DOWN", /is not that of a Snapshot hub/, results({ hub: await answering(200, '{"data":{"proposal":{}}}') }));
    await server?.close();
    await fails("X0T_SNAPSHOT_DOWN", /is not that of a Snapshot sequencer/, publish({ sequencer: await answering(200, "{}") }));
  });

  it("tells a hub's overload from a refusal", async () => {
    const busy = '{"error":"client_error","error_description":"too many requests"}';
    await fails("X0T_SNAPSHOT_DOWN", /status 429: too many requests/, publish({ sequencer: await answering(429, busy) }));
    await server?.close();
    await fails("X0T_SNAPSHOT_DOWN", /status 500/, publish({ sequencer: await answering(500, '{"error":"server_error","error_description":{}}') }));
  });

  it("passes on what the hub's GraphQL refuses", async () => {
    await fails("X0T_SNAPSHOT_REFUSED", /refused: "request failed"/, results({ hub: await answering(200, '{"errors":[{"message":"request failed"}]}') }));
  });

  it("names the way out of a refusal", async () => {
    offline.hub.clock.aheadSeconds = 4 * 24 * 3600;
    await fails("X0T_SNAPSHOT_REFUSED", /"wrong timestamp"\. Set this machine's clock/, propose());
    offline.hub.clock.aheadSeconds = -60;
    await fails("X0T_SNAPSHOT_REFUSED", /"not in voting window"\. x0t snapshot results shows from when to when/, vote());
    offline.hub.clock.aheadSeconds = 0;
    offline.hub.state.spaces.set(SPACE, someSpace({ admins: [REGISTRY] }));
    const stranger = join(offline.dir, "stranger");
    await writeFile(stranger, "11".repeat(32), { mode: 0o600 });
    await fails("X0T_SNAPSHOT_REFUSED", /"not allowed"\. Only the owner of the space's ENS name/, publish({ keyFile: [stranger] }));
  });

  it("names a space that the hub does not know", async () => {
    await fails("X0T_SNAPSHOT_SPACE", /knows no space "other\.eth".*--publish/, propose({ space: "other.eth" }));
  });

  it("refuses a space or proposal that does not count this network's stake", async () => {
    const strategy = someSpace().strategies[0]!;
    const wrong = [
      [{ ...strategy, params: { ...strategy.params, address: "0x0000000000000000000000000000000000000022" } }],
      [{ ...strategy, params: { ...strategy.params, decimals: 9 } }],
      [{ ...strategy, params: { ...strategy.params, methodABI: { name: "getVotesSquareRoot" } } }],
      [{ ...strategy, name: "erc20-balance-of" }],
      [{ ...strategy, network: "8453" }],
      [strategy, strategy],
    ];
    for (const strategies of wrong) {
      offline.hub.state.spaces.set(SPACE, someSpace({ strategies }));
      await fails("X0T_SNAPSHOT_SPACE", /x0t\.eth must count by one strategy: contract-call to getVotes/, propose());
      offline.hub.state.proposals.set(id, someProposal({ strategies }));
      await fails("X0T_SNAPSHOT_SPACE", /must count by one strategy/, vote());
      await fails("X0T_SNAPSHOT_SPACE", /must count by one strategy/, results());
    }
  });

  it("refuses a space that votes by another type, or hidden", async () => {
    offline.hub.state.spaces.set(SPACE, someSpace({ voting: { type: "single-choice" } }));
    await fails("X0T_SNAPSHOT_SPACE", /votes by single-choice/, propose());
    offline.hub.state.spaces.set(SPACE, someSpace({ voting: { type: "quadratic", privacy: "shutter" } }));
    await fails("X0T_SNAPSHOT_SPACE", /hidden by shutter/, propose());
  });

  it("refuses a proposal that the hub does not know, of another type, or hidden", async () => {
    await fails("X0T_SNAPSHOT_PROPOSAL", /knows no proposal 0x12/, snapshotVote("0x12", ["For"], offline.flags));
    offline.hub.state.proposals.set(id, someProposal({ type: "weighted" as "quadratic" }));
    await fails("X0T_SNAPSHOT_PROPOSAL", /voted by weighted/, vote());
    offline.hub.state.proposals.set(id, someProposal({ privacy: "shutter" }));
    await fails("X0T_SNAPSHOT_PROPOSAL", /hides its votes/, results());
  });

  it("refuses times that the space does not leave open", async () => {
    offline.hub.state.spaces.set(SPACE, someSpace({ voting: { type: "quadratic", delay: 60, period: 600 } }));
    await fails("X0T_USAGE", /sets --delay to 60 s/, propose({ delay: 61 }));
    await fails("X0T_USAGE", /sets --period to 600 s/, propose({ period: 601 }));
  });

  it("refuses words that are no choices", async () => {
    await fails("X0T_USAGE", /"4" is none of the choices: 1 For, 2 Against, 3 Abstain/, vote(["4"]));
    await fails("X0T_USAGE", /"For" is named twice/, vote(["For", "1=2"]));
    await fails("X0T_USAGE", /must be a number above 0/, vote(["For=0"]));
    await fails("X0T_USAGE", /at least two choices/, propose({ choice: ["Yes"] }));
    await fails("X0T_USAGE", /same name/, propose({ choice: ["Yes", "yes"] }));
  });

  it("asks for what it was not told", async () => {
    await fails("X0T_USAGE", /X0T_SNAPSHOT_SPACE/, propose({ space: undefined }));
    await fails("X0T_USAGE", /is no ENS name/, propose({ space: "X0T" }));
    await fails("X0T_USAGE", /--key-file FILE/, vote(["For"], { keyFile: undefined }));
    await fails("X0T_USAGE", /belong together/, vote(["For"], { sequencer: undefined }));
    await fails("X0T_USAGE", /--safe "0x12" is no address/, vote(["For"], { safe: "0x12" }));
    await fails("X0T_USAGE", /name it with --safe/, vote(["For"], { keyFile: [...offline.flags.keyFile, ...offline.flags.keyFile] }));
    await fails("X0T_USAGE", /no http or https URL/, vote(["For"], { hub: "hub.snapshot.org" }));
  });

  it("names the fault of a space's settings", async () => {
    const file = join(offline.dir, "space.json");
    const settings = async (text: string, change: object = {}) => {
      await writeFile(file, text);
      return publish({ settings: file, ...change });
    };
    const wrong = (change: object) => settings(JSON.stringify({ ...someSpace(), ...change }));
    await fails("X0T_CONFIG", /space\.json: .*JSON/, settings("{"));
    await fails("X0T_CONFIG", /must hold one JSON object/, settings("[]"));
    await fails("X0T_CONFIG", /colour/, wrong({ colour: "red" }));
    await fails("X0T_CONFIG", /name: must NOT have more than 32 characters/, wrong({ name: "x".repeat(33) }));
    await fails("X0T_CONFIG", /admins\.0: Must be a valid address/, wrong({ admins: ["0x12"] }));
    await fails("X0T_CONFIG", /voting\.type: must be "quadratic"/, wrong({ voting: { type: "basic" } }));
    await fails("X0T_USAGE", /--admin "me" is no address/, publish({ admin: ["me"] }));
  });

  it("knows Snapshot's own hubs, of Base and Base Sepolia alone", () => {
    assert.equal(findHub(84_532, {}).sequencerUrl, "https://testnet.seq.snapshot.org");
    assert.deepEqual(findHub(8453, {}), { hubUrl: "https://hub.snapshot.org", sequencerUrl: "https://seq.snapshot.org", snapshotEnv: "mainnet" });
    assert.throws(() => findHub(31_337, {}), /own hubs do not serve chain 31337/);
  });
});

describe("x0t snapshot on a devnet", () => {
  let offline: OfflineHub;
  before(async () => {
    offline = await startOfflineHub(31_337);
  });
  after(() => offline.close());

  it("says that only a hub of one's own takes the space", async () => {
    const run = snapshotSpace({ ...offline.flags, space: SPACE, publish: true });
    await assert.rejects(run, { code: "X0T_SNAPSHOT_REFUSED", message: /"network not allowed"/ });
  });
});
