import type { ReactNode } from "react";
import { describeCall } from "../../../../core/describeCall.ts";
import { plainText } from "../../../../core/plainText.ts";
import type { ProposalCall } from "../../../../core/proposal.ts";
import { changesOf, formatSetting, SETTINGS, type SettingName } from "../../../../core/settings.ts";
import { getConfig } from "../../config.ts";
import { Address } from "../../ui/Address.tsx";
import { Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";

/** What the timelock will do, in words and to the letter. @param before a setting before it, given what it is set to; undefined for one that is not known. */
export function Actions({ calls, before }: { calls: readonly ProposalCall[]; before: (name: SettingName, value: bigint) => bigint | undefined }) {
  return (
    <ol className="grid grid-cols-1 gap-3">
      {calls.map((call, index) => (
        <li key={`${call.target}${call.data}${index}`} className="rounded-lg bg-raised px-3 py-2 text-sm">
          <Action call={call} index={index} before={before} />
        </li>
      ))}
    </ol>
  );
}

function Action({ call, index, before }: { call: ProposalCall; index: number; before: (name: SettingName, value: bigint) => bigint | undefined }) {
  const described = describeCall(call, getConfig().contracts);
  const changes = changesOf(described);
  const isUnknown = described.function === undefined;
  return (
    <div className="grid grid-cols-1 gap-2">
      <p className="font-medium wrap-anywhere">
        {index + 1}. {upper(plainText(described.text))} {isUnknown && <Badge tone="bad">not known to this release: read it yourself</Badge>}
      </p>
      {changes.length > 0 && (
        <ul className="grid gap-1">
          {changes.map(({ name, value }) => {
            const former = before(name, value);
            return (
              <li key={name}>
                {name} <span className="text-muted">({SETTINGS[name].about})</span>:{" "}
                {former === value ? (
                  <>stays {formatSetting(name, value)}</>
                ) : (
                  <strong className="whitespace-nowrap">
                    {former === undefined ? <Unknown why="what it was is not known" /> : formatSetting(name, former)} → {formatSetting(name, value)}
                  </strong>
                )}
              </li>
            );
          })}
        </ul>
      )}
      <details>
        <summary className="cursor-pointer text-muted">To the letter</summary>
        <dl className="mt-1 grid grid-cols-1 gap-x-3 gap-y-1 sm:grid-cols-[auto_minmax(0,1fr)]">
          <Row name="Contract">
            {described.contract ?? "unknown"} <Address value={call.target} full />
          </Row>
          {described.function !== undefined && <Row name="Function">{described.function}</Row>}
          {described.args.map((arg) => (
            <Row key={arg.name} name={arg.name}>
              <span className="wrap-anywhere">{plainText(arg.text)}</span> <span className="text-muted">{arg.type}</span>
            </Row>
          ))}
          {call.valueWei > 0n && <Row name="Coin">{String(call.valueWei)} wei</Row>}
          <Row name="Calldata">
            <code className="break-all">{call.data}</code>
          </Row>
        </dl>
      </details>
    </div>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
