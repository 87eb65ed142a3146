import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT, runX0t, type Answer } from "./runX0t.ts";

/** A project with the real launcher, an `npx` that plays npm, and a command line that says what it got. */
async function makeProject(): Promise<{ dir: string; run: (env?: Record<string, string>) => Promise<Answer>; installs: () => Promise<number> }> {
  const dir = await mkdtemp(join(tmpdir(), "x0t launcher-"));
  for (const file of ["x0t", "devnet/checkInstall.mjs"]) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await copyFile(join(ROOT, file), join(dir, file));
  }
  await mkdir(join(dir, "cli"));
  await writeFile(join(dir, "cli/main.ts"), `console.log("ran", process.pid, process.argv.slice(2).join(" "));\n`);
  await writeFile(join(dir, "package-lock.json"), JSON.stringify({ packages: { "": {} } }));
  await mkdir(join(dir, "bin"));
  await symlink(process.execPath, join(dir, "bin/node"));
  await writeFile(
    join(dir, "bin/npx"),
    `#!/bin/sh
echo "$*" >> "${dir}/npx.log"
rm -rf "$X0T_ROOT/node_modules"
mkdir -p "$X0T_ROOT/node_modules/node/bin"
[ -z "\${BREAK_OFF:-}" ] || exit 1
sleep 0.5
ln -s "${process.execPath}" "$X0T_ROOT/node_modules/node/bin/node"
`,
  );
  await chmod(join(dir, "bin/npx"), 0o755);
  return {
    dir,
    run: (env = {}) =>
      runX0t(["up", "--nodes", "3"], {
        script: join(dir, "x0t"),
        cwd: "/",
        env: { X0T_SKIP_INSTALL: "", PATH: `${dir}/bin:/usr/bin:/bin`, ...env },
      }),
    installs: async () => (existsSync(`${dir}/npx.log`) ? (await readFile(`${dir}/npx.log`, "utf8")).trim().split("\n").length : 0),
  };
}

describe("launcher script", () => {
  let project: Awaited<ReturnType<typeof makeProject>>;
  beforeEach(async () => {
    project = await makeProject();
  });
  afterEach(() => rm(project.dir, { recursive: true, force: true }));

  it("installs through the pinned Node once, then runs the command line", async () => {
    const first = await project.run();
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^ran \d+ up --nodes 3\n$/, "nothing of the install on standard output");
    assert.match(first.stderr, /installing packages with Node 24\.21\.0/);
    assert.match(await readFile(join(project.dir, "npx.log"), "utf8"), /-p node@24\.21\.0 -c cd "\$X0T_ROOT" && npm ci/);
    const second = await project.run();
    assert.deepEqual([second.code, second.stderr, await project.installs()], [0, "", 1]);
  });

  it("installs again when package-lock.json has changed", async () => {
    await project.run();
    await writeFile(join(project.dir, "package-lock.json"), JSON.stringify({ packages: { "": {}, "node_modules/x": { version: "1.0.0" } } }));
    assert.equal((await project.run()).code, 0);
    assert.equal(await project.installs(), 2);
  });

  it("does not install what npm has already installed", async () => {
    await project.run();
    const packages = { "node_modules/x": { version: "1.0.0" } };
    await writeFile(join(project.dir, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...packages } }));
    await writeFile(join(project.dir, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
    assert.equal((await project.run()).code, 0);
    assert.equal(await project.installs(), 1);
  });

  it("does an install that broke off again", async () => {
    const broken = await project.run({ BREAK_OFF: "1" });
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /could not be installed.*npm registry/);
    assert.equal(existsSync(join(project.dir, ".x0t-install.lock")), false);
    assert.equal((await project.run()).code, 0);
    assert.equal(await project.installs(), 2);
  });

  it("lets two at once install once", async () => {
    const both = await Promise.all([project.run(), project.run()]);
    assert.deepEqual(both.map(({ code }) => code), [0, 0], both.map(({ stderr }) => stderr).join("\n"));
    assert.equal(await project.installs(), 1);
  });

  it("takes over the lock of a dead installer", async () => {
    await mkdir(join(project.dir, ".x0t-install.lock"));
    await writeFile(join(project.dir, ".x0t-install.lock/pid"), "999999999\n");
    assert.equal((await project.run()).code, 0);
  });

  it("says what is missing: Node, npm, or a newer Node", async () => {
    const bin = join(project.dir, "bin");
    const without = join(project.dir, "tools");
    await mkdir(without);
    for (const tool of ["sh", "dirname", "cksum", "cat", "uname", "readlink", "ls"]) await symlink(`/usr/bin/${tool}`, join(without, tool));
    const only = (path: string) => project.run({ PATH: path });
    assert.match((await only(without)).stderr, /Install Node 20 or later/);
    await symlink(process.execPath, join(without, "node"));
    assert.match((await only(without)).stderr, /npm is not installed/);
    await rm(join(bin, "node"));
    await writeFile(join(bin, "node"), `#!/bin/sh\n[ "$1" = -p ] && echo 18 || echo v18.0.0\n`);
    await chmod(join(bin, "node"), 0o755);
    const old = await project.run();
    assert.deepEqual([old.code, await project.installs()], [2, 0]);
    assert.match(old.stderr, /Node v18\.0\.0 is too old/);
  });
});
