/** The small C programs that measure, or that run under the inits. They are compiled anew for each run, within a second. */

import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The folder for all files of a benchmark run. */
export const buildFolder = join(root, "build/benchmark");

/** Absolute paths of the compiled programs. */
export interface NativePrograms {
  /** Measures: see the head of native/driver.c. */
  driver: string;
  /** Runs under the inits: see the head of native/workload.c. */
  workload: string;
  /** Ends at once with 0, without a libc. */
  true: string;
}

const compilerFlags = {
  driver: ["-O2"],
  workload: ["-O2", "-static"],
  // One page, mapped once: the kernel's work for the program itself must not hide the init's cost.
  true: ["-static", "-nostdlib", "-Wl,--build-id=none", "-Wl,-z,noseparate-code"],
};

function compile(name: keyof typeof compilerFlags): string {
  const output = join(buildFolder, name);
  // Renamed into place, so that two runs at once do not write to a program that the other one runs.
  const unfinished = `${output}.${process.pid}`;
  const source = join(import.meta.dirname, "native", `${name}.c`);
  execFileSync("gcc", ["-Wall", "-Wextra", "-Werror", ...compilerFlags[name], "-o", unfinished, source]);
  renameSync(unfinished, output);
  return output;
}

/** Compiles the C programs and returns their paths. Throws the compiler's messages if that fails. */
export function buildNativePrograms(): NativePrograms {
  mkdirSync(buildFolder, { recursive: true });
  return { driver: compile("driver"), workload: compile("workload"), true: compile("true") };
}
