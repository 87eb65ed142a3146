const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** "38.5 MB": decimal units, as packets are metered (1 GB costs 1 X0T a relay). */
export function byteSize(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}
