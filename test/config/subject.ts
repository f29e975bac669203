/** The binary under test as an ordinary process: the effect of arguments, variables and a file. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, inject } from "vitest";
import { patience } from "../patience.ts";
import type { Option } from "../../scripts/lib/documents/table.ts";

/** `dist/tini-ts`, or what TINI_TS_BINARY names. */
export const binary: string = resolve(import.meta.dirname, "../..", process.env["TINI_TS_BINARY"] ?? "dist/tini-ts");

/** The options, as the init has them. */
export const options: readonly Option[] = inject("table").options;

/** The option of a name. */
export function optionOf(name: string): Option {
  const found = options.find((option) => option.name === name);
  if (found === undefined) throw new Error(`there is no option --${name}`);
  return found;
}

/** The options with a place in the environment and in a file. */
export const settings: readonly Option[] = options.filter(({ inFile }) => inFile);

/** A folder that exists while a test file runs. */
export const directory: string = mkdtempSync(join(tmpdir(), "tini-ts-config-"));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The path of the one configuration file of this test file. */
export const file: string = join(directory, "tini.yml");

/** The settings in each of the three places. */
export interface Saying {
  /** Words before the program. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The content of a configuration file that TINI_CONFIG names. */
  readonly file?: string | Uint8Array;
  /** The user who runs it (default: ours). */
  readonly user?: number;
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the binary to its end, with these words after those of the settings. */
export function run(saying: Saying, ...more: readonly string[]): Result {
  const environment: Record<string, string> = { ...saying.environment };
  if (saying.file !== undefined) {
    writeFileSync(file, saying.file);
    environment["TINI_CONFIG"] = file;
  }
  const { status, stdout, stderr, error } = spawnSync(binary, [...(saying.words ?? []), ...more], {
    encoding: "utf8",
    env: environment,
    ...(saying.user === undefined ? {} : { uid: saying.user, gid: saying.user }),
    timeout: patience(30_000),
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

/** An effective value and its source. */
export interface Setting {
  /** A list as its items; null for none at all. */
  readonly value: string | readonly string[] | null;
  readonly source: string;
}

/** The comments after the settings: the version of control groups, and each file with the value that would be written. */
const GROUPS = /^# cgroup version (?:1|2 \/.+: [a-z -]+)$/;
const LIMIT = /^# \/.+\/[a-z_.]+: .+$/;

/** Reads what --print-config printed: the settings by name. The first line may be a comment that names the file. */
export function parsePrinted(printed: string): Map<string, Setting> {
  const found = new Map<string, Setting>();
  let items: string[] = [];
  const lines = printed.trimEnd().split("\n");
  const end = lines.findIndex((line) => GROUPS.test(line));
  const wrong = end < 0 ? "nothing of control groups" : lines.slice(end + 1).find((line) => !LIMIT.test(line));
  if (wrong !== undefined) throw new Error(`--print-config printed behind the settings ${wrong}`);
  for (const line of lines.slice(0, end)) {
    const [, item] = /^ {2}- ("(?:[^"\\]|\\.)*"|\S+)$/.exec(line) ?? [];
    if (item !== undefined) {
      items.push(item);
      continue;
    }
    const [, comment, name = "", value = "", source = ""] =
      /^(# )?([a-z-]+):(?: ("(?:[^"\\]|\\.)*"|\S+(?: \S+)?))? +# (.+)$/.exec(line) ?? [];
    if (name === "") {
      if (found.size === 0 && line.startsWith("# ")) continue;
      throw new Error(`--print-config printed a line that is none of a configuration: ${JSON.stringify(line)}`);
    }
    items = [];
    const isList = optionOf(name).isList;
    found.set(name, { value: comment !== undefined ? null : isList ? items : value, source });
  }
  return found;
}

/** The effective configuration, by --print-config. Throws the message of a refusal. */
export function effective(saying: Saying): Map<string, Setting> {
  const { code, stdout, stderr } = run(saying, "--print-config");
  if (code !== 0) throw new Error(`refused: ${stderr}`);
  return parsePrinted(stdout);
}

/** The message of a refusal: the one line on stderr, without its prefix. Throws if it is not refused, or if something ran. */
export function refusal(saying: Saying, ...program: readonly string[]): string {
  const { code, stdout, stderr } = run(saying, ...(program.length > 0 ? program : ["--", "/bin/echo", "started"]));
  // A tag or a format may be what the saying is about.
  const text = stderr.startsWith("{")
    ? `[FATAL app (1)] ${(JSON.parse(stderr) as { message: string }).message}\n`
    : stderr;
  const [, message] = /^\[FATAL [\w.-]+ \(\d+\)\] ([^\n]+)\n$/.exec(text) ?? [];
  if (code !== 1 || stdout !== "" || message === undefined) {
    throw new Error(`not refused in one line: ${JSON.stringify({ code, stdout, stderr })}`);
  }
  return message;
}

/** A time limit for tests that start hundreds of processes one by one, in milliseconds. */
export const MANY_RUNS: { readonly timeout: number } = { timeout: patience(300_000) };
