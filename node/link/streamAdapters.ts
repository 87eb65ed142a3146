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

/** The inside of a TLS tunnel as the stream that libp2p multiplexes. */
class TunnelMessageStream extends AbstractMessageStream {
  readonly #tls: TLSSocket;
  readonly #under: MessageStream;

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
    // One write for all: each write is a TLS record.
    const bytes = data.subarray();
    return { sentBytes: bytes.byteLength, canSendMore: this.#tls.write(bytes) };
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

export function messageStreamOf(tls: TLSSocket, under: MessageStream): MessageStream {
  return new TunnelMessageStream(tls, under);
}
