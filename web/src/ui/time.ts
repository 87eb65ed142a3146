/** Seconds since 1970 → "14:03:05" of the user's day. */
export function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hour12: false });
}

/** Seconds since 1970 → "2026-11-20 14:03:05", local time. */
export function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("sv-SE");
}

/** A length of time: "45 s", "3 min 20 s", "5 h 10 min", "2 d 4 h". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const parts = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const;
  const first = parts.findIndex(([unit]) => whole >= unit);
  const shown: string[] = [];
  let rest = whole;
  for (const [unit, sign] of parts.slice(first, first + 2)) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) shown.push(`${count} ${sign}`);
  }
  return shown.join(" ");
}
