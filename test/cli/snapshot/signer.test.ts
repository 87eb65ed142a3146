import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { privateKeyToAddress } from "viem/accounts";
import type { Network } from "../../../cli/network.ts";
import { openSigner } from "../../../cli/snapshot/signer.ts";
import { statePaths } from "../../../devnet/paths.ts";
import { library, type SignedData } from "../../support/snapshotHub/library.ts";
import { voteEnvelope } from "./envelopes.ts";

describe("who signs for Snapshot", () => {
  let dir: string;
  let network: Network;
  const key = `0x${"42".repeat(32)}` as const;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-signer-"));
    const paths = statePaths(dir);
    await mkdir(dirname(paths.keyFile("operator-2")), { recursive: true });
    await writeFile(paths.keyFile("operator-2"), key, { mode: 0o600 });
    network = { devnet: { paths }, contracts: { chainId: 31337 } } as unknown as Network;
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it("is the devnet's operator of --node, and snapshot.js verifies what it signs", async () => {
    const signer = await openSigner(network, { node: 2 });
    assert.equal(signer.address, privateKeyToAddress(key));
    const { address, sig, data } = await voteEnvelope(signer, "x0t.eth", `0x${"11".repeat(32)}`, { "1": 1, "2": 3 });
    assert.equal(data.message.choice, '{"1":1,"2":3}');
    assert.equal(await library.utils.verify(address, sig, data as unknown as SignedData, "84532", { broviderUrl: "http://127.0.0.1:1" }), true);
  });

  it("is nobody if neither a key nor a node of the devnet is named", async () => {
    for (const flags of [{}, { node: 3 }]) await assert.rejects(openSigner(network, flags), { code: "X0T_USAGE" });
  });
});
