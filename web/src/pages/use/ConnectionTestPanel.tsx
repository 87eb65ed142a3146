import { useMutation } from "@tanstack/react-query";
import { UNIT_WEI } from "../../../../core/parameters.ts";
import { getConfig } from "../../config.ts";
import { Amount, exactX0t, Unknown } from "../../ui/Amount.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { CopyCode } from "../../ui/CopyCode.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { clockTime } from "../../ui/time.ts";
import { costBetween, type Cost } from "./clientStatus.ts";
import { HopChain } from "./HopChain.tsx";
import { readClientStatus } from "./useClientStatus.ts";

interface TestResult {
  status: number;
  bytes: number;
  firstByteMs: number;
  totalMs: number;
  /** Regions; null where the client does not tell. */
  hops: (string | null)[] | null;
  /** Undefined where the client was not there before and after. */
  cost: Cost | undefined;
  atMs: number;
}

const NOT_TOLD = "the client did not tell before and after";
const DEADLINE_MS = 40_000;
/** The client looks at its meters several times a second. */
const METERED_AFTER_MS = 1_000;

/** One small download through the tunnel, and what it showed. */
export function ConnectionTestPanel() {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: runTest });
  const { client } = getConfig();
  if (client === null || client.testUrl === null) {
    return (
      <Panel title="Test the connection">
        <p className="mb-3 text-sm">This page's server runs no test of its own. Fetch any page through the client instead:</p>
        <CopyCode name="the command that tests" code={`curl -sS -o /dev/null -w '%{http_code} after %{time_total} s\\n' -x ${client?.socksUrl ?? "socks5h://127.0.0.1:10829"} https://example.org/`} />
      </Panel>
    );
  }
  return (
    <Panel title="Test the connection">
      <p className="mb-3 text-sm">Fetches a small file through the client and shows which way it went, how long it took and what it cost.</p>
      <button type="button" className="button-primary" disabled={isPending} onClick={() => mutate()}>
        {isPending ? "Testing …" : data === undefined ? "Test it now" : "Test it again"}
      </button>
      <div className="mt-4 grid gap-4" aria-live="polite">
        {error !== null && (
          <Notice tone="bad" title="The test failed">
            {error.message}
          </Notice>
        )}
        {data !== undefined && error === null && <Result result={data} />}
      </div>
    </Panel>
  );
}

function Result({ result }: { result: TestResult }) {
  const { hops, cost } = result;
  const isWell = result.status >= 200 && result.status < 300;
  return (
    <>
      <Notice tone={isWell ? "good" : "warn"} title={isWell ? "It works" : `The tunnel works, the site answered ${result.status}`}>
        {byteSize(result.bytes)} came through the network at {clockTime(result.atMs / 1_000)}.
      </Notice>
      {hops === null ? <p className="text-sm text-muted">The client does not tell which way it went.</p> : <HopChain regions={hops} label="The way it went" />}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">First byte after</dt>
        <dd className="tabular-nums">{Math.round(result.firstByteMs)} ms</dd>
        <dt className="text-muted">Whole after</dt>
        <dd className="tabular-nums">{Math.round(result.totalMs)} ms</dd>
        <dt className="text-muted">Used</dt>
        <dd>{cost === undefined ? <Unknown why={NOT_TOLD} /> : cost.usedWei === 0n ? "less than a packet" : <Amount wei={cost.usedWei} />}</dd>
        <dt className="text-muted">Paid ahead</dt>
        <dd>{cost === undefined ? <Unknown why={NOT_TOLD} /> : cost.signedWei === 0n ? "nothing more: what was paid before covers it" : <Amount wei={cost.signedWei} />}</dd>
        <dt className="text-muted">Sent and received</dt>
        <dd>{cost === undefined || cost.bytes === 0 ? <Unknown why={NOT_TOLD} /> : `${byteSize(cost.bytes)}, all layers of encryption included`}</dd>
      </dl>
      {cost !== undefined && (
        <p className="text-xs text-muted">
          The client pays by packets of 100,000 bytes, {exactX0t(UNIT_WEI)} X0T for each relay on the way, and a little ahead: a test this small often fits into what was paid before.
          {cost.isShared && " Other connections used the client meanwhile: their share is in these figures."}
        </p>
      )}
    </>
  );
}

/** @throws Error in words for people */
async function runTest(): Promise<TestResult> {
  const { client } = getConfig();
  if (client === null || client.testUrl === null) throw new Error("There is no client on this machine that could be tested.");
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const before = await readClientStatus(signal);
  const response = await fetch(client.testUrl, { method: "POST", signal }).catch((cause: unknown) => {
    throw new Error(signal.aborted ? `Nothing came within ${DEADLINE_MS / 1_000} s: the client finds no way through the network now.` : "This page's server does not answer.", { cause });
  });
  const body = (await response.json().catch(() => ({}))) as Partial<TestResult> & { message?: string };
  if (!response.ok || body.status === undefined) throw new Error(body.message ?? `The test could not be run: the server answered ${response.status}.`);
  const atMs = Date.now();
  await new Promise((resolve) => setTimeout(resolve, METERED_AFTER_MS));
  const after = await readClientStatus(signal).catch(() => undefined);
  return { ...(body as TestResult), atMs, cost: after && costBetween(before, after) };
}
