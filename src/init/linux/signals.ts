import { SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK } from "./constants";
import * as host from "./host";

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
/** The two that every libc keeps for its threads; nobody else may send them. */
export const SIGCANCEL: i32 = 32;
export const SIGSETXID: i32 = 33;
/** The first and the last real-time signal as programs know them (glibc's and musl's SIGRTMIN; the kernel's is 32). */
export const SIGRTMIN: i32 = 34;
export const SIGRTMAX: i32 = 64;

/** The signals by which a terminal stops process groups. */
export function isTerminalStop(signal: i32): bool {
  return signal === SIGTSTP || signal === SIGTTIN || signal === SIGTTOU;
}

/** What a set of signals looks like to the kernel: signal n is bit n - 1. */
const scratch: usize = zeroed(8);
/** The mask that we were started with; the program gets it back. */
const inherited: usize = zeroed(8);

/** Blocks every signal and remembers the caller's mask. Returns 0 or a negated errno. */
export function blockAll(): i32 {
  store<u64>(scratch, ~(<u64>0));
  return host.rt_sigprocmask(SIG_SETMASK, scratch, inherited);
}

/** Gives the caller's mask back. Returns 0 or a negated errno. */
export function restoreMask(): i32 {
  return host.rt_sigprocmask(SIG_SETMASK, inherited, 0);
}

/** The bit of one signal in a set. */
export function bit(signal: i32): u64 {
  return (<u64>1) << (<u64>signal - 1);
}

/** Lets one signal through that is pending and blocked, so that its default action happens now, and blocks it again. */
export function letThrough(signal: i32): void {
  store<u64>(scratch, bit(signal));
  host.rt_sigprocmask(SIG_UNBLOCK, scratch, 0);
  host.rt_sigprocmask(SIG_BLOCK, scratch, 0);
}

/** The names of the signals 1 to 31 in their order, without SIG. */
const names: usize = text(
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG " +
    "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS ",
);
const NAMED: i32 = 31;

/** The address of a signal's name in `names`; `nameLength` tells where it ends. Signals 1 to 31 alone. */
export function nameOf(signal: i32): usize {
  let at = names;
  while (signal > 1) if (load<u8>(at++) === code(" ")) signal--;
  return at;
}

/** How long the name at `name` is: up to its space. */
export function nameLength(name: usize): i32 {
  let end = name;
  while (load<u8>(end) !== code(" ")) end++;
  return <i32>(end - name);
}

function upper(character: i32): i32 {
  return character >= code("a") && character <= code("z") ? character - 32 : character;
}

/** Whether the bytes from `from` to `to` are `word`, whose letters are capitals; their case does not matter. */
function is(from: usize, to: usize, word: usize, wordLength: i32): bool {
  if (<i32>(to - from) !== wordLength) return false;
  for (let i = 0; i < wordLength; i++) {
    if (upper(load<u8>(from + i)) !== load<u8>(word + i)) return false;
  }
  return true;
}

/** Parses a decimal number of one to three digits. Returns -1 where it is none. */
export function smallNumber(from: usize, to: usize): i32 {
  const digits = <i32>(to - from);
  if (digits < 1 || digits > 3) return -1;
  let value = 0;
  for (; from < to; from++) {
    const digit = <i32>load<u8>(from) - code("0");
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Parses a signal: `TERM`, `SIGTERM`, `15`, `RTMIN`, `RTMIN+3`, `RTMAX-1`, in capitals or not.
 * Returns its number, 1 to 64, or -1 where it is none.
 */
export function parseSignal(from: usize, to: usize): i32 {
  const number = smallNumber(from, to);
  if (number >= 0) return number >= 1 && number <= SIGRTMAX ? number : -1;
  if (to - from > 3 && is(from, from + 3, text("SIG"), 3)) from += 3;
  const length = to - from;
  if (length >= 5) {
    const minimum = is(from, from + 5, text("RTMIN"), 5);
    if (minimum || is(from, from + 5, text("RTMAX"), 5)) {
      const base = minimum ? SIGRTMIN : SIGRTMAX;
      if (length === 5) return base;
      if (load<u8>(from + 5) !== (minimum ? code("+") : code("-"))) return -1;
      const offset = smallNumber(from + 6, to);
      if (offset < 0 || offset > SIGRTMAX - SIGRTMIN) return -1;
      return minimum ? base + offset : base - offset;
    }
  }
  let name = names;
  for (let signal = 1; signal <= NAMED; signal++) {
    const size = nameLength(name);
    if (is(from, to, name, size)) return signal;
    name += size + 1;
  }
  return -1;
}
