/** Shell programs that the containers run, in words that busybox's sh knows. */

/** A process to wait for that also survives a signal to the group: the tests send HUP to it. */
export const SLEEP = "(trap '' HUP; exec sleep 100000)";

/**
 * Prints `ready`, then waits for signals forever. It waits for a child with `wait`, which a signal interrupts, so that a trap
 * runs at once; a shell lets a program in the foreground end first.
 */
export function waiting(...traps: string[]): string[] {
  return ["sh", "-c", `${traps.join("\n")}\n${SLEEP} & echo ready; while :; do wait $!; done`];
}

/** Every signal that a process can catch: all but KILL, STOP, CHLD, and 32 and 33, which the C library keeps. */
export const CATCHABLE: readonly number[] = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (signal) => ![9, 17, 19, 32, 33].includes(signal),
);

/** Starts a process that is an orphan at once, and prints its id; its outputs are closed, so that no reader waits for it. */
export const ORPHAN = "sh -c 'tail -f /dev/null >/dev/null 2>&1 & echo $!'";

/** The log line of an init with this pid at its end if one process still runs, such as the sleep of a script. */
export const leavesOne = (pid: number): string =>
  `[WARN  tini-ts (${pid})] Processes that still run as it ends: 1 (--wait=all waits for them, --linger gives them time to end)\n`;
