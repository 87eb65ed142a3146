/**
 * Node's options for processes that carry traffic. Buffers lie outside of V8's heap: by default every few megabytes of them
 * cost a collection of the whole heap, half of all CPU time of a download; counted as a part of the heap they cost one when
 * it grows. A young generation of 2 MiB frees them while they are in the cache, and keeps them few.
 */
export const TRAFFIC_FLAGS = ["--external-memory-accounted-in-global-limit", "--max-semi-space-size=2"];

/**
 * And their environment, for glibc: one arena for all threads, and what is free at its top goes back at once. Else loading
 * the program leaves 30 MB of holes for good.
 */
export const TRAFFIC_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" };
