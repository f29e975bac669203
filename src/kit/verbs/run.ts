import { spawn } from "node:child_process";
import { constants } from "node:os";
import { initBinary } from "../init/binary.ts";

/** What the init itself exits with where it cannot begin. */
export const SETUP_FAILED = 125;

/** Node ignores these for itself, and what is ignored stays so in the program. What has a handler is put back by execve(2). */
const IGNORED_BY_NODE = ["SIGPIPE", "SIGXFSZ"] as const;

/** Not to be caught, or not by JavaScript: after a real one of these nothing goes on. */
const NOT_FORWARDED = new Set<string>(
  ["KILL", "STOP", "CHLD", "SEGV", "BUS", "FPE", "ILL", "TRAP", "PROF"].map((name) => `SIG${name}`),
);

/**
 * Before Node 22.15 a process cannot become another one: the init is a child, and this process hands it each signal and
 * ends as it does.
 */
function runAsChild(path: string, words: readonly string[]): Promise<number> {
  const signals = Object.keys(constants.signals).filter((name) => !NOT_FORWARDED.has(name)) as NodeJS.Signals[];
  // Before the child is there, so that none is missed: they are handled when this function has come back.
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  const child = spawn(path, words, { argv0: "tini-ts", stdio: "inherit" });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`tini-ts: cannot start ${path}: ${error.message}\n`);
      resolve(SETUP_FAILED);
    });
    child.on("exit", (code, signal) => {
      for (const each of signals) process.off(each, forward);
      if (signal !== null) process.kill(process.pid, signal);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
    });
  });
}

/** Words that the toolkit answers itself, though they look like options. */
const OF_TOOLKIT = ["-h", "--help", "--version"];

/** Whether a command line is the init's: it begins with `--`, or with an option of the init. */
export function isForInit([first]: readonly string[]): boolean {
  return first?.startsWith("-") === true && !OF_TOOLKIT.includes(first);
}

/**
 * `tini-ts -- PROGRAM`: this process becomes the init, with the same pid, descriptors, environment and these words.
 *
 * Node has raised the soft limit of open files to the hard one by then, and reads words and variables as UTF-8; of
 * neither the original is to be had.
 *
 * @returns where that cannot be, the code to exit with: after one sentence on stderr, or after the init's life as a child.
 */
export function run(words: readonly string[]): number | Promise<number> {
  const path = initBinary(process.arch);
  if (path === null) {
    process.stderr.write(`tini-ts: no init for ${process.arch} on ${process.platform} came with this toolkit\n`);
    return SETUP_FAILED;
  }
  if (process.execve === undefined) return runAsChild(path, words);
  for (const signal of IGNORED_BY_NODE) process.on(signal, () => undefined);
  return process.execve(path, ["tini-ts", ...words], process.env);
}
