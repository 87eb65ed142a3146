import { plainText } from "./plainText.ts";
import { withoutMark } from "./proposal.ts";

const SHORT = 8;
const DIGITS = 64;

/** 64 hex digits, as the id is shown everywhere. */
export function longId(id: bigint): string {
  return id.toString(16).padStart(DIGITS, "0");
}

export function shortId(id: bigint): string {
  return longId(id).slice(0, SHORT);
}

/** The first line of its description, without Markdown's signs. */
export function titleOf({ description }: { description: string }): string {
  const [first = ""] = plainText(withoutMark(description)).trim().split("\n", 1);
  return first.replace(/^#+\s*/, "").trim() || "(without a title)";
}

/** What follows the title, as plain text. */
export function bodyOf({ description }: { description: string }): string {
  return plainText(withoutMark(description)).trim().split("\n").slice(1).join("\n").trim();
}
