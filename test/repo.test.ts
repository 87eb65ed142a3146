import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** Tracked files, and those about to be. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .filter((file) => !/^(\.[^/]*)?$/.test(file) && existsSync(join(ROOT, file)));
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const sources = files.filter((file) => /\.(tsx?|mjs|sol)$/.test(file) && !file.startsWith("core/abi/"));
const product = sources.filter((file) => !file.startsWith("test/") && !file.startsWith("contracts/test/"));

/** docs/ARCHITECTURE.md and the folders' own rules: who may import whom. */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  chain: ["core"],
  runtime: ["core"],
  indexer: ["core"],
  node: ["core", "chain", "runtime"],
  workers: ["core", "chain", "runtime"],
  ipfs: ["core", "chain", "runtime"],
  web: ["core", "chain"],
  // The launcher starts everything; of the indexer it takes the command line only.
  devnet: ["core", "chain", "runtime", "indexer/launch.ts", "hardhat.config.ts", "ignition"],
  // `up` and `reset` are the launcher itself, run in this process; node and client start as processes.
  cli: ["core", "chain", "runtime", "devnet", "hardhat.config.ts"],
};

/** The order in which traffic passes node's folders; nobody imports upwards. */
const NODE_WAY = ["socks5", "session", "circuit", "link"];
/** NET-4's tunnel stands below both the circuits and the control link. */
const SHARED = "node/circuit/tunnel.ts";

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => posix.join(posix.dirname(file), match[1] ?? ""));
}

/** As Node looks packages up: beside the one that asks, then in every folder above. */
function isLocked(packages: Record<string, unknown>, path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === "") return false;
  }
}

describe("the repository", () => {
  it("imports only along the edges of the architecture", () => {
    const wrong = product.flatMap((file) => {
      const area = file.split("/", 1)[0] ?? "";
      const allowed = ALLOWED[area];
      if (allowed === undefined) return [];
      return importsOf(file)
        .filter((target) => !target.startsWith(`${area}/`) && !allowed.some((edge) => target === edge || target.startsWith(`${edge}/`)))
        .map((target) => `${file} imports ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it("imports inside node along the way of the traffic: socks5 → session → circuit → link", () => {
    const wrong = product.flatMap((file) => {
      const from = NODE_WAY.indexOf(/^node\/(\w+)\//.exec(file)?.[1] ?? "");
      if (from === -1) return [];
      return importsOf(file)
        .filter((target) => {
          const to = NODE_WAY.indexOf(/^node\/(\w+)\//.exec(target)?.[1] ?? "");
          return to !== -1 && to < from && target !== SHARED;
        })
        .map((target) => `${file} imports ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it("documents every error code", () => {
    const documented = new Set([...read("docs/errors.md").matchAll(/`(X0T_[A-Z0-9_]+)`/g)].map((match) => match[1]));
    // Other such strings name environment variables.
    const thrown = /(?:\w*Error\(|super\(|parseStrict\((?:[^()]|\([^()]*\))*?,|code:|Code\()\s*"(X0T_[A-Z0-9_]+)"/g;
    const codes = product.flatMap((file) => [...read(file).matchAll(thrown)].map((match) => `${match[1]} of ${file}`));
    assert.ok(codes.length > 50);
    assert.deepEqual(codes.filter((code) => !documented.has(code.split(" ", 1)[0] ?? "")), []);
  });

  it("documents every metric in the runbook", () => {
    const runbook = read("docs/runbook.md");
    const metrics = product.flatMap((file) => [...read(file).matchAll(/"(x0t_[a-z0-9_]+)"/g)].map((match) => match[1] ?? ""));
    assert.ok(metrics.length > 10);
    assert.deepEqual([...new Set(metrics)].filter((metric) => !new RegExp(`\\b${metric}\\b`).test(runbook)), []);
  });

  it("pins every version exactly", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    assert.deepEqual(loose, []);
  });

  it("locks the packages of every machine: without them npm ci refuses the lock file", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(packages, path, name))
        .map((name) => `${name} of ${path}`),
    );
    assert.deepEqual(missing, []);
  });

  it("names one Node everywhere", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    assert.match(read("x0t"), new RegExp(`^node_version=${dependencies.node?.replaceAll(".", "\\.")}$`, "m"));
  });

  it("has no source file of more than 400 lines", () => {
    const long = product.map((file) => ({ file, lines: read(file).split("\n").length })).filter(({ lines }) => lines > 400);
    assert.deepEqual(long, []);
  });

  it("leaves nothing for later", () => {
    const marks = sources
      .filter((file) => file !== "test/repo.test.ts")
      .flatMap((file) => (/\b(TODO|FIXME|XXX|HACK)\b/.test(read(file)) ? [file] : []));
    assert.deepEqual(marks, []);
  });

  it("writes to the console from the command line alone", () => {
    const wrong = product.filter((file) => !/^(cli|bench)\//.test(file) && /\bconsole\.\w+\(/.test(read(file)) && file.endsWith(".ts"));
    assert.deepEqual(wrong, []);
  });
});
