/*
 * What `npm test` runs: the checks, the builds that the tests need, and vitest, which gets the arguments:
 *
 *   npm test                            everything
 *   npm test -- --project simulation    one ground, or several, with what they need built and nothing else
 *   npm test -- test/processes/exec.test.ts
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** The scripts of package.json that everything needs, in their order. */
const ALL = ["check", "build:full", "pack:npm"];

/** What the grounds need that are not content with the init. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  shipping: ["build:full", "pack:npm"],
  benchmark: ["build:full"],
};

/** The grounds that vitest's arguments name, by `--project` or else by files; null where they name none. */
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
  // The full build makes the init, too.
  if (needed.has("build:full")) needed.delete("build");
  return ALL.concat("build").filter((script) => needed.has(script));
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const commands = [
    ...scriptsBefore(words).map((script) => ["npm", "run", "--silent", script]),
    [join(root, "node_modules/.bin/vitest"), "run", ...words],
  ];
  for (const [command = "", ...args] of commands) {
    const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
    if (error !== undefined) console.error(error.message);
    process.exitCode = status ?? 1;
    if (status !== 0) break;
  }
}
