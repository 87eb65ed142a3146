import { useId } from "react";
import type { AbiFunction } from "viem";
import { getConfig } from "../../config.ts";
import { useFilters } from "../../data/useFilters.ts";
import { Address } from "../../ui/Address.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { CONTRACTS, functionsOf, isContractName, isView, signatureOf, type ContractName } from "./contracts.ts";
import { FunctionForm } from "./FunctionForm.tsx";

const NAMES = Object.keys(CONTRACTS) as ContractName[];

/** Any function of any contract, for who knows what it does. */
export default function DebugPage() {
  const [{ contract, function: wanted }, setFilters] = useFilters();
  const name = isContractName(contract) ? contract : "X0TToken";
  const functions = functionsOf(name);
  const chosen = functions.find((each) => signatureOf(each) === wanted) ?? functions.find((each) => each.name === wanted);
  return (
    <>
      <PageTitle title="Debug contracts">Read and call any function of the protocol's contracts. What you choose stands in the address of this page.</PageTitle>
      <div className="grid gap-5">
        <Notice tone="warn" title="This page sends whatever you type">
          Nothing here keeps you from a mistake but the trial run on the chain: a call that passes is sent as it stands, and cannot be taken back. The other pages say what an action does;
          use them if you can.
        </Notice>
        <Panel title="Which function">
          <div className="grid gap-4 sm:grid-cols-2">
            <Select label="Contract" value={name} onChange={(next) => setFilters({ contract: next, function: undefined })} options={NAMES.map((each) => [each, each])} />
            <FunctionSelect functions={functions} chosen={chosen} onChange={(next) => setFilters({ contract: name, function: next })} />
          </div>
          <p className="mt-3 text-sm text-muted">
            {name} is at <Address value={getConfig().contracts.contracts[name]} full />
          </p>
        </Panel>
        {chosen === undefined ? (
          <p className="text-center text-muted">Choose a function.</p>
        ) : (
          <Panel title={signatureOf(chosen)} aside={<span className="text-sm text-muted">{isView(chosen) ? "reads" : "writes"}</span>}>
            <FunctionForm key={`${name} ${signatureOf(chosen)}`} contract={name} item={chosen} />
          </Panel>
        )}
      </div>
    </>
  );
}

function FunctionSelect({ functions, chosen, onChange }: { functions: readonly AbiFunction[]; chosen: AbiFunction | undefined; onChange: (signature: string) => void }) {
  const id = useId();
  const options = (views: boolean) =>
    functions
      .filter((each) => isView(each) === views)
      .map((each) => (
        <option key={signatureOf(each)} value={signatureOf(each)}>
          {signatureOf(each)}
        </option>
      ));
  return (
    <div className="grid min-w-0 content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        Function
      </label>
      <select id={id} className="input" value={chosen === undefined ? "" : signatureOf(chosen)} onChange={(event) => onChange(event.target.value)}>
        <option value="" disabled>
          Choose one
        </option>
        <optgroup label="Reads">{options(true)}</optgroup>
        <optgroup label="Writes">{options(false)}</optgroup>
      </select>
    </div>
  );
}

function Select({ label, value, onChange, options }: { label: string; value: string; onChange: (value: string) => void; options: readonly (readonly [value: string, text: string])[] }) {
  const id = useId();
  return (
    <div className="grid min-w-0 content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
