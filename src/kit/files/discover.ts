import { readdirSync, readFileSync, realpathSync, statSync, existsSync, type Stats } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { kindOfPath } from "./kinds.ts";
import { systemReason } from "./reasons.ts";

/** A file to lint. */
export interface Candidate {
  readonly path: string;
  /** Named by the user, not found in a folder. */
  readonly isNamed: boolean;
}

/** A remark on a file or folder, apart from the findings. */
export interface Remark {
  readonly path: string;
  /** The line that it is about, if it is about one. */
  readonly line?: number;
  readonly text: string;
  /** Something that should have been linted could not be read. */
  readonly isFailure: boolean;
  /** The user named it, but it does not exist, or is not a file that is linted. */
  readonly isWrongName?: boolean;
}

/** Folders with other people's files, left out whatever .gitignore says. */
const OTHERS = new Set([".git", ".hg", ".svn", "node_modules"]);

/** The rules of one folder's .gitignore, for everything below it. */
interface Rules {
  readonly directory: string;
  readonly matcher: Ignore;
}

function rulesOf(directory: string): Rules[] {
  const file = join(directory, ".gitignore");
  try {
    return [{ directory, matcher: ignore().add(readFileSync(file, "utf8")) }];
  } catch {
    return [];
  }
}

/** The rules of the folders above, up to the root of the git repository; none outside of a repository. */
function rulesAbove(directory: string): Rules[] {
  const rules: Rules[] = [];
  for (let at = directory; ; at = dirname(at)) {
    if (at !== directory) rules.unshift(...rulesOf(at));
    if (existsSync(join(at, ".git"))) return rules;
    if (dirname(at) === at) return [];
  }
}

/** Whether a path is ignored: its last matching rule decides, in the deepest .gitignore that has one. */
function isIgnored(path: string, isDirectory: boolean, rules: readonly Rules[]): boolean {
  for (const { directory, matcher } of rules.toReversed()) {
    const inside = relative(directory, path).split(sep).join("/");
    if (inside === "") continue;
    const { ignored, unignored } = matcher.test(isDirectory ? `${inside}/` : inside);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

/**
 * The files to lint, each once, in a stable order: those that the user names, and those in folders that the user names. Links to
 * folders are not followed: the files in them are found at their real place.
 *
 * @param names paths of files and folders.
 * @param isExcluded whether the project's settings leave out a path; not asked for files that the user names.
 */
export function discover(
  names: readonly string[],
  isExcluded: (path: string) => boolean = () => false,
): { files: Candidate[]; remarks: Remark[] } {
  const files: Candidate[] = [];
  const remarks: Remark[] = [];
  const seen = new Set<string>();

  const fail = (path: string, error: unknown) =>
    remarks.push({ path, text: `cannot be read: ${systemReason(error)}`, isFailure: true });

  function take(path: string, isNamed: boolean): void {
    // Two names, or a link and its target, are one file.
    const real = realpathSync(path);
    if (seen.has(real)) return;
    seen.add(real);
    files.push({ path, isNamed });
  }

  function walk(directory: string, above: readonly Rules[]): void {
    const folder = resolve(directory);
    // A folder that a deeper .gitignore re-includes is not ignored just because it lies in an ignored one.
    const rules = [...above.filter((one) => !isIgnored(folder, true, [one])), ...rulesOf(folder)];
    let entries;
    try {
      entries = readdirSync(directory, { withFileTypes: true });
    } catch (error) {
      fail(directory, error);
      return;
    }
    entries.sort((one, other) => (one.name < other.name ? -1 : 1));
    const folders: string[] = [];
    for (const entry of entries) {
      const path = directory === "." ? entry.name : join(directory, entry.name);
      if (isIgnored(resolve(path), entry.isDirectory(), rules) || isExcluded(path)) continue;
      if (entry.isDirectory()) {
        if (!OTHERS.has(entry.name)) folders.push(path);
      } else if (entry.isSymbolicLink()) link(path);
      else if (kindOfPath(path) !== null) take(path, false);
    }
    for (const folder of folders) walk(folder, rules);
  }

  function link(path: string): void {
    let target: Stats;
    try {
      target = statSync(path);
    } catch (error) {
      const isLoop = error instanceof Error && "code" in error && error.code === "ELOOP";
      if (isLoop || kindOfPath(path) !== null) fail(path, error);
      return;
    }
    if (target.isDirectory()) {
      const real = realpathSync(path);
      if (!`${realpathSync(dirname(path))}${sep}`.startsWith(real.endsWith(sep) ? real : `${real}${sep}`)) return;
      remarks.push({ path, text: "is a link back to a folder around it, and not followed", isFailure: false });
    } else if (kindOfPath(path) !== null) take(path, false);
  }

  for (const name of names) {
    try {
      if (statSync(name).isDirectory()) walk(name, rulesAbove(resolve(name)));
      else take(name, true);
    } catch (error) {
      remarks.push({ path: name, text: `cannot be read: ${systemReason(error)}`, isFailure: true, isWrongName: true });
    }
  }
  return { files, remarks };
}
