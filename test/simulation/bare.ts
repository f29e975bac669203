/* An init that a test writes itself, on the simulated kernel: for the facts that the simulation relies on. */
import { MEMORY_BASE, MEMORY_END } from "../../scripts/lib/layout.ts";
import { ALL_SIGNALS, SIG_SETMASK } from "../linux/abi.ts";
import { latin1 } from "../linux/files.ts";
import type { Host } from "./host.ts";
import { type Life, simulate, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";

/** The linear memory of such an init: addresses of a few things, and what they hold. */
export class Memory {
  readonly memory = new WebAssembly.Memory({ initial: MEMORY_END / 65536 });
  readonly view = new DataView(this.memory.buffer);
  readonly set = MEMORY_BASE + 16;
  readonly old = MEMORY_BASE + 24;
  readonly status = MEMORY_BASE + 32;
  readonly argument = MEMORY_BASE + 40;
  readonly timeout = MEMORY_BASE + 48;
  readonly info = MEMORY_BASE + 128;
  readonly buffer = MEMORY_BASE + 1024;

  text(text: string, address = MEMORY_BASE + 512): number {
    new Uint8Array(this.memory.buffer).set([...new TextEncoder().encode(text), 0], address);
    return address;
  }

  bytes(address: number, size: number): string {
    return latin1(new Uint8Array(this.memory.buffer, address, size));
  }

  signals(set: bigint): number {
    this.view.setBigUint64(this.set, set, true);
    return this.set;
  }

  milliseconds(value: number): number {
    this.view.setBigInt64(this.timeout, BigInt(Math.floor(value / 1000)), true);
    this.view.setBigInt64(this.timeout + 8, BigInt((value % 1000) * 1_000_000), true);
    return this.timeout;
  }

  queued(code: number, value: bigint): number {
    this.view.setInt32(this.info + 8, code, true);
    this.view.setBigInt64(this.info + 24, value, true);
    return this.info;
  }
}

/** A replacement for the WebAssembly: code that calls the host. */
export type Code = (host: Host, memory: Memory, linux: Linux) => number;

/** Runs `start`, and `child` in its vfork, in place of the init. */
export function run(start: Code, world: Partial<World> = {}, child: Code = () => 0): Life {
  const memory = new Memory();
  return simulate({
    args: ["init", "/bin/app"],
    ...world,
    init: (host, linux) => ({
      memory: memory.memory,
      start: () => start(host, memory, linux),
      child: () => child(host, memory, linux),
    }),
  });
}

/** Blocks every signal, as the init does. */
export function blockAll(host: Host, memory: Memory): void {
  host.rt_sigprocmask(SIG_SETMASK, memory.signals(ALL_SIGNALS), 0);
}
