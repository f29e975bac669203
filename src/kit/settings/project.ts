/** Finds a project's linter settings: .tini-ts-lint.yml, or `tini-ts-lint` in package.json. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { readText } from "../files/read.ts";
import type { Finding, Severity } from "../finding.ts";
import { type Additions, NO_ADDITIONS } from "../launches/additions.ts";

const NAMES = [".tini-ts-lint.yml", ".tini-ts-lint.yaml"];
/** The key in package.json. */
export const KEY = "tini-ts-lint";

export interface Settings {
  /** The file that says so; null where there is none. */
  readonly path: string | null;
  readonly isExcluded: (file: string) => boolean;
  readonly severityOf: (finding: Finding) => Severity | "off";
  readonly failOn: Severity | null;
  readonly failOnUnreadable: boolean;
  readonly additions: Additions;
}

export const NO_SETTINGS: Settings = {
  path: null,
  isExcluded: () => false,
  severityOf: ({ severity }) => severity,
  failOn: null,
  failOnUnreadable: false,
  additions: NO_ADDITIONS,
};

/** The file in a folder or one around it, up to the root of the repository; null where there is none. */
function settingsFile(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = NAMES.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    const manifest = join(at, "package.json");
    if (existsSync(manifest) && hasKey(manifest)) return manifest;
    if (existsSync(join(at, ".git")) || dirname(at) === at) return null;
  }
}

/** What is wrong with a package.json otherwise is for npm to say. */
function hasKey(manifest: string): boolean {
  try {
    return Object.hasOwn(JSON.parse(readText(manifest)) as object, KEY);
  } catch {
    return false;
  }
}

/**
 * The file with the settings that hold for what is linted: that of the first that is named, or else of the working
 * directory; null where there is none.
 */
export function findSettings(names: readonly string[]): string | null {
  const [first = "."] = names;
  const isFolder = statSync(first, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = settingsFile(isFolder ? first : dirname(first)) ?? settingsFile(".");
  if (path === null) return null;
  const shown = relative(".", path);
  return shown.startsWith("..") ? path : shown;
}
