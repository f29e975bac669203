import { parseWords, type Verb } from "../command.ts";
import { Refusal } from "../refusal.ts";

/** Editors run `tini-ts lsp`, some with --stdio, which is the default anyway. */
async function run(words: readonly string[]): Promise<number> {
  const { operands } = parseWords(words, { flags: ["stdio"] });
  const [first] = operands;
  if (first !== undefined) throw new Refusal(`lsp takes no files, and ${first} is one: the editor names them`);
  const { serve } = await import("../lsp/server.ts");
  serve();
  // The editor ends the process.
  return new Promise<number>(() => undefined);
}

export const lspVerb: Verb = {
  name: "lsp",
  operands: "",
  summary: "run as a language server for editors, over standard input and output",
  options: ["--stdio   accepted because editors pass it; the default"],
  run,
};
