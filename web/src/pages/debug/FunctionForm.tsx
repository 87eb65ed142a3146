import { useId, useState } from "react";
import type { Abi, AbiFunction, AbiParameter, TransactionReceipt } from "viem";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { CONTRACTS, isView, signatureOf, type ContractName } from "./contracts.ts";
import { Logs } from "./Logs.tsx";
import { ViewResult } from "./ViewResult.tsx";
import { exampleOf, isJson, parseValue, showValue } from "./values.ts";

type Parsed = { args: readonly unknown[] } | { problems: readonly (string | undefined)[] };

/** Its inputs, and what comes of them: a reading, or a transaction. */
export function FunctionForm({ contract, item }: { contract: ContractName; item: AbiFunction }) {
  const [texts, setTexts] = useState<readonly string[]>(item.inputs.map(() => ""));
  const [receipt, setReceipt] = useState<TransactionReceipt>();
  const parsed = parseAll(item.inputs, texts);
  // Only this one: an overloaded name would be ambiguous.
  const abi: Abi = [item, ...(CONTRACTS[contract] as Abi).filter(({ type }) => type === "error")];
  const call = "args" in parsed ? { address: getConfig().contracts.contracts[contract], abi, functionName: item.name, args: parsed.args } : undefined;
  return (
    <div className="grid gap-5">
      {item.inputs.map((input, place) => (
        <Input
          key={place}
          parameter={input}
          value={texts[place] ?? ""}
          problem={"problems" in parsed ? parsed.problems[place] : undefined}
          onChange={(text) => setTexts(texts.map((each, at) => (at === place ? text : each)))}
        />
      ))}
      {isView(item) ? (
        <ViewResult call={call} outputs={item.outputs} />
      ) : (
        <>
          <TransactionPanel
            isDanger
            action={`Send ${item.name}`}
            blocked={call === undefined ? "Fill in every input." : undefined}
            steps={
              call === undefined
                ? []
                : [
                    {
                      title: signatureOf(item),
                      effect: (
                        <>
                          Calls {contract} at {call.address} with:
                          <pre className="mt-1 max-h-64 overflow-auto break-all whitespace-pre-wrap" tabIndex={0}>
                            {item.inputs.length === 0 ? "nothing" : item.inputs.map(({ name }, place) => `${name ?? place} = ${showValue(call.args[place])}`).join("\n")}
                          </pre>
                        </>
                      ),
                      call,
                    },
                  ]
            }
            onDone={setReceipt}
          />
          {receipt !== undefined && <Logs receipt={receipt} />}
        </>
      )}
    </div>
  );
}

function parseAll(inputs: readonly AbiParameter[], texts: readonly string[]): Parsed {
  const args: unknown[] = [];
  const problems = inputs.map((input, place) => {
    try {
      args.push(parseValue(input, texts[place] ?? ""));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
  return problems.every((problem) => problem === undefined) ? { args } : { problems };
}

function Input({ parameter, value, problem, onChange }: { parameter: AbiParameter; value: string; problem: string | undefined; onChange: (text: string) => void }) {
  const id = useId();
  const common = {
    id,
    value,
    placeholder: exampleOf(parameter),
    spellCheck: false,
    autoComplete: "off",
    "aria-describedby": `${id}-note`,
    "aria-invalid": value !== "" && problem !== undefined,
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
  };
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {parameter.name === undefined || parameter.name === "" ? "value" : parameter.name} <code className="text-muted">{parameter.type}</code>
      </label>
      {isJson(parameter.type) ? <textarea {...common} className="input font-mono" rows={3} /> : <input {...common} className="input font-mono" />}
      <p id={`${id}-note`} className="text-sm text-bad">
        {value !== "" && problem}
      </p>
    </div>
  );
}
