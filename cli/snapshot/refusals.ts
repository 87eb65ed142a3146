/** What Snapshot's sequencer answers, and what to do then; the first that matches counts. */
const WAYS_OUT: readonly (readonly [pattern: RegExp, wayOut: string])[] = [
  [/wrong timestamp/, "Set this machine's clock: a message may be 5 minutes ahead and 3 days behind."],
  [/unknown space/, "Publish it first (x0t snapshot space --publish), or correct --space."],
  [/unknown proposal/, "Copy the proposal's id whole, and ask the hub that has it."],
  [/not in voting window/, "x0t snapshot results shows from when to when the proposal takes votes."],
  [/invalid choice/, "x0t snapshot results shows the choices."],
  [/no voting power/, "This account had no X0T at stake in the proposal's snapshot block. Stake, and vote on the next proposal."],
  [/failed to check voting power/, "The hub could not read the chain at the snapshot block: try again later."],
  [/already voted/, "A later vote of this account stands. Set this machine's clock, then vote again."],
  [/duplicate message/, "The hub has this very message already: nothing is left to do."],
  [/signature validation failed|wrong from|alias/, "Sign with the account's own key; for a Safe name --safe and the keys of enough of its owners."],
  [/not allowed change admins/, "Only the owner of the space's ENS name may change the admins."],
  [/not allowed/, "Only the owner of the space's ENS name and the space's admins may do this."],
  [/only space authors/, "The space lets only its members propose: ask an admin of it."],
  [/validation failed/, "The space asks for more stake of whoever proposes (filters.minScore)."],
  [/invalid voting (delay|period|type)/, "The space's settings changed meanwhile: run the command again."],
  [/network not allowed|unsupported network/i, "Spaces of testnets belong on the testnet hub: --hub https://testnet.hub.snapshot.org --sequencer https://testnet.seq.snapshot.org"],
  [/snapshot must be in past|invalid snapshot block/, "Name an older block with --snapshot-block."],
  [/limit reached/, "Wait, or let an admin of the space propose."],
  [/wrong (domain|types|envelope)|format/, "This hub speaks another version of Snapshot's protocol than this x0t."],
];

export function wayOut(reason: string): string {
  return WAYS_OUT.find(([pattern]) => pattern.test(reason))?.[1] ?? "Snapshot's documentation explains it: https://docs.snapshot.box";
}
