import { Tabs } from "@base-ui/react/tabs";
import { useFilters } from "../../data/useFilters.ts";
import { CopyCode } from "../../ui/CopyCode.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { programsFor, type ProxyAddress } from "./proxySetup.ts";

/** How each program is told of the port. */
export function SetupPanel({ address, onlySite }: { address: ProxyAddress; onlySite?: string | undefined }) {
  const [filters, setFilters] = useFilters();
  const programs = programsFor(address, onlySite);
  const chosen = programs.find(({ id }) => id === filters.program) ?? programs[0];
  return (
    <Panel title="Set up a program">
      <dl className="mb-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">Kind</dt>
        <dd>SOCKS5, also UDP; HTTP proxy (CONNECT) on the same port</dd>
        <dt className="text-muted">Host</dt>
        <dd>
          <code>{address.host}</code>
        </dd>
        <dt className="text-muted">Port</dt>
        <dd>
          <code>{address.port}</code>
        </dd>
        <dt className="text-muted">User, password</dt>
        <dd>none needed; any pair keeps a program's connections on circuits of their own</dd>
      </dl>
      {onlySite !== undefined && (
        <div className="mb-4">
          <Notice tone="info" title="On this devnet the exits reach one site only">
            <code className="wrap-anywhere">{onlySite}</code>, its own test file: so nothing of yours leaves the machine by it. Sites of the internet are refused here.
          </Notice>
        </div>
      )}
      <Tabs.Root value={chosen?.id ?? null} onValueChange={(value) => setFilters({ program: value === programs[0]?.id ? undefined : String(value) })}>
        <Tabs.List aria-label="Program" className="mb-3 flex flex-wrap gap-1 border-b border-line pb-2">
          {programs.map(({ id, title }) => (
            <Tabs.Tab
              key={id}
              value={id}
              className="min-h-10 cursor-pointer rounded-lg px-3 py-1.5 text-sm text-muted hover:bg-raised hover:text-text data-active:bg-raised data-active:font-medium data-active:text-text"
            >
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {programs.map(({ id, title, steps, dns }) => (
          <Tabs.Panel key={id} value={id} className="grid gap-3 text-sm *:min-w-0">
            {steps.map(({ say, code }) => (
              <div key={say + (code ?? "")} className="grid gap-1.5 *:min-w-0">
                <p>{say}</p>
                {code !== undefined && <CopyCode code={code} name={`for ${title}: ${say}`} />}
              </div>
            ))}
            <p className="rounded-lg bg-info-soft px-3 py-2">
              <strong className="font-semibold">Names (DNS):</strong> {dns}
            </p>
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </Panel>
  );
}
