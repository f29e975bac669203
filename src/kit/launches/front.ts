/** What a container runs in the end: the words of its image and of its launch together, and the init in front of them. */
import { posix } from "node:path";
import type { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import type { Context } from "../workspace.ts";
import { contentsOf } from "./contents.ts";
import { knownImage } from "./images.ts";
import { initNamed, type InitName } from "./inits.ts";
import type { Command, Launch, Word } from "./launch.ts";
import { withoutWrappers } from "./programs.ts";

/** A word, and the file that says it. */
export interface PlacedWord extends Word {
  readonly source: Source;
}

/** A variable's value, and the file that says it; null where it is not known. */
export interface PlacedValue extends Located<string | null> {
  readonly source: Source;
}

/** An init that takes options, and what it is told. */
export interface Front {
  readonly kind: InitName;
  readonly name: PlacedWord;
  /** The words behind its name. */
  readonly words: readonly PlacedWord[];
}

/** What the commands of a launch and of its image come to: ENTRYPOINT and CMD as the platform puts them together. */
export function commandsOf(launch: Launch, context: Context): { command: Command; launch: Launch }[] {
  const image = context.imageOf(launch);
  const pick = (of: "entrypoint" | "command", isInherited: boolean) => {
    if (launch[of] !== null) return [{ command: launch[of], launch }];
    const inherited = isInherited ? image?.[of] : null;
    return image !== null && inherited !== null && inherited !== undefined
      ? [{ command: inherited, launch: image }]
      : [];
  };
  // An entrypoint of one's own takes the image's command away.
  return [...pick("entrypoint", true), ...pick("command", launch.entrypoint === null)];
}

/** All words that are run. A shell form's own shell is among them. */
export function wordsOf(launch: Launch, context: Context): PlacedWord[] {
  const [entrypoint, command] = commandsOf(launch, context);
  // A shell takes no notice of what follows its script.
  const isAlone = entrypoint?.command.form === "shell";
  return [entrypoint, ...(isAlone ? [] : [command])].flatMap((part) =>
    part === undefined ? [] : part.command.words.map((word) => ({ ...word, source: part.launch.source })),
  );
}

/**
 * All words that are run, those of the base image first where nobody says another entrypoint, and it is an init or the
 * program: any other one that is known only prepares the ground, and then runs what it is given. Words of the base stand
 * where its name does.
 */
export function allWordsOf(launch: Launch, context: Context): PlacedWord[] {
  const image = launch.platform === "dockerfile" ? launch : context.imageOf(launch);
  const from = image ?? launch;
  const words = wordsOf(launch, context);
  if (launch.entrypoint !== null || (image?.entrypoint ?? null) !== null) return words;
  const base = knownImage(from.image.name?.value ?? null);
  if (base === null || !(base.hasInit || base.isProgram)) return words;
  const span = from.image.name?.span ?? from.span;
  return [...base.entrypoint.map((value) => ({ value, span, source: from.source })), ...words];
}

/** Whether a file of the image is a copy of our init, by a name that says nothing of it: `COPY tini-ts /sbin/tini`. */
function isOurs(path: string, launch: Launch, context: Context): boolean {
  const steps = (context.imageOf(launch) ?? launch).image.steps;
  return steps.some(({ keyword, words }) => {
    const sources = words.slice(0, -1);
    const isCopy = (keyword === "COPY" || keyword === "ADD") && words.at(-1) === path;
    return isCopy && sources.some((source) => source !== null && initNamed(posix.basename(source)) === "tini-ts");
  });
}

/** The init that words begin with, behind `env` and its like; null where they begin with another program. */
export function frontOf(words: readonly PlacedWord[], launch: Launch, context: Context): Front | null {
  const [name, ...rest] = words.slice(words.length - withoutWrappers(words).length);
  const kind = name === undefined ? null : initNamed(name.value);
  if (name === undefined || kind === null) return null;
  return { kind: isOurs(name.value, launch, context) ? "tini-ts" : kind, name, words: rest };
}

/** The variables that a container begins with: its image's, and its own over them. */
export function environmentOf(launch: Launch, context: Context): Map<string, PlacedValue> {
  const found = new Map<string, PlacedValue>();
  for (const from of [context.imageOf(launch), launch]) {
    if (from === null) continue;
    for (const [name, located] of from.environment) found.set(name, { ...located, source: from.source });
  }
  return found;
}

/**
 * A file of the image, where its Dockerfile copies it from the context folder.
 *
 * @returns null where no step makes it, undefined where one may, and what is in it cannot be had.
 */
export function fileInImage(path: string, launch: Launch, context: Context): Source | null | undefined {
  const image = context.imageOf(launch) ?? launch;
  let found: Source | null | undefined = null;
  for (const { isFromContext, sources, target } of contentsOf(image).copied) {
    const below = posix.relative(target, path);
    if (below.startsWith("..")) continue;
    for (const source of sources) {
      if (source === null || /[*?[]|^https?:/.test(source)) continue;
      const isItself = below === "" || below === posix.basename(source);
      const origins = [...(isItself ? [source] : []), ...(below === "" ? [] : [posix.join(source, below)])];
      for (const origin of origins) {
        const file = isFromContext ? context.fileOf(image, origin) : null;
        if (file !== null) found = file;
        else if (origin === source && posix.basename(origin) === posix.basename(path)) found = undefined;
      }
    }
  }
  return found;
}
