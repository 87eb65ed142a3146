import { X0tError } from "../../core/x0tError.ts";
import type { ChoiceMap } from "./library.ts";

/** "For", "1", "For=3", "2=1.5": shares of a ballot by the choices' numbers, from 1 on. @throws X0T_USAGE */
export function parseChoices(words: readonly string[], choices: readonly string[]): ChoiceMap {
  const map: ChoiceMap = {};
  for (const word of words) {
    const { number, weight } = parseChoice(word, choices);
    if (map[number] !== undefined) throw new X0tError("X0T_USAGE", `"${choices[number - 1]}" is named twice.`);
    map[number] = weight;
  }
  return map;
}

function parseChoice(word: string, choices: readonly string[]): { number: number; weight: number } {
  const whole = findChoice(word, choices);
  if (whole !== undefined) return { number: whole, weight: 1 };
  const at = word.lastIndexOf("=");
  const number = at === -1 ? undefined : findChoice(word.slice(0, at), choices);
  if (number === undefined) {
    const known = choices.map((choice, index) => `${index + 1} ${choice}`).join(", ");
    throw new X0tError("X0T_USAGE", `"${word}" is none of the choices: ${known}. Weights go after "=": 1=3 2=1`);
  }
  const weight = word.slice(at + 1);
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(weight) || Number(weight) === 0) throw new X0tError("X0T_USAGE", `"${word}": the weight must be a number above 0.`);
  return { number, weight: Number(weight) };
}

function findChoice(text: string, choices: readonly string[]): number | undefined {
  const byName = choices.findIndex((choice) => choice.toLowerCase() === text.trim().toLowerCase());
  if (byName !== -1) return byName + 1;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= choices.length ? number : undefined;
}

/** Each choice's share of the ballot, 0 to 1, in the order of the choices. */
export function sharesOf(map: ChoiceMap, choices: readonly string[]): number[] {
  const total = Object.values(map).reduce((sum, weight) => sum + weight, 0);
  return choices.map((_, index) => (map[index + 1] ?? 0) / total);
}

/** "75 % For, 25 % Against". */
export function describeShares(map: ChoiceMap, choices: readonly string[]): string {
  return sharesOf(map, choices)
    .flatMap((share, index) => (share > 0 ? [`${formatPercent(share)} ${choices[index]}`] : []))
    .join(", ");
}

export function sameShares(a: ChoiceMap, b: ChoiceMap, choices: readonly string[]): boolean {
  const other = sharesOf(b, choices);
  return sharesOf(a, choices).every((share, index) => Math.abs(share - (other[index] ?? 0)) < 1e-12);
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}
