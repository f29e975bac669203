/** What a container runs: the combined words of its image and its launch, and the init in front of them. */
import { posix } from "node:path";
import type { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import type { Context } from "../workspace.ts";
import { contentsOf } from "./contents.ts";
import { knownImage } from "./images.ts";
import { initNamed, type InitName } from "./inits.ts";
import type { Command, Launch, Word } from "./launch.ts";
import { withoutWrappers } from "./programs.ts";

/** A word, and the file that has it. */
export interface PlacedWord extends Word {
  readonly source: Source;
}

/** A variable's value, null if it is unknown, and the file that sets it. */
export interface PlacedValue extends Located<string | null> {
  readonly source: Source;
}

/** An init with options. */
export interface Front {
  readonly kind: InitName;
  readonly name: PlacedWord;
  /** The words after its name. */
  readonly words: readonly PlacedWord[];
}

/** The commands of a launch and its image, ENTRYPOINT and CMD, as the platform combines them. */
export function commandsOf(launch: Launch, context: Context): { command: Command; launch: Launch }[] {
  const image = context.imageOf(launch);
  const pick = (of: "entrypoint" | "command", isInherited: boolean) => {
    if (launch[of] !== null) return [{ command: launch[of], launch }];
    const inherited = isInherited ? image?.[of] : null;
    return image !== null && inherited !== null && inherited !== undefined
      ? [{ command: inherited, launch: image }]
      : [];
  };
  // A new entrypoint drops the image's command.
  return [...pick("entrypoint", true), ...pick("command", launch.entrypoint === null)];
}

/** All words that are run, with the shell of a shell form. */
export function wordsOf(launch: Launch, context: Context): PlacedWord[] {
  const [entrypoint, command] = commandsOf(launch, context);
  // A shell ignores what follows its script.
  const isAlone = entrypoint?.command.form === "shell";
  return [entrypoint, ...(isAlone ? [] : [command])].flatMap((part) =>
    part === undefined ? [] : part.command.words.map((word) => ({ ...word, source: part.launch.source })),
  );
}

/**
 * All words that are run. Those of the base image's entrypoint come first if it is not replaced and is an init or the
 * program: any other known one only does some preparation, and then executes what it is given. Words of the base get the
 * position of its name.
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

/** Whether a file of the image is a copy of our init under another name: `COPY tini-ts /sbin/tini`. */
function isOurs(path: string, launch: Launch, context: Context): boolean {
  const steps = (context.imageOf(launch) ?? launch).image.steps;
  return steps.some(({ keyword, words }) => {
    const sources = words.slice(0, -1);
    const isCopy = (keyword === "COPY" || keyword === "ADD") && words.at(-1) === path;
    return isCopy && sources.some((source) => source !== null && initNamed(posix.basename(source)) === "tini-ts");
  });
}

/** The init that words begin with, after `env` and the like; null if they begin with another program. */
export function frontOf(words: readonly PlacedWord[], launch: Launch, context: Context): Front | null {
  const [name, ...rest] = words.slice(words.length - withoutWrappers(words).length);
  const kind = name === undefined ? null : initNamed(name.value);
  if (name === undefined || kind === null) return null;
  return { kind: isOurs(name.value, launch, context) ? "tini-ts" : kind, name, words: rest };
}

/** The variables of a container: its image's, overridden by its own. */
export function environmentOf(launch: Launch, context: Context): Map<string, PlacedValue> {
  const found = new Map<string, PlacedValue>();
  for (const from of [context.imageOf(launch), launch]) {
    if (from === null) continue;
    for (const [name, located] of from.environment) found.set(name, { ...located, source: from.source });
  }
  return found;
}

/**
 * A file of the image that its Dockerfile copies from the context folder.
 *
 * @returns null if no step creates it, undefined if one may, but its contents are unknown.
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
