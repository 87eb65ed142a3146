import type { DidDocument } from "../../core/didDocument.ts";
import type { Target } from "../circuit/frames.ts";
import type { AssociationEvents, ClientAssociation } from "../session/clientDatagrams.ts";
import { exitAccepts } from "../session/exitAccepts.ts";
import type { SocksAssociate } from "../socks5/udpRelay.ts";

/** Datagrams that wait for a session, and for how long: later they are of no use to anybody. */
const MAX_WAITING = 32;
const WAIT_MS = 5_000;
/** An exit that ended an association is not asked for another one at once. */
const REOPEN_MS = 1_000;

export interface DatagramSession {
  openAssociation(events: AssociationEvents): ClientAssociation;
}

export interface DatagramRoute {
  session: DatagramSession;
  /** The exit's. */
  document: DidDocument | undefined;
}

interface Leg extends DatagramRoute {
  association: ClientAssociation;
}

/**
 * The application's associations (NET-14): each keeps to the exits it began with, one for all targets that this exit accepts,
 * and begins anew when an exit ends it or is lost.
 * @param route a session for this isolation key, whose exit accepts `target` where one is given. @throws X0tError
 */
export function createAssociations(route: (key: string, target: Target | undefined, signal: AbortSignal) => Promise<DatagramRoute>): SocksAssociate {
  return async (key, onDatagram, signal) => {
    // Without a circuit the application is told so now: datagrams have no replies.
    await route(key, undefined, signal);
    const over = new AbortController();
    const legs = new Set<Leg>();
    const endedMs = new WeakMap<DatagramSession, number>();
    const waiting: { target: Target; payload: Buffer }[] = [];

    const legFor = (target: Target): Leg | undefined => {
      for (const leg of legs) if (leg.document === undefined || exitAccepts(leg.document, target)) return leg;
      return undefined;
    };
    const open = async (target: Target): Promise<Leg | undefined> => {
      const { session, document } = await route(key, target, AbortSignal.any([over.signal, AbortSignal.timeout(WAIT_MS)]));
      const endedAgoMs = performance.now() - (endedMs.get(session) ?? Number.NEGATIVE_INFINITY);
      if (over.signal.aborted || endedAgoMs < REOPEN_MS) return undefined;
      const onEnd = () => {
        legs.delete(leg);
        endedMs.set(session, performance.now());
      };
      const leg: Leg = { session, document, association: session.openAssociation({ onDatagram, onEnd }) };
      legs.add(leg);
      return leg;
    };
    /** One after the other, so that targets of one exit share a leg. */
    const drain = async (): Promise<void> => {
      for (let next = waiting[0]; next !== undefined && !over.signal.aborted; next = waiting[0]) {
        const leg = legFor(next.target) ?? (await open(next.target).catch(() => undefined));
        waiting.shift();
        leg?.association.send(next.target, next.payload);
      }
    };
    return {
      send(target, payload) {
        if (over.signal.aborted) return false;
        const leg = legFor(target);
        if (leg !== undefined) return leg.association.send(target, payload);
        if (waiting.length >= MAX_WAITING) return false;
        if (waiting.push({ target, payload }) === 1) void drain();
        return true;
      },
      close() {
        over.abort();
        for (const { association } of legs) association.close();
        legs.clear();
      },
    };
  };
}
