#!/usr/bin/env node
/** The toolkit's command line: verbs. Exit codes: 0, 1 for what a verb has found, 2 for what it cannot do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Surroundings, Verb } from "./command.ts";
import { didYouMean, Refusal } from "./refusal.ts";
import { lintVerb } from "./verbs/lint.ts";

const VERBS: readonly Verb[] = [lintVerb];

/** The version, from package.json beside the sources; a bundle has it put in. */
function version(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

function usage(): string {
  const verbs = VERBS.map(({ name, operands, summary }) => `  tini-ts ${name} ${operands}\n      ${summary}\n`);
  return `Finds, fixes and explains what is wrong with PID 1\n\n${verbs.join("")}\ntini-ts VERB -h tells its options\n`;
}

function usageOf({ name, operands, summary, options }: Verb): string {
  return `Usage: tini-ts ${name} ${operands}\n${summary}\n\n${options.map((option) => `  ${option}\n`).join("")}`;
}

/**
 * Runs the toolkit.
 *
 * @param words without the program's own name.
 * @returns the exit code.
 */
export async function main(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const [first, ...others] = words;
  try {
    if (first === undefined) throw new Refusal(`a verb was expected: ${VERBS.map(({ name }) => name).join(", ")}`);
    if (first === "-h" || first === "--help") stdout.write(usage());
    else if (first === "--version") stdout.write(`tini-ts ${version()}\n`);
    else {
      const verb = VERBS.find(({ name }) => name === first);
      const names = VERBS.map(({ name }) => name);
      if (verb === undefined) {
        throw new Refusal(`${first} is no verb of the toolkit${didYouMean(first, names)}`);
      }
      const options = others.includes("--") ? others.slice(0, others.indexOf("--")) : others;
      if (!options.some((word) => word === "-h" || word === "--help")) return await verb.run(others, surroundings);
      stdout.write(usageOf(verb));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    stderr.write(`tini-ts: ${error.message}\n`);
    return 2;
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}
