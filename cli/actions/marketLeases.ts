import { getAddress, isAddress, type Address } from "viem";
import { readLeaseCount } from "../../chain/readLeaseCount.ts";
import { readLeases } from "../../chain/readLeases.ts";
import type { Lease } from "../../chain/readLease.ts";
import { X0tError } from "../../core/x0tError.ts";
import { formatX0t } from "../../core/amounts.ts";
import { findLease } from "../market/find.ts";
import { readLeaseIds, readLeaseRecords, type LeaseFilter } from "../market/leaseRecords.ts";
import { readLeaseEpochs, stateOf, viewOf, type LeaseEpoch, type LeaseView } from "../market/leaseView.ts";
import { epochsOf, formatPercent, formatWait, parseId, readNow, waitFor, type Now } from "../market/terms.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { formatTable } from "../table.ts";

interface LeasesFlags extends NetworkFlags {
  node?: number;
  tenant?: string;
  open?: boolean;
  limit: number;
  json?: boolean;
}

/** Epochs that people are shown of one lease, and programs. */
const SHOWN_EPOCHS = 24;
const MOST_EPOCHS = 168;
/** What an indexer may not have seen yet. */
const NEWEST = 100;

/** `x0t market leases`: a table, or one lease epoch by epoch. */
export async function marketLeases(text: string | undefined, flags: LeasesFlags): Promise<void> {
  const id = text === undefined ? undefined : parseId(text, "lease");
  const tenant = parseTenant(flags.tenant);
  const network = await findNetwork(flags);
  const now = await readNow(network);
  if (id !== undefined) return showOne(network, now, await findLease(network, id), flags.json === true);
  const filter = { ...(flags.node !== undefined && { node: flags.node }), ...(tenant !== undefined && { tenant }), open: flags.open === true };
  const matching = await readMatching(network, filter, flags.limit);
  const shown = matching.slice(-flags.limit);
  const records = await readLeaseRecords(network, shown.map(({ lease }) => lease));
  const views = shown.map((lease) => viewOf(lease, records?.get(lease.lease)));
  if (flags.json === true) printJson({ epoch: now.epoch, more: matching.length > shown.length, leases: views.map((view) => ({ ...jsonOf(view), state: stateOf(network, view, now) })) });
  else console.log(describeAll(network, now, views, matching.length > shown.length));
}

/** Leases as the chain has them, in order; those that an indexer names and the newest, or all without one. */
async function readMatching(network: Network, filter: LeaseFilter, limit: number): Promise<Lease[]> {
  const { Marketplace: marketplace } = network.contracts.contracts;
  const named = await readLeaseIds(network, filter, limit + 1);
  const count = await readLeaseCount(network.client, { marketplace });
  const newest = Array.from({ length: Math.min(NEWEST, Number(count)) }, (_, back) => count - BigInt(back));
  const ids = named === undefined ? undefined : [...new Set([...named, ...newest])].sort((a, b) => (a < b ? -1 : 1));
  const leases = await readLeases(network.client, { marketplace, ...(ids !== undefined && { leases: ids }) });
  return leases.filter(
    ({ node, tenant, next, end }) =>
      (filter.node === undefined || node === filter.node) && (filter.tenant === undefined || tenant === filter.tenant) && (!filter.open || next < end),
  );
}

function parseTenant(text: string | undefined): Address | undefined {
  if (text === undefined || isAddress(text)) return text === undefined ? undefined : getAddress(text);
  throw new X0tError("X0T_USAGE", `--tenant "${text}" is no address: 0x and 40 hex digits.`);
}

async function showOne(network: Network, now: Now, lease: Lease, json: boolean): Promise<void> {
  const [records, epochs] = await Promise.all([
    readLeaseRecords(network, [lease.lease]),
    readLeaseEpochs(network, lease, now, json ? MOST_EPOCHS : SHOWN_EPOCHS),
  ]);
  const view = viewOf(lease, records?.get(lease.lease));
  if (json) printJson({ epoch: now.epoch, lease: { ...jsonOf(view), state: stateOf(network, view, now) }, epochs });
  else console.log(describeOne(network, now, view, epochs));
}

function jsonOf({ lease, listing, pricePerEpoch, paidWei, refundedWei, burnedWei, bookedEnd, endReason, ...view }: LeaseView): Record<string, unknown> {
  return {
    lease: Number(lease),
    listing: Number(listing),
    pricePerEpochWei: pricePerEpoch,
    ...view,
    paidWei: paidWei ?? null,
    refundedWei: refundedWei ?? null,
    burnedWei: burnedWei ?? null,
    bookedEnd: bookedEnd ?? null,
    endReason: endReason ?? null,
  };
}

