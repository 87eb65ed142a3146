/** One line of JSON on standard output; bigints (wei) become decimal strings. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part))}\n`);
}
