/**
 * The init's own parser: what it makes of arguments, variables and a file, as data (src/init/answers.ts). So the toolkit has
 * no rules of its own for options, and cannot disagree with the init.
 */
import { options, type Row } from "../../init/config/options.data.ts";
import { ask, type Asked, FILE, type Reason, type Statement } from "./host.ts";
import { answersModule } from "./module.ts";

export type { Reason } from "./host.ts";

/** A configuration of the init. */
export interface Said {
  /** The arguments after the init's name: options, `--`, the program and its arguments. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The contents of a file of the image, by its absolute path: null if it does not exist, undefined if that is unknown.
   * If this function is left out, the default files do not exist, and others are unknown.
   */
  readonly read?: (path: string) => Uint8Array | null | undefined;
}

/** Where a value was set. */
export type Source =
  | { readonly kind: "default" }
  /** The index in `words`, from 0. */
  | { readonly kind: "word"; readonly index: number }
  | { readonly kind: "variable"; readonly name: string }
  /** `line` is counted from 1; null means the whole file. */
  | { readonly kind: "file"; readonly path: string; readonly line: number | null };

/** An effective value as --print-config prints it: times like `10s` or `250ms`, signals like `SIGTERM`. */
export interface Setting {
  /** The option's name, without dashes. */
  readonly name: string;
  /** The items of a list; null if there is no value. */
  readonly value: string | readonly string[] | null;
  /** A time in milliseconds, a size in bytes, a number of CPUs, or another number; null for a word, a list, or no limit. */
  readonly number: number | null;
  readonly source: Source;
}

/** A message of the init about its configuration. */
export interface Remark {
  /** The sentence, in which arguments are counted from 1. */
  readonly sentence: string;
  readonly reason: Reason;
  /** The name of the option that it is about, without dashes; null if it is about none, or an unknown one. */
  readonly option: string | null;
  /** The text that the user wrote, if that is what is wrong: a value, or an unknown option. */
  readonly written: string | null;
  /** The place that it is about, the first if there are several; null if it is about none. */
  readonly source: Source | null;
}

/** The init's answer. */
export type Answer =
  | {
      readonly outcome: "configured";
      /** By name, in the order of --print-config. */
      readonly settings: ReadonlyMap<string, Setting>;
      /** The file that was read; null if there was none. */
      readonly file: string | null;
      /** The index of the program in `words`; their number if there is none. */
      readonly program: number;
      readonly warnings: readonly Remark[];
    }
  /** It prints this, as with --version, and runs nothing. */
  | { readonly outcome: "printed"; readonly text: string }
  /** It would refuse to start, with exit code 1. */
  | { readonly outcome: "refused"; readonly remark: Remark }
  /** It would read a file whose contents are unknown here. */
  | { readonly outcome: "unknown"; readonly path: string };

const DEFAULT: Source = { kind: "default" };

/** The init's default files. */
const USUAL_FILES = ["/etc/tini.yml", "/.tini.yml"];

const nothingKnown = (path: string): null | undefined => (USUAL_FILES.includes(path) ? null : undefined);

const rows: readonly Row[] = options;

/** The rows with values of their own, and their indices in the table. */
const settingRows = rows
  .map((row, id) => ({ row, id }))
  .filter(({ row }) => !["ACTION", "PROBE", "COUNT", "FILE"].includes(row.kind) && !("means" in row));

/** The levels of messages. */
const FATAL = 0;
const WARN = 1;

/** A number of `Asked.sourceOf` as a place; null if there is none. */
function placeOf(source: number, variables: readonly string[], file: string | null): Source | null {
  if (source >= FILE) return { kind: "file", path: file ?? "", line: source === FILE ? null : source - FILE };
  if (source > 0) return { kind: "word", index: source - 1 };
  return source === 0 ? null : { kind: "variable", name: variables[-1 - source] ?? "" };
}

/** A configuration and the init's answer to it. */
interface Exchange {
  readonly asked: Asked;
  /** The names of the variables, in their order. */
  readonly variables: readonly string[];
  /** The file that was opened last: the one that messages about a file mean. */
  readonly file: string | null;
}

function remarkOf({ sentence, reason, option, written, source }: Statement, { variables, file }: Exchange): Remark {
  const name = rows[option]?.name ?? null;
  return { sentence, reason, option: name, written, source: placeOf(source, variables, file) };
}

/** A size in bytes: the init counts in units of SIZE_UNIT (src/init/config/settings.ts). */
const SIZE_UNIT = 4096;

