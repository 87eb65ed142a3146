import { Link as RouterLink } from "@tanstack/react-router";
import { Amount } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { clockTime } from "../../ui/time.ts";
import type { Link } from "./links.ts";
import { Health, linkState } from "./MapTables.tsx";
import type { MapRow } from "./mapRows.ts";
import { explainHealth, HEALTH_TONES, HEALTH_WORDS, HEALTHS } from "./nodeHealth.ts";
import { placeName, placeOf } from "./regions.ts";

interface Props {
  rows: readonly MapRow[];
  links: readonly Link[];
  loads: ReadonlyMap<number, number>;
  chosen: MapRow | undefined;
  onChoose: (index: number) => void;
}

/** Beside the map: the chosen node, or what the map cannot show. */
export function NodeDetails({ rows, links, loads, chosen, onChoose }: Props) {
  const nowhere = rows.filter(({ region }) => placeOf(region) === undefined);
  return (
    <div className="grid content-start gap-4 text-sm" aria-live="polite">
      {chosen === undefined ? <Summary rows={rows} onChoose={onChoose} /> : <Chosen row={chosen} links={links} load={loads.get(chosen.node.index)} onClose={() => onChoose(chosen.node.index)} />}
      {nowhere.length > 0 && (
        <div>
          <h3 className="mb-1 font-semibold">Not on the map</h3>
          <p className="mb-2 text-xs text-muted">Their region is not known yet, or is a word that the map does not know.</p>
          <ul className="grid max-h-60 gap-1 overflow-y-auto">
            {nowhere.map((row) => (
              <li key={row.node.index} className="flex flex-wrap items-center gap-2">
                <button type="button" className="link cursor-pointer" onClick={() => onChoose(row.node.index)}>
                  Node {row.node.index}
                </button>
                <span className="text-muted">{row.region === undefined ? "region not known" : placeName(row.region)}</span>
                <Health row={row} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Summary({ rows, onChoose }: { rows: readonly MapRow[]; onChoose: (index: number) => void }) {
  const troubled = rows.filter(({ health, node }) => health === "silent" || health === "idle" || health === "draining" || node.benched);
  return (
    <div className="grid gap-3">
      <ul className="grid gap-1">
        {HEALTHS.map((health) => [health, rows.filter((row) => row.health === health).length] as const)
          .filter(([, count]) => count > 0)
          .map(([health, count]) => (
            <li key={health}>
              <Badge tone={HEALTH_TONES[health]}>{HEALTH_WORDS[health]}</Badge> {count} {count === 1 ? "node" : "nodes"}
            </li>
          ))}
      </ul>
      {troubled.length > 0 && (
        <div>
          <h3 className="mb-1 font-semibold">Look at these</h3>
          <ul className="grid max-h-40 gap-1 overflow-y-auto">
            {troubled.map((row) => (
              <li key={row.node.index}>
                <button type="button" className="link cursor-pointer" onClick={() => onChoose(row.node.index)}>
                  Node {row.node.index}
                </button>{" "}
                <span className="text-muted">{HEALTH_WORDS[row.health]}{row.node.benched && ", benched"}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className="text-muted">Choose a node on the map to see how it does.</p>
    </div>
  );
}

function Chosen({ row, links, load, onClose }: { row: MapRow; links: readonly Link[]; load: number | undefined; onClose: () => void }) {
  const { node, live, proved, region, regionIsSigned } = row;
  const own = links.filter(({ from, to }) => from === node.index || to === node.index);
  return (
    <div className="grid gap-3 rounded-lg bg-raised p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">
          <RouterLink to="/nodes/$index" params={{ index: String(node.index) }} className="link">
            Node {node.index}
          </RouterLink>
        </h3>
        <Health row={row} />
        <button type="button" className="button min-h-8 px-2 py-0" onClick={onClose} aria-label="Show no node">
          ✕
        </button>
      </div>
      <p>{explainHealth(node, live, proved)}</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        <dt className="text-muted">Region</dt>
        <dd>
          {region === undefined ? "not known" : placeName(region)}
          {region !== undefined && <span className="text-muted">{regionIsSigned ? ", by its signed document" : ", by its own word"}</span>}
        </dd>
        <dt className="text-muted">Stake</dt>
        <dd>
          <Amount wei={BigInt(node.stake)} />
        </dd>
        {live.state === "up" && (
          <>
            <dt className="text-muted">Version</dt>
            <dd>{live.status.version}</dd>
            <dt className="text-muted">Forwarded</dt>
            <dd>{byteSize(BigInt(live.status.relayedBytes))} so far</dd>
            <dt className="text-muted">Circuits</dt>
            <dd>{live.status.circuits}</dd>
            <dt className="text-muted">Asked</dt>
            <dd>at {clockTime(live.askedAtMs / 1_000)}</dd>
          </>
        )}
        <dt className="text-muted">Load</dt>
        <dd>{load === undefined ? "not known" : `${load} of 9, as its neighbours hear`}</dd>
      </dl>
      {own.length > 0 && (
        <div>
          <h4 className="mb-1 font-semibold">{own.length === 1 ? "1 link" : `${own.length} links`}</h4>
          <ul className="grid max-h-40 gap-1 overflow-y-auto" tabIndex={0} aria-label={`Links of node ${node.index}`}>
            {own.map((link) => (
              <li key={`${link.from} ${link.to}`}>
                Node {link.from === node.index ? link.to : link.from}: {link.rttMs === undefined ? "round trip not known" : `${link.rttMs.toFixed(1)} ms there and back`}, {linkState(link)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
