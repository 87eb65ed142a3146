import { availableParallelism, loadavg } from "node:os";
import type { Progress } from "../../devnet/progress.ts";
import { medianSample, ratiosOf, type Figures, type Ratios, type Samples } from "./figures.ts";
import type { BenchFlags } from "./flags.ts";
import type { Load } from "./load.ts";
import { measureSystem, warmUp, type Sample } from "./measureSystem.ts";
import { measureMemory, measureOurs } from "./ourFigures.ts";
import { startOurs } from "./ours/startOurs.ts";
import { startPeer } from "./startPeer.ts";
import type { PeerName, System } from "./system.ts";
import type { Workshop } from "./workshop.ts";

/** Starts ours and the peers, measures them in turns, and ends with what only ours has. */
export async function compare(params: {
  flags: BenchFlags;
  peers: readonly PeerName[];
  workshop: Workshop;
  load: Load;
  progress: Progress;
}): Promise<{ figures: Figures; ratios: Ratios }> {
  const { flags, peers, workshop, load, progress } = params;
  const loadAtStart = loadavg()[0] ?? 0;
  const ours = await progress.step("ours: 7 relays and a client", () => startOurs(workshop, flags.profileDir));
  // All at once: Tor's first consensus takes half a minute.
  const others = await Promise.all(peers.map((peer) => progress.step(peer, () => startPeer(peer, workshop, load.originPort))));
  let systems: System[] = [ours, ...others];

  const size = { bytes: Math.round(flags.megabytes * 1e6), seconds: flags.seconds };
  const direct = await measureSystem({ name: "pipe", way: { port: load.originPort }, pids: [] }, load, size);
  const samples: Samples = {};
  await progress.step("warming up", async (say) => {
    for (const system of systems) {
      say(system.name);
      await warmUp(system, load);
    }
  });
  for (let round = 1; round <= flags.rounds; round++) {
    await progress.step(`round ${round} of ${flags.rounds}`, async (say) => {
      for (const system of systems) {
        say(system.name);
        try {
          (samples[system.name] ??= []).push(await measureSystem(system, load, size));
        } catch (error) {
          // What the others did is worth keeping.
          if (system === ours) throw error;
          progress.note(`${system.name} is left out from round ${round} on: ${(error as Error).message}`);
          systems = systems.filter((each) => each !== system);
        }
      }
    });
  }
  const own = await progress.step("circuits and keys", () => measureOurs(ours));
  // So that the profiles are written before their folder is read, and nothing disturbs what follows.
  await workshop.stop([ours, ...others].flatMap(({ pids }) => pids));
  const memory = await progress.step(`${flags.streams} idle streams`, async () => measureMemory(await startOurs(workshop), load, flags.streams));

  const medians = Object.fromEntries(Object.entries(samples).map(([name, each]): [string, Sample] => [name, medianSample(each)]));
  const figures: Figures = {
    systems: medians,
    direct,
    ...own,
    ...memory,
    rounds: flags.rounds,
    cores: availableParallelism(),
    loadAverage: { start: loadAtStart, end: loadavg()[0] ?? 0 },
  };
  return { figures, ratios: ratiosOf(samples) };
}
