/**
 * How our long-running programs are started. V8 by itself lets a heap of 40 MB grow to 200 before it cleans up; a relay's
 * bytes are not in that heap, so a small one costs it no speed (measured: bench/discovery.ts, ADR 5).
 */
export const NODE_FLAGS = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--heap-growing-percent=30"] as const;
