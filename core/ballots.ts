/** ⌊√units⌋: the ballots of raw stake, as QuadraticCounting counts them (GOV-1). */
export function ballotsOf(units: bigint): bigint {
  if (units < 2n) return units;
  let root = 1n << (BigInt(units.toString(2).length + 1) / 2n);
  for (;;) {
    const next = (root + units / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
