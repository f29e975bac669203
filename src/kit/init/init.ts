/**
 * The init's own parser: what it makes of words, variables and a file. `init.wasm` is run until it would act; what it
 * prints and refuses is read. So the toolkit has no rules of its own for options, and cannot disagree with the init.
 */
import { parse as parseYaml } from "yaml";
import { type Run, runInit } from "./host.ts";
import { initModule } from "./module.ts";

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
  readonly source: Source;
}

/** What the init says about something that was said to it. */
export interface Remark {
  /** Its sentence, in which words are counted from 1. */
  readonly sentence: string;
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

const REFUSED = 1;
const DEFAULT: Source = { kind: "default" };

/** The files that the init looks for unasked. */
const USUAL_FILES = ["/etc/tini.yml", "/.tini.yml"];

const nothingKnown = (path: string): null | undefined => (USUAL_FILES.includes(path) ? null : undefined);

/** The source in the init's words: `argument 2`, `variable TINI_GRACE`, `/etc/tini.yml:3`, `default`; null for none of them. */
function sourceOf(words: string, before = 0): Source | null {
  if (words === "default") return DEFAULT;
  const { argument, variable, path, line } =
    /^(?:argument (?<argument>\d+)|variable (?<variable>.+)|(?<path>.+):(?<line>\d+))$/.exec(words)?.groups ?? {};
  if (argument !== undefined) return { kind: "word", index: Number(argument) - 1 - before };
  if (variable !== undefined) return { kind: "variable", name: variable };
  return path === undefined ? null : { kind: "file", path, line: Number(line) };
}

/** What a sentence is about: most say it in brackets, behind what the user wrote, which may look like a place itself. */
function placeOf(sentence: string, files: readonly string[]): Source | null {
  const file = files.findLast((path) => sentence.startsWith(`${path}:`));
  if (file !== undefined) {
    const [, line] = /^:(\d+): /.exec(sentence.slice(file.length)) ?? [];
    return { kind: "file", path: file, line: line === undefined ? null : Number(line) };
  }
  const [, variable] = /^variable (\S+) is /.exec(sentence) ?? [];
  if (variable !== undefined) return { kind: "variable", name: variable };
  const value = /^--\S+ "/.test(sentence) ? sentence.lastIndexOf('" (') : 0;
  const places = [...sentence.slice(value).matchAll(/\(([^()]+)\)/g)].map(([, place = ""]) => sourceOf(place));
  return (sentence.startsWith("unknown option ") ? places.at(-1) : places[0]) ?? null;
}

/** The lines on stderr of one level, without what stands before each sentence. */
function remarks({ stderr, files }: Run, level: "FATAL" | "WARN"): Remark[] {
  return stderr.split("\n").flatMap((line) => {
    const { found, sentence } = /^\[(?<found>FATAL|WARN) *tini-ts \(\d+\)\] (?<sentence>.*)$/.exec(line)?.groups ?? {};
    return found === level && sentence !== undefined ? [{ sentence, source: placeOf(sentence, files) }] : [];
  });
}

/** A value as the file that --print-config prints has it. */
function scalar(printed: string): string {
  return /^["']/.test(printed) ? String(parseYaml(printed)) : printed;
}

/** `NAME: VALUE  # SOURCE`, `NAME:  # SOURCE` with items below, `# NAME:  # SOURCE` where there is no value. */
const PRINTED_SETTING =
  /^(?<none># )?(?<name>[a-z][a-z0-9-]*):(?: (?<value>"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s#].*?))? +# (?<words>.+)$/;

/**
 * Reads what --print-config printed. Comments that are about no setting are left alone.
 *
 * @param before how many words were put before those of the user.
 */
function readPrinted(printed: string, before: number): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  let items: string[] = [];
  for (const line of printed.split("\n")) {
    const [, item] = /^ +- (.*)$/.exec(line) ?? [];
    if (item !== undefined) items.push(scalar(item));
    const { none, name, value, words = "" } = PRINTED_SETTING.exec(line)?.groups ?? {};
    const source = sourceOf(words, before);
    if (name === undefined || source === null || (none !== undefined && value !== undefined)) continue;
    items = [];
    const said = value === undefined ? items : scalar(value);
    settings.set(name, { name, value: none === undefined ? said : null, source });
  }
  return settings;
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
  const { answer, closedAt } = ask({
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
function ask({ words = [], environment = {}, read = nothingKnown }: Said): { answer: Answer; closedAt: number | null } {
  // As in a process, a word ends at its first NUL.
  const encode = (text: string) => Buffer.from(text.replace(/\0.*$/s, ""), "utf8");
  const module = initModule();
  const variables = Object.entries(environment).map(([name, value]) => encode(`${name}=${value}`));
  const unknown: string[] = [];
  const run = (given: readonly string[]) =>
    runInit(module, {
      ...{ words: ["tini-ts", ...given].map(encode), variables },
      read: (path) => {
        const found = read(path);
        if (found === undefined && !USUAL_FILES.includes(path)) unknown.push(path);
        return found ?? null;
      },
    });

  // First of all, so that it holds whatever follows. One run is all it takes where nothing is refused.
  const printed = run(["--print-config", ...words]);
  const only = (answer: Answer) => ({ answer, closedAt: null });
  if (printed.code === REFUSED && unknown[0] !== undefined) return only({ outcome: "unknown", path: unknown[0] });
  const settings = readPrinted(printed.stdout, 1);
  // The last word that it looks at is the first that is no option, or the `--` before the program.
  const last = printed.lastWord - 2;
  if (printed.code === REFUSED || mayPrint(words.slice(0, last), settings)) {
    // What it says without our word in front, which would count in its sentences, and keep it from printing other things.
    const plain = run(words);
    if (plain.code === 0) return only({ outcome: "printed", text: plain.stdout });
    if (printed.code === REFUSED) {
      const [remark] = remarks(plain, "FATAL");
      return only({ outcome: "refused", remark: remark ?? { sentence: plain.stderr.trim(), source: null } });
    }
  }
  const isClosed = words[last] === "--";
  const answer: Answer = {
    outcome: "configured",
    settings,
    file: printed.files.findLast((path) => read(path) instanceof Uint8Array) ?? null,
    program: Math.min(isClosed ? last + 1 : last, words.length),
    warnings: remarks(printed, "WARN"),
  };
  return { answer, closedAt: isClosed ? last : null };
}

/** Whether options may be among these words that print something else: one that no setting comes from, or a cluster. */
function mayPrint(words: readonly string[], settings: ReadonlyMap<string, Setting>): boolean {
  const said = new Set([...settings.values()].map(({ source }) => (source.kind === "word" ? source.index : -1)));
  return words.some(
    (word, index) => /^-./.test(word) && (/^-[^-]./.test(word) || !(said.has(index) || said.has(index + 1))),
  );
}
