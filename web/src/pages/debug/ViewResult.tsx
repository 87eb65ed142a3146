import { useQuery } from "@tanstack/react-query";
import type { AbiParameter } from "viem";
import { readContract } from "viem/actions";
import { useConnection, useClient } from "wagmi";
import type { ContractCall } from "../../../../chain/client.ts";
import { getConfig } from "../../config.ts";
import { explainError } from "../../tx/explainError.ts";
import { Notice } from "../../ui/Notice.tsx";
import { showValue } from "./values.ts";

/** Asks when told to; the wallet's account, if there is one, is the caller. */
export function ViewResult({ call, outputs }: { call: ContractCall | undefined; outputs: readonly AbiParameter[] }) {
  const client = useClient();
  const { address } = useConnection();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["debug", getConfig().contracts.chainId, address, call?.address, call?.functionName, showValue(call?.args)],
    enabled: false,
    retry: false,
    queryFn: async () => {
      if (client === undefined || call === undefined) throw new Error("Fill in every input.");
      try {
        return { value: await readContract(client, { ...call, ...(address !== undefined && { account: address }) }) };
      } catch (failure) {
        throw new Error((await explainError(failure, call.functionName)).message, { cause: failure });
      }
    },
  });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className="button-primary" disabled={call === undefined || isFetching} onClick={() => void refetch()}>
          {isFetching ? "Reading …" : "Read"}
        </button>
        {call === undefined && <p className="text-sm text-muted">Fill in every input.</p>}
      </div>
      {error !== null && (
        <Notice tone="bad" title="It could not be read">
          {error.message}
        </Notice>
      )}
      {data !== undefined && error === null && (
        <dl className="grid gap-2 rounded-lg bg-raised px-3 py-2 text-sm" aria-live="polite">
          {valuesOf(data.value, outputs).map(({ name, type, value }, place) => (
            <div key={place}>
              <dt className="text-muted">
                {name} <code>{type}</code>
              </dt>
              <dd>
                <pre className="break-all whitespace-pre-wrap">{showValue(value)}</pre>
              </dd>
            </div>
          ))}
          {outputs.length === 0 && <p>It passed and gave nothing back.</p>}
        </dl>
      )}
    </div>
  );
}

function valuesOf(value: unknown, outputs: readonly AbiParameter[]) {
  const values = outputs.length === 1 ? [value] : (value as readonly unknown[] | undefined) ?? [];
  return outputs.map(({ name, type }, place) => ({ name: name === undefined || name === "" ? "result" : name, type, value: values[place] }));
}
