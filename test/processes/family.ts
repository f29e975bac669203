/** A program with relatives under the init (test/programs/family.c), and their output with the init's log, in order. */
import { patience } from "../patience.ts";
import type { Init, Launch } from "./namespace.ts";
import { program, start } from "./subject.ts";

/** Both ways to run the init. */
export const both: readonly (readonly [string, "pid1" | "process"])[] = [
  ["as PID 1", "pid1"],
  ["as a process", "process"],
];

/** The init's lines without their prefix, the program's unchanged. */
export function story(text: string): string[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.replace(/^\[(INFO|WARN|DEBUG|FATAL) *tini-ts \(\d+\)\] /, "$1: "));
}

/**
 * Starts a program with the init's log at INFO in the program's own stream, so that `init.stdout` has both in the order of
 * events.
 */
export async function startTold(
  options: readonly string[],
  command: readonly string[],
  launch: Omit<Launch, "binary" | "arguments"> = {},
): Promise<Init> {
  return start(["-v", ...options, "--", ...command], {
    ...launch,
    inherit: ["duplicate=2:1", ...(launch.inherit ?? [])],
  });
}

/** Starts `family` and waits until all are ready. */
export async function startFamily(
  options: readonly string[],
  words: readonly string[],
  launch: Omit<Launch, "binary" | "arguments"> = {},
): Promise<Init> {
  const init = await startTold(options, [program("family"), ...words], launch);
  await init.says(/^main is ready$/m);
  return init;
}

/** The log at INFO of an init that kills a program after a time-out: the control for absent lines elsewhere. */
export async function killedInTheEnd(): Promise<string> {
  await using init = await startFamily([`--grace=${patience(50)}ms`], ["--deaf"]);
  init.signal("SIGTERM");
  return (await init.finish()).stdout;
}

/** The output of `count-signals` for these signals: the control for its absence elsewhere. */
export async function countsEach(...signals: readonly string[]): Promise<string> {
  await using init = await startTold([], [program("count-signals"), "--each"]);
  await init.says(/^ready$/m);
  for (const [index, signal] of signals.entries()) {
    init.signal(signal);
    await init.repeats(/^signal \d+ /, index + 1);
  }
  return init.stdout.text;
}

/** The main child's pid outside the namespace, if it is the init's only child. */
export function hostPidOfProgram(init: Init): number {
  const pid = Number(init.file(`task/${init.pid}/children`));
  // kill(2) would take 0 for our own process group.
  if (!(pid > 0)) throw new Error(`not one child\n${init.describe()}`);
  return pid;
}
