import { CLOCK_MONOTONIC } from "./constants";
import * as host from "./host";
import { TimeSpec } from "./structs";

const time: TimeSpec = changetype<TimeSpec>(zeroed(TimeSpec));

/** The last call failed: some seccomp filters forbid clock_gettime(2), as libc programs read the clock through the vDSO. */
export let isBroken: bool = false;

/**
 * The time in milliseconds since some moment in the past, without the time that the machine was suspended: a program that is
 * given ten seconds has ten seconds in which it can run. rt_sigtimedwait(2) uses the same clock.
 */
export function now(): i64 {
  isBroken = host.clock_gettime(CLOCK_MONOTONIC, changetype<usize>(time)) < 0;
  return time.seconds * 1000 + time.nanoseconds / 1_000_000;
}
