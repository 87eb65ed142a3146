import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { keccak256, recoverTypedDataAddress, toHex } from "viem";
import { readChannel, type Channel } from "../chain/readChannel.ts";
import { redeemVouchers } from "../chain/redeemVouchers.ts";
import { voucher as voucherMessage } from "../core/eip712.ts";
import { MAX_REDEEM_BATCH, PRODUCTION } from "../core/parameters.ts";
import { parseReceivedVouchers, RECEIVED_VOUCHERS_FILE, type ReceivedVoucher } from "../core/spool.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import type { Tick } from "./chainView.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

const DAY_SECONDS = 86_400;
const STATE_FILE = "redeemed-day";

/**
 * Redeems the highest voucher of each channel for the operator (CHN-1): each epoch on a devnet; in production once a day
 * at a time that nobody can foresee, since redemptions tell who paid whom (NET-22). A channel that closes cannot wait.
 */
export function createRedeemVouchers(node: WorkerNode): Job {
  const devnet = node.parameters.epochSeconds < PRODUCTION.epochSeconds;
  let checkedEpoch = -1;
  return {
    name: "redeemVouchers",
    async run(tick, signal) {
      const newEpoch = checkedEpoch !== tick.epoch;
      const all = devnet ? newEpoch : await isDailyTime(node, tick);
      if (!all && !newEpoch) return;
      const owed = (await openVouchers(node)).filter(({ channel }) => all || channel.closesAt > 0);
      for (let first = 0; first < owed.length; first += MAX_REDEEM_BATCH) {
        const vouchers = owed.slice(first, first + MAX_REDEEM_BATCH).map(({ voucher }) => voucher);
        const { paidWei } = await redeemVouchers(node.sender, { channels: node.contracts.RelayChannels, vouchers }, signal);
        node.metrics.redeemedWei.inc(Number(paidWei));
        node.log.info({ channels: vouchers.length, paidWei: paidWei.toString() }, "redeemed vouchers");
      }
      if (all && !devnet) await writeFileAtomic(join(node.home, STATE_FILE), String(dayOf(tick)), 0o600);
      checkedEpoch = tick.epoch;
    },
  };
}

function dayOf(tick: Tick): number {
  return Math.floor(tick.timestamp / DAY_SECONDS);
}

/** Once a day, at a second that only the hot key's holder can compute and that restarts do not change. */
async function isDailyTime(node: WorkerNode, tick: Tick): Promise<boolean> {
  const day = dayOf(tick);
  const done = Number(await readFile(join(node.home, STATE_FILE), "utf8").catch(() => "-1"));
  if (done >= day) return false;
  const secret = await node.account.sign?.({ hash: keccak256(toHex(`x0t/redeem-time/1/${day}`)) });
  const second = Number(BigInt(keccak256(secret ?? "0x")) % BigInt(DAY_SECONDS));
  return tick.timestamp % DAY_SECONDS >= second;
}

/** Vouchers that are worth more than what was redeemed, with the state of their channels. */
async function openVouchers(node: WorkerNode): Promise<{ voucher: ReceivedVoucher; channel: Channel }[]> {
  const { RelayChannels: channels } = node.contracts;
  const open: { voucher: ReceivedVoucher; channel: Channel }[] = [];
  for (const voucher of (await readVouchers(node)).values()) {
    const channel = await readChannel(node.view.client, { channels, channel: voucher.channel });
    if (channel === undefined || channel.closed || channel.redeemed >= channel.deposit) continue;
    if (voucher.cumulative <= channel.redeemed || channel.payee !== node.operator) continue;
    // One false voucher would revert the whole batch.
    if ((await signerOf(node, voucher)) === channel.signer) open.push({ voucher, channel });
    else node.log.warn({ channel: voucher.channel }, "a held voucher is not signed by its channel's signer");
  }
  return open;
}

async function readVouchers(node: WorkerNode) {
  try {
    return parseReceivedVouchers(await readFile(join(node.home, RECEIVED_VOUCHERS_FILE), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return parseReceivedVouchers("");
    throw error;
  }
}

async function signerOf(node: WorkerNode, { channel, cumulative, signature }: ReceivedVoucher) {
  const at = { chainId: node.chainId, channels: node.contracts.RelayChannels };
  return recoverTypedDataAddress({ ...voucherMessage(at, { channel, cumulative }), signature }).catch(() => undefined);
}
