/** Where the devnet's nodes pretend to stand: one region each. */
const REGIONS = [
  "eu-frankfurt",
  "us-ashburn",
  "ap-singapore",
  "sa-saopaulo",
  "af-johannesburg",
  "me-dubai",
  "eu-helsinki",
  "us-portland",
  "ap-tokyo",
  "ap-sydney",
  "ap-mumbai",
  "na-toronto",
];

export function regionOf(index: number): string {
  return REGIONS[index % REGIONS.length] ?? "nowhere";
}
