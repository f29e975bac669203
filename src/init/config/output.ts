/** Prints to stdout instead of running a program: everything, or a message on stderr says why not. */
import { STDOUT } from "../linux/constants";
import { EINTR, EIO, EPIPE } from "../linux/errno";
import * as host from "../linux/host";
import { Log, reportOne } from "../report/report";
import * as line from "../text/line";

/** How many writes a line may take, with interruptions: more than it has bytes. */
const MOST_WRITES: i32 = 2048;

/** The first error, 0 if there was none. Nothing is printed after it. */
let errno: i32 = 0;

/** Writes the line to `fd`. It may block: nothing runs yet. */
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

/** Whether everything was printed. Reports a failure, unless the reader has gone, as in `--help | head -1`. */
export function isPrinted(): bool {
  if (errno !== 0 && errno !== EPIPE) reportOne(Log.NOT_PRINTED, errno);
  return errno === 0;
}
