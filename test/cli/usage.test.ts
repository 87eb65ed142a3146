import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram } from "../../cli/program.ts";
import type { Command } from "commander";
import { ROOT, runX0t } from "./runX0t.ts";

describe("x0t's usage", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-cli-"));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it("prints help on standard output and exits 0", async () => {
    const { code, stdout, stderr } = await runX0t(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const name of ["up", "test", "status", "node", "stake", "claim", "connect", "proof", "deploy"]) assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
  });

  it("documents every command with examples, and every option", () => {
    const walk = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(walk));
    for (const command of createProgram().commands.flatMap(walk)) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      assert.match(help, /^Examples:\n {2}\$ /m, command.name());
      for (const option of command.options) assert.notEqual(option.description, "", `${command.name()} ${option.flags}`);
    }
  });

  for (const [args, nearest] of [
    [["stauts"], "status"],
    [["node", "strat"], "start"],
    [["up", "--node", "3"], "--nodes"],
    [["status", "--jsn"], "--json"],
  ] as const) {
    it(`exits 2 on "${args.join(" ")}" and names ${nearest}`, async () => {
      const { code, stdout, stderr } = await runX0t(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, new RegExp(`Did you mean ${nearest}\\?`));
    });
  }

  for (const [args, words] of [
    [["up", "--epoch", "soon"], /It must be a time such as 60s/],
    [["up", "--epoch", "50s"], /multiple of 12 seconds/],
    [["up", "--nodes", "2"], /from 3 to 12/],
    [["up", "--port-base", "80"], /--port-base/],
    [["stake", "--node", "0"], /missing required argument/],
    [["stake", "12"], /--node/],
    [["stake", "lots", "--node", "0"], /no amount of X0T/],
    [["status"], /no network in .*up/],
    [["proof", "verify"], /no network in/],
    [["deploy", "--network", "moon"], /Known networks: .*baseSepolia/],
    [["test", "nothing"], /Groups: lint/],
    [["node", "start", "--home", "/nowhere"], /x0t node init/],
    [["status", "--home", "/nowhere"], /x0t node init/],
  ] as const) {
    it(`exits 2 on "${args.join(" ")} " with a way out`, async () => {
      const { code, stdout, stderr } = await runX0t(args, { env: { X0T_STATE_DIR: join(dir, "none") } });
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /^ +at /m, "no stack for a mistake of the user");
    });
  }

  it("answers errors as JSON when asked for JSON, still on standard error", async () => {
    const { code, stdout, stderr } = await runX0t(["status", "--json"], { env: { X0T_STATE_DIR: join(dir, "none") } });
    assert.deepEqual([code, stdout], [2, ""]);
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string; docs: string } };
    assert.equal(error.code, "X0T_NO_NETWORK");
    assert.equal(error.docs, "docs/errors.md#x0t_no_network");
  });

  it("works through a symbolic link from any folder", async () => {
    await symlink(join(ROOT, "x0t"), join(dir, "first"));
    await symlink("first", join(dir, "x0t"));
    const { code, stdout } = await runX0t(["--version"], { script: join(dir, "x0t"), cwd: "/" });
    assert.deepEqual([code, stdout], [0, "0.1.0\n"]);
  });

  it("names a damaged state instead of failing somewhere inside", async () => {
    await writeFile(join(dir, "genesis.json"), "{");
    const { code, stderr } = await runX0t(["status", "--state-dir", dir]);
    assert.equal(code, 1);
    assert.match(stderr, /genesis.json is damaged.*x0t reset/);
  });

  it("refuses to reset a folder with something else in it", async () => {
    const { code, stderr } = await runX0t(["reset", "--state-dir", dir]);
    assert.equal(code, 2);
    assert.match(stderr, /no part of a devnet's state/);
  });
});
