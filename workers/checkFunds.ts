import { formatEther } from "viem";
import { getGasPrice } from "viem/actions";
import { readBalance } from "../chain/readBalance.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Gas of an epoch's work of one node, generously: a commit, a poke, a claim, a redemption and one answer. */
const EPOCH_GAS = 3_000_000n;
/** How many epochs of gas a node should hold. */
const EPOCHS_AHEAD = 24n;

/** Says once an epoch what the hot key lacks, and how to mend it. */
export function createCheckFunds(node: WorkerNode): Job {
  const account = node.account.address;
  let doneEpoch = -1;
  return {
    name: "checkFunds",
    async run(tick) {
      if (doneEpoch === tick.epoch) return;
      const [{ x0tWei, ethWei }, gasPrice] = await Promise.all([
        readBalance(node.view.client, { token: node.contracts.X0TToken, account }),
        getGasPrice(node.view.client),
      ]);
      node.metrics.balanceWei.set({ node: String(node.index), asset: "x0t" }, Number(x0tWei));
      node.metrics.balanceWei.set({ node: String(node.index), asset: "eth" }, Number(ethWei));
      const gasMoney = gasPrice * EPOCH_GAS * EPOCHS_AHEAD;
      const { challengeBond } = node.parameters;
      if (ethWei < gasMoney) {
        node.log.warn(
          { account, eth: formatEther(ethWei) },
          `the hot key has ETH for less than ${EPOCHS_AHEAD} epochs: without it nothing is committed, claimed or redeemed. Send ${formatEther(gasMoney - ethWei)} ETH to ${account}`,
        );
      }
      if (x0tWei < challengeBond) {
        node.log.warn(
          { account, x0t: formatEther(x0tWei) },
          `the hot key cannot bond a challenge, so false commits of others go unpunished by this node. Send ${formatEther(challengeBond - x0tWei)} X0T to ${account} (1 % burns on the way)`,
        );
      }
      doneEpoch = tick.epoch;
    },
  };
}
