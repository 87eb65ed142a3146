import assert from "node:assert/strict";
import { pino } from "pino";
import { openChannel } from "../../../chain/openChannel.ts";
import { readBalance } from "../../../chain/readBalance.ts";
import { readChannel } from "../../../chain/readChannel.ts";
import { X0T } from "../../../core/parameters.ts";
import type { Address, NodeId } from "../../../core/ids.ts";
import { createChannelCloser } from "../../../node/client/closeChannels.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";

const PAYER = 20;
const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;

describe("CHN-2 channels to dropped guards", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  before(async () => {
    chain = await startProtocolChain();
  });
  after(() => chain?.close());

  it("close in two steps, each once, however often it is asked or restarted; those in use and others' stay", async () => {
    const sender = chain.sender(PAYER);
    const { X0TToken: token, RelayChannels: channels } = chain.contracts;
    const operators = [1, 2, 3, 4].map((n) => chain.accounts[n]!.address);
    const open = async (payee: Address, signer = sender.account) =>
      (await openChannel(sender, { token, channels, payee, signer, amountWei: 5n * X0T, approveWei: 1_000n * X0T })).channel;
    const [dropped, kept, carrying, shared] = [await open(operators[0]!), await open(operators[1]!), await open(operators[2]!), await open(operators[3]!)];
    const foreign = await open(operators[0]!, chain.accounts[9]!.address);
    const state = async (channel: typeof dropped) => {
      const read = await readChannel(chain.client, { channels, channel });
      return read?.closed ? "closed" : read?.closesAt === 0 ? "open" : "closing";
    };
    const balance = async () => (await readBalance(chain.client, { token, account: sender.account })).x0tWei;
    let guards: NodeId[] = [];
    let tunnels = 1;
    // Node 5 is another node of node 3's operator.
    const operatorOf = (nodeId: NodeId) => operators[nodeId === id(5) ? 3 : Number(nodeId)];
    const closer = () =>
      createChannelCloser({
        sender,
        channels,
        paying: () => [0, 1, 2, 3].map((n) => ({ nodeId: id(n), tunnels: n === 2 ? tunnels : 0 })),
        guards: () => guards,
        operatorOf,
        intervalMs: 1_000,
        log: pino({ level: "silent" }),
      });
    const signal = AbortSignal.timeout(50_000);
    const before = await balance();

    await closer().run(signal);
    assert.equal(await state(dropped), "open", "no guards are chosen yet: nothing is dropped");
    guards = [id(1), id(7)];
    await closer().run(signal);
    assert.equal(await state(dropped), "open", "not while a guard's operator is unknown");

    guards = [id(1), id(5)];
    const first = closer();
    await first.run(signal);
    await first.run(signal);
    await closer().run(signal);
    assert.deepEqual(await Promise.all([dropped, kept, carrying, shared, foreign].map(state)), ["closing", "open", "open", "open", "open"]);
    tunnels = 0;
    await first.run(signal);
    assert.equal(await state(carrying), "closing", "once its last tunnel is gone");

    const { closesAt } = (await readChannel(chain.client, { channels, channel: carrying }))!;
    await chain.warpTo(closesAt);
    await closer().run(signal);
    await first.run(signal);
    assert.deepEqual(await Promise.all([dropped, kept, carrying, shared, foreign].map(state)), ["closed", "open", "closed", "open", "open"]);
    assert.equal(await balance(), before + 10n * X0T);
    const nonce = await chain.client.getTransactionCount({ address: sender.account });
    await first.run(signal);
    await closer().run(signal);
    assert.equal(await chain.client.getTransactionCount({ address: sender.account }), nonce, "nothing is left to do");
  });
});
