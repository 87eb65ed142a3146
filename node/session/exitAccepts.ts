import type { DidDocument } from "../../core/didDocument.ts";
import { ATYP, type Target } from "../circuit/frames.ts";
import { isLoopback, isPublic } from "./addressBlocks.ts";
import { SMTP_PORT } from "./exitPolicy.ts";
import { createExitRules, type ExitRules } from "./exitRules.ts";

const WEB_PORTS = [80, 443] as const;
const known = new WeakMap<DidDocument, ExitRules | undefined>();

/**
 * What a client can tell from an exit's document of whether it will connect there (NET-15): of a literal everything but
 * other relays' addresses, of a name its port only.
 */
export function exitAccepts(document: DidDocument, target: Target): boolean {
  if (target.atyp === ATYP.echo) return true;
  const rules = rulesOf(document);
  if (rules === undefined || target.port === 0 || target.port === SMTP_PORT) return false;
  if (target.atyp === ATYP.name) return rules.acceptsSomeAt(target.port);
  // Loopback is for devnets, whose exits name it in their rules.
  return (isPublic(target.host) || isLoopback(target.host)) && rules.accepts(target.host, target.port);
}

/** An exit for what most streams ask for. */
export function exitAcceptsWeb(document: DidDocument): boolean {
  return WEB_PORTS.every((port) => rulesOf(document)?.acceptsSomeAt(port) === true);
}

/** Undefined for a node that is no exit, or whose rules cannot be read. */
function rulesOf(document: DidDocument): ExitRules | undefined {
  if (!document.roles.includes("exit")) return undefined;
  if (!known.has(document)) known.set(document, readRules(document));
  return known.get(document);
}

function readRules(document: DidDocument): ExitRules | undefined {
  try {
    return createExitRules(document.exitPolicy);
  } catch {
    return undefined;
  }
}
