/** What the init of a container is told, and what it makes of it: words, variables and the file in the image together. */
import { posix } from "node:path";
import { askInit, type Answer, type Source as Said, type Setting } from "../init/init.ts";
import type { Source } from "../files/source.ts";
import type { Span } from "../finding.ts";
import type { Context } from "../workspace.ts";
import { environmentOf, fileInImage, type Front, frontOf, type PlacedWord, wordsOf } from "./front.ts";
import type { InitName } from "./inits.ts";
import type { Launch } from "./launch.ts";

/** A stretch of one of the user's files. */
export interface Place {
  readonly source: Source;
  readonly span: Span;
}

/** The settings of an init, where it takes them. */
export interface Configured {
  /** null where the platform's own init gets them, by variables. */
  readonly front: Front | null;
  readonly answer: Answer;
  /** The program and its arguments. */
  readonly program: readonly PlacedWord[];
  /** Where a value was said; null where that is in none of the user's files. */
  readonly placeOf: (said: Said) => Place | null;
}

const OF_TINI = /^TINI_(?:SUBREAPER|KILL_PROCESS_GROUP|VERBOSITY)$/;

/**
 * The inits whose options ours has too, and which variables each of them reads. Of the words that another one would take,
 * ours refuses some that nobody writes: docs/differences.md.
 */
const UNDERSTOOD: Readonly<Partial<Record<InitName, RegExp>>> = {
  "tini-ts": /^(?:TINI|DUMB_INIT)_/,
  tini: OF_TINI,
  "docker-init": OF_TINI,
  "dumb-init": /^DUMB_INIT_/,
  catatonit: /^$/,
};

/** The stretch of a line, without white space and comment. */
function spanOfLine(source: Source, line: number | null): Span {
  if (line === null) return { offset: 0, length: 0 };
  const text = source.line(line);
  const start = text.length - text.trimStart().length;
  return { offset: source.offsetOf(line) + start, length: text.trim().length };
}

/**
 * What holds for the init that a launch begins with.
 *
 * @returns null where no init is in front, or what it is told cannot be known.
 */
export function configurationOf(launch: Launch, context: Context): Configured | null {
  const before = known.get(launch);
  if (before !== undefined) return before;
  const found = launch.platform === "tini-yml" ? configurationOfFile(launch) : configurationInFront(launch, context);
  known.set(launch, found);
  return found;
}

/** Several rules ask for the same. */
const known = new WeakMap<Launch, Configured | null>();

function configurationInFront(launch: Launch, context: Context): Configured | null {
  const front = frontOf(wordsOf(launch, context), launch, context);
  const understood = front === null ? undefined : UNDERSTOOD[front.kind];
  if (front === null || understood === undefined) return null;
  const variables = environmentOf(launch, context);
  const files = new Map<string, Source>();
  const environment: Record<string, string> = {};
  for (const [name, { value }] of variables) {
    if (!understood.test(name)) continue;
    // What one option says may depend on another: with one unknown nothing is sure.
    if (value === null) return null;
    environment[name] = value;
  }
  const answer = askInit({
    words: front.words.map(({ value }) => value),
    environment,
    read: (path) => {
      const absolute = posix.resolve("/", path);
      const source = front.kind === "tini-ts" ? fileInImage(absolute, launch, context) : null;
      if (source) files.set(path, source);
      // A base image that nobody here knows may have it.
      return source === null && !USUAL.includes(absolute) ? undefined : source && Buffer.from(source.text);
    },
  });
  const begin = answer.outcome === "configured" ? answer.program : front.words.length;
  // Kubernetes puts variables into them.
  if (launch.platform === "kubernetes" && front.words.slice(0, begin).some(({ value }) => value.includes("$("))) {
    return null;
  }
  return {
    front,
    answer,
    program: front.words.slice(begin),
    placeOf: (said) => {
      if (said.kind === "word") return placeOfWord(front.words[said.index]);
      const variable = said.kind === "variable" ? variables.get(said.name) : undefined;
      if (variable !== undefined) return { source: variable.source, span: variable.span };
      const source = said.kind === "file" ? files.get(said.path) : undefined;
      return source === undefined || said.kind !== "file" ? null : { source, span: spanOfLine(source, said.line) };
    },
  };
}

/** Where the init looks unasked. */
const USUAL = ["/etc/tini.yml", "/.tini.yml"];

function placeOfWord(word: PlacedWord | undefined): Place | null {
  return word === undefined ? null : { source: word.source, span: word.span };
}

/** A configuration file on its own: as if an image had it and said nothing else. */
function configurationOfFile({ source }: Launch): Configured {
  const path = "/.tini.yml";
  const read = (asked: string) => (asked === path ? Buffer.from(source.text) : null);
  const answer = askInit({ words: ["--", "program"], read });
  // With --pause no program may be given.
  const paused = answer.outcome === "refused" && answer.remark.sentence.includes("contradicts the program");
  return {
    front: null,
    answer: paused ? askInit({ read }) : answer,
    program: [],
    placeOf: (said) => (said.kind === "file" ? { source, span: spanOfLine(source, said.line) } : null),
  };
}

/** The settings where they are right, by name; null where they are not. */
export function settingsOf(configured: Configured | null): ReadonlyMap<string, Setting> | null {
  return configured?.answer.outcome === "configured" ? configured.answer.settings : null;
}

/** A time as --print-config says it, in milliseconds; null for its word for none, `forever` or `off`. */
export function milliseconds(setting: Setting | undefined): number | null {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(String(setting?.value)) ?? [];
  return number === undefined ? null : Number(number) * (unit === "s" ? 1000 : 1);
}
