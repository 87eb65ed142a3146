/** Every page, with parameters that exist on a devnet of some minutes. */
export const PAGES: readonly { name: string; path: string }[] = [
  { name: "network", path: "/" },
  { name: "nodes", path: "/nodes" },
  { name: "node", path: "/nodes/0" },
  { name: "operate", path: "/operate" },
  { name: "market", path: "/market" },
  { name: "lease", path: "/leases/LEASE" },
  { name: "govern", path: "/govern" },
  { name: "proposal", path: "/govern/PROPOSAL" },
  { name: "use", path: "/use" },
  { name: "verify", path: "/verify" },
  { name: "debug", path: "/debug" },
];
