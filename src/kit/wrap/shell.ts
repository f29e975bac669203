/**
 * Rewrites a command line of the shell form so that no shell stays between the init and the program: as a list of words if the
 * shell has nothing to do, otherwise with `exec` before the last command. What is not understood stays as it is.
 */
import { statementsOf } from "../launches/shell.ts";

/** The result for a command line. */
export type Unshelled =
  /** The words that the shell would have started the program with. */
  | { readonly how: "words"; readonly words: readonly string[] }
  /** The shell is needed, and becomes the program at the end. */
  | { readonly how: "exec"; readonly script: string }
  /** The shell stays: why, for the user. */
  | { readonly how: "stays"; readonly script: string; readonly why: string };

/** Builtins and keywords of shells: `exec` cannot start these, or they only make sense in the shell. */
const BUILTINS = new Set(
  (
    "! . : [ [[ alias bg break cd command continue declare echo eval exit export false fg getopts hash jobs kill let " +
    "local popd printf pushd pwd read readonly return set shift shopt source test time times trap true type typeset " +
    "ulimit umask unalias unset wait"
  ).split(" "),
);

/** Of these a command that comes later knows: `exec` would make the shell forget them. */
const REMEMBERED = new Set(["trap", "alias"]);

/** Separators behind which the shell itself goes on to the next command. */
const JOINING = new Set(["&&", "||", ";", ""]);

/** Removes the shell from a command line of the shell form, as far as that is safe. */
export function unshell(script: string): Unshelled {
  const stays = (why: string): Unshelled => ({ how: "stays", script, why });
  const statements = statementsOf(script);
  const last = statements?.at(-1);
  if (statements === null || last === undefined) return stays("what it does cannot be told");
  const joined = statements.find(({ separator }) => !JOINING.has(separator));
  if (joined !== undefined) return stays(`"${joined.separator}" makes more than one process`);
  if (statements.some(({ type }) => type !== "simple")) return stays("it is a script of its own");
  const remembered = statements.find(({ words: [first] }) => first !== undefined && REMEMBERED.has(first.raw));
  if (remembered !== undefined) return stays(`"${remembered.words[0]?.raw ?? ""}" needs it`);

  const isPlain = statements.length === 1 && !last.isRedirected && !last.hasAssignments;
  const hasExec = last.words[0]?.raw === "exec";
  const words = hasExec ? last.words.slice(1) : last.words;
  const [program] = words;
  if (program === undefined) return stays("it ends with no program");
  const values = words.map(({ value }) => value);
  // Options of exec are bash's.
  if (isPlain && !(hasExec && program.raw.startsWith("-")) && !BUILTINS.has(program.raw)) {
    // Braces are bash's to replace.
    if (values.every((value) => value !== null) && !words.some(({ raw }) => raw.includes("{")))
      return { how: "words", words: values };
  }
  if (hasExec) return { how: "exec", script };
  // A path is a program, whatever its variables are.
  if (program.value === null && !program.raw.includes("/")) return stays(`only the shell knows what ${program.raw} is`);
  if (BUILTINS.has(program.value ?? "")) return stays(`${program.raw} is the shell's own`);
  return { how: "exec", script: `${script.slice(0, program.offset)}exec ${script.slice(program.offset)}` };
}
