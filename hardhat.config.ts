import { createRequire } from "node:module";
import hardhatIgnitionViem from "@nomicfoundation/hardhat-ignition-viem";
import hardhatKeystore from "@nomicfoundation/hardhat-keystore";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { configVariable, defineConfig } from "hardhat/config";

/** The compiler comes with the npm packages: nothing is downloaded. */
const solc = { version: "0.8.37", path: createRequire(import.meta.url).resolve("solc/soljson.js") };
const settings = { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } };

export default defineConfig({
  plugins: [
    hardhatViem,
    hardhatViemAssertions,
    hardhatNetworkHelpers,
    hardhatIgnitionViem,
    hardhatKeystore,
    hardhatMocha,
  ],
  paths: { tests: { mocha: "test/contracts", solidity: "test/contracts/invariants" } },
  solidity: {
    profiles: {
      default: { ...solc, settings },
      production: { ...solc, settings: { ...settings, viaIR: true } },
    },
  },
  networks: {
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    baseSepolia: {
      type: "http",
      chainType: "op",
      chainId: 84532,
      url: configVariable("BASE_SEPOLIA_RPC_URL"),
      accounts: [configVariable("BASE_SEPOLIA_PRIVATE_KEY")],
    },
  },
  test: {
    mocha: { timeout: 60_000 },
    // One seed: a failure in CI is the same failure on every machine.
    solidity: {
      fuzz: { runs: 128, seed: "0x7830743674613662" },
      // ./x0t test invariants runs ten times as many.
      invariant: { runs: Number(process.env.X0T_INVARIANT_RUNS ?? 256), depth: 64, failOnRevert: true },
    },
  },
});
