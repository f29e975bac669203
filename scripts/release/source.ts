/** What a release is made of: a commit, and the time that all its files bear. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname, "../..");

/** What stands in all parts of a release. */
export interface ReleaseSource {
  readonly name: string;
  readonly version: string;
  /** What package.json says of the project, in one line. */
  readonly description: string;
  /** The commit's hash; with "-dirty" behind it where the folder has changes that are not in it. */
  readonly revision: string;
  /** When it was made, in seconds since 1970: the time of every file, so that two builds are the same to the byte. */
  readonly epoch: number;
}

/** The end of a revision that is not all of what the release was made from. */
export const DIRTY = "-dirty";

const git = (...words: string[]): string => execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();

/**
 * What this folder is. Where it is no clone, SOURCE_REVISION and SOURCE_DATE_EPOCH have to say.
 *
 * @throws Error where that is not known.
 */
export function sourceOf(): ReleaseSource {
  const { name, version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    name: string;
    version: string;
    description: string;
  };
  const { SOURCE_REVISION: revision, SOURCE_DATE_EPOCH: time } = process.env;
  if (revision !== undefined && time !== undefined) {
    if (!/^\d{1,11}$/.test(time)) throw new Error(`SOURCE_DATE_EPOCH=${time} are no seconds since 1970`);
    return { name, version, description, revision, epoch: Number(time) };
  }
  try {
    git("rev-parse", "--git-dir");
  } catch {
    throw new Error(
      `${ROOT} is no clone: SOURCE_REVISION and SOURCE_DATE_EPOCH have to say which commit it is, and of when`,
    );
  }
  const dirty = git("status", "--porcelain") === "" ? "" : DIRTY;
  const commit = git("rev-parse", "HEAD");
  return { name, version, description, revision: commit + dirty, epoch: Number(git("log", "-1", "--format=%ct")) };
}

/** The time of a release as RFC 3339 has it. */
export function timeOf({ epoch }: ReleaseSource): string {
  return new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
}
