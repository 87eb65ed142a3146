import { Duplex } from "node:stream";
import { X0tError } from "../../core/x0tError.ts";
import { createReorder, type Reorder } from "./reorder.ts";

const BUFFER_BYTES = 256 << 10;
/** What waits unread in smaller pieces is joined: each piece of its own would hold memory for a multiple of its bytes. */
const WHOLE_PIECE_BYTES = 8_192;
const JOINED_BYTES = 16_384;
const PULL_BYTES = 64 << 10;
const EMPTY: Buffer = Buffer.alloc(0);

/** What a stream asks of its session. */
export interface StreamEngine {
  /** The stream may have something to send. */
  wake(stream: SessionStream): void;
  /** The application took bytes: the other side may be allowed more. */
  consumed(stream: SessionStream): void;
  /** The stream is over; `code` is what RESET should say, undefined if nothing must be said. */
  dropped(stream: SessionStream, code: number | undefined): void;
}

/**
 * One stream of a session as a Duplex: end() sends FIN, destroy() sends RESET, 'end' means the other side's FIN,
 * and an error with code X0T_STREAM_RESET or X0T_CIRCUIT_LOST everything else (NET-5, NET-11).
 */
export class SessionStream extends Duplex {
  readonly id: number;
  /** Bytes given to the circuit so far, and how far the other side allows. */
  sendNext = 0;
  sendLimit: number;
  finSent = false;
  /** Bytes received so far, and how far this side allowed. */
  receiveNext = 0;
  receiveLimit: number;
  /** Where the other side's bytes end, once its FIN came. */
  finalOffset: number | undefined;
  /** All of them are here. */
  finReceived = false;
  /** How far the other side has told that it has them. */
  acknowledged = 0;
  /** Ended before both sides' FIN: nothing of it need be sent again. */
  aborted = false;
  /** Bytes that the other side may have under way: grows while the application keeps up. */
  window: number;
  /** What the application had taken, and when, when a window's worth was last counted (performance.now). */
  taken = { bytes: 0, atMs: 0 };
  ackDue = false;
  /** Waits in the session's round. */
  queued = false;
  /** What RESET says if the application destroys the stream. */
  resetCode: number;

  #engine: StreamEngine;
  #chunks: Buffer[] = [];
  #chunkAt = 0;
  #pendingBytes = 0;
  #written: ((error?: Error | null) => void) | undefined;
  #finished: ((error?: Error | null) => void) | undefined;
  #silent = false;
  #joined = EMPTY;
  #joinedBytes = 0;
  #reorder: Reorder | undefined;
  #sink: ((bytes: Buffer) => boolean) | undefined;
  #sinkFull = false;

