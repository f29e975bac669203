/* The events of a life, as data. They become text only for a person to read. */
import { signalName } from "./abi.ts";

/** A system call of the init, or a kill(2) of another program. */
export interface CallEvent {
  readonly kind: "call";
  readonly pid: number;
  readonly name: string;
  readonly args: readonly number[];
  /** The argument that is a path, as text; undefined if the call has none. */
  readonly path: string | null | undefined;
  /** Its result; "running" until it returns, "gone" if it never does. */
  result: number | "running" | "gone";
  /** Whether the result is a fault that a test injected. */
  injected: boolean;
}

/** Something that happened. */
export type Happening =
  | CallEvent
  | { readonly kind: "exec"; readonly pid: number; readonly program: string }
  /** A process ended, by its wait status. */
  | { readonly kind: "end"; readonly pid: number; readonly status: number }
  | { readonly kind: "stop"; readonly pid: number; readonly signal: number; readonly traced: boolean }
  | { readonly kind: "continue"; readonly pid: number }
  | { readonly kind: "trap"; readonly pid: number; readonly message: string }
  /** A terminal sent a signal to its foreground group. */
  | { readonly kind: "terminal"; readonly signal: number; readonly group: number }
  /** A process wrote into a file of a control group. */
  | {
      readonly kind: "write";
      readonly pid: number;
      readonly path: string;
      readonly data: string;
      readonly result: number;
    }
  | { readonly kind: "oom kill"; readonly pid: number }
  /** A seccomp filter ended a process for a system call. */
  | { readonly kind: "refused"; readonly pid: number; readonly call: string }
  /** A control group counted an event of its memory. */
  | { readonly kind: "count"; readonly group: string; readonly event: string }
  /** A test marked a moment. */
  | { readonly kind: "mark"; readonly text: string };

/** The same with its place in the trace, from 0, and when it happened in milliseconds since the start. */
export type Event = Happening & { readonly order: number; readonly time: number };

/** A system call with its place and time. */
export type Called = Extract<Event, CallEvent>;

/** The calls that send a signal to a process, or to a group by the process that leads it: args[1] is the signal. */
const SENDING = ["kill", "rt_sigqueueinfo", "pidfd_send_signal"];

/** A wait status in words. */
export function describeStatus(status: number): string {
  return (status & 0x7f) === 0 ? `exit ${(status >> 8) & 0xff}` : signalName(status & 0x7f);
}

/** One event in words. */
export function describe(event: Event): string {
  switch (event.kind) {
    case "call": {
      const { pid, name, args, path, result, injected } = event;
      const words = args.map((word, index) =>
        index === 1 && SENDING.includes(name) ? signalName(word) : String(word),
      );
      const end = { running: "...", gone: "does not return" };
      const shown = path === undefined ? "" : `  ${JSON.stringify(path)}`;
      const outcome = typeof result === "string" ? end[result] : String(result);
      return `${pid} ${name}(${words.join(", ")}) = ${outcome}${injected ? " (injected)" : ""}${shown}`;
    }
    case "exec":
      return `${event.pid} is now ${event.program}`;
    case "end":
      return `${event.pid} ends: ${describeStatus(event.status)}`;
    case "stop":
      return `${event.pid} stops: ${signalName(event.signal)}${event.traced ? " (traced)" : ""}`;
    case "continue":
      return `${event.pid} continues`;
    case "trap":
      return `${event.pid} traps: ${event.message}`;
    case "terminal":
      return `terminal: ${signalName(event.signal)} to group ${event.group}`;
    case "write":
      return `(${event.pid} writes ${JSON.stringify(event.data)} into ${event.path}: ${event.result})`;
    case "oom kill":
      return `${event.pid} is killed for memory`;
    case "refused":
      return `${event.pid} is ended for ${event.call} by its filter`;
    case "count":
      return `(${event.group} counts ${event.event})`;
    case "mark":
      return `(${event.text})`;
  }
}

/** The trace of a life: its events, in order. */
export class Trace {
  readonly events: Event[] = [];

  /** Adds an event, and returns it with its place and time. */
  add<T extends Happening>(happening: T, time: number): T & { readonly order: number; readonly time: number } {
    const event = { ...happening, order: this.events.length, time };
    this.events.push(event);
    return event;
  }

  /** The events of a kind. */
  of<K extends Event["kind"]>(kind: K): Extract<Event, { kind: K }>[] {
    return this.events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
  }

  /** The system calls of a process, or of all; all of them, or those with these names. */
  calls(pid: number | null = null, ...names: readonly string[]): Called[] {
    return this.of("call").filter(
      (call) => (pid === null || call.pid === pid) && (names.length === 0 || names.includes(call.name)),
    );
  }

  /** Whether a process, or any, has begun this system call. */
  has(pid: number | null, name: string): boolean {
    return this.events.some(
      (event) => event.kind === "call" && event.name === name && (pid === null || event.pid === pid),
    );
  }

  /** The calls by which a process sent a signal: which one is `args[1]`. */
  sent(pid: number): Called[] {
    return this.calls(pid, ...SENDING);
  }

  /** The moment that a test marked with `text`; undefined if there is none. */
  mark(text: string): Event | undefined {
    return this.of("mark").find((mark) => mark.text === text);
  }

  /** The trace for a person to read, or its last `count` lines. */
  text(count = Infinity): string {
    return this.events.slice(-Math.min(count, this.events.length)).map(describe).join("\n");
  }
}
