/** The settings in effect: the value of each option, and where it was set. */
import { NAME_BYTES } from "../linux/cgroup";
import { bit, isKey, isTerminalStop, SIGRTMAX, SIGSTOP, SIGWINCH } from "../linux/signals";
import { FILE } from "../report/report";
import { zero } from "../text/bytes";
import { ForwardTo, Id, Isolate, Kind, Option, OPTIONS, Summary, Wait } from "./options";
import { clearCapabilities } from "./capabilities";
import { clearRlimits } from "./rlimits";
import { forgetTexts } from "./texts";
import { Text, UserBytes } from "../text/views";

/** The unit of sizes, in bytes: the kernel counts memory in pages. */
export const SIZE_UNIT: i32 = 4096;
/** The period of a quota of CPU time, in microseconds: the kernel's default, and that of --cpu-max. */
export const CPU_PERIOD: i32 = 100_000;
export let cpuPeriod: i32 = 100_000;
/** The text of --cpuset-cpus, and the name of our control group. */
export const TEXT_BYTES: i32 = NAME_BYTES;
export const cpus: Text = zeroed(TEXT_BYTES + 1);
export const groupName: Text = zeroed(TEXT_BYTES + 1);

/** What --healthcheck asks for, as the user wrote it: `http:8080/health`. */
export const PROBE_BYTES: i32 = 800;
export const probe: UserBytes = zeroedCold(PROBE_BYTES + 1);

/** Sets the period of --cpu-max. */
export function setCpuPeriod(period: i32): void {
  cpuPeriod = period;
}

/** A value and a source for each option. */
const values: usize = zeroed(OPTIONS * sizeof<i32>());
const sources: usize = zeroed(OPTIONS * sizeof<i32>());

const EXIT_CODES: i32 = 256;
const BYTE_BITS: i32 = 8;
/** What we exit with for each exit code of the program, one byte a code; `clearExitCodes` sets the defaults. */
const exitCodes: usize = zeroed(EXIT_CODES);
/** The exit codes of --restart-except, one bit each. */
const finalCodes: usize = zeroed(EXIT_CODES / BYTE_BITS);
/** What each signal becomes when it is forwarded, one byte a signal. Until `settleSignals`, 0 or REWRITTEN and what the user wants. */
const outgoing: usize = zeroed(SIGRTMAX + 1);
const REWRITTEN: i32 = 0x80;

/** The value of an option; its kind says what the number means. */
export function get(id: i32): i32 {
  check(id >= 0 && id < OPTIONS);
  return load<i32>(values + ((<usize>id) << 2));
}

/** Sets the value of an option. */
export function set(id: i32, value: i32): void {
  check(id >= 0 && id < OPTIONS);
  store<i32>(values + ((<usize>id) << 2), value);
}

/** A set as the kernel has it: bit 0 is signal 1. */
let stopSignals: u64 = 0;

/** The signals that start the stop sequence. */
export function getStopSignals(): u64 {
  return stopSignals;
}

/** Makes one more signal start the stop sequence. */
export function addStopSignal(signal: i32): void {
  stopSignals |= bit(signal);
}

/**
 * Where an option was set: the index of an argument (1 and up), -1 - the index of an environment entry, or FILE + the
 * number of a line; 0 if it was not.
 */
export function sourceOf(id: i32): i32 {
  check(id >= 0 && id < OPTIONS);
  return load<i32>(sources + ((<usize>id) << 2));
}

/** Whether an option was set. */
export function isSet(id: i32): bool {
  return sourceOf(id) !== 0;
}

/** Sets where an option was set, as in `sourceOf`. */
export function setSource(id: i32, source: i32): void {
  check(id >= 0 && id < OPTIONS);
  store<i32>(sources + ((<usize>id) << 2), source);
}

/** The precedence of a source: 1 the file, 2 the environment, 3 the arguments; 0 the default. */
export function rank(source: i32): i32 {
  return source >= FILE ? 1 : source < 0 ? 2 : source > 0 ? 3 : 0;
}

/** Makes each exit code of the program our own: the default. */
export function clearExitCodes(): void {
  for (let code = 0; code < EXIT_CODES; code++) store<u8>(exitCodes + code, <u8>code);
}

