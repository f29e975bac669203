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

/** What a verb takes: options with a value and flags, by their long names. */
interface Grammar<Text extends string, Flag extends string> {
  readonly text: readonly Text[];
  readonly flags: readonly Flag[];
}

/** The words of a verb, told apart. */
export interface Words<Text extends string, Flag extends string> {
  /** Each value, in the order of the words; none where the option is not there. */
  readonly text: Record<Text, readonly string[]>;
  readonly flags: Record<Flag, boolean>;
  readonly operands: readonly string[];
}

/**
 * Tells options and operands apart; `--name value`, `--name=value`, `--` before operands that look like options.
 *
 * @throws Refusal on an unknown option and on one without its value.
 */
export function parseWords<Text extends string, Flag extends string>(
  words: readonly string[],
  { text, flags }: Grammar<Text, Flag>,
): Words<Text, Flag> {
  const known = [...text, ...flags].map((name) => `--${name}`);
  // minimist takes --no-NAME for NAME = false, so that a flag of such a name is told to it without the "no-".
  const parsed = minimist([...words], {
    string: [...text],
    boolean: flags.map((name) => name.replace(/^no-/, "")),
    unknown: (word) => {
      if (!word.startsWith("-") || word === "-") return true;
      const [name = word] = word.split("=");
      throw new Refusal(`${name} is no option${didYouMean(name, known)}`);
    },
  });
  for (const word of words.slice(0, words.includes("--") ? words.indexOf("--") : words.length)) {
    const [, name] = /^--no-([^=]+)/.exec(word) ?? [];
    if (name !== undefined && !flags.some((flag) => flag === `no-${name}`)) {
      throw new Refusal(`--no-${name} is no option${didYouMean(`--no-${name}`, known)}`);
    }
  }
  const valuesOf = (name: string): string[] => {
    const value: unknown = parsed[name];
    // --no-NAME makes it false.
    const values = (Array.isArray(value) ? value : [value])
      .filter((one) => typeof one === "string" || typeof one === "number")
      .map(String);
    if (values.includes("")) throw new Refusal(`--${name} needs a value`);
    return values;
  };
  const attached = words.map((word) => /^--([^=]+)=/.exec(word)?.[1]);
  const wrong = flags.find((flag) => attached.includes(flag));
  if (wrong !== undefined) throw new Refusal(`--${wrong} takes no value`);
  return {
    text: Object.fromEntries(text.map((name) => [name, valuesOf(name)])) as Record<Text, string[]>,
    flags: Object.fromEntries(
      flags.map((name) => [name, name.startsWith("no-") ? words.includes(`--${name}`) : parsed[name] === true]),
    ) as Record<Flag, boolean>,
    operands: parsed._.map(String),
  };
}
