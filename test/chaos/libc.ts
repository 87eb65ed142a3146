import { closeSync, constants, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import type Koffi from "koffi";

const TUN_DEVICE = "/dev/net/tun";
const TUNSETIFF = 0x4004_54ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFNAMSIZ = 16;
const CLONE_NEWNET = 0x4000_0000;
const POLLIN = 1;
const POLLFD_BYTES = 8;

/** The few system calls that Node has not: packets of a TUN device without a thread for each read. */
export interface Libc {
  /** @returns bytes read, or -1 */
  read(fd: number, into: Buffer, bytes: number): number;
  write(fd: number, from: Buffer, bytes: number): number;
  /** Waits until one of the descriptors is readable. @returns whether each is */
  poll(timeoutMs: number): readonly boolean[];
}

/** @returns why this machine cannot make TUN devices; undefined if it can */
export function whyNoTun(): string | undefined {
  if (!existsSync(TUN_DEVICE)) return `${TUN_DEVICE} is missing`;
  try {
    closeSync(openSync(TUN_DEVICE, constants.O_RDWR));
    loadKoffi().load("libc.so.6");
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

/** Opens a TUN device of this name in the current network namespace; reads do not block. */
export function openTun(name: string): number {
  const fd = openSync(TUN_DEVICE, constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(40);
  request.write(name.slice(0, IFNAMSIZ - 1), "latin1");
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, IFNAMSIZ);
  const ioctl = loadKoffi().load("libc.so.6").func("int ioctl(int, unsigned long, void *)") as (...args: unknown[]) => number;
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`No TUN device ${name}: are you root?`);
  return fd;
}

/** Sockets and processes that this thread makes from now on are inside the namespace. @returns how to go back */
export function enterNamespace(name: string): () => void {
  const setns = loadKoffi().load("libc.so.6").func("int setns(int, int)") as (fd: number, type: number) => number;
  const before = openSync("/proc/thread-self/ns/net", constants.O_RDONLY);
  const enter = (fd: number) => {
    const failed = setns(fd, CLONE_NEWNET) !== 0;
    closeSync(fd);
    if (failed) throw new Error(`Network namespace ${name} cannot be entered or left: are you root?`);
  };
  enter(openSync(`/run/netns/${name}`, constants.O_RDONLY));
  return () => enter(before);
}

/** @param fds what `poll` watches */
export function openLibc(fds: readonly number[]): Libc {
  const lib = loadKoffi().load("libc.so.6");
  const read = lib.func("long read(int, void *, unsigned long)") as Libc["read"];
  const write = lib.func("long write(int, void *, unsigned long)") as Libc["write"];
  const ppoll = lib.func("int ppoll(void *, unsigned long, void *, void *)") as (...args: unknown[]) => number;
  const table = Buffer.alloc(POLLFD_BYTES * fds.length);
  for (const [i, fd] of fds.entries()) {
    table.writeInt32LE(fd, i * POLLFD_BYTES);
    table.writeInt16LE(POLLIN, i * POLLFD_BYTES + 4);
  }
  const timeout = Buffer.alloc(16);
  const readable = fds.map(() => false);
  return {
    read,
    write,
    poll(timeoutMs) {
      const seconds = Math.floor(timeoutMs / 1_000);
      timeout.writeUInt32LE(seconds, 0);
      timeout.writeUInt32LE(Math.floor((timeoutMs - seconds * 1_000) * 1e6), 8);
      const count = ppoll(table, fds.length, timeout, null);
      for (let i = 0; i < readable.length; i++) readable[i] = count > 0 && table.readInt16LE(i * POLLFD_BYTES + 6) !== 0;
      return readable;
    },
  };
}

function loadKoffi(): typeof Koffi {
  return createRequire(import.meta.url)("koffi") as typeof Koffi;
}
