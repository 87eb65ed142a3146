import { parseEventLogs, type TransactionReceipt } from "viem";
import { getConfig } from "../../config.ts";
import { ALL_EVENTS } from "./contracts.ts";
import { showValue } from "./values.ts";

/** What the contracts said while it was mined. */
export function Logs({ receipt }: { receipt: TransactionReceipt }) {
  const names = new Map(Object.entries(getConfig().contracts.contracts).map(([name, address]) => [address.toLowerCase(), name]));
  const decoded = parseEventLogs({ abi: ALL_EVENTS, logs: receipt.logs });
  return (
    <section aria-label="Its events" className="grid gap-2 text-sm">
      <h3 className="font-semibold">
        {receipt.logs.length === 1 ? "1 event" : `${receipt.logs.length} events`}, {receipt.gasUsed.toLocaleString()} gas
      </h3>
      {decoded.length < receipt.logs.length && <p className="text-muted">{receipt.logs.length - decoded.length} of other contracts.</p>}
      <ol className="grid gap-2">
        {decoded.map((log) => (
          <li key={log.logIndex} className="rounded-lg bg-raised px-3 py-2">
            <p className="font-medium">
              {names.get(log.address.toLowerCase()) ?? log.address}: {log.eventName}
            </p>
            <pre className="break-all whitespace-pre-wrap">{showValue(log.args)}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
