import type { Socket } from "node:net";
import type { NodeId } from "../../core/ids.ts";
import type { CircuitMetrics } from "./circuitMetrics.ts";
import type { Opener } from "./circuitTunnel.ts";
import { createCrowd, type Crowd } from "./crowd.ts";
import { createHandshakeBudget, type HandshakeKind } from "./handshakeBudget.ts";
import { networkOf, plainAddress } from "./ipBytes.ts";
import { PREFACE_KINDS, type Preface } from "./preface.ts";
import { awaitHello, readPreface } from "./readPreface.ts";
import type { RelayServerDeps } from "./relayDeps.ts";
import { createStrangerLimit } from "./strangers.ts";
import { HANDSHAKE_TIMEOUT_MS } from "./tunnel.ts";

type Kind = keyof typeof PREFACE_KINDS;
const KIND_NAMES = new Map<number, Kind>(Object.entries(PREFACE_KINDS).map(([name, kind]) => [kind, name as Kind]));
/** No network, and no payer, may fill more than a quarter of the places where connections wait. */
const GROUP_SHARE = 4;

/** Who may begin a handshake, and its part of the loop's time. */
export interface Admission {
  /**
   * Takes a connection from its first byte to its handshake (NET-6): preface within 2 s, the rest within 5 s, reset before TLS
   * if it is not welcome. @param handshake true if it succeeded; its costly part is done when it first waits
   */
  admit(raw: Socket, handshake: (opener: Opener, remoteAddress: string) => Promise<boolean>): Promise<void>;
  /** The same for a connection that this node dialled on DIALBACK (NET-20): it stands in for a ticket. */
  receive(raw: Socket, peer: NodeId, handshake: () => Promise<boolean>): Promise<void>;
  waiting(kind: HandshakeKind): number;
  close(): void;
}

export function createAdmission(deps: {
  admission: RelayServerDeps["admission"];
  dialbacks: RelayServerDeps["dialbacks"];
  metrics: CircuitMetrics;
  /** Connections that may wait for their preface, and as many for their handshake. */
  pending: number;
  handshakeShare: number | undefined;
}): Admission {
  const { tickets, tokens, work, difficulty } = deps.admission;
  const { connections, handshakeSeconds } = deps.metrics;
  const perGroup = Math.max(1, Math.ceil(deps.pending / GROUP_SHARE));
  const knocking = createCrowd<Socket>(deps.pending, perGroup);
  const entering = createCrowd<Socket>(deps.pending, perGroup);
  const strangers = createStrangerLimit();
  const budget = createHandshakeBudget(deps.handshakeShare);

  /** Who means it is done within a few round trips: the oldest is the one that only holds the place. */
  const hold = (crowd: Crowd<Socket>, raw: Socket, group: string, kind: Kind | "none") => {
    const evicted = crowd.add(raw, group);
    if (evicted === undefined) return;
    connections.inc({ kind, outcome: "limited" });
    evicted.resetAndDestroy();
  };

  /** Undefined: not welcome. `leave` gives a stranger's place back. */
  const welcome = (preface: Preface, raw: Socket, remoteAddress: string): { opener: Opener; owner: string; leave?: () => void } | "limited" | undefined => {
    if (preface.kind === PREFACE_KINDS.ticket) {
      const opener = tickets.redeem(preface.value, remoteAddress);
      return opener && { opener, owner: opener.peer };
    }
    if (preface.kind === PREFACE_KINDS.token) {
      const account = tokens.redeem(preface.value)?.replace(/^0x/, "").toLowerCase();
      return account === undefined ? undefined : { opener: { account }, owner: account };
    }
    // Work first, places after: nobody shuts a network out without having worked for it.
    if (!work.valid(preface.minute, preface.value)) return undefined;
    const leave = strangers.enter(remoteAddress, () => raw.resetAndDestroy());
    if (leave === "all") difficulty?.tell("pressed");
    if (typeof leave === "string") return "limited";
    work.redeem(preface.minute, preface.value);
    return { opener: { account: undefined }, owner: networkOf(remoteAddress), leave };
  };

  /** @returns the outcome to count */
  const shake = async (raw: Socket, kind: HandshakeKind, owner: string, handshake: () => Promise<boolean>): Promise<string> => {
    if (!(await awaitHello(raw))) return "handshake";
    if (!(await budget.enter(kind, owner))) {
      if (kind === "work") difficulty?.tell("pressed");
      return "busy";
    }
    if (raw.destroyed) return "handshake";
    if (kind === "work") difficulty?.tell("admitted");
    const startedMs = performance.now();
    const shaking = handshake();
    // TLS reads the waiting ClientHello in the first of the next ticks, and signs: by the second it is done.
    process.nextTick(() => {
      const ms = performance.now() - startedMs;
      budget.charge(kind, ms);
      handshakeSeconds.inc({ kind }, ms / 1_000);
    });
    return (await shaking) ? "accepted" : "handshake";
  };
  /** @param kind as it is counted; @param share whose part of the loop's time it takes */
  const enter = async (raw: Socket, kind: Kind, share: HandshakeKind, owner: string, handshake: () => Promise<boolean>): Promise<void> => {
    hold(entering, raw, `${share} ${owner}`, kind);
    const deadline = setTimeout(() => raw.destroy(), HANDSHAKE_TIMEOUT_MS);
    const outcome = await shake(raw, share, owner, handshake).finally(() => clearTimeout(deadline));
    if (!entering.delete(raw)) return; // evicted, and counted
    connections.inc({ kind, outcome });
    if (outcome !== "accepted") raw.resetAndDestroy();
  };

  return {
    async admit(raw, handshake) {
      const remoteAddress = plainAddress(raw.remoteAddress);
      hold(knocking, raw, networkOf(remoteAddress), "none");
      const preface = await readPreface(raw);
      if (!knocking.delete(raw)) return; // evicted, and counted
      const known = typeof preface === "object" ? preface : undefined;
      const kind = KIND_NAMES.get(known?.kind ?? 0);
      const count = (outcome: string) => connections.inc({ kind: kind ?? "none", outcome });
      const refuse = (outcome: string) => {
        count(outcome);
        raw.resetAndDestroy();
      };
      if (known === undefined || kind === undefined) return refuse(preface === "timeout" ? "timeout" : "refused");
      if (kind === "dialback") {
        // A next hop that this relay called: from here on it is that circuit's, like one that it dialled.
        return deps.dialbacks?.arrive(known.value, remoteAddress, raw) === true ? void count("accepted") : refuse("refused");
      }
      const guest = welcome(known, raw, remoteAddress);
      if (guest === undefined || guest === "limited") return refuse(guest ?? "refused");
      const { opener, owner, leave } = guest;
      await enter(raw, kind, kind, owner, () => handshake(opener, remoteAddress)).finally(leave);
    },
    receive: (raw, peer, handshake) => enter(raw, "dialback", "ticket", peer, handshake),
    waiting: budget.waiting,
    close() {
      budget.close();
      for (const raw of [...knocking, ...entering]) raw.destroy();
    },
  };
}
