/** What the init of a container is told, and what it makes of it: words, variables and the file in the image together. */
import { posix } from "node:path";
import { askInit, type Answer, type Source as Said, type Setting } from "../init/init.ts";
import type { Platform } from "../files/kinds.ts";
import type { Source } from "../files/source.ts";
import type { Span } from "../finding.ts";
import type { Context } from "../workspace.ts";
import {
  allWordsOf,
  environmentOf,
  fileInImage,
  type Front,
  frontOf,
  type PlacedValue,
  type PlacedWord,
} from "./front.ts";
import type { InitName } from "./inits.ts";
import { knownImage } from "./images.ts";
import type { Launch } from "./launch.ts";

/** A stretch of one of the user's files. */
export interface Place {
  readonly source: Source;
  readonly span: Span;
}

/** The settings of an init, where it takes them. */
export interface Configured {
  /** null where nobody sees the init that gets them: a file alone, or variables for the init of an image that is not known. */
  readonly front: Front | null;
  /** The init is tini-ts. */
  readonly isOurs: boolean;
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
const UNDERSTOOD: { readonly "tini-ts": RegExp } & Readonly<Partial<Record<InitName, RegExp>>> = {
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

/** The variables for an init; null where one of them is not known, since what one option says may depend on another. */
function saidBy(variables: ReadonlyMap<string, PlacedValue>, understood: RegExp): Record<string, string> | null {
  const said: Record<string, string> = {};
  for (const [name, { value }] of variables) {
    if (!understood.test(name)) continue;
    if (value === null) return null;
    said[name] = value;
  }
  return said;
}

/**
 * Where nobody sees the image's init, but variables are there that only ours has, it is taken for ours: that is how options
 * are said to an image that somebody else has built, and to the platform's init.
 */
function configurationByVariables(launch: Launch, context: Context): Configured | null {
  const isHidden =
    launch.entrypoint === null &&
    context.imageOf(launch) === null &&
    knownImage(launch.image.name?.value ?? null) === null;
  if (!PRESUMED.includes(launch.platform) || !(isHidden || launch.platformInit?.value === true)) return null;
  const variables = environmentOf(launch, context);
  const environment = saidBy(variables, UNDERSTOOD["tini-ts"]);
  if (environment === null) return null;
  const answer = askInit({ words: ["--", "program"], environment });
  const isOursAlone = (said: Said | null) =>
    said?.kind === "variable" && said.name.startsWith("TINI_") && !OF_TINI.test(said.name);
  const isPresumed =
    answer.outcome === "refused"
      ? isOursAlone(answer.remark.source)
      : answer.outcome === "configured" && [...answer.settings.values()].some(({ source }) => isOursAlone(source));
  if (!isPresumed) return null;
  const placeOf = (said: Said) => (said.kind === "variable" ? (variables.get(said.name) ?? null) : null);
  return { front: null, isOurs: true, answer, program: [], placeOf };
}

/** The platforms where containers get an image's options by variables. */
const PRESUMED: readonly Platform[] = ["compose", "kubernetes"];

function configurationInFront(launch: Launch, context: Context): Configured | null {
  const front = frontOf(allWordsOf(launch, context), launch, context);
  if (front === null) return configurationByVariables(launch, context);
  const understood = UNDERSTOOD[front.kind];
  const variables = environmentOf(launch, context);
  const environment = understood === undefined ? null : saidBy(variables, understood);
  if (environment === null) return null;
  const files = new Map<string, Source>();
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
  // The platform puts variables into them, and where it could not here, they stand as written.
  const isWritten = ({ value, source }: PlacedWord) => source.kind !== "dockerfile" && value.includes("$");
  if (front.words.slice(0, begin).some(isWritten)) return null;
  return {
    front,
    isOurs: front.kind === "tini-ts",
    answer,
    program: front.words.slice(begin),
    placeOf: (said) => {
      if (said.kind === "word") return front.words[said.index] ?? null;
      if (said.kind === "variable") return variables.get(said.name) ?? null;
      const source = said.kind === "file" ? files.get(said.path) : undefined;
      return source === undefined || said.kind !== "file" ? null : { source, span: spanOfLine(source, said.line) };
    },
  };
}

/** Where the init looks unasked. */
const USUAL = ["/etc/tini.yml", "/.tini.yml"];

/** A configuration file on its own: as if an image had it and said nothing else. */
function configurationOfFile({ source }: Launch): Configured {
  const path = "/.tini.yml";
  const read = (asked: string) => (asked === path ? Buffer.from(source.text) : null);
  // Without a program, which would overrule a pause.
  return {
    front: null,
    isOurs: true,
    answer: renamed(askInit({ read }), path, source.path),
    program: [],
    placeOf: (said) => (said.kind === "file" ? { source, span: spanOfLine(source, said.line) } : null),
  };
}

/** The same with a file called as the user calls it, where a sentence is about it. */
function renamed(answer: Answer, from: string, to: string): Answer {
  if (answer.outcome !== "refused") return answer;
  const sentence = answer.remark.sentence.replace(`${from}:`, () => `${to}:`);
  return { ...answer, remark: { ...answer.remark, sentence } };
}

/** The settings where they are right, by name; null where they are not. */
export function settingsOf(configured: Configured | null): ReadonlyMap<string, Setting> | null {
  return configured?.answer.outcome === "configured" ? configured.answer.settings : null;
}

/** Where a setting was said, or else the init's name, or the launch itself. */
export function placeOf(setting: Setting | undefined, configured: Configured, launch: Launch): Place {
  const said = setting === undefined ? null : configured.placeOf(setting.source);
  return said ?? configured.front?.name ?? { source: launch.source, span: launch.span };
}