const HEAD = ["lease", "node", "tenant", "epochs", "price", "promise", "paid", "refunded", "burned", "pending", "state"];

function describeAll(network: Network, now: Now, views: readonly LeaseView[], more: boolean): string {
  if (views.length === 0) return "There are no such leases. See what is on offer with: ./x0t market list";
  const lines = [formatTable(HEAD, views.map((view) => row(network, now, view)), HEAD.slice(4, 10))];
  if (more) lines.push(`Older ones are left out: --limit ${2 * views.length}`);
  lines.push("", `Epoch ${now.epoch} now. X0T; paid is before the burn of 1 %, refunded went back to the tenant, pending is in escrow. One of them: ./x0t market leases ${views.at(-1)?.lease}`);
  if (views.some(({ paidWei }) => paidWei === undefined)) lines.push(UNKNOWN);
  return lines.join("\n");
}

const UNKNOWN = 'The indexer does not answer or lags behind: what became of settled epochs in all is shown as "-".';

function row(network: Network, now: Now, view: LeaseView): string[] {
  const sum = (wei: bigint | undefined) => (wei === undefined ? "-" : formatX0t(wei));
  return [
    String(view.lease),
    String(view.node),
    `${view.tenant.slice(0, 6)}…${view.tenant.slice(-4)}`,
    `${view.first}-${view.end - 1}`,
    formatX0t(view.pricePerEpoch),
    formatPercent(view.minUptimeBps),
    sum(view.paidWei),
    sum(view.refundedWei),
    sum(view.burnedWei),
    formatX0t(view.pendingWei),
    stateOf(network, view, now),
  ];
}

function describeOne(network: Network, now: Now, view: LeaseView, epochs: readonly LeaseEpoch[]): string {
  const { paidWei, refundedWei, burnedWei, bookedEnd = view.end } = view;
  const cut = bookedEnd > view.end ? `, ${epochsOf(bookedEnd - view.end)} of ${bookedEnd - view.first} cut off` : "";
  const sums =
    paidWei === undefined || refundedWei === undefined || burnedWei === undefined
      ? `${formatX0t(view.pendingWei)} X0T in escrow. ${UNKNOWN}`
      : `${formatX0t(paidWei)} X0T paid, ${formatX0t(refundedWei)} refunded, ${formatX0t(burnedWei)} burned, ${formatX0t(view.pendingWei)} in escrow`;
  const lines = [
    `Lease ${view.lease} of listing ${view.listing}: node ${view.node}, ${formatX0t(view.pricePerEpoch)} X0T an epoch for ${formatPercent(view.minUptimeBps)} uptime`,
    `provider ${view.provider}, tenant ${view.tenant}`,
    `epochs ${view.first} to ${view.end - 1}${cut}; ${stateOf(network, view, now)}`,
    sums,
    "",
  ];
  if (epochs.length === 0) return [...lines, `Its first epoch begins in ${waitFor(network, now, view.first)}.`].join("\n");
  const rows = epochs.map((epoch) => epochRow(network, now, view, epoch));
  const later = view.end - Math.max(view.first, now.epoch + 1);
  const earlier = (epochs[0]?.epoch ?? view.first) - view.first;
  if (earlier > 0) lines.push(`(${epochsOf(earlier)} before: --json shows up to ${MOST_EPOCHS})`);
  lines.push(formatTable(["epoch", "uptime", "X0T", "what became of it"], rows, ["epoch", "uptime", "X0T"]));
  if (later > 0) lines.push(`and ${epochsOf(later)} to come`);
  return lines.join("\n");
}

const WORDS = { paid: "paid", refunded: "refunded", burned: "burned: up, but rejected" } as const;

function epochRow(network: Network, now: Now, view: LeaseView, epoch: LeaseEpoch): string[] {
  const { state, outcome, rejected } = epoch;
  const uptime = `${((100 * epoch.slotsUp) / network.parameters.slotsPerEpoch).toFixed(1)} %`;
  const wait = formatWait(epoch.finalAt - now.timestamp);
  const words =
    state === "due" && outcome !== undefined
      ? `due, will be ${WORDS[outcome]}`
      : state === "running"
        ? "running"
        : state === "open" || state === "to come" || state === "due"
          ? `final in ${wait}`
          : WORDS[state];
  const open = state === "open" || state === "running";
  return [String(epoch.epoch), state === "running" ? "-" : uptime, formatX0t(view.pricePerEpoch), `${words}${open && rejected ? ", rejected" : ""}`];
}
