import { isIP } from "node:net";
import type { ExitRule } from "../core/didDocument.ts";
import { X0tError } from "../core/x0tError.ts";

/** "10.0.0.0/8:443", "[2001:db8::]/32:80-90" or "*:443", accepted; all else is rejected (NET-15). @throws X0T_USAGE */
export function parseExitRule(text: string): ExitRule {
  const match = /^(.+):(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const network = match?.[1]?.replace(/[[\]]/g, "") ?? "";
  const from = Number(match?.[2]);
  const to = Number(match?.[3] ?? match?.[2]);
  if (!isNetwork(network) || !(from >= 1 && from <= to && to <= 65_535)) {
    throw new X0tError("X0T_USAGE", `--exit ${text}: write NETWORK:PORT or NETWORK:FROM-TO, such as "*:443" or 192.0.2.0/24:80-443.`);
  }
  return { action: "accept", network, ports: [from, to] };
}

function isNetwork(text: string): boolean {
  if (text === "*") return true;
  const [address = "", prefix, more] = text.split("/");
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  return family !== 0 && more === undefined && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= longest));
}
