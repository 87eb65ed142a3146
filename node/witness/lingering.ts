import type { NodeId } from "../../core/ids.ts";
import type { Circuit } from "../circuit/buildCircuit.ts";
import type { ClientSession } from "../session/clientSession.ts";

export type EchoSession = Pick<ClientSession, "openStream" | "goingAway" | "closed" | "close">;

/** How long a circuit stays after its probe: at random, so that no end betrays the witness. */
export const LEAST_LINGER_MS = 5_000;
const MOST_LINGER_MS = 60_000;
const MOST_LINGERING = 256;
/** How long CLOSE may take to leave. */
const FLUSH_MS = 1_000;

export interface Standing {
  session: EchoSession;
  /** Past its time: another one should take its place. */
  due(): boolean;
  /** Probes in a row that it did not answer in time. */
  late: number;
}

/** Circuits of probes that are over (NET-21). */
export interface Lingering {
  /** The newest through this target that may be asked again. */
  of(target: NodeId): Standing | undefined;
  add(target: NodeId, circuit: Circuit, session: EchoSession): void;
  close(): void;
}

/** @param reuses those through one target replace each other, and one that is due stays as long again for its successor to come */
export function createLingering(reuses: boolean, random: () => number): Lingering {
  const all = new Set<Standing & { target: NodeId; end(): void }>();
  return {
    of: (target) => [...all].findLast((each) => each.target === target && !each.session.goingAway()),
    add(target, circuit, session) {
      const [oldest] = all;
      if (all.size >= MOST_LINGERING) oldest?.end();
      if (reuses) for (const each of all) if (each.target === target) each.end();
      const ms = LEAST_LINGER_MS + random() * (MOST_LINGER_MS - LEAST_LINGER_MS);
      const dueMs = performance.now() + ms;
      const timer = setTimeout(() => standing.end(), reuses ? ms + MOST_LINGER_MS : ms).unref();
      const standing = {
        target,
        session,
        late: 0,
        due: () => performance.now() >= dueMs,
        end() {
          clearTimeout(timer);
          if (all.delete(standing)) endCircuit(circuit, session);
        },
      };
      all.add(standing);
      void circuit.closed.then(() => standing.end());
    },
    close() {
      for (const standing of [...all]) standing.end();
    },
  };
}

/** The exit would wait for other circuits of a session that did not say CLOSE. */
export function endCircuit(circuit: Circuit, session: EchoSession | undefined): void {
  session?.close();
  const timer = setTimeout(() => circuit.close(), session === undefined ? 0 : FLUSH_MS).unref();
  void circuit.closed.then(() => clearTimeout(timer));
}
