/** A command of the toolkit: its arguments, its surroundings, and its exit code. */
import minimist from "minimist";
import { didYouMean, Refusal } from "./refusal.ts";

/** What a command reads from and writes to. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** All of standard input; null if it is more than that many bytes. */
  readonly input?: (mostBytes: number) => Promise<Buffer | null>;
}

export interface Stream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

/** A command of the toolkit. */
export interface Verb {
  readonly name: string;
  /** Its operands in the usage: `[FILES or folders]`. */
  readonly operands: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Its options in the usage, a line each. */
  readonly options: readonly string[];
  /**
   * Runs it.
   *
   * @returns the exit code.
   * @throws Refusal if the arguments are wrong.
   */
  readonly run: (words: readonly string[], surroundings: Surroundings) => number | Promise<number>;
}

/** The options of a command, by long names: those with one value, those with a value that may be given several times, flags. */
interface Grammar<One extends string, Many extends string, Flag extends string> {
  readonly one?: readonly One[];
  readonly many?: readonly Many[];
  readonly flags?: readonly Flag[];
}

/** The parsed arguments of a command. */
export interface Words<One extends string, Many extends string, Flag extends string> {
  /** null if the option is not given. */
  readonly one: Record<One, string | null>;
  /** All values, in the order of the arguments. */
  readonly many: Record<Many, readonly string[]>;
  readonly flags: Record<Flag, boolean>;
  readonly operands: readonly string[];
}

const recordOf = <Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value) =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;

/**
 * Checks each option and passes it on as `--NAME=VALUE`, because minimist accepts unknown options, `--no-NAME` for any NAME,
 * `true` as the value of a flag before it, and the last of several values.
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
 * Parses arguments: `--name value`, `--name=value`, operands, and `--` before operands that look like options.
 *
 * @throws Refusal on an unknown option, one without its value, a flag with a value, and one that is given twice.
 */
export function parseWords<One extends string = never, Many extends string = never, Flag extends string = never>(
  words: readonly string[],
  { one = [], many = [], flags = [] }: Grammar<One, Many, Flag>,
): Words<One, Many, Flag> {
  const valued = [...one, ...many];
  const given = minimist<Record<string, unknown>>(strictly(words, valued, many, flags), {
    // Operands are strings, too: minimist would turn some into numbers.
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
