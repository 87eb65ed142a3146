/** Where the chain, the IPFS and the origin are for everybody; where the NAT is, and what is behind it. */
export const SERVICES = "20.250.0.1";
export const GATEWAY = "20.100.0.1";
export const NAT_ADDRESS = "20.100.0.2";
export const INSIDE = "192.168.77.2";
