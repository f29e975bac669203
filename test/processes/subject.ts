/** The binary under test, and the shortest ways to run it. */
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { launch, run, type Init, type Launch, type Result } from "./namespace.ts";
import { program } from "./programs.ts";

/** `dist/tini-ts`, or what TINI_TS_BINARY names. */
export const binary: string = resolve(
  dirname(fileURLToPath(import.meta.url)),
  "../..",
  process.env["TINI_TS_BINARY"] ?? "dist/tini-ts",
);

try {
  accessSync(binary, constants.X_OK);
} catch {
  throw new Error(`${binary} is not there: npm run build`);
}

type Options = Omit<Launch, "binary" | "arguments">;

/** Starts the binary under test with these arguments. */
export function start(words: readonly string[], options: Options = {}): Promise<Init> {
  return launch({ binary, arguments: words, ...options });
}

/** Runs the binary under test to its end. */
export function runs(words: readonly string[], options: Options & { readonly input?: string } = {}): Promise<Result> {
  return run({ binary, arguments: words, ...options });
}

/** Runs a shell script under the binary, without options. */
export function runsScript(script: string, options: Options & { readonly input?: string } = {}): Promise<Result> {
  return runs(["--", "/bin/sh", "-c", script], options);
}

/** The output of `report` (test/programs): the values by name. */
export function parseReport(text: string): Record<string, string> {
  return namesAndValues(text, /^([a-z0-9-]+)=(.*)$/gm);
}

/** The environment that `report` printed. */
export function parseEnvironment(text: string): Record<string, string> {
  return namesAndValues(text, /^environment (\w+)=(.*)$/gm);
}

function namesAndValues(text: string, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map((match): [string, string] => [match[1] ?? "", match[2] ?? ""]),
  );
}

/** The totals of `count-signals`: how often each signal came, by number. */
export async function countsOf(init: Init): Promise<Record<number, number>> {
  const from = init.stdout.text.length;
  init.write("report\n");
  const match = await init.says(/^counts(.*)\norder (.*)\n/m, from);
  return Object.fromEntries(
    (match[1] ?? "")
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => word.split("=").map(Number) as [number, number]),
  );
}

/** The set of signals of a hexadecimal mask, as numbers. */
export function signalsOf(mask: string): number[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => (bits >> BigInt(number - 1)) & 1n);
}

/** Every signal that the contract (P20) forwards: 1 to 64 except KILL, STOP, CHLD and the two that the libc reserves. */
export const forwardedSignals: readonly number[] = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (number) => ![9, 17, 19, 32, 33].includes(number),
);

/** A directory that exists until the calling test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export { program };
