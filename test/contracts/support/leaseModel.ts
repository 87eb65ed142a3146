/**
 * MKT-1 to MKT-6 once more, for differential tests: no walk with counters, as the contract does it, but for every lease a list
 * of what was said and when, from which each epoch's fate follows. Amounts in wei, times in epochs.
 */
export interface Service {
  /** Slots proved; 0 if the commit is missing or void. */
  slotsUp: bigint;
  /** The least that was at stake, from the epoch's start to its end. */
  stake: bigint;
}

export interface Terms {
  node: number;
  provider: string;
  price: bigint;
  minUptimeBps: bigint;
}

export interface ModelLease extends Terms {
  tenant: string;
  first: bigint;
  /** The term's end, and every earlier one that somebody asked for. */
  ends: bigint[];
  rejected: Set<bigint>;
  /** The first epoch that is not settled. */
  next: bigint;
}

/** Who holds how much more or less by the marketplace's doing. */
export type Purses = Map<string, bigint>;

export interface World {
  slots: bigint;
  serviceOf(node: number, epoch: bigint): Service;
}

export const BURNED = "burned";
export const ESCROW = "escrow";

function give(purses: Purses, who: string, amount: bigint): void {
  purses.set(who, (purses.get(who) ?? 0n) + amount);
}

const least = (...numbers: readonly bigint[]) => numbers.reduce((a, b) => (b < a ? b : a));

export function isMet({ node, minUptimeBps, price }: Terms, epoch: bigint, world: World): boolean {
  const { slotsUp, stake } = world.serviceOf(node, epoch);
  return slotsUp > 0n && slotsUp * 10_000n >= minUptimeBps * world.slots && price * 10n <= stake;
}

/** Where the lease ends by what people said. */
function saidEnd({ ends }: ModelLease): bigint {
  return least(...ends);
}

/** The end that three failed epochs in a row make, looking only at epochs before `until`. */
function failureEnd(lease: ModelLease, until: bigint, world: World): bigint | undefined {
  for (let third = lease.first + 2n; third < least(saidEnd(lease), until); third++) {
    if ([third, third - 1n, third - 2n].every((epoch) => !isMet(lease, epoch, world))) return third + 1n;
  }
  return undefined;
}

/** The end that the chain knows: a failure counts once it is settled. */
export function endOf(lease: ModelLease, world: World): bigint {
  return failureEnd(lease, lease.next, world) ?? saidEnd(lease);
}

export function open(terms: Terms, tenant: string, now: bigint, epochs: bigint, purses: Purses): ModelLease {
  give(purses, tenant, -terms.price * epochs);
  give(purses, ESCROW, terms.price * epochs);
  return { ...terms, tenant, first: now + 1n, ends: [now + 1n + epochs], rejected: new Set(), next: now + 1n };
}

/** @returns whether somebody may end the lease at `end`; then it is done. */
export function shorten(lease: ModelLease, end: bigint, purses: Purses, world: World): boolean {
  const known = endOf(lease, world);
  if (end >= known) return false;
  refund(lease, known - end, purses);
  lease.ends.push(end);
  return true;
}

export function mayReject(lease: ModelLease, epoch: bigint, now: bigint, world: World): boolean {
  return (epoch === now || epoch === now - 1n) && lease.first <= epoch && epoch < endOf(lease, world);
}

export function reject(lease: ModelLease, epoch: bigint, now: bigint, purses: Purses, world: World): void {
  lease.rejected.add(epoch);
  shorten(lease, now + 1n, purses, world);
}

function refund({ tenant, price }: ModelLease, epochs: bigint, purses: Purses): void {
  give(purses, tenant, epochs * price);
  give(purses, ESCROW, -epochs * price);
}

/** One call: up to `most` of the epochs before `finalBefore`. @returns how many. */
export function settle(lease: ModelLease, most: bigint, finalBefore: bigint, purses: Purses, world: World): bigint {
  const said = saidEnd(lease);
  const failed = failureEnd(lease, finalBefore, world);
  const until = least(said, finalBefore, failed ?? said, lease.next + most);
  if (until <= lease.next) return 0n;
  const count = until - lease.next;
  const epochs = Array.from({ length: Number(count) }, (_, i) => lease.next + BigInt(i));
  const met = epochs.filter((epoch) => isMet(lease, epoch, world));
  const burned = BigInt(met.filter((epoch) => lease.rejected.has(epoch)).length);
  const gross = (BigInt(met.length) - burned) * lease.price;
  const fee = gross / 100n;
  give(purses, lease.provider, gross - fee);
  give(purses, BURNED, fee + burned * lease.price);
  give(purses, ESCROW, -gross - burned * lease.price);
  refund(lease, count - BigInt(met.length), purses);
  lease.next = until;
  if (until === failed) refund(lease, said - failed, purses);
  return count;
}
