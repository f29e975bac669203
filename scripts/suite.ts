/*
 * What `npm test` runs: the checks, the builds that the tests need, and vitest, which gets the arguments:
 *
 *   npm test                            everything
 *   npm test -- --project simulation    one ground, or several, building only what they need
 *   npm test -- test/processes/exec.test.ts
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** The scripts of package.json that a run of all tests needs, in order. */
const ALL = ["check", "build:full", "pack:npm", "release"];

/** The builds of the grounds that need more than the init. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  shipping: ["build:full", "pack:npm", "release"],
  benchmark: ["build:full"],
  emulation: ["build:all"],
};

/** The grounds that vitest's arguments name, by `--project` or by files; null if they name none. */
function groundsIn(words: readonly string[]): string[] | null {
  const projects = words.flatMap((word, index) =>
    word === "--project" ? (words[index + 1] ?? []) : (/^--project=(.+)$/.exec(word)?.[1] ?? []),
  );
  if (projects.length > 0) return projects;
  const files = words.map((word) => /^(?:\.\/)?test\/([a-z]+)(?:\/|$)/.exec(word)?.[1] ?? null);
  const grounds = files.filter((ground) => ground !== null);
  return grounds.length > 0 && grounds.length === words.length ? grounds : null;
}

/** The scripts of package.json to run before vitest with these arguments. */
export function scriptsBefore(words: readonly string[]): string[] {
  const grounds = groundsIn(words);
  if (grounds === null || grounds.some((ground) => /[*!]/.test(ground))) return ALL;
  const needed = new Set(grounds.flatMap((ground) => NEEDS[ground] ?? ["build"]));
  // These also build the init, and the release builds it for all CPUs.
  if (["build:full", "build:all", "release"].some((script) => needed.has(script))) needed.delete("build");
  if (needed.has("release")) needed.delete("build:all");
  return ALL.concat("build:all", "build").filter((script) => needed.has(script));
}

/** Whether every user may enter this folder (an absolute path). */
export function isOpenToAll(folder: string): boolean {
  const others = (statSync(folder).mode & 0o001) !== 0;
  return others && (folder === "/" || isOpenToAll(dirname(folder)));
}

/**
 * A command for root that mounts the project at `place`, an empty folder, in a mount namespace of its own, and runs `command`
 * there. Paths into the project in `command` and PATH are replaced by those under `place`.
 */
export function shownAt(place: string, command: readonly string[], PATH = process.env["PATH"] ?? ""): string[] {
  const moved = (path: string) =>
    path === root || path.startsWith(`${root}/`) ? place + path.slice(root.length) : path;
  return [
    ...["unshare", "--mount", "sh", "-c"],
    'mount --bind "$1" "$2" && cd "$2" && export PATH="$3" && shift 3 && exec "$@"',
    ...["sh", root, place, PATH.split(":").map(moved).join(":")],
    ...command.map(moved),
  ];
}

/**
 * A command that runs `command` in a mount namespace of its own in which `file`, which must be in a folder below the root, does
 * not exist; the rest of the folder is unchanged. Users other than root (`uid`) need user namespaces for that, and keep their ids.
 */
export function hiding(
  file: string,
  command: readonly string[],
  uid = process.geteuid?.() ?? 0,
  gid = process.getegid?.() ?? 0,
): string[] {
  const again = uid === 0 ? [] : ["unshare", "--user", `--map-user=${String(uid)}`, `--map-group=${String(gid)}`];
  const script = `
    upper=$(mktemp -d) && mount -t tmpfs tmpfs "$upper" && mkdir "$upper/changes" "$upper/work" &&
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$upper/changes,workdir=$upper/work" "$1" &&
    umount -l "$upper" && rmdir "$upper" && rm "$1/$2" && shift 2 && exec "$@"`;
  return [
    ...["unshare", ...(uid === 0 ? [] : ["--map-root-user"]), "--mount", "sh", "-c", script],
    ...["sh", dirname(file), basename(file), ...again, ...command],
  ];
}

/** Runs a command in the project. Returns its exit code, 1 if a signal killed it. */
function run([command = "", ...args]: readonly string[]): number {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) console.error(error.message);
  return status ?? 1;
}

/** The configuration of this machine's inits, which must not affect those of the tests. */
const MACHINES_OWN = "/etc/tini.yml";

/**
 * Runs vitest. Root's tests also start programs as other users, who may not be able to enter root's home: see {@link shownAt}.
 * The machine's own configuration of inits is hidden from the tests: see {@link hiding}.
 */
function runVitest(words: readonly string[]): number {
  const vitest = [join(root, "node_modules/.bin/vitest"), "run", ...words];
  const command = existsSync(MACHINES_OWN) ? hiding(MACHINES_OWN, vitest) : vitest;
  if (process.geteuid?.() !== 0 || isOpenToAll(root)) return run(command);
  const place = mkdtempSync(join(tmpdir(), "tini-ts-project-"));
  try {
    chmodSync(place, 0o755);
    return run(shownAt(place, command));
  } finally {
    rmdirSync(place);
  }
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const failed = scriptsBefore(words).find((script) => run(["npm", "run", "--silent", script]) !== 0);
  process.exitCode = failed === undefined ? runVitest(words) : 1;
}
