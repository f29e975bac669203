/** The toolkit's answers about options are the binary's own: the same words, variables and files are given to both. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTable } from "../../../scripts/lib/documents/table.ts";
import { type Answer, askInit, type Setting } from "../../../src/kit/init/init.ts";
import { arrangements, namesOf, type Saying, valuesOf } from "./samples.ts";

const binary = resolve(import.meta.dirname, "../../..", process.env["TINI_TS_BINARY"] ?? "dist/tini-ts");
const directory = mkdtempSync(join(tmpdir(), "tini-ts-kit-init-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const file = join(directory, "tini.yml");
const { options } = await readTable();

/** The variables, with the one that names the file. */
const variables = ({ environment, file: text }: Saying) => ({
  ...environment,
  ...(text === null ? {} : { TINI_CONFIG: file }),
});

/** What the toolkit says. */
function asked(said: Saying): Answer {
  const bytes = said.file === null ? null : Buffer.from(said.file);
  return askInit({
    words: said.words,
    environment: variables(said),
    read: (path) => (path === file ? bytes : null),
  });
}

/** What the binary does; where its program is `node`, that is not there, and it says so with 127. */
function started(said: Saying, words: readonly string[] = said.words) {
  if (said.file !== null) writeFileSync(file, said.file);
  const environment = { ...variables(said), PATH: join(directory, "bin") };
  const { status, stdout, stderr, error } = spawnSync(binary, [...words], {
    encoding: "utf8",
    env: { ...environment },
    timeout: 30_000,
  });
  if (error !== undefined) throw error;
  const sentences = stderr
    .split("\n")
    .flatMap((line) => /^\[(?:FATAL|WARN) *tini-ts \(\d+\)\] (.*)/.exec(line)?.[1] ?? []);
  return { status, stdout, sentences };
}

/** The source in the init's words again. */
function spelt({ source }: Setting): string {
  switch (source.kind) {
    case "default":
      return "default";
    case "word":
      return `argument ${source.index + 1}`;
    case "variable":
      return `variable ${source.name}`;
    case "file":
      return `${source.path}:${source.line ?? ""}`;
  }
}

/** The lines of --print-config that are about settings, with one space where there are several. */
function printedBy(settings: Iterable<Setting>): string[] {
  return [...settings].flatMap((setting) => {
    const { name, value } = setting;
    const none = value === null || (typeof value !== "string" && value.length === 0);
    const head = `${none ? "# " : ""}${name}:${typeof value === "string" ? ` ${value}` : ""} # ${spelt(setting)}`;
    return [head, ...(typeof value === "string" || value === null ? [] : value.map((item) => ` - ${item}`))];
  });
}

/** That both say the same. */
function compare(said: Saying): void {
  const answer = asked(said);
  const label = JSON.stringify(said).slice(0, 300);
  switch (answer.outcome) {
    case "refused": {
      const { status, sentences } = started(said);
      expect({ status, sentence: sentences[0] }, label).toEqual({ status: 1, sentence: answer.remark.sentence });
      return;
    }
    case "printed": {
      const { status, stdout } = started(said);
      expect({ status, stdout }, label).toEqual({ status: 0, stdout: answer.text });
      return;
    }
    case "configured": {
      // The options are those before the program; its `--` does not count among them.
      const end = said.words[answer.program - 1] === "--" ? answer.program - 1 : answer.program;
      const { status, stdout } = started(said, [...said.words.slice(0, end), "--print-config"]);
      const lines = stdout.split("\n").slice(answer.file === null ? 0 : 1, -1);
      expect({ status, lines: lines.map((line) => line.replace(/ +/g, " ")) }, label).toEqual({
        status: 0,
        lines: printedBy(answer.settings.values()),
      });
      if (answer.settings.get("pause")?.value === "yes") return;
      const { sentences } = started(said);
      if (answer.program === said.words.length) expect(sentences.at(-1), label).toBe("no program is given");
      // Others are about the place where it runs.
      const aboutVariables = sentences.filter((sentence) => sentence.includes(" is none of ours"));
      expect(
        answer.warnings.map(({ sentence }) => sentence),
        label,
      ).toEqual(aboutVariables);
      return;
    }
    case "unknown":
      throw new Error(`${label}: every file is known`);
  }
}

