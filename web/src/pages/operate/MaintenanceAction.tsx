import { useId, useState } from "react";
import { proofLedgerAbi } from "../../../../core/abi/ProofLedger.ts";
import { epochAt, epochStart } from "../../../../core/epochTime.ts";
import { getConfig } from "../../config.ts";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { useNow } from "../../data/useNow.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { dateTime, duration } from "../../ui/time.ts";
import { aheadOf, firstAnnounceable, maintenanceProblem, MOST_EPOCHS, WINDOW_EPOCHS } from "./maintenance.ts";
import { epochRanges } from "./rewards.ts";

/** PRF-3: downtime that does not cost the bonus. */
export function MaintenanceAction({ node }: { node: OperatedNode }) {
  const { parameters, contracts } = getConfig();
  const { epochSeconds } = parameters;
  const now = useNow();
  const epoch = now === undefined ? undefined : epochAt(parameters, now);
  const [text, setText] = useState("");
  const [count, setCount] = useState(1);
  const id = useId();
  const earliest = now === undefined ? undefined : firstAnnounceable(now, epochSeconds);
  const first = text.trim() === "" ? earliest : Number(text);
  const announced = node.maintenances.items;
  const ahead = epoch === undefined ? [] : aheadOf(announced, epoch);
  const problem = now === undefined || first === undefined ? "The chain's time is not known." : maintenanceProblem(announced, first, count, now, epochSeconds);
  const steps =
    problem !== undefined || first === undefined
      ? []
      : [
          {
            title: `Announce ${epochRanges(Array.from({ length: count }, (_, at) => first + at))} as maintenance of node ${node.index}`,
            effect: (
              <>
                From {dateTime(epochStart(parameters, first))} to {dateTime(epochStart(parameters, first + count))} the node may be down without losing its bonus of 10 %. Those epochs
                still earn, and serve leases, only by the slots that are proved. It cannot be taken back, and it moves no money.
              </>
            ),
            call: { address: contracts.contracts.ProofLedger, abi: proofLedgerAbi, functionName: "announceMaintenance", args: [node.index, BigInt(first), BigInt(count)] },
          },
        ];
  return (
    <div className="grid gap-4">
      <p className="text-sm text-muted">
        A node whose last {WINDOW_EPOCHS} final epochs were proved to 99 % earns a tenth more. Announced epochs do not count there: announce them one whole epoch ahead, at most{" "}
        {MOST_EPOCHS} of any {WINDOW_EPOCHS}. {ahead.length > 0 && `Announced and not over: ${epochRanges(ahead)}.`}
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        <div className="grid content-start gap-1">
          <label htmlFor={`${id}-first`} className="text-sm font-medium">
            First epoch
          </label>
          <input id={`${id}-first`} className="input" inputMode="numeric" placeholder={earliest === undefined ? "" : String(earliest)} value={text} onChange={(event) => setText(event.target.value)} aria-describedby={`${id}-note`} />
          <p id={`${id}-note`} className="text-sm text-muted">
            {epoch === undefined || first === undefined || !Number.isInteger(first) ? "Left empty: the next that can be announced." : `Epoch ${epoch} runs now; ${first} begins ${dateTime(epochStart(parameters, first))}.`}
          </p>
        </div>
        <div className="grid content-start gap-1">
          <label htmlFor={`${id}-count`} className="text-sm font-medium">
            How many
          </label>
          <select id={`${id}-count`} className="input" value={count} onChange={(event) => setCount(Number(event.target.value))}>
            {Array.from({ length: MOST_EPOCHS }, (_, at) => (
              <option key={at} value={at + 1}>
                {at + 1} ({duration((at + 1) * epochSeconds)})
              </option>
            ))}
          </select>
        </div>
      </div>
      <TransactionPanel action="Announce maintenance" steps={steps} blocked={problem} onDone={() => setText("")} />
    </div>
  );
}