/** Empties a list: a source that overrides another begins it anew. */
export function clearList(row: Option): void {
  if (row.kind === Kind.REWRITE) zero(outgoing, bytesOf(outgoing));
  else if (row.kind === Kind.REMAP) clearExitCodes();
  else if (row.kind === Kind.RLIMITS) clearRlimits();
  else if (row.kind === Kind.CAPABILITIES) clearCapabilities(row.sets);
  else if (row.kind > Kind.RLIMITS) forgetTexts(row.sets);
  else if (row.kind === Kind.CODES) zero(finalCodes, bytesOf(finalCodes));
  else stopSignals = 0;
}

/** Makes the exit code `from` become `to`, both 0 to 255. */
export function remapExit(from: i32, to: i32): void {
  check(from >= 0 && from < EXIT_CODES);
  check(to >= 0 && to < EXIT_CODES);
  store<u8>(exitCodes + from, <u8>to);
}

/** What we exit with if the program's exit code is `code`, 0 to 255. */
export function exitCodeFor(code: i32): i32 {
  check(code >= 0 && code < EXIT_CODES);
  return load<u8>(exitCodes + code);
}

/** Adds an exit code, 0 to 255, after which the program is not restarted. */
export function addFinalCode(code: i32): void {
  check(code >= 0 && code < EXIT_CODES);
  const byte = finalCodes + (code >> 3);
  const known = <i32>load<u8>(byte);
  store<u8>(byte, <u8>(known | (1 << (code & 7))));
}

/** Whether the program is not restarted after the exit code `code`, 0 to 255. */
export function isFinalCode(code: i32): bool {
  check(code >= 0 && code < EXIT_CODES);
  return ((<i32>load<u8>(finalCodes + (code >> 3))) & (1 << (code & 7))) !== 0;
}

/** Makes the signal `from`, 1 to 64, become `to`; 0 drops it. */
export function rewriteSignal(from: i32, to: i32): void {
  check(from >= 1 && from <= SIGRTMAX);
  check(to >= 0 && to <= SIGRTMAX);
  store<u8>(outgoing + from, <u8>(REWRITTEN | to));
}

/** What the user wants a signal to become, or -1 if that is not set. Before `settleSignals`. */
export function rewritten(signal: i32): i32 {
  check(signal >= 1 && signal <= SIGRTMAX);
  const entry = <i32>load<u8>(outgoing + signal);
  return entry === 0 ? -1 : entry & ~REWRITTEN;
}

/**
 * Settles what each signal becomes. In a session of its own, the program's group is orphaned, and the kernel discards the
 * terminal's stop signals for such a group, but not SIGSTOP: so they become that, unless the user rewrites them.
 */
export function settleSignals(): void {
  for (let signal = 1; signal <= SIGRTMAX; signal++) {
    const said = rewritten(signal);
    const unless = get(Id.ISOLATE) === Isolate.SESSION && isTerminalStop(signal) ? SIGSTOP : signal;
    store<u8>(outgoing + signal, <u8>(said < 0 ? unless : said));
  }
}

/** Whether the user rewrote a signal that the terminal sends. */
export function rewritesKeys(): bool {
  for (let signal = 1; signal <= SIGWINCH; signal++) {
    const becomes = forwardedAs(signal);
    const isStop = get(Id.ISOLATE) === Isolate.SESSION && becomes === SIGSTOP && isTerminalStop(signal);
    if (isKey(signal) && becomes !== signal && !isStop) return true;
  }
  return false;
}

/**
 * Whether an option needs the signals of the terminal's keys to come to us, not just to the program. --timeout does not:
 * it ends the run by itself, and a key that only the program sees leaves it in force.
 */
export function concernsKeys(): bool {
  if (get(Id.FORWARD_TO) === ForwardTo.ALL || rewritesKeys()) return true;
  const saysMore = get(Id.DELAY) > 0 || get(Id.GRACE) >= 0 || get(Id.RESTART) !== 0 || get(Id.WAIT) !== Wait.MAIN;
  if (!saysMore) return false;
  for (let signal = 1; signal <= SIGWINCH; signal++) if (isKey(signal) && stopSignals & bit(signal)) return true;
  return false;
}

/** What `signal`, 1 to 64, becomes when it is forwarded; 0 if it is dropped. After `settleSignals`. */
export function forwardedAs(signal: i32): i32 {
  check(signal >= 1 && signal <= SIGRTMAX);
  return load<u8>(outgoing + signal);
}

/** Whether the end of the run is summarized: --summary, --summary-file. */
export function isSummarized(): bool {
  return get(Id.SUMMARY) !== Summary.NONE || isSet(Id.SUMMARY_FILE);
}
