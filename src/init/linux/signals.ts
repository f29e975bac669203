import { SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK } from "./constants";
import { indexIn } from "../text/bytes";
import * as host from "./host";
import { SIGNAL_SET_BYTES } from "./structs";
import { Text } from "../text/views";

/** Signal numbers: include/uapi/asm-generic/signal.h. */
export const SIGHUP: i32 = 1;
export const SIGINT: i32 = 2;
export const SIGQUIT: i32 = 3;
export const SIGTRAP: i32 = 5;
export const SIGKILL: i32 = 9;
export const SIGTERM: i32 = 15;
export const SIGCHLD: i32 = 17;
export const SIGCONT: i32 = 18;
export const SIGSTOP: i32 = 19;
export const SIGTSTP: i32 = 20;
export const SIGTTIN: i32 = 21;
export const SIGTTOU: i32 = 22;
export const SIGWINCH: i32 = 28;
export const SIGIO: i32 = 29;
/** The two signals that every libc reserves for its threads (signal(7)). */
export const SIGCANCEL: i32 = 32;
export const SIGSETXID: i32 = 33;
/** The first and the last real-time signal as programs know them (glibc's and musl's SIGRTMIN; the kernel's is 32). */
export const SIGRTMIN: i32 = 34;
export const SIGRTMAX: i32 = 64;

/** The signals by which a terminal stops process groups. */
export function isTerminalStop(signal: i32): bool {
  return signal === SIGTSTP || signal === SIGTTIN || signal === SIGTTOU;
}

/** The signals that a terminal sends to its foreground group for a key, and for a change of its size. */
export function isKey(signal: i32): bool {
  return signal === SIGINT || signal === SIGQUIT || signal === SIGTSTP || signal === SIGWINCH;
}

/** A set of signals for the kernel: signal n is bit n - 1. */
const scratch: usize = zeroed(SIGNAL_SET_BYTES);
/** The mask that we were started with; the program gets it back. */
const inherited: usize = zeroed(SIGNAL_SET_BYTES);

/** Blocks every signal, and saves the mask that we inherited. Returns 0 or a negated errno. */
export function blockAll(): i32 {
  store<u64>(scratch, ~(<u64>0));
  return host.rt_sigprocmask(SIG_SETMASK, scratch, inherited);
}

/** Whether a signal is ignored: by us, and so by the program. */
export function isIgnored(signal: i32): bool {
  const result = host.rt_sigaction(signal, 0);
  if (result === 1) host.rt_sigaction(signal, 1);
  return result === 1;
}

/** Restores the mask that we inherited. Returns 0 or a negated errno. */
export function restoreMask(): i32 {
  return host.rt_sigprocmask(SIG_SETMASK, inherited, 0);
}

/** The bit of one signal in a set. */
export function bit(signal: i32): u64 {
  return (<u64>1) << (<u64>signal - 1);
}

/** Unblocks a pending signal for a moment, so that its default action happens now. */
export function letThrough(signal: i32): void {
  store<u64>(scratch, bit(signal));
  host.rt_sigprocmask(SIG_UNBLOCK, scratch, 0);
  host.rt_sigprocmask(SIG_BLOCK, scratch, 0);
}

/** The names of the signals 1 to 31 in this order, without SIG, separated by bars. */
export const SIGNAL_NAMES: Text = cString(
  "HUP|INT|QUIT|ILL|TRAP|ABRT|BUS|FPE|KILL|USR1|SEGV|USR2|PIPE|ALRM|TERM|STKFLT|CHLD|CONT|STOP|TSTP|TTIN|TTOU|URG|" +
    "XCPU|XFSZ|VTALRM|PROF|WINCH|IO|PWR|SYS",
);
/** The length of `RTMIN` and `RTMAX`. */
const REAL_TIME_LETTERS: usize = 5;

/** Parses a decimal number of one to three digits. Returns -1 if it is not one. */
export function smallNumber(from: usize, to: usize): i32 {
  const digits = <i32>(to - from);
  if (digits < 1 || digits > 3) return -1;
  let value = 0;
  for (; from < to; from++) {
    const digit = <i32>load<u8>(from) - char("0");
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Parses a signal: `TERM`, `SIGTERM`, `15`, `RTMIN`, `RTMIN+3`, `RTMAX-1`, in upper or lower case.
 * Returns its number, 1 to 64; or -1 if it is not a signal, or one of the two that the libc reserves, which reach no handler.
 */
export function parseSignal(from: usize, to: usize): i32 {
  const number = smallNumber(from, to);
  if (number === SIGCANCEL || number === SIGSETXID) return -1;
  if (number >= 0) return number >= 1 && number <= SIGRTMAX ? number : -1;
  if (to - from > 3 && indexIn(from, from + 3, cString("SIG")) === 0) from += 3;
  const index = indexIn(from, to, SIGNAL_NAMES);
  if (index >= 0) return index + 1;
  const behind = from + REAL_TIME_LETTERS;
  const isMaximum = behind > to ? -1 : indexIn(from, behind, cString("RTMIN|RTMAX"));
  if (isMaximum < 0) return -1;
  const base = isMaximum === 1 ? SIGRTMAX : SIGRTMIN;
  if (behind === to) return base;
  const offset = smallNumber(behind + 1, to);
  if (load<u8>(behind) !== (isMaximum === 1 ? char("-") : char("+")) || offset < 0 || offset > SIGRTMAX - SIGRTMIN)
    return -1;
  return isMaximum === 1 ? base - offset : base + offset;
}
