import { readdirSync, readFileSync, realpathSync, statSync, existsSync, type Stats } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { kindOfPath } from "./kinds.ts";
import { systemReason } from "./reasons.ts";

/** A file to look at. */
export interface Candidate {
  readonly path: string;
  /** Named by the user, not found in a folder. */
  readonly isNamed: boolean;
}

/** What can be said of a file or folder in a word, beside all findings. */
export interface Remark {
  readonly path: string;
  /** The line that it is about, where it is about one. */
  readonly line?: number;
  readonly text: string;
  /** Something could not be looked at that should have been. */
  readonly isFailure: boolean;
  /** The user named it, and it is not there, or is none of the files that are linted. */
  readonly isWrongName?: boolean;
}

/** Folders of others' files, whatever .gitignore says. */
const OTHERS = new Set([".git", ".hg", ".svn", "node_modules"]);

/** The rules of the .gitignore of one folder, for what lies below it. */
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

/** The rules of the folders above, up to the one that is the root of a git repository; none where there is no such. */
function rulesAbove(directory: string): Rules[] {
  const rules: Rules[] = [];
  for (let at = directory; ; at = dirname(at)) {
    if (at !== directory) rules.unshift(...rulesOf(at));
    if (existsSync(join(at, ".git"))) return rules;
    if (dirname(at) === at) return [];
  }
}

/** The last rule that speaks of a path decides, the deepest .gitignore's first. */
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
 * The files that the linter should look at, each once, in a stable order: what the user names, and what is found in the
 * folders that the user names. Links to folders are not followed: what they lead to is found where it lies.
 *
 * @param names paths of files and folders.
 * @param isExcluded the project wants it left out, where the user does not name it.
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
    // A folder that a deeper .gitignore takes back is not ignored for being in one that the upper ignores.
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
