import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { buildSchema, parse, validate } from "graphql";

const ROOT = join(import.meta.dirname, "../../..");

describe("the dashboard's queries", () => {
  it("ask for nothing that the indexer's schema does not have", async () => {
    const schema = buildSchema(readFileSync(join(ROOT, "docs/schema.graphql"), "utf8"));
    const wrong: string[] = [];
    let count = 0;
    for await (const file of glob("web/src/data/queries/*.graphql.ts", { cwd: ROOT })) {
      const queries = (await import(join(ROOT, file))) as Record<string, unknown>;
      for (const [name, query] of Object.entries(queries)) {
        if (typeof query !== "string") continue;
        count++;
        wrong.push(...validate(schema, parse(query)).map(({ message }) => `${name} of ${file}: ${message}`));
      }
    }
    assert.ok(count >= 5, "queries were found");
    assert.deepEqual(wrong, []);
  });
});
