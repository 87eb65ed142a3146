import { useId } from "react";
import { formatSetting, SETTINGS, type SettingName, type SettingValues } from "../../../../core/settings.ts";
import type { DraftAction, ReadAction } from "./draft.ts";

const EMPTY: Record<DraftAction["kind"], DraftAction> = {
  setting: { kind: "setting", name: "poolPerEpoch", value: "" },
  pay: { kind: "pay", to: "", amount: "" },
  call: { kind: "call", text: "" },
};

interface Props {
  number: number;
  action: DraftAction;
  read: ReadAction;
  current: SettingValues;
  onChange: (action: DraftAction) => void;
  onRemove: (() => void) | undefined;
}

/** One action of a proposal, as a person fills it in. */
export function ActionFields({ number, action, read, current, onChange, onRemove }: Props) {
  const id = useId();
  const problem = read !== undefined && "problem" in read ? read.problem : undefined;
  return (
    <div className="grid grid-cols-1 gap-3 rounded-lg border border-line p-3 sm:grid-cols-3">
      <label className="grid content-start gap-1 text-sm">
        <span>Action {number}</span>
        <select className="input" value={action.kind} onChange={(event) => onChange(EMPTY[event.target.value as DraftAction["kind"]])}>
          <option value="setting">Set a parameter</option>
          <option value="pay">Pay from the treasury</option>
          <option value="call">Call a contract</option>
        </select>
      </label>
      {action.kind === "setting" && <Setting action={action} current={current} id={id} onChange={onChange} />}
      {action.kind === "pay" && (
        <>
          <label className="grid content-start gap-1 text-sm">
            <span>To</span>
            <input className="input" placeholder="0x…" value={action.to} aria-describedby={id} onChange={(event) => onChange({ ...action, to: event.target.value })} />
          </label>
          <label className="grid content-start gap-1 text-sm">
            <span>X0T (1 % of it burns)</span>
            <input className="input" inputMode="decimal" value={action.amount} aria-describedby={id} onChange={(event) => onChange({ ...action, amount: event.target.value })} />
          </label>
        </>
      )}
      {action.kind === "call" && (
        <label className="grid content-start gap-1 text-sm sm:col-span-2">
          <span>Contract.function(arguments), or an address and calldata: 0x…:0x…</span>
          <input className="input font-mono" placeholder="X0TToken.burn(100 X0T)" value={action.text} aria-describedby={id} onChange={(event) => onChange({ ...action, text: event.target.value })} />
        </label>
      )}
      <div className="flex flex-wrap items-center justify-between gap-2 sm:col-span-3">
        <p id={id} className={`min-w-0 text-sm wrap-anywhere ${problem === undefined ? "text-muted" : "text-bad"}`}>
          {problem ?? hintOf(action, current)}
        </p>
        {onRemove !== undefined && (
          <button type="button" className="button" onClick={onRemove} aria-label={`Remove action ${number}`}>
            Remove
          </button>
        )}
      </div>
    </div>
  );
}

function Setting({ action, current, id, onChange }: { action: Extract<DraftAction, { kind: "setting" }>; current: SettingValues; id: string; onChange: (action: DraftAction) => void }) {
  return (
    <>
      <label className="grid content-start gap-1 text-sm">
        <span>Parameter</span>
        <select className="input" value={action.name} onChange={(event) => onChange({ kind: "setting", name: event.target.value as SettingName, value: "" })}>
          {(Object.keys(SETTINGS) as SettingName[]).map((name) => (
            <option key={name} value={name}>
              {name}, now {formatSetting(name, current[name].value)}
            </option>
          ))}
        </select>
      </label>
      <label className="grid content-start gap-1 text-sm">
        <span>New value{SETTINGS[action.name].unit === "x0t" ? ", X0T" : ", such as 90s, 2h or 1d"}</span>
        <input className="input" value={action.value} aria-describedby={id} onChange={(event) => onChange({ ...action, value: event.target.value })} />
      </label>
    </>
  );
}

function hintOf(action: DraftAction, current: SettingValues): string {
  if (action.kind === "pay") return "The treasury is what the timelock holds.";
  if (action.kind === "call") return "Numbers are 5000, 5000e18, 12.5 X0T or 2d; contracts stand for their addresses.";
  const { value, least, most } = current[action.name];
  const { about } = SETTINGS[action.name];
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}. Now ${formatSetting(action.name, value)}; from ${formatSetting(action.name, least)} to ${formatSetting(action.name, most)}.`;
}
