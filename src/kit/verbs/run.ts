import { spawn } from "node:child_process";
import { constants } from "node:os";
import { initBinary } from "../init/binary.ts";

/** The init's own exit code if its set-up fails. */
export const SETUP_FAILED = 125;

/** Node ignores these, and the program would inherit that. With a handler, execve(2) resets them to the default. */
const IGNORED_BY_NODE = ["SIGPIPE", "SIGXFSZ"] as const;

/** Signals that cannot be caught, or not by JavaScript: after a real one of the latter, the process cannot continue. */
const NOT_FORWARDED = new Set<string>(
  ["KILL", "STOP", "CHLD", "SEGV", "BUS", "FPE", "ILL", "TRAP", "PROF"].map((name) => `SIG${name}`),
);

/**
 * Before Node 22.15, a process cannot execute another program: the init is a child, and this process forwards each signal to
 * it and ends as it does.
 */
function runAsChild(path: string, words: readonly string[]): Promise<number> {
  const signals = Object.keys(constants.signals).filter((name) => !NOT_FORWARDED.has(name)) as NodeJS.Signals[];
  // Before the child exists, so that none is lost: they are handled once this function has returned.
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

/** Options that the toolkit answers itself. */
const OF_TOOLKIT = ["-h", "--help", "--version"];

/** Whether a command line is for the init: it begins with `--`, or with an option of the init. */
export function isForInit([first]: readonly string[]): boolean {
  return first?.startsWith("-") === true && !OF_TOOLKIT.includes(first);
}

/**
 * `tini-ts -- PROGRAM`: this process becomes the init, with the same pid, descriptors, environment and arguments.
 *
 * By then, Node has raised the soft limit of open files to the hard one, and has decoded arguments and variables as UTF-8;
 * the originals are lost.
 *
 * @returns only if that fails, with the code to exit with: after one sentence on stderr, or when the init has ended as a child.
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
