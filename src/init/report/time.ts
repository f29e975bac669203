/** The current time in the form of RFC 3339. */
import { CLOCK_REALTIME } from "../linux/constants";
import * as host from "../linux/host";
import { TimeSpec } from "../linux/structs";
import * as line from "../text/line";

const DAY_SECONDS: i32 = 86_400;

/** A `TimeSpec`. */
const CLOCK_BYTES: i32 = 2 * sizeof<i64>();
const clock: TimeSpec = changetype<TimeSpec>(zeroed(CLOCK_BYTES));

/** Appends a number with as many digits as `least` has (1000 for four), and the character `behind`. */
function padded(value: i32, least: i32, behind: i32): void {
  for (; least > 0; least /= 10) line.byte(char("0") + ((value / least) % 10));
  line.byte(behind);
}

/** Appends the date of a day, given as the number of days since 1970-01-01. */
function date(days: i32): void {
  let year = 1970;
  let february = 28;
  // The kernel's clock ends in 2262.
  for (; year < 9999; year++) {
    // Of the last years of the centuries, only every fourth is a leap year.
    february = (year & (year % 25 === 0 ? 15 : 3)) === 0 ? 29 : 28;
    if (days < 337 + february) break;
    days -= 337 + february;
  }
  // As if February had 30 days: then (367 m - 362) / 12 days precede month m, counted from 1.
  if (days > 30 + february) days += 30 - february;
  const month = (12 * days + 373) / 367;
  padded(year, 1000, char("-"));
  padded(month, 10, char("-"));
  padded(days - (367 * month - 362) / 12 + 1, 10, char("T"));
}

/** Appends the time in UTC with milliseconds: `2026-11-30T17:05:09.123Z`; without a clock it is that of 1970-01-01. */
export function time(): void {
  if (host.clock_gettime(CLOCK_REALTIME, changetype<usize>(clock)) < 0) clock.seconds = 0;
  date(<i32>(clock.seconds / DAY_SECONDS));
  const second = <i32>(clock.seconds % DAY_SECONDS);
  padded(second / 3600, 10, char(":"));
  padded((second / 60) % 60, 10, char(":"));
  padded(second % 60, 10, char("."));
  padded(<i32>(clock.nanoseconds / 1_000_000), 100, char("Z"));
}
