/// <reference types="ponder/virtual" />

// Gives Ponder's virtual modules their types. Ponder writes the same into ponder-env.d.ts at every start, which
// tsconfig.json leaves out: a fresh clone must type-check before the first start.
declare module "ponder:internal" {
  const config: typeof import("./ponder.config.ts");
  const schema: typeof import("./ponder.schema.ts");
}

declare module "ponder:schema" {
  export * from "./ponder.schema.ts";
}
