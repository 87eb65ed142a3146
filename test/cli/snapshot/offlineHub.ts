import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import { stakeStrategy } from "../../../cli/snapshot/spaceSettings.ts";
import { startSnapshotHub, type SnapshotHub } from "../../support/snapshotHub/startSnapshotHub.ts";
import type { SpaceSettings, StoredProposal, StoredVote } from "../../support/snapshotHub/state.ts";

export const REGISTRY: Address = "0x0000000000000000000000000000000000000011";
export const SPACE = "x0t.eth";
const NAMES = ["X0TToken", "NodeRegistry", "ProofLedger", "EpochRewards", "RelayChannels", "Marketplace", "X0TGovernor", "X0TTimelock", "GuardianSeat", "GuardianSafe"];

/** A hub without a chain: tests put spaces, proposals and votes into its memory. */
export interface OfflineHub {
  hub: SnapshotHub;
  dir: string;
  /** As the command line's options would be. */
  flags: { network: string; rpc: string; hub: string; sequencer: string; keyFile: string[] };
  signer: Address;
  close(): Promise<void>;
}

export async function startOfflineHub(chainId = 84_532): Promise<OfflineHub> {
  const dir = await mkdtemp(join(tmpdir(), "x0t-snapshot-"));
  const key = generatePrivateKey();
  const signer = privateKeyToAddress(key);
  const contracts = { chainId, deployBlock: 1, contracts: Object.fromEntries(NAMES.map((name) => [name, REGISTRY])) };
  await writeFile(join(dir, "network.json"), JSON.stringify({ contracts, parameters: "production" }));
  await writeFile(join(dir, "key"), key, { mode: 0o600 });
  const hub = await startSnapshotHub({ rpcUrls: {}, controllers: { [SPACE]: signer } });
  return {
    hub,
    dir,
    // Port 1 (tcpmux) is never served.
    flags: { network: join(dir, "network.json"), rpc: "http://127.0.0.1:1", hub: hub.hubUrl, sequencer: hub.sequencerUrl, keyFile: [join(dir, "key")] },
    signer,
    async close() {
      await hub.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export function someSpace(change: Partial<SpaceSettings> = {}): SpaceSettings {
  return {
    name: "x0tta6bl4",
    network: "84532",
    strategies: [stakeStrategy(REGISTRY, 84_532) as SpaceSettings["strategies"][number]],
    voting: { type: "quadratic" },
    ...change,
  };
}

export function someProposal(change: Partial<StoredProposal> = {}): StoredProposal {
  const now = Math.floor(Date.now() / 1000);
  const { strategies } = someSpace();
  const asked = { title: "A title", body: "A body", discussion: "", choices: ["For", "Against", "Abstain"], type: "quadratic" } as const;
  const counted = { scores: [], scores_total: 0, votes: 0 };
  return {
    ...asked,
    ...counted,
    choices: [...asked.choices],
    id: `0x${"a1".repeat(32)}`,
    ipfs: "",
    author: REGISTRY,
    created: now - 10,
    space: SPACE,
    network: "84532",
    symbol: "X0T",
    strategies,
    start: now - 10,
    end: now + 3_600,
    snapshot: 1_059_700,
    quorum: 0,
    privacy: "",
    app: "",
    ...change,
  };
}

/** The vote of a voter that `index` names. */
export function someVote(index: number, change: Partial<StoredVote> = {}): StoredVote {
  const voter: Address = `0x${(0x1000 + index).toString(16).padStart(40, "0")}`;
  const vp = change.vp ?? 100;
  const id = `0x${index.toString(16).padStart(64, "0")}` as const;
  return {
    id,
    ipfs: "",
    voter,
    created: 1_795_000_000,
    space: SPACE,
    proposal: someProposal().id,
    choice: { "1": 1 },
    reason: "",
    app: "",
    vp,
    vp_by_strategy: [vp],
    vp_state: "final",
    ...change,
  };
}
