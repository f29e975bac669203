import { CLOCK_MONOTONIC } from "./constants";
import * as host from "./host";
import { TimeSpec } from "./structs";

const time: TimeSpec = changetype<TimeSpec>(zeroed(TimeSpec));

/** The clock could not be asked the last time: a filter that lets only the vDSO's clock through. */
export let isBroken: bool = false;

/**
 * The time in milliseconds since some moment in the past, without the time that the machine slept: a program that was to
 * have ten seconds gets ten seconds in which it can run. rt_sigtimedwait(2) counts by the same clock.
 */
export function now(): i64 {
  isBroken = host.clock_gettime(CLOCK_MONOTONIC, changetype<usize>(time)) < 0;
  return time.seconds * 1000 + time.nanoseconds / 1_000_000;
}
