import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { AbortOptions, MessageStream, StreamCloseEvent, StreamMessageEvent } from "@libp2p/interface";
import { AbstractMessageStream, type SendResult } from "@libp2p/utils";

type Bytes = StreamMessageEvent["data"];
type ByteList = Exclude<Bytes, Uint8Array>;

/** A libp2p stream as what node:tls can run over; back-pressure goes through both ways. */
export function duplexOf(stream: MessageStream): Duplex {
  let release: (() => void) | undefined;
  const duplex = new Duplex({
    read() {
      stream.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      try {
        if (stream.send(chunk)) done();
        else release = done;
      } catch (error) {
        done(error as Error);
      }
    },
    final(done) {
      stream.close().then(() => done(), done);
    },
    destroy(error, done) {
      release = undefined;
      if (stream.status === "open") stream.abort(error ?? new Error("the tunnel over it closed"));
      done(error);
    },
  });
  stream.pause();
  stream.addEventListener("message", (event: StreamMessageEvent) => {
    if (!pushAll(duplex, event.data)) stream.pause();
  });
  stream.addEventListener("drain", () => {
    const done = release;
    release = undefined;
    done?.();
  });
  stream.addEventListener("close", (event: StreamCloseEvent) => {
    if (event.error === undefined) duplex.push(null);
    duplex.destroy(event.error);
  });
  return duplex;
}

function pushAll(duplex: Duplex, data: Bytes): boolean {
  if (data instanceof Uint8Array) return duplex.push(data);
  let more = true;
  for (const chunk of data) more = duplex.push(chunk);
  return more;
}

/**
 * yamux answers every data frame with a window update. Alone in a TLS record and a packet each would double the cost of
 * a beacon, so they wait for the next write: at most this long, and not once they open this much window.
 */
const WINDOW_DELAY_MS = 600;
const WINDOW_DELAY_BYTES = 65_536;
const YAMUX_HEADER_BYTES = 12;

/** The inside of a TLS tunnel as the stream that libp2p multiplexes. */
class TunnelMessageStream extends AbstractMessageStream {
  readonly #tls: TLSSocket;
  readonly #under: MessageStream;
  #delayed: Uint8Array[] = [];
  #delayedWindow = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tls: TLSSocket, under: MessageStream) {
    super({
      log: under.log,
      inactivityTimeout: under.inactivityTimeout,
      maxReadBufferLength: under.maxReadBufferLength,
      direction: under.direction,
    });
    this.#tls = tls;
    this.#under = under;
    tls.on("data", (chunk: Buffer) => this.onData(chunk));
    tls.on("drain", () => this.safeDispatchEvent("drain"));
    tls.on("close", () => {
      clearTimeout(this.#timer);
      this.onTransportClosed();
      if (under.status === "open") under.abort(new Error("the tunnel closed"));
    });
    under.addEventListener("close", () => tls.destroy());
  }

  async close(options?: AbortOptions): Promise<void> {
    this.#tls.destroySoon();
    await this.#under.close(options);
  }

  sendData(data: ByteList): SendResult {
    const bytes = data.subarray();
    const window = plainWindowUpdate(bytes);
    this.#delayed.push(bytes);
    this.#delayedWindow += window ?? 0;
    if (window === undefined || this.#delayedWindow >= WINDOW_DELAY_BYTES) {
      return { sentBytes: bytes.byteLength, canSendMore: this.#flush() };
    }
    this.#timer ??= setTimeout(() => this.#flush(), WINDOW_DELAY_MS);
    return { sentBytes: bytes.byteLength, canSendMore: true };
  }

  /** One write for all: each write is a TLS record. */
  #flush(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first, ...rest] = this.#delayed.splice(0);
    this.#delayedWindow = 0;
    if (first === undefined || this.#tls.destroyed) return true;
    return this.#tls.write(rest.length === 0 ? first : Buffer.concat([first, ...rest]));
  }

  sendReset(error: Error): void {
    this.#tls.destroy();
    this.#under.abort(error);
  }

  sendPause(): void {
    this.#tls.pause();
  }

  sendResume(): void {
    this.#tls.resume();
  }
}

/** The window that a yamux frame opens, if that is all it does: type 1, no flags. */
function plainWindowUpdate(frame: Uint8Array): number | undefined {
  if (frame.length !== YAMUX_HEADER_BYTES) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return view.getUint32(0) === 0x00010000 ? view.getUint32(8) : undefined;
}

export function messageStreamOf(tls: TLSSocket, under: MessageStream): MessageStream {
  return new TunnelMessageStream(tls, under);
}
