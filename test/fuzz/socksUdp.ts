import assert from "node:assert/strict";
import { MAX_DATAGRAM_BYTES } from "../../node/circuit/frames.ts";
import { parseUdpRequest, udpReplyHeader } from "../../node/socks5/udpHeader.ts";
import { datagramTo } from "../support/socksUdp.ts";
import { fuzzCommand } from "./command.ts";
import { mutate } from "./mutate.ts";
import type { Random } from "./random.ts";
import { randomTarget } from "./randomFrame.ts";

/**
 * One datagram of an application. What is well formed is read as it was meant, what is not is dropped with its reason, and
 * what is read may be sent on: a target that frames can carry, a payload within the bound.
 */
export function socksUdpCase(random: Random): string {
  const target = randomTarget(random);
  const payload = random.bytes(random.pick([0, 1, 64, 1_200, MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1]));
  const valid = target.host === "" ? random.bytes(random.int(40)) : datagramTo(target, payload);
  const isWhole = target.host !== "" && random.oneIn(2);
  const bytes = isWhole ? valid : mutate(random, valid, random.bytes(32));
  const parsed = parseUdpRequest(bytes);
  if (typeof parsed === "string") {
    const isRight = target.port === 0 ? parsed === "malformed" : parsed === "oversize" && payload.length > MAX_DATAGRAM_BYTES;
    assert.ok(!isWhole || isRight, `${parsed}: ${target.host}:${target.port}`);
    return parsed;
  }
  const { host, port } = parsed.target;
  assert.ok(port > 0 && port <= 65_535 && /^[\x21-\x7e]{1,255}$/.test(host), `${host}:${port}`);
  assert.ok(parsed.payload.length <= MAX_DATAGRAM_BYTES);
  if (isWhole) assert.ok(parsed.payload.equals(payload) && port === target.port);
  const header = udpReplyHeader(parsed.target);
  if (header !== undefined) assert.deepEqual(parseUdpRequest(Buffer.concat([header, parsed.payload])), parsed);
  return `type ${parsed.target.atyp}`;
}

if (import.meta.main) await fuzzCommand("socksUdp", "Datagrams of applications (NET-14, RFC 1928 section 7), valid and mutated.", socksUdpCase);
