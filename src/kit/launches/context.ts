/** The folder that a Dockerfile is built in. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { kindOfPath } from "../files/kinds.ts";
import { nameMatcher } from "../files/patterns.ts";
import type { Launch } from "./launch.ts";

/** The paths that COPY and ADD take from the context, where they are known. */
function copied(launch: Launch): string[] {
  return launch.image.steps
    .filter(({ keyword, flags }) => (keyword === "COPY" || keyword === "ADD") && !flags.has("from"))
    .flatMap(({ words }) => words.slice(0, -1))
    .filter((word) => word !== null && !/:\/\/|^<</.test(word) && basename(word) !== INSTALLED) as string[];
}

/** What wrap puts into the context itself. */
const INSTALLED = "tini-ts";

const entriesIn = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

const namesIn = (folder: string): string[] => entriesIn(folder).map(({ name }) => name);

/** Whether a path of COPY, or what matches it, is in a folder. */
function isIn(folder: string, path: string): boolean {
  if (!/[*?[]/.test(path)) return existsSync(join(folder, path));
  const depth = path.split("/").findIndex((part) => /[*?[]/.test(part));
  const parts = path.split("/");
  const matches = nameMatcher(parts[depth] ?? "");
  return namesIn(join(folder, ...parts.slice(0, depth))).some(matches);
}

/** A folder that has nothing to build with but Dockerfiles, and so is no project's own. */
function hasOnlyDockerfiles(folder: string): boolean {
  return namesIn(folder).every(
    (name) => kindOfPath(name) === "dockerfile" || /\.(?:dockerignore|md)$|^tini-ts/.test(name),
  );
}

/**
 * The folder that the Dockerfile is most likely built in: its own, or the nearest around it, up to the working directory,
 * where all lies that it copies (`docker build -f docker/Dockerfile .`).
 */
export function contextOf(launch: Launch): string {
  const own = dirname(launch.source.path);
  const paths = copied(launch);
  const isWhole = (folder: string) => paths.every((path) => isIn(folder, path));
  const isNamed = paths.some((path) => normalize(path) !== ".");
  const around: string[] = [];
  // Nobody builds above the repository.
  for (let at = own; at !== "." && !at.startsWith("..") && at !== dirname(at) && !existsSync(join(at, ".git"));) {
    at = dirname(at);
    around.push(at);
  }
  if (paths.length === 0 || (isWhole(own) && (isNamed || !hasOnlyDockerfiles(own)))) return own;
  return around.find((folder) => isWhole(folder) && (isNamed || !hasOnlyDockerfilesBelow(folder))) ?? own;
}

/** The same with folders of such folders. */
function hasOnlyDockerfilesBelow(folder: string): boolean {
  return entriesIn(folder).every((entry) =>
    entry.isDirectory()
      ? hasOnlyDockerfiles(join(folder, entry.name))
      : kindOfPath(entry.name) === "dockerfile" || /\.(?:dockerignore|md)$|^tini-ts/.test(entry.name),
  );
}
