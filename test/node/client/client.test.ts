import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { topUpChannel } from "../../../chain/topUpChannel.ts";
import { UNIT_WEI, X0T } from "../../../core/parameters.ts";
import { associate, datagramTo } from "../../support/socksUdp.ts";
import { startUdpServer } from "../../support/udpServer.ts";
import { CLIENT_ACCOUNT, killChild, ON_LOOPBACK, socksConnect, socksGet, startMain, startNetwork, type TestNetwork, type TestRelay } from "./network.ts";

interface Status {
  circuit: { nodeId: string; region: string }[] | null;
  circuits: { active: number; spare: number };
  guards: { nodeId: string; connected: boolean; ready: boolean }[];
  waitingFor: string | null;
  streams: number;
  bytes: number;
  spentWei: string;
  channels: { channel: string; payee: string; signedWei: string; meteredWei: string; depositWei: string; leftWei: string }[];
  session: { bytes: number; switchOvers: number; lostCircuits: number; paths: { role: string; bytes: number; hops: { nodeId: string; region: string }[] }[] };
}
interface Earnings {
  meteredUnits: string;
  channels: { payer: string; cumulativeWei: string; meteredWei: string }[];
  paid: { payee: string; signedWei: string; meteredWei: string }[];
}

const json = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

async function eventually(check: () => Promise<boolean>, what: string, deadlineMs = 15_000): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    const holds = await Promise.race([check().catch(() => false), sleep(deadlineMs).then(() => false)]);
    if (holds) return;
    if (performance.now() - startMs > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(30);
  }
}

