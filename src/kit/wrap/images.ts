/** What well-known images run where a Dockerfile says nothing: launches/images.ts has the table. */
import { knownImage, repositoryOf } from "../launches/images.ts";
import { entrypointIn } from "./tags.ts";

/** ENTRYPOINT and CMD of an image. */
export interface Runs {
  /** Of no words: it has none. */
  readonly entrypoint: readonly string[];
  /** null: it has none; undefined: it depends on the tag. */
  readonly command: readonly string[] | null | undefined;
}

/**
 * What an image runs, by its name as FROM has it; null where that is not known, and "unknown" where it depends on when the
 * image of that tag was built.
 */
export function runsOf(name: string): Runs | "unknown" | null {
  const known = knownImage(name);
  if (known === null) return null;
  const found = { entrypoint: known.entrypoint, command: known.command };
  if (found.entrypoint.length === 0) return found;
  const { repository, tag } = repositoryOf(name);
  switch (entrypointIn(repository, tag)) {
    case "has":
      return found;
    case "lacks":
      return { ...found, entrypoint: [] };
    case "unknown":
      return "unknown";
  }
}

/** Whether an image is one of Windows, where there is no init to put in. */
export function isWindows(name: string): boolean {
  return /^mcr\.microsoft\.com\/(?:windows|.*-?(?:nanoserver|servercore))|[:-](?:nanoserver|windowsservercore)/.test(
    name,
  );
}
