#!/usr/bin/env node
/**
 * Where the toolkit begins: its verbs, or the init itself.
 *
 * The init comes first, before anything else is even loaded: as soon as somebody looks at process.stdout, Node makes a
 * pipe non-blocking, and it would stay so for the program.
 */
import { isForInit, run } from "./verbs/run.ts";

const words = process.argv.slice(2);

/** All of standard input; null where it is more than that many bytes. */
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

// No `await`: the bundle is no module.
void Promise.resolve(isForInit(words) ? run(words) : toolkit()).then((code) => {
  process.exitCode = code;
});