/** A number of the init's in the unit of `Setting`. Below 0 it stands for none, `max`, or a percentage. */
function numberOf({ kind }: Row, value: number, cpuPeriod: number): number | null {
  if (value < 0) return null;
  switch (kind) {
    case "LEVEL":
    case "DURATION":
    case "NUMBER":
    case "NUMBER_OR_MAX":
      return value;
    case "SIZE":
      return value * SIZE_UNIT;
    case "CPUS":
      return value / cpuPeriod;
    default:
      return null;
  }
}

function settingsOf({ asked, variables, file }: Exchange): Map<string, Setting> {
  return new Map(
    settingRows.map(({ row, id }) => {
      const value = asked.valueOf(id);
      const number = value === null ? null : numberOf(row, asked.numberOf(id), asked.cpuPeriod);
      const source = placeOf(asked.sourceOf(id), variables, file) ?? DEFAULT;
      return [row.name, { name: row.name, value, number, source }];
    }),
  );
}

/** A cached answer, and the files that it depends on. */
interface Given {
  readonly answer: Answer;
  readonly files: readonly (readonly [path: string, content: Uint8Array | null | undefined])[];
}

/** Answers by the words up to the first `--` (all of them if there is none) and the variables. */
const given = new Map<string, Given>();
const MOST_GIVEN = 1000;

const isSame = (one: Uint8Array | null | undefined, other: Uint8Array | null | undefined) =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : one === other;

/**
 * Asks the init what it makes of a configuration.
 *
 * Often the same options precede different programs. The init reads nothing after the `--` that ends its options, so the
 * cached answer is right if that `--` is the first one.
 */
export function askInit(said: Said): Answer {
  const { words = [], environment = {}, read = nothingKnown } = said;
  const end = words.indexOf("--") + 1;
  const isWhole = end === 0 || end === words.length;
  const key = JSON.stringify([isWhole ? words : words.slice(0, end), isWhole, environment]);
  const before = given.get(key);
  if (before?.files.every(([path, content]) => isSame(read(path), content)) === true) return before.answer;
  const files: [string, Uint8Array | null | undefined][] = [];
  const { answer, closedAt } = answerTo({
    words,
    environment,
    read: (path) => {
      const content = read(path);
      files.push([path, content]);
      return content;
    },
  });
  // The first `--` may be an option's value.
  if ((isWhole || closedAt === end - 1) && given.size < MOST_GIVEN) given.set(key, { answer, files });
  return answer;
}

/** The answer, and the index of the `--` that ends the options; null if there is none. */
function answerTo({ words = [], environment = {}, read = nothingKnown }: Said): {
  answer: Answer;
  closedAt: number | null;
} {
  // As in a process, an argument ends at its first NUL.
  const encode = (text: string) => Buffer.from(text.replace(/\0.*$/s, ""), "utf8");
  const unknown: string[] = [];
  const asked = ask(answersModule(), {
    words: ["tini-ts", ...words].map(encode),
    variables: Object.entries(environment).map(([name, value]) => encode(`${name}=${value}`)),
    read: (path) => {
      const found = read(path);
      if (found === undefined && !USUAL_FILES.includes(path)) unknown.push(path);
      return found ?? null;
    },
  });
  const exchange = { asked, variables: Object.keys(environment), file: asked.files.at(-1) ?? null };
  const only = (answer: Answer) => ({ answer, closedAt: null });
  if (asked.outcome === "printed") return only({ outcome: "printed", text: asked.stdout });
  const refusal = asked.statements.find(({ level }) => level === FATAL);
  // That there is no program is for the container to decide; it is the last thing that the init checks.
  if (asked.outcome === "refused" && refusal?.reason !== "no-program") {
    if (unknown[0] !== undefined) return only({ outcome: "unknown", path: unknown[0] });
    if (refusal === undefined) throw new Error("the init refuses something and does not say why");
    return only({ outcome: "refused", remark: remarkOf(refusal, exchange) });
  }
  const answer: Answer = {
    outcome: "configured",
    settings: settingsOf(exchange),
    file: asked.files.findLast((path) => read(path) instanceof Uint8Array) ?? null,
    program: Math.min(asked.program, words.length),
    warnings: asked.statements.filter(({ level }) => level === WARN).map((said) => remarkOf(said, exchange)),
  };
  return { answer, closedAt: asked.isClosed ? asked.program - 1 : null };
}
