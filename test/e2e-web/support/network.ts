import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DevnetFile } from "../../../devnet/devnetFile.ts";
import { freePortBase, up } from "../../e2e/devnet.ts";

export const EPOCH_SECONDS = 12;
const NODES = 6;

/** A whole devnet, with its dashboard. */
export interface Network {
  stateDir: string;
  devnet: DevnetFile;
  /** The dashboard's origin. */
  origin: string;
  portBase: number;
  /** @param keep leaves the state, whose logs say why a test failed. */
  close(keep: boolean): Promise<void>;
}

export async function startNetwork(): Promise<Network> {
  const stateDir = await mkdtemp(join(tmpdir(), "x0t-e2e-web-"));
  const portBase = await freePortBase(NODES);
  const launcher = await up(["--state-dir", stateDir, "--epoch", `${EPOCH_SECONDS}s`, "--port-base", String(portBase)], 180_000);
  return {
    stateDir,
    devnet: launcher.ready,
    origin: launcher.ready.dashboardUrl,
    portBase,
    async close(keep) {
      launcher.process.kill("SIGINT");
      await launcher.exited;
      if (keep) process.stderr.write(`the network's state is kept in ${stateDir}\n`);
      else await rm(stateDir, { recursive: true, force: true });
    },
  };
}
