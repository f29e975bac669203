/** Runs native/driver.c and reads what it prints. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Contender } from "./contenders.ts";
import type { NativePrograms } from "./native.ts";

type ArgumentsOf = (contender: Contender) => string[];

function contenderWords(contenders: readonly Contender[], argumentsOf: ArgumentsOf): string[] {
  return contenders.flatMap((each) => ["+", each.path, ...argumentsOf(each)]);
}

/** The name of the program without an init among the samples, if that is measured too. */
export const bare = "bare";

/** Each contender's samples, by name, in the order of measurement. */
export class Samples {
  private readonly byName = new Map<string, number[]>();

  /** Reads the driver's output: lines of a contender's number, from 1, and a figure. */
  constructor(text: string, contenders: readonly Contender[]) {
    const names = [bare, ...contenders.map((each) => each.name)];
    for (const line of text.trimEnd().split("\n")) {
      const [index, figure] = line.split(" ").map(Number);
      const name = names[index ?? NaN];
      if (name === undefined || figure === undefined) throw new Error(`the driver said ${JSON.stringify(line)}`);
      const figures = this.byName.get(name);
      if (figures) figures.push(figure);
      else this.byName.set(name, [figure]);
    }
  }

  /** All figures of this name. Throws if there are none. */
  of(name: string): readonly number[] {
    const figures = this.byName.get(name);
    if (!figures) throw new Error(`nothing was measured of ${name}`);
    return figures;
  }
}

/**
 * Runs the driver to its end and returns its samples. Throws its error message if it failed.
 * Standard input is /dev/null: no contender then has a terminal to look after.
 */
export function runDriver(
  driver: string,
  words: (string | number)[],
  contenders: readonly Contender[],
  argumentsOf: ArgumentsOf,
): Samples {
  const done = spawnSync(driver, [...words.map(String), ...contenderWords(contenders, argumentsOf)], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (done.status !== 0) throw new Error(`driver ${words[0]}: ${done.error?.message ?? done.stderr.trim()}`);
  return new Samples(done.stdout, contenders);
}

/** Ends everything that was started, and waits until it is gone. */
export async function stop(running: ChildProcess): Promise<void> {
  running.stdin?.end();
  if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
}

/**
 * Starts each contender as PID 1 of a PID namespace with a program that sleeps, runs `body` with their pids in our own
 * PID namespace, by name, when all of them are at rest, and ends them.
 */
export async function withIdle<T>(
  programs: NativePrograms,
  contenders: readonly Contender[],
  body: (pidOf: (name: string) => number) => T | Promise<T>,
): Promise<T> {
  const words = contenderWords(contenders, (each) => each.asPidOne);
  const running = spawn(programs.driver, ["idle", programs.workload, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const lines: string[] = [];
    for await (const line of createInterface({ input: running.stdout })) {
      if (lines.push(line) < contenders.length) continue;
      const pids = new Samples(lines.join("\n"), contenders);
      return await body((name) => pids.of(name)[0] ?? NaN);
    }
    throw new Error("driver idle: an init did not start");
  } finally {
    await stop(running);
  }
}
