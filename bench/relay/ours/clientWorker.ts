/** The client as a process: real SOCKS5, one session per credentials. */
import { once } from "node:events";
import { Registry } from "prom-client";
import type { ClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { answerQuestions } from "../answerQuestions.ts";
import { openCircuit, openSession } from "./openSession.ts";
import { pathsOf, type Place } from "./places.ts";

const BUILD_MS = 15_000;

let places: readonly Place[] = [];
const sessions = new Map<string, Promise<ClientSession>>();

function sessionOf(isolationKey: string): Promise<ClientSession> {
  let session = sessions.get(isolationKey);
  if (session === undefined) {
    session = openSession(pathsOf(places), AbortSignal.timeout(BUILD_MS));
    sessions.set(isolationKey, session);
    // A lost session is opened anew by the next request.
    const forget = () => void sessions.delete(isolationKey);
    session.then(({ closed }) => closed.then(forget), forget);
  }
  return session;
}

const socks = createSocksServer({
  host: "127.0.0.1",
  port: 0,
  connect: async (target, isolationKey, signal) => (await sessionOf(isolationKey)).openStream(target, signal),
  log: createLogger("client", "warn"),
  registry: new Registry(),
});

answerQuestions({
  async start(given: readonly Place[]): Promise<number> {
    places = given;
    await sessionOf("");
    return socks.start();
  },
  /** Milliseconds of each of `count` cold builds: nothing is kept from one to the next. */
  async buildCircuits(count: number): Promise<number[]> {
    const took: number[] = [];
    const paths = pathsOf(places);
    for (let i = 0; i < count; i++) {
      const startedMs = performance.now();
      const circuit = await openCircuit(paths[i % paths.length] as Place[], AbortSignal.timeout(BUILD_MS));
      took.push(performance.now() - startedMs);
      const closed = once(circuit.tls, "close");
      circuit.close();
      await closed;
    }
    return took;
  },
});
