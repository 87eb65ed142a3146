import dgram from "node:dgram";
import { once } from "node:events";
import { ipToBytes } from "../../node/circuit/ipBytes.ts";

export type DnsRecord = string[] | null | "SERVFAIL";

/**
 * A DNS server on 127.0.0.1 that knows A and AAAA records only; other names do not exist.
 * @param records null = no answer, "SERVFAIL" = that answer
 * @returns `address:port`, as node configs write it
 */
export async function startDnsServer(records: Record<string, DnsRecord>): Promise<{ address: string; queries: string[]; close(): void }> {
  const socket = dgram.createSocket("udp4");
  const queries: string[] = [];
  socket.on("message", (query, from) => {
    let at = 12;
    const labels: string[] = [];
    for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join(".").toLowerCase();
    queries.push(name);
    const known = records[name];
    if (known === null) return;
    const failed = known === "SERVFAIL";
    const addresses = (failed ? [] : (known ?? [])).map((address) => ipToBytes(address) as Uint8Array).filter((bytes) => bytes.length === (type === 28 ? 16 : type === 1 ? 4 : 0));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(known === undefined ? 0x8183 : failed ? 0x8182 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const answers = addresses.map((bytes) => {
      const answer = Buffer.alloc(12 + bytes.length);
      answer.writeUInt16BE(0xc00c, 0);
      answer.writeUInt16BE(type, 2);
      answer.writeUInt16BE(1, 4);
      answer.writeUInt32BE(60, 6);
      answer.writeUInt16BE(bytes.length, 10);
      answer.set(bytes, 12);
      return answer;
    });
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { address: `127.0.0.1:${socket.address().port}`, queries, close: () => void socket.close() };
}
