import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "artifacts/", "cache/", ".x0t/", "coverage/", "core/abi/", "indexer/generated/", "indexer/.ponder/", "web/dist*/", "**/*.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      "no-console": "error",
      "no-warning-comments": "error",
      "no-undef": "off",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  { files: ["cli/**", "bench/**", "test/run.ts", "test/runner/**", "test/chaos/run.ts"], rules: { "no-console": "off" } },
  {
    files: ["web/**"],
    rules: { "no-restricted-imports": ["error", { paths: [{ name: "wagmi", importNames: ["usePublicClient"], message: "It brings 70 kB of actions: useClient and viem/actions." }] }] },
  },
  { files: ["test/**"], rules: { "@typescript-eslint/no-unused-expressions": "off", "@typescript-eslint/no-non-null-assertion": "off" } },
);
