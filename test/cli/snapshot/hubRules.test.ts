import assert from "node:assert/strict";
import { accountSigner, safeSigner } from "../../../cli/snapshot/signer.ts";
import { stakeStrategy } from "../../../cli/snapshot/spaceSettings.ts";
import { GUARDIANS, type ProtocolChain } from "../../support/protocolChain.ts";
import { startSnapshotHub, type SnapshotHub } from "../../support/snapshotHub/startSnapshotHub.ts";
import { nowSeconds, proposalEnvelope, resign, sendTo, spaceEnvelope, voteEnvelope, type Envelope, type ProposalChange } from "./envelopes.ts";
import { addressOf, CHAIN_ID, FIRST_BLOCK, OWNER, registerVoter, SPACE, startVotingChain } from "./votingChain.ts";

const DAY = 24 * 3600;
/** The account that stakes after the snapshot. */
const LATE = 4;

describe("the Snapshot hub of the tests", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  let hub: SnapshotHub;
  let block = 0;
  let proposal = "";

  const account = (index: number) => chain.accounts[index]!;
  const signer = (index: number) => accountSigner(account(index));
  const settings = (change: object = {}) => ({
    name: "x0tta6bl4",
    network: String(CHAIN_ID),
    symbol: "X0T",
    admins: [addressOf(chain, 1)],
    strategies: [stakeStrategy(chain.contracts.NodeRegistry, CHAIN_ID)],
    voting: { type: "quadratic", quorum: 300 },
    validation: { name: "basic", params: { minScore: 100 } },
    ...change,
  });
  const taken = async (envelope: Envelope) => assert.equal(await sendTo(hub.sequencerUrl, envelope), undefined);
  const refused = async (envelope: unknown, reason: string) => {
    const { spaces, proposals, votes, messages } = hub.state;
    const before = JSON.stringify([[...spaces], [...proposals], [...votes], [...messages]]);
    assert.equal(await sendTo(hub.sequencerUrl, envelope), reason);
    assert.equal(JSON.stringify([[...spaces], [...proposals], [...votes], [...messages]]), before, "a refusal changes nothing");
  };
  const propose = async (change: ProposalChange = {}) => {
    await taken(await proposalEnvelope(signer(0), SPACE, block, change));
    return [...hub.state.proposals.keys()].at(-1)!;
  };
  const vote = (index: number, choice = { "1": 1 } as Record<string, number>, timestamp?: number) => voteEnvelope(signer(index), SPACE, proposal, choice, timestamp);

  before(async () => {
    chain = await startVotingChain();
    block = Number((await chain.head()).number);
  });
  after(() => chain?.close());
  beforeEach(async () => {
    hub = await startSnapshotHub({ rpcUrls: { [CHAIN_ID]: chain.rpcUrl }, controllers: { [SPACE]: addressOf(chain, OWNER) } });
    await taken(await spaceEnvelope(signer(OWNER), SPACE, settings()));
    proposal = await propose();
  });
  afterEach(() => hub.close());

  describe("takes an envelope only if", () => {
    it("its domain is Snapshot's", async () => {
      await refused(await resign(account(0), await vote(0), { domain: { version: "0.1.3" } }), "wrong domain");
      await refused(await resign(account(0), await vote(0), { domain: { name: "x0t" } }), "wrong domain");
    });

    it("its types are on snapshot.js's list", async () => {
      const envelope = await vote(0);
      const { Vote } = envelope.data.types;
      await refused(await resign(account(0), envelope, { types: { Vote: Vote!.filter(({ name }) => name !== "metadata") } }), "wrong types");
      await refused(await resign(account(0), envelope, { types: { Vote: Vote!.toReversed() } }), "wrong types");
    });

    it("it has the fields of an envelope", async () => {
      const envelope = await vote(0);
      await refused({ ...envelope, note: "" }, "wrong envelope format");
      await refused({ ...envelope, address: envelope.address.toLowerCase() }, "wrong envelope format");
    });

    it("the account that it names signed it", async () => {
      const envelope = await vote(0);
      await refused(await resign(account(1), envelope, {}), "signature validation failed");
      await refused({ ...envelope, data: { ...envelope.data, message: { ...envelope.data.message, choice: '{"2":1}' } } }, "signature validation failed");
      await refused({ ...(await vote(1)), address: addressOf(chain, 0) }, "alias not enabled");
    });

    it("its time is within 3 days before and 5 minutes after the hub's", async () => {
      await refused(await vote(0, { "1": 1 }, nowSeconds() - 3 * DAY - 60), "wrong timestamp");
      await refused(await vote(0, { "1": 1 }, nowSeconds() + 360), "wrong timestamp");
    });

    it("the hub knows its space", async () => {
      await refused(await voteEnvelope(signer(0), "other.eth", proposal, { "1": 1 }), "unknown space");
      await refused(await proposalEnvelope(signer(0), "other.eth", block), "unknown space");
    });

    it("it came no time before", async () => {
      const envelope = await vote(0);
      await taken(envelope);
      await refused(envelope, "duplicate message");
    });
  });

  describe("takes a vote only", () => {
    it("on a proposal of that space", async () => {
      await refused(await voteEnvelope(signer(0), SPACE, `0x${"11".repeat(32)}`, { "1": 1 }), "unknown proposal");
    });

    it("from the proposal's start on, by the envelope's time and by the hub's", async () => {
      const start = nowSeconds() + 200;
      proposal = await propose({ start });
      await refused(await vote(0), "not in voting window");
      // Dated ahead, as the hub's tolerance allows: its own clock decides too.
      await refused(await vote(0, { "1": 1 }, start), "not in voting window");
      hub.clock.aheadSeconds = 205;
      await taken(await vote(0, { "1": 1 }, start));
    });

    it("until its end, by the envelope's time and by the hub's", async () => {
      await refused(await vote(0, { "1": 1 }, nowSeconds() - 60), "not in voting window");
      hub.clock.aheadSeconds = 3_700;
      await refused(await vote(0, { "1": 1 }, nowSeconds() + 3_700), "not in voting window");
      await refused(await vote(0), "not in voting window");
    });

    it("for choices that there are, with weights from 0 up", async () => {
      for (const choice of [{ "3": 1 }, { "1": -1, "2": 2 }, { "1": 0 }, {}, { For: 1 }]) await refused(await vote(0, choice as Record<string, number>), "invalid choice");
      const envelope = await vote(0);
      await refused(await resign(account(0), envelope, { message: { choice: "null" } }), "wrong vote format");
      for (const choice of ["[1]", "1", "For", '{"1":"2"}']) await refused(await resign(account(0), envelope, { message: { choice } }), "invalid choice");
    });

    it("by an account with stake in the snapshot block", async () => {
      await refused(await vote(OWNER), "no voting power");
    });

    it("by the stake of the snapshot block, whatever is staked later", async () => {
      await registerVoter(chain, LATE, 700n);
      await refused(await vote(LATE), "no voting power");
      proposal = await propose({ snapshot: Number((await chain.head()).number) });
      await taken(await vote(LATE));
      assert.equal(hub.state.votes.get(`${proposal} ${addressOf(chain, LATE)}`)?.vp, 700);
    });

    it("if its node still has the state of the snapshot block", async () => {
      // anvil keeps none of the blocks before the state that it loaded.
      proposal = await propose({ snapshot: FIRST_BLOCK });
      await refused(await vote(0), "failed to check voting power");
    });

    it("again only with a later time", async () => {
      const now = nowSeconds();
      proposal = await propose({ start: now - 100 });
      await taken(await vote(0, { "1": 1 }, now - 10));
      await refused(await vote(0, { "2": 1 }, now - 11), "already voted at later time");
      await refused(await vote(0, { "2": 1 }, now - 10), "already voted at later time");
      await taken(await vote(0, { "2": 1 }, now - 9));
      assert.deepEqual([...hub.state.votes.values()].map(({ choice }) => choice), [{ "2": 1 }]);
      assert.deepEqual(hub.state.proposals.get(proposal)?.scores, [0, 2_500]);
    });

    it("of a contract account whose owners signed (ERC-1271)", async () => {
      const safe = chain.contracts.GuardianSafe;
      const as = (...owners: number[]) => safeSigner(owners.map(account), { safe, chainId: CHAIN_ID });
      const envelope = (...owners: number[]) => voteEnvelope(as(...owners), SPACE, proposal, { "1": 1 });
      await refused(await envelope(GUARDIANS[0]), "signature validation failed");
      await refused(await envelope(GUARDIANS[0], 0), "signature validation failed");
      const { address, sig, data } = await envelope(GUARDIANS[0], GUARDIANS[1]);
      await refused({ address, sig, data: { ...data, message: { ...data.message, choice: '{"2":1}' } } }, "signature validation failed");
      await taken({ address, sig, data });
      assert.equal(hub.state.votes.get(`${proposal} ${safe}`)?.vp, 400);
    });
  });

  describe("takes a proposal only", () => {
    it("by someone with the stake that the space asks for, or an admin", async () => {
      await refused(await proposalEnvelope(signer(OWNER), SPACE, block), "validation failed");
      await taken(await spaceEnvelope(signer(OWNER), SPACE, settings({ admins: [addressOf(chain, OWNER)] })));
      await taken(await proposalEnvelope(signer(OWNER), SPACE, block));
    });

    it("with the space's delay, period and type", async () => {
      await taken(await spaceEnvelope(signer(OWNER), SPACE, settings({ voting: { type: "quadratic", delay: 60, period: 600 } })));
      const now = nowSeconds();
      await refused(await proposalEnvelope(signer(0), SPACE, block, { timestamp: now, start: now + 61, end: now + 661 }), "invalid voting delay");
      await refused(await proposalEnvelope(signer(0), SPACE, block, { timestamp: now, start: now + 60, end: now + 661 }), "invalid voting period");
      const right = await proposalEnvelope(signer(0), SPACE, block, { timestamp: now, start: now + 60, end: now + 660 });
      await refused(await resign(account(0), right, { message: { type: "weighted" } }), "invalid voting type");
      await taken(right);
    });

    it("whose snapshot block exists and is one that Snapshot reads", async () => {
      const head = Number((await chain.head()).number);
      await refused(await proposalEnvelope(signer(0), SPACE, head + 1), "proposal snapshot must be in past");
      await refused(await proposalEnvelope(signer(0), SPACE, FIRST_BLOCK - 1), "proposal snapshot must be after network start");
    });

    it("that ends in the future and fits the schema", async () => {
      const now = nowSeconds();
      await refused(await proposalEnvelope(signer(0), SPACE, block, { start: now - 100, end: now - 50 }), "proposal end date must be in the future");
      await refused(await proposalEnvelope(signer(0), SPACE, block, { choices: [] }), "wrong proposal format");
    });
  });

  describe("takes a space's settings only", () => {
    it("from the owner of its name and the admins, who may not change the admins", async () => {
      await refused(await spaceEnvelope(signer(0), SPACE, settings()), "not allowed");
      await refused(await spaceEnvelope(signer(1), SPACE, settings({ admins: [addressOf(chain, 0)] })), "not allowed change admins");
      await taken(await spaceEnvelope(signer(1), SPACE, settings({ name: "another" })));
    });

    it("if they fit the schema", async () => {
      await refused(await spaceEnvelope(signer(OWNER), SPACE, settings({ strategies: [] })), "wrong space format");
      await refused(await spaceEnvelope(signer(OWNER), SPACE, settings({ network: "31337" })), "network not allowed");
    });
  });
});
