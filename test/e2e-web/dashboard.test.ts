import { setScene } from "./support/scene.ts";
import { startNetwork, type Network } from "./support/network.ts";
import { operatorStory } from "./stories/operator.ts";
import { tenantStory } from "./stories/tenant.ts";
import { verifierStory } from "./stories/verifier.ts";
import { voterStory } from "./stories/voter.ts";
import { shellStory } from "./stories/shell.ts";

/**
 * Four people's stories over one network. Each begins with what the person does and ends, after the others had their turn,
 * with what became of it: epochs and votes take minutes.
 */
describe("the dashboard over a whole network, in Chromium", function () {
  this.timeout(120_000);
  let network: Network;
  let scene: { lease: string; proposal: string };
  let failed = false;
  const operator = operatorStory(() => network);
  const voter = voterStory(() => network);
  const tenant = tenantStory(() => network);

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
    await operator.close();
    await tenant.close();
    await voter.close();
    await network?.close(failed);
  });

  voter.begin();
  tenant.begin();
  operator.begin();
  verifierStory(() => network);
  shellStory(() => network, () => scene);
  tenant.end();
  operator.end();
  voter.end();
});
