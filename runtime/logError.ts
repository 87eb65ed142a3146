import { BaseError } from "viem";
import { pino } from "pino";

const MOST_CAUSES = 5;

/**
 * How an error stands in the log. viem's messages hold the RPC URL, which often holds a provider's key, and the request,
 * which may name a client's channel: of those errors only their name and the first line are written.
 */
export function logError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const chain = causesOf(error);
  if (!chain.some((each) => each instanceof BaseError)) return pino.stdSerializers.err(error);
  return {
    type: error.name,
    code: (error as { code?: unknown }).code,
    message: chain.map(firstLine).join(": "),
  };
}

/** What a person may read of an error in one line. */
export function firstLine(error: unknown): string {
  const text = error instanceof BaseError ? error.shortMessage : error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

function causesOf(error: Error): Error[] {
  const chain: Error[] = [];
  for (let each: unknown = error; each instanceof Error && chain.length < MOST_CAUSES; each = each.cause) chain.push(each);
  return chain;
}