describe("the toolkit says of options what the binary says", () => {
  const settings = options.filter(({ variable, kind }) => variable !== null && kind !== "FILE");

  test.each(settings)("--$name with right and wrong values, in each place", (option) => {
    const isFirstOfKind = settings.find(({ kind }) => kind === option.kind) === option;
    const sayings = valuesOf(option, isFirstOfKind ? Infinity : 2);
    expect(sayings.length).toBeGreaterThan(5);
    sayings.forEach(compare);
  });

  test.each(options)("--$name in each spelling, and as the last word", (option) => {
    namesOf(option).forEach(compare);
  });

  test.each(arrangements)("$words $environment", (said) => {
    compare(said);
  });
});

describe("the answers say where", () => {
  const sourceOf = (said: Partial<Saying>) => {
    const answer = asked({ words: ["node"], environment: {}, file: null, ...said });
    return answer.outcome === "refused" ? answer.remark.source : answer;
  };

  test("of a word, counted from 0", () => {
    expect(sourceOf({ words: ["-w", "--grace", "soon"] })).toEqual({ kind: "word", index: 2 });
    expect(sourceOf({ words: ["-w", "--foo", "node"] })).toEqual({ kind: "word", index: 1 });
    expect(sourceOf({ words: ["--fo(argument 7)"] })).toEqual({ kind: "word", index: 0 });
    expect(sourceOf({ words: ['--grace=x" (argument 7) is'] })).toEqual({ kind: "word", index: 0 });
    expect(sourceOf({ words: ["-g", "-c", "node"] })).toEqual({ kind: "word", index: 0 });
  });

  test("of a variable", () => {
    expect(sourceOf({ environment: { A: "1", TINI_GRACE: "soon" } })).toEqual({ kind: "variable", name: "TINI_GRACE" });
  });

  test("of a line of the file, or of the file", () => {
    expect(sourceOf({ file: "# a\ngrace: soon\n" })).toEqual({ kind: "file", path: file, line: 2 });
    expect(sourceOf({ file: "grace:soon\n" })).toEqual({ kind: "file", path: file, line: 1 });
    expect(sourceOf({ environment: { TINI_CONFIG: "/none" } })).toEqual({ kind: "file", path: "/none", line: null });
  });

  test("of none, where it is about all", () => {
    expect(sourceOf({ words: ["--config="] })).toBeNull();
  });

  test("of a variable that is misspelt", () => {
    const answer = asked({ words: ["node"], environment: { TINI_GRCE: "1" }, file: null });
    expect(answer).toMatchObject({
      outcome: "configured",
      warnings: [{ source: { kind: "variable", name: "TINI_GRCE" } }],
    });
  });
});

describe("the answers say where the program begins", () => {
  test.each<[string[], number]>([
    [["node"], 0],
    [["--", "node"], 1],
    [["-g", "--", "node", "--"], 2],
    [["-g", "node", "--", "x"], 1],
    [["-e", "143", "--", "--", "x"], 3],
    [["-g"], 1],
    [["-g", "--"], 2],
    [[], 0],
    [["--pause"], 1],
    [["-", "x"], 0],
  ])("%j", (words, program) => {
    expect(asked({ words, environment: {}, file: null })).toMatchObject({ outcome: "configured", program });
  });
});

describe("what nobody knows is not guessed", () => {
  test("a file that is named and not known", () => {
    expect(askInit({ words: ["--config=/srv/tini.yml", "node"] })).toEqual({
      outcome: "unknown",
      path: "/srv/tini.yml",
    });
    expect(askInit({ environment: { TINI_CONFIG: "/srv/tini.yml" }, words: ["node"] })).toMatchObject({
      outcome: "unknown",
    });
  });

  test("the files that are looked for unasked may be unknown: they are taken for missing", () => {
    expect(askInit({ words: ["node"], read: () => undefined })).toMatchObject({ outcome: "configured", file: null });
    expect(askInit({ words: ["--foo"], read: () => undefined })).toMatchObject({ outcome: "refused" });
  });

  test("the file of /etc is found before that of the root", () => {
    const files: Record<string, string> = { "/etc/tini.yml": "grace: 1s\n", "/.tini.yml": "grace: 2s\n" };
    const graceWith = (...paths: string[]) => {
      const answer = askInit({
        words: ["node"],
        read: (path) => (paths.includes(path) ? Buffer.from(files[path] ?? "") : null),
      });
      return answer.outcome === "configured" ? [answer.file, answer.settings.get("grace")?.value] : answer;
    };
    expect(graceWith("/etc/tini.yml", "/.tini.yml")).toEqual(["/etc/tini.yml", "1s"]);
    expect(graceWith("/.tini.yml")).toEqual(["/.tini.yml", "2s"]);
    expect(graceWith()).toEqual([null, "forever"]);
  });
});
