/** The source of a release: a commit, and the time that all its files get. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname, "../..");

/** The data that all parts of a release share. */
export interface ReleaseSource {
  readonly name: string;
  readonly version: string;
  /** The description in package.json. */
  readonly description: string;
  /** The commit's hash, followed by "-dirty" if the folder has uncommitted changes. */
  readonly revision: string;
  /** The commit's time in seconds since 1970: the time of every file, so that two builds are byte-identical. */
  readonly epoch: number;
}

/** The end of a revision with uncommitted changes. */
export const DIRTY = "-dirty";

const git = (...words: string[]): string => execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();

/**
 * The source in this folder. If it is not a Git clone, SOURCE_REVISION and SOURCE_DATE_EPOCH have to be set.
 *
 * @throws Error if the revision or time is unknown.
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

/** The time of a release in RFC 3339's format. */
export function timeOf({ epoch }: ReleaseSource): string {
  return new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
}
