/** What a group of tests came to; `failures` are shown again at the end. */
export interface Outcome {
  passed: number;
  failed: number;
  failures: string[];
}

export const NOTHING: Outcome = { passed: 0, failed: 0, failures: [] };

export function add(a: Outcome, b: Outcome): Outcome {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, failures: [...a.failures, ...b.failures] };
}
