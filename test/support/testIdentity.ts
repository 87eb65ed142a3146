import { createIdentity, type Identity } from "../../node/identity/identity.ts";
import { generateNodeKeys } from "../../runtime/keystore.ts";

/** A fresh node identity, certificate included. */
export function testIdentity(): Promise<Identity> {
  return createIdentity(generateNodeKeys());
}
