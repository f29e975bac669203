/** What is printed instead of running a program: all of it, or a sentence on stderr that says why not. */
import { STDOUT } from "../linux/constants";
import { EINTR, EIO, EPIPE } from "../linux/errno";
import * as host from "../linux/host";
import { Log, reportOne } from "../report/report";
import * as line from "../text/line";

/** A line is written in fewer pieces than it has bytes, interruptions included; what takes more is broken. */
const MOST_WRITES: i32 = 2048;

/** Why something could not be printed, as an errno; 0 where all could. Nothing is printed behind that. */
let errno: i32 = 0;

/** Writes the line to `fd`. It may wait for its reader: nothing runs yet. */
export function printLine(fd: i32): void {
  line.end();
  let written = 0;
  for (let writes = 0; writes < MOST_WRITES && written < line.count() && errno === 0; writes++) {
    const result = host.write(fd, line.address() + written, line.count() - written);
    if (result > 0) written += result;
    else if (result !== -EINTR) errno = result === 0 ? EIO : -result;
  }
  if (written < line.count() && errno === 0) errno = EIO;
  line.clear();
}

/** Prints the line to stdout. */
export function print(): void {
  printLine(STDOUT);
}

/** Whether everything could be printed; says so where not, unless the reader has gone, as of `--help | head -1`. */
export function isPrinted(): bool {
  if (errno !== 0 && errno !== EPIPE) reportOne(Log.NOT_PRINTED, errno);
  return errno === 0;
}
