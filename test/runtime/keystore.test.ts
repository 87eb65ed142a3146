import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateNodeKeys, readKeystore, readPassphraseFile, readPrivateKeyFile, writeKeystore } from "../../runtime/keystore.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";

describe("runtime/keystore (NET-3)", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "x0t-keystore-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("returns the same keys to the right passphrase, from a file of mode 0600 without a key in clear", async () => {
    const keys = generateNodeKeys();
    const file = join(folder, "keystore.json");
    await writeKeystore(file, keys, Buffer.from("correct horse"), 14);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await readFile(file, "utf8")).includes(keys.hotKey.slice(2)), false);
    const read = await readKeystore(file, Buffer.from("correct horse"));
    assert.equal(read.nodeId, keys.nodeId);
    assert.equal(read.hotKey, keys.hotKey);
    assert.deepEqual(await readdir(folder), ["keystore.json"]);
  });

  it("tells a wrong passphrase, a damaged file and a missing one apart", async () => {
    const file = join(folder, "keystore.json");
    await writeKeystore(file, generateNodeKeys(), Buffer.from("a"), 14);
    await assert.rejects(readKeystore(file, Buffer.from("b")), { code: "X0T_WRONG_PASSPHRASE" });
    await writeFile(file, "{}");
    await assert.rejects(readKeystore(file, Buffer.from("a")), { code: "X0T_KEYSTORE_CORRUPT" });
    await assert.rejects(readKeystore(join(folder, "none"), Buffer.from("a")), { code: "X0T_KEYSTORE_MISSING" });
  });

  it("binds the NodeId to the keys", async () => {
    const file = join(folder, "keystore.json");
    await writeKeystore(file, generateNodeKeys(), Buffer.from("a"), 14);
    const stored = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...stored, nodeId: generateNodeKeys().nodeId }));
    await assert.rejects(readKeystore(file, Buffer.from("a")), { code: "X0T_WRONG_PASSPHRASE" });
  });

  it("reads secrets from files only, and says what is wrong with them", async () => {
    const file = join(folder, "key");
    await writeFileAtomic(file, `${"ab".repeat(32)}\n`, 0o600);
    assert.equal(await readPrivateKeyFile(file), `0x${"ab".repeat(32)}`);
    assert.equal((await readPassphraseFile(file)).length, 64);
    await writeFile(file, "0x12");
    await assert.rejects(readPrivateKeyFile(file), { code: "X0T_KEY_FILE" });
    await assert.rejects(readPassphraseFile(join(folder, "none")), { code: "X0T_PASSPHRASE_FILE" });
  });
});
