import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { createRandom } from "../../chaos/delayLine.ts";
import { temporaryHome } from "./harness.ts";

type Role = "payer" | "payee";
interface Status {
  ready: boolean;
  units: string;
  wei: string;
}

const CHILD = fileURLToPath(new URL("./crashChild.ts", import.meta.url));
/** A tunnel of depth 2: 3 units a packet. */
const UNITS = 3n;

describe("NET-19 SIGKILL at any step", function () {
  this.timeout(60_000);
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function startPair() {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    const homes = { payer: await temporaryHome(), payee: await temporaryHome() };
    const children: Partial<Record<Role, ChildProcess>> = {};
    undo.push(async () => {
      for (const child of Object.values(children)) await kill(child);
      await Promise.all([homes.payer.remove(), homes.payee.remove()]);
    });
    const start = async (role: Role, crashAt = "") => {
      const child = fork(CHILD, [role, homes[role].home, String(port), crashAt], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      children[role] = child;
      await once(child, "message");
    };
    const ask = async <T>(role: Role, question: object): Promise<T | undefined> => {
      const child = children[role];
      if (child === undefined || child.exitCode !== null || child.signalCode !== null || !child.connected) return undefined;
      return new Promise<T | undefined>((resolve) => {
        const settle = (answer?: unknown) => {
          child.off("message", settle).off("exit", onExit);
          resolve(answer as T | undefined);
        };
        const onExit = () => settle();
        child.on("message", settle).on("exit", onExit);
        child.send(question, () => undefined);
      });
    };
    const status = async (role: Role) => (await ask<{ status: Status }>(role, {}))?.status;
    const until = async (condition: () => Promise<boolean>, what: string) => {
      const deadline = performance.now() + 20_000;
      while (!(await condition())) {
        if (performance.now() > deadline) throw new Error(`${what}: payer ${JSON.stringify(await status("payer"))}, payee ${JSON.stringify(await status("payee"))}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return {
      start,
      status,
      until,
      kill: (role: Role) => kill(children[role]),
      exited: (role: Role) => (children[role] as ChildProcess).signalCode === "SIGKILL",
      send: async (bytes: number) => (await ask<{ whole: boolean }>("payer", { send: bytes }))?.whole ?? false,
      ready: () => until(async () => (await status("payer"))?.ready === true, "payer ready"),
    };
  }

  async function kill(child: ChildProcess | undefined): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Both sides agree, nothing is owed, and what was sent was metered once. */
  async function assertSettled(pair: Awaited<ReturnType<typeof startPair>>, leastBytes: number, mostBytes: number, crashes: number) {
    await pair.ready();
    // One more whole tunnel: the pair still works, and both meters move.
    assert.equal(await pair.send(2_000_000), true);
    const packet = BigInt(crashes) * UNITS;
    let payer: Status | undefined;
    let payee: Status | undefined;
    await pair.until(async () => {
      [payer, payee] = [await pair.status("payer"), await pair.status("payee")];
      if (payer === undefined || payee === undefined || payer.wei !== payee.wei) return false;
      return [payer, payee].every(({ wei, units }) => BigInt(wei) >= BigInt(units) * UNIT_WEI);
    }, "the same voucher on both sides, and it covers the service");
    const [own, count] = [BigInt((payer as Status).units), BigInt((payee as Status).units)];
    const least = (BigInt(leastBytes + 2_000_000) / 100_000n) * UNITS - packet;
    const most = (BigInt(mostBytes + 2_000_000) / 100_000n) * UNITS + packet;
    for (const [name, units] of [["payer", own], ["payee", count]] as const) {
      assert.ok(units >= least, `${name} lost: ${units} of ${least} units`);
      assert.ok(units <= most, `${name} counted twice: ${units}, at most ${most} units`);
    }
    const wei = BigInt((payer as Status).wei);
    assert.equal(wei % UNIT_WEI, 0n, "exact to the unit");
    assert.ok(wei <= (own + 2_000n * UNITS) * UNIT_WEI, "never prepays more than 2,000 packets");
  }

  const steps: [Role, string][] = [
    ["payer", "before-write"],
    ["payer", "torn-write"],
    ["payer", "after-write"],
    ["payer", "before-send-PAY"],
    ["payer", "after-send-PAY"],
    ["payer", "receive-COUNT"],
    ["payee", "receive-PAY"],
    ["payee", "before-write"],
    ["payee", "torn-write"],
    ["payee", "after-write"],
    ["payee", "before-send-COUNT"],
  ];
  for (const [role, step] of steps) {
    it(`${role} dies at ${step}`, async () => {
      const pair = await startPair();
      await pair.start("payee", role === "payee" ? step : "");
      await pair.start("payer", role === "payer" ? step : "");
      let whole = 0;
      let all = 0;
      for (let round = 0; round < 12 && !pair.exited(role); round++) {
        await pair.until(async () => pair.exited(role) || (await pair.status("payer"))?.ready === true, "ready or dead");
        if (pair.exited(role)) break;
        all += 700_000;
        if (await pair.send(700_000)) whole += 700_000;
      }
      await pair.until(async () => pair.exited(role), "the step is reached");
      await pair.start(role);
      await assertSettled(pair, whole, all, 1);
    });
  }

  it("either or both sides die again and again under load", async () => {
    const pair = await startPair();
    await pair.start("payee");
    await pair.start("payer");
    let whole = 0;
    let all = 0;
    let crashes = 0;
    for (let round = 0; round < 8; round++) {
      await pair.ready();
      all += 3_000_000;
      if (await pair.send(3_000_000)) whole += 3_000_000;
      const victims: Role[] = round % 3 === 0 ? ["payer"] : ["payee"];
      for (const victim of victims) {
        crashes++;
        await pair.kill(victim);
        await pair.start(victim);
      }
    }
    await assertSettled(pair, whole, all, crashes);
  });

  const seeds = process.env.X0T_SEED === undefined ? [1] : [Number(process.env.X0T_SEED)];
  for (const seed of seeds) {
    it(`either side dies at a random moment of a transfer (X0T_SEED=${seed})`, async () => {
      const random = createRandom(seed);
      const pair = await startPair();
      await pair.start("payee");
      await pair.start("payer");
      let whole = 0;
      let all = 0;
      let crashes = 0;
      for (let round = 0; round < 6; round++) {
        await pair.ready();
        const bytes = 200_000 + Math.floor(random() * 4_000_000);
        const sending = pair.send(bytes);
        await new Promise((resolve) => setTimeout(resolve, random() ** 2 * 300));
        const victim: Role = random() < 0.5 ? "payer" : "payee";
        await pair.kill(victim);
        all += bytes;
        if (await sending) whole += bytes;
        crashes++;
        await pair.start(victim);
      }
      await assertSettled(pair, whole, all, crashes);
    });
  }

  it("both sides die at once: what was signed stays signed, at most the last second is not counted", async () => {
    const pair = await startPair();
    await pair.start("payee");
    await pair.start("payer");
    await pair.ready();
    assert.equal(await pair.send(3_000_000), true);
    const before = (await pair.status("payer")) as Status;
    await Promise.all([pair.kill("payer"), pair.kill("payee")]);
    await Promise.all([pair.start("payer"), pair.start("payee")]);
    await pair.ready();
    const after = (await pair.status("payer")) as Status;
    assert.ok(BigInt(after.wei) >= BigInt(before.wei), "no voucher is lost");
    await assertSettled(pair, 0, 3_000_000, 1);
  });
});
