import { isTerminalStop, SIGRTMAX, SIGSTOP } from "../linux/signals";

/** Whom a signal is forwarded to. */
export enum ForwardTo {
  CHILD,
  GROUP,
  ALL,
}

/** What separates the program from us. */
export enum Isolate {
  /** A process group of its own, in the foreground of the terminal. */
  GROUP,
  /** A session of its own, with the terminal as its controlling one. */
  SESSION,
  /** Nothing: it shares our group. */
  NONE,
}

/** The effective configuration. */
@unmanaged
export class Config {
  /** The index of the program among the arguments. */
  program: i32 = 0;
  /** How much is logged, FATAL to TRACE. */
  verbosity: i32 = 0;
  forwardTo: ForwardTo = ForwardTo.CHILD;
  isolate: Isolate = Isolate.GROUP;
  /** The signal to pass on when our parent dies, or 0. */
  parentDeathSignal: i32 = 0;
  /** Register as child subreaper where we are not PID 1. */
  subreaper: bool = false;
  /** Name every zombie that is reaped. */
  warnOnReap: bool = false;
  /** Kill the program when we die and are not PID 1. */
  tie: bool = false;
}

export const config: Config = changetype<Config>(zeroed(32, Config));

/** What each exit code becomes, as the XOR of both: 0, which changes nothing, where it is not remapped. */
const remapped: usize = zeroed(256);
/** What each signal becomes when it is forwarded, one byte a signal; only where the user said so, with REWRITTEN, until `settleSignals`. */
const outgoing: usize = zeroed(65);
const REWRITTEN: i32 = 0x80;

/** Makes the exit code `from` become `to`, both 0 to 255. */
export function remapExit(from: i32, to: i32): void {
  store<u8>(remapped + from, <u8>(from ^ to));
}

/** What we exit with where the program ended with `code`, 0 to 255. */
export function exitCodeFor(code: i32): i32 {
  return code ^ (<i32>load<u8>(remapped + code));
}

/** Makes the signal `from`, 1 to 64, become `to`; 0 drops it. */
export function rewriteSignal(from: i32, to: i32): void {
  store<u8>(outgoing + from, <u8>(REWRITTEN | to));
}

/**
 * Settles what each signal becomes. In a session of its own the program's group is orphaned, and the kernel discards the
 * terminal's stop signals for such a group; SIGSTOP it obeys, so they become that where the user said nothing else.
 * Returns the table: one byte for each signal from 0 to 64, 0 to drop it.
 */
export function settleSignals(): usize {
  for (let signal = 1; signal <= SIGRTMAX; signal++) {
    const entry = <i32>load<u8>(outgoing + signal);
    const unless = config.isolate === Isolate.SESSION && isTerminalStop(signal) ? SIGSTOP : signal;
    store<u8>(outgoing + signal, <u8>(entry === 0 ? unless : entry & ~REWRITTEN));
  }
  return outgoing;
}
