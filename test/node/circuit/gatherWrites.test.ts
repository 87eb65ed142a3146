import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { gatherWrites } from "../../../node/circuit/gatherWrites.ts";

describe("node/circuit gathered writes", () => {
  it("NET-5 a source that was told to wait is told when there is room, also if it brought more meanwhile and that left at once", async () => {
    const written: Buffer[] = [];
    // A socket whose kernel takes everything.
    const to = new Writable({ decodeStrings: false, write: (chunk: Buffer, _encoding, done) => (written.push(Buffer.from(chunk)), done()) });
    const room = Promise.withResolvers<undefined>();
    const writes = gatherWrites(to as unknown as Socket, () => room.resolve(undefined));
    const bytes = Buffer.alloc(256 << 10, 7);
    assert.equal(writes.add(bytes), false);
    // What TLS still had when it was stopped.
    assert.equal(writes.add(Buffer.from("more")), false, "nothing was said of room yet");
    await room.promise;
    assert.equal(writes.add(Buffer.from("!")), true);
    writes.flush();
    assert.deepEqual(Buffer.concat(written), Buffer.concat([bytes, Buffer.from("more!")]));
  });
});
