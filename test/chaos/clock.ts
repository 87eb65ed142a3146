/** The monotonic clock that all processes of a machine share, ms. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
