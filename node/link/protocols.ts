/** The protocols of a control link, one long-lived stream each (NET-17). */
export const LINK_PROTOCOLS = ["descriptor", "ticket", "voucher", "beacon", "witness"] as const;
export type LinkProtocol = (typeof LINK_PROTOCOLS)[number];

export const DESCRIPTOR_GET = 1;
export const DESCRIPTOR_PUT = 2;

export const TICKET_WANT = 1;
export const TICKET_TICKETS = 2;
export const TICKET_DIALBACK = 3;
export const TICKET_DIALLED = 4;

export const BEACON = 1;

export const WITNESS_RECEIPT = 3;
export const WITNESS_ACK = 4;
export const WITNESS_MISS = 5;
export const WITNESS_PULL = 6;
export const WITNESS_FORWARD = 7;
export const WITNESS_FORWARDED = 8;

export function protocolId(protocol: LinkProtocol): string {
  return `/x0t/${protocol}/1`;
}

/** Set in an answer's id; requests use the ids below, 0 expects no answer. */
export const ANSWER_BIT = 0x80000000;

/** Longest payload: a descriptor of 8 kB with room for its frame; everything else is smaller. */
export const MAX_LINK_PAYLOAD_BYTES = 8_192 + 64;
