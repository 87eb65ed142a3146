import { MAX_DATAGRAM_BYTES, RESET_CODES, type Frame, type Target } from "../circuit/frames.ts";
import { associationId, isAssociation } from "./association.ts";

export interface ClientAssociation {
  /** False: lost, for the circuit is backed up, the payload too long, or the association over. */
  send(target: Target, payload: Buffer): boolean;
  close(): void;
}

export interface AssociationEvents {
  /** `payload` shares memory with the tunnel's buffer. */
  onDatagram(source: Target, payload: Buffer): void;
  /** The exit ended it (idle, or a newer one in its place), or the session is over. Not called after `close`. */
  onEnd(): void;
}

/** The client's associations of one session (NET-14). */
export interface ClientDatagrams {
  open(events: AssociationEvents): ClientAssociation;
  /** DGRAM, and RESET of an association; false = the exit breaks the protocol. */
  onFrame(frame: Frame): boolean;
  /** Associations that the exit may hold: those that sent something. */
  count(): number;
  /** The session is over. */
  close(): void;
}

/** @param send false: the circuit is backed up, and the datagram lost */
export function createClientDatagrams(send: (frame: Frame) => boolean): ClientDatagrams {
  const associations = new Map<number, AssociationEvents & { used: boolean }>();
  let opened = 0;
  return {
    open(events) {
      const id = associationId(opened++);
      const association = { ...events, used: false };
      associations.set(id, association);
      return {
        send(target, payload) {
          if (associations.get(id) !== association || payload.length > MAX_DATAGRAM_BYTES) return false;
          association.used = true;
          return send({ type: "DGRAM", stream: id, target, payload });
        },
        close() {
          if (!associations.delete(id)) return;
          // The exit knows of it from its first datagram on.
          if (association.used) send({ type: "RESET", stream: id, code: RESET_CODES.cancelled });
        },
      };
    },
    onFrame(frame) {
      if ((frame.type !== "DGRAM" && frame.type !== "RESET") || !isAssociation(frame.stream)) return false;
      if (frame.stream >= associationId(opened)) return false;
      const association = associations.get(frame.stream);
      if (association === undefined) return true;
      if (frame.type === "DGRAM") {
        association.onDatagram(frame.target, frame.payload);
      } else {
        associations.delete(frame.stream);
        association.onEnd();
      }
      return true;
    },
    count: () => [...associations.values()].filter(({ used }) => used).length,
    close() {
      const all = [...associations.values()];
      associations.clear();
      for (const { onEnd } of all) onEnd();
    },
  };
}