describe("SOCKS5 client over a real network", function () {
  this.timeout(120_000);
  let network: TestNetwork;
  let client: ChildProcess | undefined;
  let home: Awaited<ReturnType<TestNetwork["makeClientHome"]>>;
  const status = () => json<Status>(`${home.apiUrl}/v1/status`);
  const relayOf = (nodeId: string) => network.relays.find((relay) => relay.nodeId === nodeId) as TestRelay;
  const small = async () => (await socksGet(home.socksPort, network.origin.port, "/small")).toString() === "small";

  describe("of five relays", () => {
    before(async () => {
      // One exit accepts an address more than the others.
      const exitRule = (port: number, i: number) => ({ action: "accept" as const, network: i === 4 ? "127.0.0.0/24" : "127.0.0.1/32", ports: [port, port] as [number, number] });
      network = await startNetwork(5, { ...ON_LOOPBACK, exitRule });
      home = await network.makeClientHome("client");
      client = await startMain("node/client/main.ts", home.home);
    });
    after(async () => {
      await killChild(client);
      await network?.close();
    });

    it("NET-8, NET-18 opens channels to three guards and carries a download through three relays that are paid 3, 2 and 1 units a packet", async () => {
      const body = await socksGet(home.socksPort, network.origin.port, "/big");
      assert.equal(createHash("sha256").update(body).digest("hex"), network.origin.sha256);
      const { guards, channels } = await status();
      assert.equal(guards.length, 3);
      assert.equal(channels.length, 3);
      // 200 packets, whatever circuits carried them: the guards get three units for each, all relays together six.
      const metered = async () => {
        let [byClient, inAll] = [0n, 0n];
        for (const { apiUrl } of network.relays) {
          const { meteredUnits, channels: held } = await json<Earnings>(`${apiUrl}/v1/earnings`);
          inAll += BigInt(meteredUnits);
          for (const { payer, cumulativeWei, meteredWei } of held) {
            if (BigInt(cumulativeWei) < BigInt(meteredWei)) return undefined;
            if (payer === "client") byClient += BigInt(meteredWei) / UNIT_WEI;
          }
        }
        return { byClient, inAll };
      };
      // A path that is taken for silent on a busy machine sends again, and witnesses pay for their probes.
      let seen: { byClient: bigint; inAll: bigint } | undefined;
      await eventually(async () => {
        seen = (await metered()) ?? seen;
        return seen !== undefined && seen.byClient >= 590n && seen.inAll >= 1_180n;
      }, "3 and 6 units a packet for 20 MB");
      const { byClient, inAll } = seen as NonNullable<typeof seen>;
      assert.ok(byClient <= 900n, `${byClient} units by the client`);
      assert.ok(inAll <= 2n * byClient + 300n, `${inAll} units in all, ${byClient} by the client`);
      const { circuit } = await status();
      assert.equal(circuit?.length, 3);
      assert.ok(guards.some(({ nodeId }) => nodeId === circuit?.[0]?.nodeId), "the entry is a guard");
    });

    it("NET-24 the client tells its user which ways the session goes, how much it carried, and what is left in the channels", async () => {
      await eventually(small, "works");
      await eventually(async () => (await status()).channels.every(({ depositWei }) => depositWei !== null), "the channels' deposits read from the chain");
      const { session, circuit, channels } = await status();
      assert.ok(session.bytes > 10_000, `${session.bytes} bytes: not even the handshakes of three hops`);
      assert.ok(session.paths.every(({ hops }) => hops.length === 3 && hops.every(({ region }) => region !== "")));
      assert.deepEqual(session.paths.find(({ role }) => role === "lead")?.hops, circuit);
      for (const { depositWei, leftWei, signedWei } of channels) {
        assert.equal(BigInt(depositWei), 50n * X0T);
        assert.equal(BigInt(leftWei), BigInt(depositWei) - BigInt(signedWei));
      }
    });

    it("NET-19 what the client signed is what its guards hold, to the wei", async () => {
      await eventually(async () => {
        const { channels } = await status();
        for (const { payee, signedWei } of channels) {
          const { channels: held } = await json<Earnings>(`${relayOf(payee).apiUrl}/v1/earnings`);
          const mine = held.filter((each) => each.payer === "client").reduce((sum, { cumulativeWei }) => sum + BigInt(cumulativeWei), 0n);
          if (mine !== BigInt(signedWei) || mine % UNIT_WEI !== 0n) return false;
        }
        return true;
      }, "equal cumulatives");
    });

    it("NET-10 other credentials use another circuit", async () => {
      await eventually(small, "works");
      assert.equal((await socksGet(home.socksPort, network.origin.port, "/small", "alice")).toString(), "small");
      assert.ok((await status()).circuits.active >= 2);
    });

    it("NET-14, NET-15 connections and datagrams go by an exit that accepts them, whichever the usual one is", async () => {
      const { port } = network.origin;
      const other = http.createServer((_request, response) => response.end("other"));
      await once(other.listen(port, "127.0.0.9"), "listening");
      const echoes = [await startUdpServer("127.0.0.1", undefined, port), await startUdpServer("127.0.0.9", undefined, port)];
      const association = await associate(home.socksPort);
      try {
        assert.equal((await socksGet(home.socksPort, port, "/", undefined, "127.0.0.9")).toString(), "other");
        assert.equal((await small()), true);
        for (const host of ["127.0.0.1", "127.0.0.9", "127.0.0.1"]) {
          const before = association.received.length;
          await eventually(async () => {
            const { socket, bound } = association;
            socket.send(datagramTo({ atyp: 1, host, port }, Buffer.from(`to ${host}`)), bound.port, bound.address);
            return association.received.slice(before).some((bytes) => bytes.subarray(10).toString() === `to ${host}`);
          }, `an answer of ${host}`);
        }
        const { port: exitPort } = echoes[0]!.received[0]!.from;
        assert.ok(echoes[0]!.received.every(({ from }) => from.port === exitPort), "one port of one exit's");
      } finally {
        association.close();
        for (const echo of echoes) echo.close();
        other.close();
        other.closeAllConnections();
      }
    });

    it("NET-15 a destination that no exit's policy accepts is refused by its reply code", async () => {
      await assert.rejects(socksConnect(home.socksPort, "127.0.0.1", network.origin.port + 1), /SOCKS reply 2/);
    });

    it("NET-23 a relay that drains and is no guard: pushed by the guards, it is left before it stops, and used again when it is back", async () => {
      const guards = (await status()).guards.map(({ nodeId }) => nodeId);
      const inCircuit = async () => (await status()).circuit?.find(({ nodeId }) => !guards.includes(nodeId))?.nodeId;
      await eventually(async () => {
        // A new circuit each time, until one goes through a stranger.
        if ((await inCircuit()) !== undefined) return true;
        await relayOf(guards[0] as string).kill();
        await relayOf(guards[0] as string).start();
        return false;
      }, "a circuit through a relay that is no guard", 60_000);
      const victim = relayOf((await inCircuit()) as string);
      const { child } = victim;
      const stopped = killChild(child, "SIGTERM");
      await eventually(async () => {
        const { circuit } = await status();
        return circuit !== null && circuit.every(({ nodeId }) => nodeId !== victim.nodeId) && (await small());
      }, "it is left");
      assert.deepEqual([child?.exitCode, child?.signalCode], [null, null], "it still drains");
      await victim.kill();
      await stopped;
      await victim.start();
    });

    for (const hop of [2, 1, 0]) {
      const fate = hop === 2 ? "NET-13 kill -9 of the exit: its streams are reset" : `NET-9 kill -9 of hop ${hop + 1}: its streams go on`;
      it(`${fate}, new connections go around it, and it comes back`, async () => {
        await eventually(async () => (await status()).circuits.active >= 2 && (await small()), "two circuits", 30_000);
        const hanging = await socksConnect(home.socksPort, "127.0.0.1", network.origin.port);
        hanging.write("GET /slow HTTP/1.0\r\n\r\n");
        await once(hanging, "readable");
        hanging.resume();
        let closed = false;
        hanging.once("close", () => (closed = true));
        const victim = relayOf((await status()).circuit?.[hop]?.nodeId as string);
        await victim.kill();
        try {
          await eventually(small, "a new connection");
          if (hop === 2) await eventually(async () => closed, "reset");
          await eventually(async () => (await status()).circuit?.every(({ nodeId }) => nodeId !== victim.nodeId) === true, "another lead");
          const before = hanging.bytesRead;
          if (hop < 2) await eventually(async () => closed || hanging.bytesRead > before + 2_000, "it goes on");
          assert.equal(closed, hop === 2, closed ? "closed" : "open");
        } finally {
          hanging.destroy();
          await victim.start();
        }
        await eventually(async () => (await status()).guards.every(({ nodeId, ready }) => ready || nodeId !== victim.nodeId), "the guard is used again", 30_000);
      });
    }

    it("CHN-1 spent channels: streams end instead of standing still, the reason is told, and a top-up is enough to go on", async () => {
      const poor = await network.makeClientHome("poor", { depositWei: String(60n * UNIT_WEI), guards: 2 }, CLIENT_ACCOUNT + 1);
      const process = await startMain("node/client/main.ts", poor.home);
      const poorStatus = () => json<Status>(`${poor.apiUrl}/v1/status`);
      try {
        // 60 units are 20 packets of a three-hop circuit: 2 MB of the 20.
        const body = await socksGet(poor.socksPort, network.origin.port, "/big").catch(() => Buffer.alloc(0));
        assert.ok(body.length < network.origin.bytes.length, "cut off");
        await eventually(
          async () => {
            await socksGet(poor.socksPort, network.origin.port, "/big").catch(() => undefined);
            return /Top them up/.test((await poorStatus()).waitingFor ?? "");
          },
          "says what to do",
          60_000,
        );
        const { channels } = await poorStatus();
        assert.ok(channels.every(({ signedWei }) => BigInt(signedWei) <= 60n * UNIT_WEI), "never signs beyond the deposit");
        const sender = network.chain.sender(CLIENT_ACCOUNT + 1);
        const { X0TToken: token, RelayChannels: address } = network.chain.contracts;
        for (const { channel } of channels) await topUpChannel(sender, { token, channels: address, channel: channel as `0x${string}`, amountWei: X0T });
        await eventually(async () => (await socksGet(poor.socksPort, network.origin.port, "/small")).toString() === "small", "goes on", 20_000);
      } finally {
        await killChild(process);
      }
    });

    it("kill -9 of the client: the next run has the same guards and channels and signs on above its vouchers", async () => {
      const before = await status();
      await killChild(client);
      client = await startMain("node/client/main.ts", home.home);
      await eventually(small, "works again");
      await eventually(async () => (await status()).channels.every(({ channel }) => channel !== null), "channels found");
      const after = await status();
      assert.deepEqual(after.guards.map(({ nodeId }) => nodeId).sort(), before.guards.map(({ nodeId }) => nodeId).sort());
      assert.deepEqual(after.channels.map(({ channel }) => channel).sort(), before.channels.map(({ channel }) => channel).sort());
      assert.ok(BigInt(after.spentWei) >= BigInt(before.spentWei));
      assert.ok(BigInt(after.spentWei) <= BigInt(before.spentWei) + 400n * UNIT_WEI, "no prepay is lost");
    });

    it("a second client of the same home is refused before it touches the vouchers", async () => {
      await assert.rejects(startMain("node/client/main.ts", home.home), /exited with 2: .*X0T_PORT_TAKEN/s);
    });

    it("SIGTERM stops it at once and cleanly", async () => {
      assert.equal(await killChild(client, "SIGTERM"), 0);
    });
  });

  describe("of three relays", () => {
    before(async () => {
      network = await startNetwork(3);
      home = await network.makeClientHome("client", { guards: 3, ipfsUrl: undefined, bootstrap: [network.relays[0]?.bootstrap] });
      client = await startMain("node/client/main.ts", home.home);
    });
    after(async () => {
      await killChild(client);
      await network?.close();
    });

    it("NET-2, NET-18 with one relay's address and no IPFS: works, waits while one is dead, and works again when it is back", async () => {
      await eventually(small, "works");
      const victim = network.relays[1] as TestRelay;
      await victim.kill();
      await eventually(async () => (await status()).circuit === null, "no way around it");
      await victim.start();
      await eventually(small, "works again", 30_000);
    });
  });
});
