#!/usr/bin/env node
/**
 * The toolkit's entry point: its commands, or the init itself.
 *
 * The init comes first, before anything else is loaded: once anything accesses process.stdout, Node makes a pipe there
 * non-blocking, and it would stay so for the program.
 */
import { isForInit, run, SETUP_FAILED } from "./verbs/run.ts";

const words = process.argv.slice(2);

/** All of standard input; null if it is more than that many bytes. */
async function input(mostBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function toolkit(): Promise<number> {
  const { main } = await import("./toolkit.ts");
  const { env: environment, stdout, stderr } = process;
  return main(words, { environment, stdout, stderr, input });
}

/** Reports an unexpected error: Node itself would print a line of the bundle. @returns the exit code. */
function unexpected(error: unknown): number {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tini-ts: this is a fault of tini-ts itself: please report it with these lines\n${what}\n`);
  return isForInit(words) ? SETUP_FAILED : 2;
}

// No `await`: the bundle is not a module.
void Promise.resolve()
  .then(() => (isForInit(words) ? run(words) : toolkit()))
  .catch(unexpected)
  .then((code) => {
    process.exitCode = code;
  });
