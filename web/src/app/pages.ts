/** What navigation and palette list; `menu` ones stand in the header. */
export const PAGES = [
  { to: "/", title: "Network", menu: true, words: "map health supply burn epoch overview" },
  { to: "/nodes", title: "Nodes", menu: true, words: "relays uptime list" },
  { to: "/operate", title: "Operate", menu: true, words: "register stake unstake claim maintenance wallet" },
  { to: "/market", title: "Market", menu: true, words: "rent lease offers escrow refund" },
  { to: "/govern", title: "Govern", menu: true, words: "vote proposals snapshot quorum" },
  { to: "/use", title: "Use it", menu: true, words: "socks5 proxy browser connection test" },
  { to: "/verify", title: "Verify a proof", menu: false, words: "bundle cid receipts signature" },
  { to: "/debug", title: "Debug contracts", menu: false, words: "call function abi" },
] as const;
