import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  scrypt,
  type KeyObject,
} from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { bytesToHex, type Hex } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { z } from "zod";
import { nodeIdOf, type NodeId } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import { rawPublicKey } from "./mlDsa.ts";

/** A node's secrets: its identity (ML-DSA-65) and its hot key (secp256k1: receipts, vouchers, commits). */
export interface NodeKeys {
  identity: KeyObject;
  publicKey: Uint8Array;
  nodeId: NodeId;
  hotKey: Hex;
}

const scryptAsync = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);
const base64 = z.string().transform((value) => Buffer.from(value, "base64"));

const fileSchema = z.strictObject({
  version: z.literal(1),
  nodeId: z.string(),
  kdf: z.strictObject({ name: z.literal("scrypt"), logN: z.number().int().min(14).max(20), salt: base64 }),
  iv: base64,
  tag: base64,
  data: base64,
});

export function generateNodeKeys(): NodeKeys {
  const { privateKey } = generateKeyPairSync("ml-dsa-65" as never) as unknown as { privateKey: KeyObject };
  return keysOf(privateKey, generatePrivateKey());
}

function keysOf(identity: KeyObject, hotKey: Hex): NodeKeys {
  const publicKey = rawPublicKey(identity);
  return { identity, publicKey, nodeId: nodeIdOf(publicKey), hotKey };
}

/**
 * Writes the keys under scrypt (N = 2^logN, r = 8) and AES-256-GCM, mode 0600 (NET-3).
 * @param logN 17 for a person's passphrase; 14 is enough for 32 random bytes.
 */
export async function writeKeystore(file: string, keys: NodeKeys, passphrase: Buffer, logN = 17): Promise<void> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await deriveKey(passphrase, salt, logN), iv);
  cipher.setAAD(Buffer.from(keys.nodeId));
  const plain = JSON.stringify({
    identity: keys.identity.export({ type: "pkcs8", format: "der" }).toString("base64"),
    hotKey: keys.hotKey,
  });
  const data = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  const document = {
    version: 1,
    nodeId: keys.nodeId,
    kdf: { name: "scrypt", logN, salt: salt.toString("base64") },
    iv: iv.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    data: data.toString("base64"),
  };
  await writeFileAtomic(file, `${JSON.stringify(document, null, 2)}\n`, 0o600);
}

/** @throws X0T_KEYSTORE_MISSING, X0T_KEYSTORE_CORRUPT, X0T_WRONG_PASSPHRASE */
export async function readKeystore(file: string, passphrase: Buffer): Promise<NodeKeys> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new X0tError("X0T_KEYSTORE_MISSING", `No keys at ${file}. Make a node with: x0t node init`, { cause });
  }
  let stored: z.infer<typeof fileSchema>;
  try {
    stored = fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new X0tError("X0T_KEYSTORE_CORRUPT", `${file} is not a keystore. Restore it from your backup.`, { cause });
  }
  const decipher = createDecipheriv("aes-256-gcm", await deriveKey(passphrase, stored.kdf.salt, stored.kdf.logN), stored.iv);
  decipher.setAAD(Buffer.from(stored.nodeId));
  decipher.setAuthTag(stored.tag);
  let plain: { identity: string; hotKey: Hex };
  try {
    plain = JSON.parse(Buffer.concat([decipher.update(stored.data), decipher.final()]).toString("utf8"));
  } catch (cause) {
    throw new X0tError("X0T_WRONG_PASSPHRASE", `The passphrase does not open ${file}.`, { cause });
  }
  const identity = createPrivateKey({ key: Buffer.from(plain.identity, "base64"), format: "der", type: "pkcs8" });
  return keysOf(identity, plain.hotKey);
}

/** A passphrase file's bytes without a final line break. @throws X0T_PASSPHRASE_FILE */
export async function readPassphraseFile(file: string): Promise<Buffer> {
  const text = await readSecretFile(file, "X0T_PASSPHRASE_FILE");
  return Buffer.from(text, "utf8");
}

/** A secp256k1 key from a file of 64 hex digits. @throws X0T_KEY_FILE */
export async function readPrivateKeyFile(file: string): Promise<Hex> {
  const text = await readSecretFile(file, "X0T_KEY_FILE");
  const hex = text.startsWith("0x") ? text : `0x${text}`;
  if (!/^0x[0-9a-fA-F]{64}$/.test(hex)) {
    throw new X0tError("X0T_KEY_FILE", `${file} must hold one private key of 64 hex digits.`);
  }
  return hex as Hex;
}

export function randomPassphrase(): string {
  return bytesToHex(randomBytes(32)).slice(2);
}

async function readSecretFile(file: string, code: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new X0tError(code, `Cannot read ${file}: ${(cause as Error).message}.`, { cause, data: { file } });
  }
}

function deriveKey(passphrase: Buffer, salt: Buffer, logN: number): Promise<Buffer> {
  return scryptAsync(passphrase, salt, 32, { N: 2 ** logN, r: 8, p: 1, maxmem: 256 * 2 ** logN * 8 });
}
