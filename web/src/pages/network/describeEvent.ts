type Args = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "?");
const count = (value: unknown): string => (Number.isFinite(Number(value)) ? Number(value).toLocaleString("en") : "?");

/**
 * An event of a contract as a sentence without its subject: "staked 100 X0T more".
 * @param args as the index stores them: amounts as decimal strings
 * @param x0t how amounts are written, with their unit
 */
export function describeEvent(name: string, args: Args, x0t: (wei: bigint) => string): string | undefined {
  const amount = (value: unknown): string => {
    try {
      return x0t(BigInt(text(value)));
    } catch {
      return "an amount";
    }
  };
  switch (name) {
    case "NodeRegistered":
      return `was registered with a stake of ${amount(args.stake)}`;
    case "StakeAdded":
      return `got ${amount(args.amount)} more stake, ${amount(args.stake)} in all`;
    case "UnbondingStarted":
      return `has ${amount(args.amount)} of its stake on the way out`;
    case "Withdrawn":
      return `had ${amount(args.amount)} of unbonded stake withdrawn`;
    case "Slashed":
      return `was slashed by ${amount(sum(args.fromStake, args.fromUnbonding))} for slots that it could not prove`;
    case "ActivityChanged":
      return args.active === true ? `becomes active with epoch ${count(args.effectiveEpoch)}` : `is not active any more from epoch ${count(args.effectiveEpoch)} on`;
    case "WitnessRotated":
      return `changed its witness key; receipts of the new one count from epoch ${count(args.receiptsFromEpoch)} on`;
    case "MetadataChanged":
      return "published a new document: endpoints, region or exit policy";
    case "Benched":
      return "was taken out of the draws: it proved nothing for 12 final epochs";
    case "Unbenched":
      return "is back in the draws";
    case "Committed":
      return `committed its proof of epoch ${count(args.epoch)}: ${slotCount(args.bitmap)} slots`;
    case "Challenged":
      return `was challenged to prove slots of epoch ${count(args.epoch)}`;
    case "Answered":
      return `answered a challenge of epoch ${count(args.epoch)}: the proof holds`;
    case "Enforced":
      return `lost its commit of epoch ${count(args.epoch)}: a challenge stayed without answer`;
    case "MaintenanceAnnounced":
      return `announced maintenance of ${count(args.count)} ${Number(args.count) === 1 ? "epoch" : "epochs"} from ${count(args.first)} on`;
    case "SeedWritten":
      return `The seed of epoch ${count(args.epoch)} was written: witnesses are drawn from it`;
    case "EpochOpened":
      return `Epoch ${count(args.epoch)} earned ${amount(args.earned)} for its nodes`;
    case "Claimed":
      return `was paid ${amount(args.amount)} for epoch ${count(args.epoch)}, less the burn of 1 %`;
    case "ChannelOpened":
      return `A payment channel was opened with ${amount(args.amount)}`;
    case "ChannelToppedUp":
      return `A payment channel got ${amount(args.amount)} more`;
    case "CloseStarted":
      return "A payment channel is being closed";
    case "ChannelClosed":
      return `A payment channel was closed, ${amount(args.refunded)} went back`;
    case "Listed":
      return `is offered for rent at ${amount(args.pricePerEpoch)} an epoch`;
    case "Delisted":
      return `Offer ${text(args.listing)} was taken back`;
    case "Rented":
      return `was rented for the epochs ${count(args.first)} to ${count(Number(args.end) - 1)} (lease ${text(args.lease)})`;
    case "EpochSettled":
      return `Epoch ${count(args.epoch)} of lease ${text(args.lease)} was settled`;
    case "EpochRejected":
      return `The tenant of lease ${text(args.lease)} rejected epoch ${count(args.epoch)}`;
    case "LeaseEnded":
      return `Lease ${text(args.lease)} ended, ${amount(args.refunded)} went back to its tenant`;
    case "ProposalCreated":
      return "A proposal was made";
    case "VoteCast":
    case "VoteCastWithParams":
      return "A vote was cast";
    case "ProposalQueued":
      return "A proposal was accepted and queued";
    case "ProposalExecuted":
      return "A proposal was executed";
    case "ProposalCanceled":
      return "A proposal was cancelled";
    case "Paused":
      return "The guardian paused new positions";
    case "Unpaused":
      return "The guardian lifted the pause";
    default:
      return undefined;
  }
}

function sum(a: unknown, b: unknown): string {
  try {
    return String(BigInt(text(a)) + BigInt(text(b)));
  } catch {
    return "?";
  }
}

/** Set bits of a bitmap of slots. */
function slotCount(bitmap: unknown): string {
  try {
    return String(BigInt(text(bitmap)).toString(2).replaceAll("0", "").length);
  } catch {
    return "some";
  }
}
