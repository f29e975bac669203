/**
 * The init's own parser: what it makes of words, variables and a file, as data (src/init/answers.ts). So the toolkit has no
 * rules of its own for options, and cannot disagree with the init.
 */
import { options, type Row } from "../../init/config/options.data.ts";
import { ask, type Asked, FILE, type Reason, type Statement } from "./host.ts";
import { answersModule } from "./module.ts";

export type { Reason } from "./host.ts";

/** What a user says to the init. */
export interface Said {
  /** The words behind the init's name: options, `--`, the program and its arguments. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What stands in a file of the image, by its absolute path: null where there is none, undefined where nobody can know.
   * Where it is left out, the files that are looked for unasked are not there, and others are not known.
   */
  readonly read?: (path: string) => Uint8Array | null | undefined;
}

/** Where a value was said. */
export type Source =
  | { readonly kind: "default" }
  /** The index in `words`, from 0. */
  | { readonly kind: "word"; readonly index: number }
  | { readonly kind: "variable"; readonly name: string }
  /** `line` is counted from 1; null where the whole file is meant. */
  | { readonly kind: "file"; readonly path: string; readonly line: number | null };

/** A value that holds, as --print-config says it: times like `10s` or `250ms`, signals like `SIGTERM`. */
export interface Setting {
  /** The option's name, without dashes. */
  readonly name: string;
  /** A list has its items; null where there is no value. */
  readonly value: string | readonly string[] | null;
  /** A time in milliseconds, a size in bytes, a number of CPUs, any other number; null for a word, a list, or no limit. */
  readonly number: number | null;
  readonly source: Source;
}

/** What the init says about something that was said to it. */
export interface Remark {
  /** Its sentence, in which words are counted from 1. */
  readonly sentence: string;
  readonly reason: Reason;
  /** The name of the option that it is about, without dashes; null where it is about none that there is. */
  readonly option: string | null;
  /** What the user wrote, where that is what is wrong: a value, or a word that is no option. */
  readonly written: string | null;
  /** What it is about, the first where there are several; null where that is no single place. */
  readonly source: Source | null;
}

/** What the init makes of it. */
export type Answer =
  | {
      readonly outcome: "configured";
      /** By name, in the order of --print-config. */
      readonly settings: ReadonlyMap<string, Setting>;
      /** The file that was read; null where there was none. */
      readonly file: string | null;
      /** The index in `words` where the program begins; their number where none is given. */
      readonly program: number;
      readonly warnings: readonly Remark[];
    }
  /** It prints this, as --version does, and runs nothing. */
  | { readonly outcome: "printed"; readonly text: string }
  /** It would refuse to start, with exit code 1. */
  | { readonly outcome: "refused"; readonly remark: Remark }
  /** It would read a file that nobody here knows. */
  | { readonly outcome: "unknown"; readonly path: string };

const DEFAULT: Source = { kind: "default" };

/** The files that the init looks for unasked. */
const USUAL_FILES = ["/etc/tini.yml", "/.tini.yml"];

const nothingKnown = (path: string): null | undefined => (USUAL_FILES.includes(path) ? null : undefined);

const rows: readonly Row[] = options;

/** The rows that have a value of their own, with their places in the table. */
const settingRows = rows
  .map((row, id) => ({ row, id }))
  .filter(({ row }) => !["ACTION", "PROBE", "COUNT", "FILE"].includes(row.kind) && !("means" in row));

/** The levels of what the init says. */
const FATAL = 0;
const WARN = 1;

/** What `Asked.sourceOf` has, as a place; null for nowhere. */
function placeOf(source: number, variables: readonly string[], file: string | null): Source | null {
  if (source >= FILE) return { kind: "file", path: file ?? "", line: source === FILE ? null : source - FILE };
  if (source > 0) return { kind: "word", index: source - 1 };
  return source === 0 ? null : { kind: "variable", name: variables[-1 - source] ?? "" };
}

/** What is said to the init, and what it answered. */
interface Exchange {
  readonly asked: Asked;
  /** The names of the variables in their order. */
  readonly variables: readonly string[];
  /** The file that was asked for last: the one that is meant where a file is. */
  readonly file: string | null;
}

function remarkOf({ sentence, reason, option, written, source }: Statement, { variables, file }: Exchange): Remark {
  const name = rows[option]?.name ?? null;
  return { sentence, reason, option: name, written, source: placeOf(source, variables, file) };
}

/** A size of the init's, in bytes: it counts in units of so many, SIZE_UNIT of src/init/config/settings.ts. */
const SIZE_UNIT = 4096;

/** A value of the init's in the unit that `Setting` has. Below 0 it stands for none, `max`, or a share. */
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

/** An answer that was given, and the files that it depends on. */
interface Given {
  readonly answer: Answer;
  readonly files: readonly (readonly [path: string, content: Uint8Array | null | undefined])[];
}

/** Answers by the words up to the first `--` (all of them where there is none), and the variables. */
const given = new Map<string, Given>();
const MOST_GIVEN = 1000;

const isSame = (one: Uint8Array | null | undefined, other: Uint8Array | null | undefined) =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : one === other;

/**
 * What the init makes of what a user says.
 *
 * Most say the same in front of different programs. The init looks at nothing behind the `--` that ends its options, so
 * that the answer is the same, too, where that `--` is the first one.
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

/** The answer, and the index of the `--` that ends the options; null where none does. */
function answerTo({ words = [], environment = {}, read = nothingKnown }: Said): {
  answer: Answer;
  closedAt: number | null;
} {
  // As in a process, a word ends at its first NUL.
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
  // Whether there is a program is the container's affair, and the last that the init asks for.
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
