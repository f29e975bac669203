/** The toolkit's command line. Exit codes: 0; 1 if a command has found something; 2 if it fails. */
import type { Surroundings, Verb } from "./command.ts";
import { didYouMean, Refusal } from "./refusal.ts";
import { configVerb } from "./verbs/config.ts";
import { installVerb } from "./verbs/install.ts";
import { lintVerb } from "./verbs/lint.ts";
import { lspVerb } from "./verbs/lsp.ts";
import { wrapVerb } from "./verbs/wrap.ts";
import { version } from "./version.ts";

/** The commands: the same as in src/init/full.ts, for the executable that is init and toolkit. */
export const VERBS: readonly Verb[] = [lintVerb, wrapVerb, installVerb, configVerb, lspVerb];

function usage(): string {
  const verbs = VERBS.map(
    ({ name, operands, summary }) => `  ${`tini-ts ${name} ${operands}`.trimEnd()}\n      ${summary}\n`,
  );
  return `Finds, fixes and explains what is wrong with PID 1\n\n${verbs.join("")}  tini-ts [OPTIONS] -- PROGRAM [ARGS...]\n      run as the init\n\ntini-ts COMMAND -h shows the command's options\n`;
}

function usageOf({ name, operands, summary, options }: Verb): string {
  return `${`Usage: tini-ts ${name} ${operands}`.trimEnd()}\n${summary}\n\n${options.map((option) => `  ${option}\n`).join("")}`;
}

/**
 * Runs the toolkit.
 *
 * @param words the arguments, without the program's name.
 * @returns the exit code.
 */
export async function main(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const [first, ...others] = words;
  try {
    if (first === undefined) throw new Refusal(`a command is missing: ${VERBS.map(({ name }) => name).join(", ")}`);
    if (first === "-h" || first === "--help") stdout.write(usage());
    else if (first === "--version") stdout.write(`tini-ts ${version()}\n`);
    else {
      const verb = VERBS.find(({ name }) => name === first);
      const names = VERBS.map(({ name }) => name);
      if (verb === undefined) {
        throw new Refusal(`unknown command '${first}'${didYouMean(first, names)}`);
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