  constructor(engine: StreamEngine, options: { id: number; sendLimit: number; window: number; resetCode: number }) {
    super({ allowHalfOpen: true, readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#engine = engine;
    this.id = options.id;
    this.sendLimit = options.sendLimit;
    this.window = options.window;
    this.receiveLimit = options.window;
    this.resetCode = options.resetCode;
  }

  /** Bytes that could be sent now. */
  get sendable(): number {
    return Math.min(this.#pendingBytes, this.sendLimit - this.sendNext);
  }

  /** All bytes are sent and the application ended its side. */
  get finDue(): boolean {
    return this.#finished !== undefined && this.#pendingBytes === 0 && !this.finSent;
  }

  /** Bytes received that the application has not taken. */
  get unread(): number {
    return this.readableLength + this.#joinedBytes;
  }

  /**
   * Bytes of the other side, in whatever order they come and however often (NET-9).
   * @returns false if too much waits for what is missing
   */
  receiveAt(offset: number, bytes: Buffer): boolean {
    if (offset > this.receiveNext) {
      this.#reorder ??= createReorder();
      return this.#reorder.put(offset, bytes, this.window);
    }
    if (offset + bytes.length > this.receiveNext) {
      const fresh = bytes.subarray(this.receiveNext - offset);
      this.receiveNext += fresh.length;
      this.receive(fresh);
      for (let next = this.#reorder?.take(this.receiveNext); next !== undefined; next = this.#reorder?.take(this.receiveNext)) {
        this.receiveNext += next.length;
        this.receive(next);
      }
    }
    this.endIfComplete();
    return true;
  }

  /** The other side's FIN counts once every byte before it is here. */
  endIfComplete(): void {
    if (this.finalOffset !== this.receiveNext || this.finReceived) return;
    this.finReceived = true;
    this.receive(null);
  }

  /** The next bytes of the other side, not to be kept; null = its FIN. */
  receive(bytes: Buffer | null): void {
    if (bytes === null) {
      this.#pushJoined();
      this.push(null);
      if (this.#sink !== undefined && !this.#sinkFull) this.pull();
      return;
    }
    if (this.#sink !== undefined && !this.#sinkFull) {
      this.#sinkFull = !this.#sink(bytes);
      return;
    }
    if (this.readableLength === 0 || bytes.length >= WHOLE_PIECE_BYTES) {
      this.#pushJoined();
      this.push(Buffer.from(bytes));
      return;
    }
    if (this.#joinedBytes + bytes.length > this.#joined.length) {
      this.#pushJoined();
      this.#joined = Buffer.allocUnsafeSlow(JOINED_BYTES);
    }
    this.#joinedBytes += bytes.copy(this.#joined, this.#joinedBytes);
  }

  /**
   * From now on what comes goes to `sink` at once, which copies it, instead of being read; 'end' comes as ever.
   * @param sink returns false if it wants no more before `pull()`
   */
  deliver(sink: (bytes: Buffer) => boolean): void {
    this.#sink = sink;
    this.pull();
  }

  /** The sink takes bytes again. */
  pull(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#sinkFull = false;
    // Piece by piece: all at once would be joined to one.
    const next = () => this.read(Math.min(this.unread, PULL_BYTES) || undefined);
    for (let bytes = next(); bytes !== null; bytes = next()) {
      if (sink(bytes)) continue;
      this.#sinkFull = true;
      return;
    }
  }

  #pushJoined(): void {
    if (this.#joinedBytes === 0) return;
    const joined = this.#joined.subarray(0, this.#joinedBytes);
    this.#joined = EMPTY;
    this.#joinedBytes = 0;
    this.push(joined);
  }

  /** Moves up to `max` sendable bytes into `to`; returns how many. The caller frames them before anything else runs. */
  takeInto(to: Buffer, at: number, max: number): number {
    let left = Math.max(0, Math.min(max, this.sendable));
    const taken = left;
    while (left > 0) {
      const chunk = this.#chunks[0] as Buffer;
      const count = Math.min(left, chunk.length - this.#chunkAt);
      chunk.copy(to, at, this.#chunkAt, this.#chunkAt + count);
      at += count;
      left -= count;
      this.#chunkAt += count;
      if (this.#chunkAt < chunk.length) break;
      this.#chunks.shift();
      this.#chunkAt = 0;
    }
    this.#pendingBytes -= taken;
    this.sendNext += taken;
    return taken;
  }

  /** The other side's first word on how much it takes, where its bytes came before it. */
  allow(limit: number): void {
    this.sendLimit = Math.max(this.sendLimit, limit);
    this.#engine.wake(this);
  }

  /** Tells the application that what it wrote has left; may write more at once. */
  settleWrites(): void {
    if (this.#pendingBytes > 0 || this.#written === undefined) return;
    const written = this.#written;
    this.#written = undefined;
    written();
  }

  settleFin(): void {
    this.finSent = true;
    this.#finished?.();
  }

  /** Ends the stream without a RESET: the other side or the circuit already did. */
  lose(error: X0tError): void {
    this.#silent = true;
    this.destroy(error);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    this.#queue([chunk], written);
  }

  override _writev(items: { chunk: Buffer }[], written: (error?: Error | null) => void): void {
    this.#queue(items.map(({ chunk }) => chunk), written);
  }

  override _final(finished: (error?: Error | null) => void): void {
    this.#finished = finished;
    this.#engine.wake(this);
  }

  override _read(): void {
    this.#engine.consumed(this);
  }

  /** Every way to read but a flowing stream's shortcut passes here: a full window opens again as the application reads. */
  override read(size?: number): Buffer | null {
    // read(0) only looks whether more is wanted.
    if (size !== 0) this.#pushJoined();
    const chunk = super.read(size) as Buffer | null;
    if (chunk !== null) this.#engine.consumed(this);
    return chunk;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#chunks = [];
    this.#pendingBytes = 0;
    this.#joinedBytes = 0;
    this.#joined = EMPTY;
    this.#reorder = undefined;
    this.aborted = !this.finSent || !this.finReceived;
    this.#engine.dropped(this, this.#silent || !this.aborted ? undefined : this.resetCode);
    const written = this.#written ?? this.#finished;
    this.#written = undefined;
    if (written !== undefined && !this.finSent) written(error ?? streamReset(this.resetCode));
    done(error);
  }

  #queue(chunks: Buffer[], written: (error?: Error | null) => void): void {
    this.#chunks = chunks.filter((chunk) => chunk.length > 0);
    this.#chunkAt = 0;
    this.#pendingBytes = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#written = written;
    if (this.#pendingBytes === 0) queueMicrotask(() => this.settleWrites());
    else this.#engine.wake(this);
  }
}

export function streamReset(code: number): X0tError {
  return new X0tError("X0T_STREAM_RESET", `The connection was reset (code ${code}).`, { retryable: true, data: { code } });
}

export function circuitLost(): X0tError {
  return new X0tError("X0T_CIRCUIT_LOST", "The circuit was lost, and its connections with it. Connect again.", { retryable: true });
}
