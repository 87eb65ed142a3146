/** "2 d 3 h", "1 h 5 min", "12 s": two units at most. */
export function formatDuration(seconds: number): string {
  const units = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return "0 s";
  let rest = seconds;
  return units
    .slice(first, first + 2)
    .flatMap(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count} ${name}`];
    })
    .join(" ");
}

/** "2026-11-20 12:00:21 UTC", of seconds since 1970. */
export function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** With how far away that is, by the chain's clock. */
export function formatMoment(seconds: number, now: number): string {
  const away = seconds > now ? `in ${formatDuration(seconds - now)}` : seconds === now ? "now" : `${formatDuration(now - seconds)} ago`;
  return `${formatTime(seconds)} (${away})`;
}
