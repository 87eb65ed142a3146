import { getConfig } from "../../config.ts";
import { CopyCode } from "../../ui/CopyCode.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { ChannelAlert, ChannelsPanel } from "./ChannelsPanel.tsx";
import { ConnectionTestPanel } from "./ConnectionTestPanel.tsx";
import { GuardsPanel } from "./GuardsPanel.tsx";
import { OWN_CLIENT, proxyAddressOf } from "./proxySetup.ts";
import { SessionPanel } from "./SessionPanel.tsx";
import { SetupPanel } from "./SetupPanel.tsx";
import { useClientStatus } from "./useClientStatus.ts";

export default function UsePage() {
  const { client } = getConfig();
  return (
    <>
      <PageTitle title="Use it">
        Point a browser or a program at one port of your own machine. What it sends then goes through three relays: the first knows you but not where you go, the last knows where
        but not who.
      </PageTitle>
      {client === null ? <WithoutClient /> : <WithClient socksUrl={client.socksUrl} />}
    </>
  );
}

function WithoutClient() {
  const { isDevnet, name } = getConfig();
  return (
    <div className="grid gap-5 *:min-w-0">
      <Panel title="Start a client first">
        <Notice tone="info" title="This page is not served by a machine that runs a client">
          The client is a small program on your own computer: it opens the SOCKS5 port, builds circuits and pays the relays.
        </Notice>
        <div className="mt-3 grid gap-2 text-sm *:min-w-0">
          <p>In the project's folder:</p>
          <CopyCode name="the command that starts a client" code={isDevnet ? "./x0t connect" : `./x0t connect --network ${name}`} />
          <p className="text-muted">
            It makes a key that pays, and says what to fund it with; then it listens on {OWN_CLIENT.host}:{OWN_CLIENT.port}. Another site's page may not look into your client: paths,
            costs and the connection test show in a dashboard of your own machine.
          </p>
          <CopyCode name="the command that serves the dashboard here" code={`./x0t web serve ${isDevnet ? "" : `--network ${name} `}--client http://127.0.0.1:10830 --socks ${OWN_CLIENT.host}:${OWN_CLIENT.port}`} />
        </div>
      </Panel>
      <SetupPanel address={OWN_CLIENT} />
    </div>
  );
}

function WithClient({ socksUrl }: { socksUrl: string }) {
  const query = useClientStatus();
  return (
    <div className="grid gap-5 *:min-w-0">
      {query.data !== undefined && <ChannelAlert status={query.data} />}
      <div className="grid items-start gap-5 *:min-w-0 lg:grid-cols-2">
        <SetupPanel address={proxyAddressOf(socksUrl) ?? OWN_CLIENT} onlySite={getConfig().client?.onlySiteUrl ?? undefined} />
        <ConnectionTestPanel />
      </div>
      <QueryView query={query}>
        {(status) => (
          <div className="grid gap-5 *:min-w-0">
            <SessionPanel status={status} />
            <ChannelsPanel status={status} />
            <GuardsPanel status={status} />
          </div>
        )}
      </QueryView>
    </div>
  );
}
