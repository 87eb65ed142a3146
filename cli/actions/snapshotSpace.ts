import { X0tError } from "../../core/x0tError.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { findHub, signAndSend, type Hub, type HubFlags } from "../snapshot/hub.ts";
import { readSettings } from "../snapshot/hubQueries.ts";
import { loadSnapshot } from "../snapshot/library.ts";
import { openSigner, type SignerFlags } from "../snapshot/signer.ts";
import { checkSettings, isPublished, loadSettings, type SettingsFlags } from "../snapshot/spaceSettings.ts";

interface SpaceFlags extends NetworkFlags, HubFlags, SignerFlags, SettingsFlags {
  space?: string;
  publish?: boolean;
  json?: boolean;
}

/** `x0t snapshot space`: prints a space's settings, checked; with `--publish` signs them and sends them to the hub. */
export async function snapshotSpace(flags: SpaceFlags): Promise<void> {
  const network = await findNetwork(flags);
  const { chainId } = network.contracts;
  const hub = flags.publish === true ? findHub(chainId, flags) : tryHub(chainId, flags);
  const library = await loadSnapshot();
  const settings = await loadSettings(network, flags);
  const notes = checkSettings(library, network, settings, hub);
  if (hub === undefined || flags.publish !== true) {
    if (flags.json === true) return printJson({ settings, notes });
    // Only the settings on standard output: they may go to a file for --settings.
    console.log(JSON.stringify(settings, null, 2));
    for (const note of [...notes, "The settings hold by Snapshot's own schema. Publish them with: x0t snapshot space --space NAME.eth --publish"]) console.error(note);
    return;
  }
  const space = spaceId(flags.space);
  const signer = await openSigner(network, flags);
  const already = isPublished(settings, await readSettings(hub, space));
  const receipt = already
    ? undefined
    : await signAndSend(library, hub, (client) => client.space(signer, signer.address, { space, settings: JSON.stringify(settings) }));
  if (flags.json === true) printJson({ space, hub: hub.hubUrl, already, id: receipt?.id, settings, notes });
  else if (already) console.log(`The space ${space} has these settings on ${hub.hubUrl} already: nothing was sent.`);
  else console.log(`The space ${space} is published on ${hub.hubUrl}.\nPropose with: x0t snapshot propose --space ${space} --title TITLE --body TEXT`);
}

function tryHub(chainId: number, flags: HubFlags): Hub | undefined {
  try {
    return findHub(chainId, flags);
  } catch (error) {
    // Printing needs no hub; one that was named must be right.
    if (flags.hub !== undefined || flags.sequencer !== undefined) throw error;
    return undefined;
  }
}

/** A space goes by an ENS name. @throws X0T_USAGE */
export function spaceId(space: string | undefined): string {
  if (space === undefined) throw new X0tError("X0T_USAGE", "Say which space: --space NAME.eth, or X0T_SNAPSHOT_SPACE.");
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(space) && space.length <= 64) return space;
  throw new X0tError("X0T_USAGE", `--space "${space}" is no ENS name in small letters, such as x0t.eth.`);
}
