/** Coverage is of the contracts that are deployed, not of interfaces and test doubles. @param sourceName from the root */
export function isMeasured(sourceName: string): boolean {
  return /^contracts\/(?!interfaces\/|test\/)/.test(sourceName);
}
