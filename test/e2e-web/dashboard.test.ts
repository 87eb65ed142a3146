import { setScene } from "./support/scene.ts";
import { startNetwork, type Network } from "./support/network.ts";
import { shellStory } from "./stories/shell.ts";

describe("the dashboard over a whole network, in Chromium", function () {
  this.timeout(120_000);
  let network: Network;
  let scene: { lease: string; proposal: string };
  let failed = false;

  before(async function () {
    this.timeout(240_000);
    network = await startNetwork();
    scene = await setScene(network.stateDir);
  });
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
  after(async function () {
    this.timeout(60_000);
    await network?.close(failed);
  });

  describe("its frame", () => shellStory(() => network, () => scene));
});
