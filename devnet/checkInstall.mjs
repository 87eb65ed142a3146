/**
 * `node checkInstall.mjs ROOT` exits 0 if node_modules holds exactly what package-lock.json says for this machine, so
 * that whoever ran `npm install` does not wait for another one. Plain JavaScript without packages: it runs before them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2] ?? ".";
const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;

/** npm writes this file when an install is complete. */
const installed = read("node_modules/.package-lock.json");
const wanted = read("package-lock.json");

const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
const allows = (list, value) =>
  list === undefined || (!list.includes(`!${value}`) && (list.every((entry) => entry.startsWith("!")) || list.includes(value)));
const isForThisMachine = (entry) =>
  allows(entry.os, process.platform) && allows(entry.cpu, process.arch) && allows(entry.libc, libc);

for (const [path, entry] of Object.entries(wanted)) {
  if (path === "" || entry.link) continue;
  const found = installed[path];
  // npm under an old Node silently leaves out native packages: those for this machine must be there.
  if (found === undefined && entry.optional && !isForThisMachine(entry)) continue;
  if (found?.version !== entry.version || found?.integrity !== entry.integrity) {
    process.stderr.write(`${path}: ${found?.version ?? "missing"}, wanted ${entry.version}\n`);
    process.exit(1);
  }
}
// A package too many can be taken for the one that is meant: a nested one goes before.
const extra = Object.keys(installed).find((path) => wanted[path] === undefined);
if (extra !== undefined) {
  process.stderr.write(`${extra}: not wanted\n`);
  process.exit(1);
}
