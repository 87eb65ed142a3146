/** The devnet's key that rents when no `--key-file` is given. */
export const TENANT_KEY = "client";
