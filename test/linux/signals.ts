import { ALL_SIGNALS, bit, KERNEL_SIGRTMIN, SI_KERNEL, SI_USER, SYNCHRONOUS } from "./abi.ts";

/** A signal's information: siginfo_t, sigaction(2). */
export interface SignalInfo {
  readonly signal: number;
  readonly code: number;
  readonly pid: number;
  readonly uid: number;
  /** si_value; the wait status for SIGCHLD. */
  readonly value: bigint;
  /** All 128 bytes, if a process filled them in itself (rt_sigqueueinfo). */
  readonly bytes?: Uint8Array | undefined;
}

/** The size of siginfo_t. */
export const SIGNAL_INFO_SIZE = 128;

/** A signal that a process sends by kill(2). */
export function fromProcess(signal: number, pid: number, uid: number): SignalInfo {
  return { signal, code: SI_USER, pid, uid, value: 0n };
}

/** A signal that the kernel itself sends: a terminal's, or one of an orphaned process group. */
export function fromKernel(signal: number): SignalInfo {
  return { signal, code: SI_KERNEL, pid: 0, uid: 0, value: 0n };
}

/** Writes `info` as a 64-bit little-endian siginfo_t. */
export function encodeSignalInfo(info: SignalInfo, target: Uint8Array): void {
  target.fill(0, 0, SIGNAL_INFO_SIZE);
  if (info.bytes) target.set(info.bytes);
  const view = new DataView(target.buffer, target.byteOffset, SIGNAL_INFO_SIZE);
  view.setInt32(0, info.signal, true);
  view.setInt32(8, info.code, true);
  view.setInt32(16, info.pid, true);
  view.setUint32(20, info.uid, true);
  view.setBigInt64(24, BigInt.asIntN(64, info.value), true);
}

/** Reads a siginfo_t as rt_sigqueueinfo(2) takes it. */
export function decodeSignalInfo(signal: number, source: Uint8Array): SignalInfo {
  const view = new DataView(source.buffer, source.byteOffset, SIGNAL_INFO_SIZE);
  return {
    signal,
    code: view.getInt32(8, true),
    pid: view.getInt32(16, true),
    uid: view.getUint32(20, true),
    value: view.getBigInt64(24, true),
    bytes: source.slice(0, SIGNAL_INFO_SIZE),
  };
}

interface Entry {
  readonly info: SignalInfo;
  readonly uncharge: () => void;
}

/**
 * The pending signals of a process: one of each standard signal, a queue for each real-time one.
 * A signal can be in the set with an empty queue, if there was no room for its information.
 */
export class PendingSignals {
  /** The set of pending signals. */
  set = 0n;
  readonly #queues = new Map<number, { entries: Entry[]; head: number }>();

  /** Adds a signal with its info. `uncharge` is called when it leaves. */
  add(info: SignalInfo, uncharge: () => void): void {
    this.set |= bit(info.signal);
    const queue = this.#queues.get(info.signal);
    if (queue) queue.entries.push({ info, uncharge });
    else this.#queues.set(info.signal, { entries: [{ info, uncharge }], head: 0 });
  }

  /** Adds a signal whose info is lost. */
  addBare(signal: number): void {
    this.set |= bit(signal);
  }

  /** Takes the first pending signal of `mask` in the kernel's order: the synchronous ones, then by number. */
  take(mask: bigint): SignalInfo | null {
    let ready = this.set & mask;
    if (ready === 0n) return null;
    if (ready & SYNCHRONOUS) ready &= SYNCHRONOUS;
    let signal = 1;
    while (!(ready & bit(signal))) signal++;
    const queue = this.#queues.get(signal);
    const entry = queue?.entries[queue.head];
    if (!queue || !entry) {
      this.set &= ~bit(signal);
      return fromProcess(signal, 0, 0);
    }
    queue.head++;
    if (queue.head === queue.entries.length) {
      this.#queues.delete(signal);
      this.set &= ~bit(signal);
    } else if (queue.head === 1024) {
      queue.entries.splice(0, queue.head);
      queue.head = 0;
    }
    entry.uncharge();
    return entry.info;
  }

  /** Drops every pending signal of `mask`. */
  drop(mask: bigint): void {
    while (this.take(mask)) continue;
  }

  /** Drops everything. */
  clear(): void {
    this.drop(ALL_SIGNALS);
  }
}

/** Whether `signal` can be pending several times. */
export function isRealTime(signal: number): boolean {
  return signal >= KERNEL_SIGRTMIN;
}
