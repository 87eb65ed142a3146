import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChildSpec } from "../../devnet/childProcess.ts";
import { identify, isAlive } from "../../devnet/processIdentity.ts";
import { createProcessTable, findLeftovers, stopLeftovers } from "../../devnet/processTable.ts";
import { Supervisor, type SupervisorEvents } from "../../devnet/supervisor.ts";

const NEVER = new AbortController().signal;
/** Says ready, and ends on SIGTERM. */
const SERVES = `process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000); process.send({ type: "ready" });`;
const DEAF = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); process.send({ type: "ready" });`;

describe("supervisor", () => {
  let dir: string;
  let supervisor: Supervisor;
  const seen: string[] = [];
  const events: SupervisorEvents = {
    onDied: (name, how) => seen.push(`${name} died: ${how}`),
    onRestarted: (name, pid) => seen.push(`${name} again: ${pid}`),
    onRestartFailed: (name, error) => seen.push(`${name} failed: ${error.message}`),
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-supervisor-"));
    seen.length = 0;
    supervisor = new Supervisor({ table: createProcessTable(join(dir, "pids.json")), events, restartMs: 100 });
  });
  afterEach(async () => {
    await supervisor.stop(supervisor.names(), AbortSignal.abort());
    await rm(dir, { recursive: true, force: true });
  });

  const spec = (name: string, program: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
    name,
    command: process.execPath,
    args: () => ["-e", program],
    logFile: join(dir, `${name}.log`),
    ready: "ipc",
    readyMs: 10_000,
    drainMs: 5_000,
    ...more,
  });
  const until = async (check: () => boolean) => {
    const deadline = performance.now() + 10_000;
    while (!check()) {
      assert.ok(performance.now() < deadline, `not in time; seen: ${seen.join("; ")}`);
      await delay(20);
    }
  };

  it("waits for the ready message and lists the pid for whoever comes after", async () => {
    const pid = await supervisor.start(spec("a", SERVES), NEVER);
    assert.equal(supervisor.pid("a"), pid);
    assert.deepEqual(findLeftovers(join(dir, "pids.json")).map((entry) => [entry.name, entry.pid]), [["a", pid]]);
    await supervisor.stop(["a"], NEVER);
    assert.equal(isAlive(identify(pid)), false);
    assert.deepEqual(findLeftovers(join(dir, "pids.json")), []);
  });

  it("asks a probe until it says yes", async () => {
    let asked = 0;
    await supervisor.start(spec("probed", "setInterval(() => {}, 1000)", { ready: async () => ++asked === 3 }), NEVER);
    assert.equal(asked, 3);
  });

  it("names a child that ends before it is ready, with the last words of its log", async () => {
    await assert.rejects(supervisor.start(spec("bad", `console.error("no disk left"); process.exit(3)`), NEVER), {
      code: "X0T_CHILD_FAILED",
      message: /bad ended before it was ready \(exit code 3\)[^]*no disk left/,
    });
    assert.deepEqual(supervisor.names(), []);
  });

  it("names a child that is not ready in time, and ends it", async () => {
    await assert.rejects(supervisor.start(spec("slow", "setInterval(() => {}, 1000)", { readyMs: 300 }), NEVER), {
      code: "X0T_CHILD_FAILED",
      message: /slow was not ready in 0.3 s/,
    });
    assert.deepEqual(findLeftovers(join(dir, "pids.json")), []);
  });

  it("names a program that does not exist", async () => {
    await assert.rejects(supervisor.start(spec("none", "", { command: "/no/such/program" }), NEVER), { code: "X0T_CHILD_FAILED" });
  });

  it("starts a killed child again under a new pid", async () => {
    const first = await supervisor.start(spec("a", SERVES), NEVER);
    process.kill(first, "SIGKILL");
    await until(() => seen.some((line) => line.startsWith("a again")));
    const second = supervisor.pid("a");
    assert.notEqual(second, first);
    assert.deepEqual(seen, ["a died: SIGKILL", `a again: ${second}`]);
    assert.deepEqual(findLeftovers(join(dir, "pids.json")).map((entry) => entry.pid), [second]);
  });

  it("keeps trying a child whose restart fails", async () => {
    let starts = 0;
    const args = () => ["-e", ++starts === 2 ? "process.exit(1)" : SERVES];
    process.kill(await supervisor.start(spec("a", "", { args }), NEVER), "SIGKILL");
    await until(() => seen.some((line) => line.startsWith("a again")));
    assert.equal(starts, 3);
    assert.ok(seen.some((line) => line.startsWith("a failed")));
  });

  it("does not start again what it stops", async () => {
    const pid = await supervisor.start(spec("a", SERVES), NEVER);
    await supervisor.stop(["a"], NEVER);
    await delay(300);
    assert.deepEqual(seen, []);
    assert.equal(isAlive(identify(pid)), false);
  });

  it("kills what does not end in its time, and at once when told to hurry", async () => {
    const deaf = await supervisor.start(spec("deaf", DEAF, { drainMs: 300 }), NEVER);
    const deafer = await supervisor.start(spec("deafer", DEAF, { drainMs: 600_000 }), NEVER);
    const hurry = new AbortController();
    const stopping = supervisor.stop(["deaf", "deafer"], hurry.signal);
    await until(() => !isAlive(identify(deaf)));
    assert.equal(isAlive(identify(deafer)), true);
    hurry.abort();
    await stopping;
    assert.equal(isAlive(identify(deafer)), false);
  });

  it("ends what a child started itself", async () => {
    const file = join(dir, "grandchild");
    const program = `require("fs").writeFileSync(${JSON.stringify(file)}, String(require("child_process").spawn("sleep", ["600"]).pid)); ${SERVES}`;
    await supervisor.start(spec("parent", program), NEVER);
    await until(() => existsSync(file));
    const grandchild = identify(Number(readFileSync(file, "utf8")));
    assert.equal(isAlive(grandchild), true);
    await supervisor.stop(["parent"], NEVER);
    await until(() => !isAlive(grandchild));
  });

  it("finds and ends what a killed launcher left, and nothing else", async () => {
    const pid = await supervisor.start(spec("left", SERVES), NEVER);
    const table = createProcessTable(join(dir, "other.json"));
    table.add("left", pid);
    const [leftover] = findLeftovers(join(dir, "other.json"));
    assert.ok(leftover !== undefined);
    const reused = { ...leftover, started: `${leftover.started}0` };
    await stopLeftovers([reused], 100);
    assert.equal(isAlive(leftover), true, "a process with the same pid but another start is somebody else's");
    await stopLeftovers([leftover], 5_000);
    assert.equal(isAlive(leftover), false);
  });
});
