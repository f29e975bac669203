/** What a verb gets and gives: the command line, the world around it, and the exit code. */
import { parseArgs } from "node:util";
import { didYouMean, Refusal } from "./refusal.ts";

/** Where a verb reads from and writes to. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** All of standard input; null where it is more than that many bytes. */
  readonly input?: (mostBytes: number) => Promise<Buffer | null>;
}

export interface Stream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

/** A verb of the toolkit. */
export interface Verb {
  readonly name: string;
  /** What follows its name: `[FILES or folders]`. */
  readonly operands: string;
  /** One line. */
  readonly summary: string;
  /** Lines for -h, one an option. */
  readonly options: readonly string[];
  /**
   * Does it.
   *
   * @returns the exit code.
   * @throws Refusal where the words are wrong.
   */
  readonly run: (words: readonly string[], surroundings: Surroundings) => number | Promise<number>;
}

/** What a verb takes, by long names: options with one value, options with a value that may be given several times, flags. */
interface Grammar<One extends string, Many extends string, Flag extends string> {
  readonly one?: readonly One[];
  readonly many?: readonly Many[];
  readonly flags?: readonly Flag[];
}

/** The words of a verb, told apart. */
export interface Words<One extends string, Many extends string, Flag extends string> {
  /** null where the option is not there. */
  readonly one: Record<One, string | null>;
  /** Each value, in the order of the words. */
  readonly many: Record<Many, readonly string[]>;
  readonly flags: Record<Flag, boolean>;
  readonly operands: readonly string[];
}

const recordOf = <Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value) =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;

/**
 * Tells options and operands apart; `--name value`, `--name=value`, `--` before operands that look like options.
 *
 * @throws Refusal on an unknown option, one without its value, a flag with a value, and one that is given twice.
 */
export function parseWords<One extends string = never, Many extends string = never, Flag extends string = never>(
  words: readonly string[],
  { one = [], many = [], flags = [] }: Grammar<One, Many, Flag>,
): Words<One, Many, Flag> {
  const valued: readonly string[] = [...one, ...many];
  const known = [...valued, ...flags];
  const { positionals, tokens } = parseArgs({
    args: [...words],
    options: recordOf(known, (name) => ({ type: valued.includes(name) ? ("string" as const) : ("boolean" as const) })),
    // Node's own sentences differ by its versions.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!known.includes(name) || rawName !== `--${name}`) {
      const names = known.map((each) => `--${each}`);
      throw new Refusal(`${rawName} is no option${didYouMean(rawName, names)}`);
    }
    if (valued.includes(name)) {
      if (value === undefined || value === "") throw new Refusal(`--${name} needs a value`);
      if (!inlineValue && /^-./.test(value)) {
        throw new Refusal(`--${name} needs a value; if ${value} is meant to be it, write --${name}=${value}`);
      }
    } else if (value !== undefined) throw new Refusal(`--${name} takes no value`);
    const before = given.get(name) ?? [];
    if (before.length > 0 && !many.some((each) => each === name)) throw new Refusal(`--${name} is given twice`);
    given.set(name, [...before, value ?? ""]);
  }
  return {
    one: recordOf(one, (name) => given.get(name)?.[0] ?? null),
    many: recordOf(many, (name) => given.get(name) ?? []),
    flags: recordOf(flags, (name) => given.has(name)),
    operands: positionals,
  };
}
