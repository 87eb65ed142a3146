import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startSnapshotHub, type SnapshotHub } from "../../support/snapshotHub/startSnapshotHub.ts";
import type { StoredProposal } from "../../support/snapshotHub/state.ts";
import { askSnapshotHub } from "../../../web/src/data/snapshotHub.ts";

const SPACE = "x0t.eth";

const proposal = (number: number, more: Partial<StoredProposal> = {}): StoredProposal => ({
  id: `0x${String(number).padStart(64, "0")}`,
  ipfs: "",
  author: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  created: number,
  space: SPACE,
  network: "31337",
  symbol: "X0T",
  type: "quadratic",
  strategies: [],
  title: `Question ${number}`,
  body: "",
  discussion: "",
  choices: ["Yes", "No"],
  start: 0,
  end: 1,
  snapshot: 1,
  quorum: 300,
  privacy: "",
  app: "",
  scores: [750, 250],
  scores_total: 1_000,
  votes: 2,
  ...more,
});

describe("a Snapshot hub's proposals on the page", function () {
  this.timeout(60_000);
  let hub: SnapshotHub;
  const ask = (hubUrl: string) => askSnapshotHub({ hubUrl, space: SPACE }, AbortSignal.timeout(30_000));

  before(async () => {
    hub = await startSnapshotHub({ rpcUrls: {}, controllers: {} });
    hub.state.spaces.set(SPACE, { name: "x0t", network: "31337", strategies: [] });
  });
  after(() => hub.close());

  it("are those of the space, the newest first, with the hub's counts", async () => {
    assert.deepEqual(await ask(hub.hubUrl), []);
    for (const one of [proposal(1), proposal(2, { end: 2_000_000_000 }), proposal(3, { space: "other.eth" })]) hub.state.proposals.set(one.id, one);
    const found = await ask(`${hub.hubUrl}/`);
    assert.deepEqual(found.map(({ title, state }) => [title, state]), [["Question 2", "active"], ["Question 1", "closed"]]);
    assert.deepEqual(found[1], { id: proposal(1).id, title: "Question 1", author: proposal(1).author, state: "closed", start: 0, end: 1, choices: ["Yes", "No"], scores: [750, 250], scores_total: 1_000, quorum: 300, votes: 2 });
  });

  it("are said to be missing if the hub is gone, refuses or is no hub", async () => {
    await assert.rejects(ask("http://127.0.0.1:9"), /does not answer/);
    const answers = ['{"errors":[{"message":"too many requests"}]}', "<html>"];
    const server = createServer((_request, response) => response.end(answers.shift()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await assert.rejects(ask(url), /refused: too many requests/);
      await assert.rejects(ask(url), /not as a hub does/);
    } finally {
      server.close();
    }
  });
});
