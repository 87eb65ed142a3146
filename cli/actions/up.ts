import { resolveStateDir } from "../../devnet/paths.ts";
import { startDevnet, type Devnet } from "../../devnet/up.ts";
import { createProgress } from "../progress.ts";
import { printWelcome } from "../welcome.ts";
import { showStatusLine } from "../statusLine.ts";

export interface UpFlags {
  nodes?: number;
  epoch?: number;
  portBase?: number;
  stateDir?: string;
  json?: boolean;
}

/** `x0t up`: starts the network, shows it, and stops it on SIGINT or SIGTERM; a second signal kills what is left. */
export async function up(flags: UpFlags): Promise<void> {
  const json = flags.json === true;
  // With --json, standard output is for the one line; people still see the rest on standard error.
  const screen = json ? process.stderr : process.stdout;
  const progress = createProgress(screen);
  const { stopping, hurry } = listenForSignals((text) => progress.note(text));
  const startedMs = performance.now();
  let devnet: Devnet;
  try {
    devnet = await startDevnet(
      {
        stateDir: resolveStateDir(flags.stateDir),
        asked: {
          ...(flags.nodes !== undefined && { nodes: flags.nodes }),
          ...(flags.epoch !== undefined && { epochSeconds: flags.epoch }),
          ...(flags.portBase !== undefined && { portBase: flags.portBase }),
        },
        progress,
        hurry,
      },
      stopping,
    );
  } catch (error) {
    progress.close();
    if (stopping.aborted) return;
    throw error;
  }
  const readySeconds = (performance.now() - startedMs) / 1000;
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, seconds: Number(readySeconds.toFixed(1)), ...devnet.file })}\n`);
  else printWelcome(screen, devnet, readySeconds);
  const line = showStatusLine(json ? undefined : screen, devnet, progress);
  await aborted(stopping);
  line.close();
  await progress.step("Stopping", () => devnet.stop(hurry));
  progress.close();
}

function listenForSignals(say: (text: string) => void): { stopping: AbortSignal; hurry: AbortSignal } {
  const stopping = new AbortController();
  const hurry = new AbortController();
  const onSignal = () => {
    if (!stopping.signal.aborted) {
      stopping.abort(new Error("asked to stop"));
      return;
    }
    say("Killing what is left; up to the last seconds of the chain may be lost.");
    hurry.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { stopping: stopping.signal, hurry: hurry.signal };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Signal handlers alone do not keep Node alive.
    const alive = setInterval(() => undefined, 60_000);
    const done = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
