/**
 * Hardhat as it is, but coverage sees branches too, what is compiled for it stays apart, and chance gets little time: what
 * only the thousandth run of a fuzz test reaches is not covered.
 */
import { relative } from "node:path";
import { definePlugin } from "hardhat/plugins";
import type { HardhatUserConfig } from "hardhat/config";
import base from "../../hardhat.config.ts";
import { instrumentBranches } from "./branches.ts";
import { isMeasured } from "./isMeasured.ts";

const branches = definePlugin({
  id: "x0t-branches",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            async preprocessProjectFileBeforeBuilding(context, sourceName, fsPath, content, version, next) {
              const source = await next(context, sourceName, fsPath, content, version);
              const name = relative(context.config.paths.root, fsPath);
              return context.globalOptions.coverage && isMeasured(name) ? instrumentBranches(name, content, source) : source;
            },
          }),
      }),
  },
});

const config: HardhatUserConfig = {
  ...base,
  plugins: [...(base.plugins ?? []), branches],
  paths: { ...base.paths, artifacts: "coverage/artifacts", cache: "coverage/cache" },
  test: { ...base.test, solidity: { fuzz: { runs: 16, seed: "0x7830743674613662" }, invariant: { runs: 4, depth: 64, failOnRevert: true } } },
  coverage: { skipFiles: ["contracts/test/**", "contracts/interfaces/**"] },
};
export default config;
