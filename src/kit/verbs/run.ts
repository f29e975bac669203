import { initBinary } from "../init/binary.ts";

/** What the init itself exits with where it cannot begin. */
const SETUP_FAILED = 125;

/** Node ignores these for itself, and what is ignored stays so in the program. What has a handler is put back by execve(2). */
const IGNORED_BY_NODE = ["SIGPIPE", "SIGXFSZ"] as const;

/**
 * `tini-ts -- PROGRAM`: this process becomes the init, with the same pid, descriptors, environment and these words.
 *
 * Node has raised the soft limit of open files to the hard one by then, and reads words and variables as UTF-8; of
 * neither the original is to be had.
 *
 * @returns only where that cannot be: the code to exit with, after one sentence on stderr.
 */
export function run(words: readonly string[]): number {
  const path = initBinary(process.arch);
  if (path === null) {
    process.stderr.write(`tini-ts: no init for ${process.arch} on ${process.platform} came with this toolkit\n`);
    return SETUP_FAILED;
  }
  if (process.execve === undefined) {
    process.stderr.write(`tini-ts: Node ${process.versions.node} cannot become another program: use Node 24\n`);
    return SETUP_FAILED;
  }
  for (const signal of IGNORED_BY_NODE) process.on(signal, () => undefined);
  return process.execve(path, ["tini-ts", ...words], process.env);
}
