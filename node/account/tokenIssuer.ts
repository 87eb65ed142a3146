import { randomBytes } from "node:crypto";

/** How long a return token opens the relay port (NET-6). */
export const TOKEN_LIFETIME_MS = 24 * 3_600_000;
export const TOKEN_BYTES = 16;
/** Unused tokens that an account may hold. */
export const MAX_TOKENS_PER_ACCOUNT = 64;
const MAX_LIVE_TOKENS = 200_000;

/** Single-use return tokens (NET-6 kind 2): whoever paid comes back without work. They live as long as this process. */
export interface TokenIssuer {
  /** @param account 32 hex digits. @returns 16 bytes each; fewer, even none, beyond the limits. */
  issue(account: string, n: number): Uint8Array[];
  /** Uses a token up. @returns the account it was given to; undefined if it is none or is old. */
  redeem(value: Uint8Array): string | undefined;
}

export function createTokenIssuer(nowMs: () => number = () => performance.now()): TokenIssuer {
  /** In the order of their making, which is the order of expiry. */
  const live = new Map<string, { account: string; expiresAtMs: number }>();
  const held = new Map<string, number>();

  function forget(key: string, account: string): void {
    live.delete(key);
    const left = (held.get(account) ?? 1) - 1;
    if (left === 0) held.delete(account);
    else held.set(account, left);
  }

  function dropExpired(): void {
    for (const [key, token] of live) {
      if (token.expiresAtMs > nowMs()) return;
      forget(key, token.account);
    }
  }

  return {
    issue(account, n) {
      dropExpired();
      const count = Math.max(0, Math.min(n, MAX_TOKENS_PER_ACCOUNT - (held.get(account) ?? 0), MAX_LIVE_TOKENS - live.size));
      const tokens = Array.from({ length: count }, () => new Uint8Array(randomBytes(TOKEN_BYTES)));
      for (const token of tokens) live.set(keyOf(token), { account, expiresAtMs: nowMs() + TOKEN_LIFETIME_MS });
      if (count > 0) held.set(account, (held.get(account) ?? 0) + count);
      return tokens;
    },
    redeem(value) {
      dropExpired();
      const key = keyOf(value);
      const token = live.get(key);
      if (token === undefined) return undefined;
      forget(key, token.account);
      return token.account;
    },
  };
}

function keyOf(value: Uint8Array): string {
  return Buffer.from(value).toString("base64");
}
