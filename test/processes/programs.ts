/**
 * The C programs of `test/programs`, compiled if they are missing or older than their source.
 *
 * They are static: they have to run in an empty root, without /proc, and with system calls taken away.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const sources = resolve(here, "../programs");

/** The folder of the compiled programs. */
export const programsDirectory: string = resolve(here, "../../build/test-programs");

/** The path of a compiled program of `test/programs`, by its name without `.c`. */
export function program(name: string): string {
  return join(programsDirectory, name);
}

/** Compiles stale programs. Throws the compiler's messages if that fails, or if there is no compiler. */
export async function buildPrograms(): Promise<void> {
  mkdirSync(programsDirectory, { recursive: true });
  const stale = readdirSync(sources)
    .filter((file) => file.endsWith(".c"))
    .filter((file) => {
      const output = program(file.slice(0, -2));
      return !existsSync(output) || statSync(output).mtimeMs < statSync(join(sources, file)).mtimeMs;
    });
  await Promise.all(
    stale.map(async (file) => {
      const output = program(file.slice(0, -2));
      // Under another name first: two test runs may build at the same time, and a running program cannot be written to.
      const temporary = `${output}.${process.pid}`;
      await promisify(execFile)(process.env["CC"] ?? "cc", [
        "-static",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        temporary,
        join(sources, file),
      ]);
      renameSync(temporary, output);
    }),
  );
}
