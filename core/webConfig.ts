import type { AddressBook } from "./addressBook.ts";
import type { ParameterChoice } from "./parameters.ts";

/** `config.json` beside the dashboard's index.html: which network it shows, and where its parts answer. */
export interface WebConfig {
  /** For people: "devnet", "Base Sepolia". */
  name: string;
  contracts: AddressBook;
  parameters: ParameterChoice;
  /** Addresses are absolute, or relative to the page. */
  rpcUrl: string;
  /** Ends in /graphql. */
  graphqlUrl: string;
  /** Gateway of single blocks: `<ipfsUrl>/<cid>`. */
  ipfsUrl: string;
  /** The client on the user's machine; a POST to `testUrl` runs a download through it. Null where the page is served from elsewhere. */
  client: {
    apiUrl: string;
    socksUrl: string;
    testUrl: string | null;
    /** The only site that the exits reach: a file of the devnet's own origin. Null where they reach the internet. */
    onlySiteUrl: string | null;
  } | null;
  /** `<nodesUrl>/<index>/v1/status`: the relays' own APIs, on a devnet. */
  nodesUrl: string | null;
  faucetUrl: string | null;
  snapshot: { hubUrl: string; space: string } | null;
  /** `<explorerUrl>/tx/0x…`. */
  explorerUrl: string | null;
  /** The operator's own WalletConnect project. This build holds no code of it and says so in the dialog (ADR 17). */
  walletConnectProjectId: string | null;
}
