/** What a verb gets and gives: the command line, the world around it, and the exit code. */
import minimist from "minimist";
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
 * Checks each option, and hands it on as `--NAME=VALUE`: minimist takes unknown options, `--no-NAME` for any NAME, a flag's
 * next word where that is `true`, and the last of several values.
 */
function strictly(
  words: readonly string[],
  valued: readonly string[],
  many: readonly string[],
  flags: readonly string[],
): string[] {
  const known = [...valued, ...flags].map((name) => `--${name}`);
  const checked = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = words.values();
  for (const word of rest) {
    if (word === "--") {
      operands.push(...rest);
      break;
    }
    if (!/^-./.test(word)) {
      operands.push(word);
      continue;
    }
    const [, option = /^-[^-]/.exec(word)?.[0] ?? word, attached] = /^(--[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!known.includes(option)) throw new Refusal(`unknown option ${option}${didYouMean(option, known)}`);
    const name = option.slice(2);
    let value = attached;
    if (flags.includes(name)) {
      if (attached !== undefined) throw new Refusal(`${option} takes no value`);
    } else {
      value ??= rest.next().value ?? "";
      if (value === "") throw new Refusal(`${option} needs a value`);
      if (attached === undefined && /^-./.test(value)) {
        throw new Refusal(`${option} needs a value; if ${value} is meant to be it, write ${option}=${value}`);
      }
    }
    const before = checked.get(name) ?? [];
    if (before.length > 0 && !many.includes(name)) throw new Refusal(`${option} is given twice`);
    checked.set(name, [...before, `${option}=${value ?? "true"}`]);
  }
  return [...[...checked.values()].flat(), "--", ...operands];
}

/**
 * Tells options and operands apart; `--name value`, `--name=value`, `--` before operands that look like options.
 *
 * @throws Refusal on an unknown option, one without its value, a flag with a value, and one that is given twice.
 */
export function parseWords<One extends string = never, Many extends string = never, Flag extends string = never>(
  words: readonly string[],
  { one = [], many = [], flags = [] }: Grammar<One, Many, Flag>,
): Words<One, Many, Flag> {
  const valued = [...one, ...many];
  const given = minimist<Record<string, unknown>>(strictly(words, valued, many, flags), {
    // Operands too are text: minimist would make numbers of some.
    string: [...valued, "_"],
    boolean: [...flags],
  });
  const valuesOf = (name: string) => [given[name] ?? []].flat() as string[];
  return {
    one: recordOf(one, (name) => valuesOf(name)[0] ?? null),
    many: recordOf(many, valuesOf),
    flags: recordOf(flags, (name) => given[name] === true),
    operands: given._,
  };
}
