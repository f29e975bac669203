/** The toolkit's answers about options are the binary's own: the same words, variables and files are given to both. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { patience } from "../../patience.ts";
import { readTable } from "../../../scripts/lib/documents/table.ts";
import { type Answer, askInit, type Setting } from "../../../src/kit/init/init.ts";
import { REASONS } from "../../../src/kit/init/host.ts";
import { answersModule } from "../../../src/kit/init/module.ts";
import { arrangements, namesOf, type Saying, valuesOf } from "./samples.ts";

const binary = resolve(import.meta.dirname, "../../..", process.env["TINI_TS_BINARY"] ?? "dist/tini-ts");
const directory = mkdtempSync(join(tmpdir(), "tini-ts-kit-init-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const { options } = await readTable();

/** A file's path for each text. */
const paths = new Map<string, string>();
function pathOf(text: string): string {
  const path = paths.get(text) ?? join(directory, `${paths.size}.yml`);
  if (!paths.has(text)) writeFileSync(path, text);
  paths.set(text, path);
  return path;
}

/** The variables, with the one that names the file. */
const variables = ({ environment, file }: Saying) => ({
  ...environment,
  ...(file === null ? {} : { TINI_CONFIG: pathOf(file) }),
});

/** What the toolkit says. */
function asked(said: Saying): Answer {
  const { file } = said;
  const path = file === null ? null : pathOf(file);
  return askInit({
    words: said.words,
    environment: variables(said),
    read: (wanted) => (file !== null && wanted === path ? Buffer.from(file) : null),
  });
}

/** What came of a start. */
interface Started {
  readonly status: number;
  readonly stdout: string;
  /** What was said on stderr, without what stands before each sentence. */
  readonly sentences: readonly string[];
}

const shellWord = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** What the binary does, for each of them; a shell starts them, which does so quickly. Where the program is `node`, that is not there. */
function startAll(sayings: readonly Saying[]): Started[] {
  const out = mkdtempSync(join(directory, "out-"));
  const lines = sayings.map((said, index) => {
    const given = Object.entries({ ...variables(said), PATH: join(directory, "bin") });
    const words = ["/usr/bin/env", "-i", ...given.map(([name, value]) => `${name}=${value}`), binary, ...said.words];
    const to = join(out, String(index));
    return `${words.map(shellWord).join(" ")} >${to}.out 2>${to}.err; echo $?`;
  });
  const script = join(out, "script");
  writeFileSync(script, `${lines.join("\n")}\n`);
  const { stdout, error } = spawnSync("sh", [script], {
    encoding: "utf8",
    timeout: patience(60_000),
    killSignal: "SIGKILL",
  });
  if (error !== undefined) throw error;
  const codes = stdout.trimEnd().split("\n").map(Number);
  return sayings.map((_, index) => {
    const stderr = readFileSync(join(out, `${index}.err`), "utf8");
    const found = stderr.matchAll(/^\[(?:FATAL|WARN) *tini-ts \(\d+\)\] (.*)$/gm);
    return {
      status: codes[index] ?? NaN,
      stdout: readFileSync(join(out, `${index}.out`), "utf8"),
      sentences: [...found].map(([, sentence = ""]) => sentence),
    };
  });
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

/**
 * The lines of --print-config that are about settings; others tell of the machine where it runs. Words behind the one at
 * `inserted` are counted as if that were not there.
 */
function settingsIn(printed: string, inserted: number): string[] {
  const lines = printed
    .split("\n")
    .map((line) => line.replace(/ +/g, " "))
    .map((line) => line.replace(/(?<=# argument )\d+$/, (place) => String(Number(place) - Number(+place > inserted))));
  return lines.filter((line) => /^(?:# )?[a-z-]+:(?: \S.*)? # (?:default|argument|variable|\/)|^ - /.test(line));
}

/** What was printed but for the lines of --print-config that tell of the machine where it runs. */
function withoutMachine(printed: string): string {
  return printed.replace(/^# cgroup[^]*/m, "");
}

/** Where the options end: how many words are before the program and its `--`, which may also be the value of an option. */
function optionsOf(said: Saying, program: number): number {
  const before = { ...said, words: said.words.slice(0, program - 1) };
  return said.words[program - 1] === "--" && asked(before).outcome === "configured" ? program - 1 : program;
}

/** The same with --print-config as the last option, behind `count` words. */
const printing = (said: Saying, count: number): Saying => ({
  ...said,
  words: [...said.words.slice(0, count), "--print-config", ...said.words.slice(count)],
});

/** That both say the same of each. */
function compare(sayings: readonly Saying[]): void {
  const answers = sayings.map(asked);
  const started = startAll(
    sayings.map((said, index) => {
      const answer = answers[index];
      return answer?.outcome === "configured" ? printing(said, optionsOf(said, answer.program)) : said;
    }),
  );
  for (const [index, said] of sayings.entries()) {
    const answer = answers[index];
    const { status, stdout, sentences } = started[index] as Started;
    const label = JSON.stringify(said).slice(0, 300);
    switch (answer?.outcome) {
      case "refused":
        expect({ status, sentence: sentences[0] }, label).toEqual({ status: 1, sentence: answer.remark.sentence });
        break;
      case "printed":
        expect(withoutMachine(stdout), label).toBe(withoutMachine(answer.text));
        // How well this machine's own PID 1 is, the answers cannot know.
        expect(said.words.includes("--healthcheck") ? [0, 1] : [0], label).toContain(status);
        break;
      case "configured":
        expect({ status, lines: settingsIn(stdout, optionsOf(said, answer.program)) }, label).toEqual({
          status: 0,
          lines: printedBy(answer.settings.values()),
        });
        break;
      default:
        throw new Error(`${label}: every file is known`);
    }
  }
}

describe("the toolkit says of options what the binary says", () => {
  const settings = options.filter(({ variable, kind }) => variable !== null && kind !== "FILE");

  test.each(settings)("--$name with right and wrong values, in each place", (option) => {
    const isFirstOfKind = settings.find(({ kind }) => kind === option.kind) === option;
    const sayings = valuesOf(option, isFirstOfKind ? Infinity : 2);
    expect(sayings.length).toBeGreaterThan(5);
    compare(sayings);
  });

  test("each option in each spelling, and as the last word", () => {
    compare(options.flatMap(namesOf));
  });

  test("words in all their arrangements, variables and files", () => {
    compare(arrangements);
  });

  test("that no program is given, or which variables are misspelt", () => {
    // A pause would go on for ever.
    const running = arrangements.flatMap((said) => {
      const answer = asked(said);
      return answer.outcome === "configured" && answer.settings.get("pause")?.value !== "yes" ? [{ said, answer }] : [];
    });
    const started = startAll(running.map(({ said }) => said));
    for (const [index, { said, answer }] of running.entries()) {
      const { status, sentences } = started[index] as Started;
      const label = JSON.stringify(said).slice(0, 300);
      if (answer.program === said.words.length) expect(sentences.at(-1), label).toBe("no program is given");
      else expect(status, label).toBe(127);
      const aboutVariables = sentences.filter((sentence) => sentence.includes(" is none of ours"));
      const warnings = answer.warnings.map(({ sentence }) => sentence);
      expect(warnings, label).toEqual(aboutVariables);
    }
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
    const [second, first] = ["# a\ngrace: soon\n", "grace:soon\n"];
    expect(sourceOf({ file: second })).toEqual({ kind: "file", path: pathOf(second), line: 2 });
    expect(sourceOf({ file: first })).toEqual({ kind: "file", path: pathOf(first), line: 1 });
    expect(sourceOf({ environment: { TINI_CONFIG: "/none" } })).toEqual({ kind: "file", path: "/none", line: null });
  });

  test("of the name of a file that no file can have", () => {
    expect(sourceOf({ words: ["-g", "--config="] })).toEqual({ kind: "word", index: 1 });
    expect(sourceOf({ environment: { A: "1", TINI_CONFIG: "x".repeat(300) } })).toEqual({
      kind: "variable",
      name: "TINI_CONFIG",
    });
  });

  test("of a variable that is misspelt", () => {
    const answer = asked({ words: ["node"], environment: { TINI_GRCE: "1" }, file: null });
    expect(answer).toMatchObject({
      outcome: "configured",
      warnings: [{ source: { kind: "variable", name: "TINI_GRCE" } }],
    });
  });
});

describe("the answers say why, and of what", () => {
  const contradictory = ["--isolate=none", "--forward-to=group", "node"];
  test.each<[Partial<Saying>, string, string | null, string | null]>([
    [{ words: ["--fo(argument 7)"] }, "unknown-option", null, "--fo(argument 7)"],
    [{ words: ["-gé"] }, "unknown-option", null, "-gé"],
    [{ words: ["--grace"] }, "missing-value", "grace", null],
    [{ words: ['--grace=x" (argument 7) is'] }, "wrong-value", "grace", 'x" (argument 7) is'],
    [{ words: ["--grace=1", "--grace=2"] }, "given-twice", "grace", null],
    [{ words: [`--grace=${"1".repeat(5000)}`] }, "too-long", null, null],
    [{ file: "grace:soon\n" }, "malformed-line", null, null],
    [{ file: "grace: (/etc/tini.yml:9) is\n" }, "malformed-line", null, null],
    [{ file: "grace: soon\n" }, "wrong-value", "grace", "soon"],
    [{ environment: { TINI_CONFIG: "/none" } }, "unreadable-file", null, null],
    [{ words: ["--config="] }, "unreadable-file", "config", ""],
    [{ words: contradictory }, "contradiction", "forward-to", null],
    [{ environment: { TINI_GRACE: "\u00a0" } }, "wrong-value", "grace", "\u00a0"],
  ])("$1, case %#", (said, reason, option, written) => {
    const answer = asked({ words: ["node"], environment: {}, file: null, ...said });
    expect(answer).toMatchObject({ outcome: "refused", remark: { reason, option, written } });
  });

  test("of a variable that is misspelt", () => {
    const answer = asked({ words: ["node"], environment: { TINI_GRCE: "1" }, file: null });
    const remark = { reason: "misspelt-variable", option: "grace" };
    expect(answer).toMatchObject({ outcome: "configured", warnings: [remark] });
  });

  test("by the reasons that the init has, and no others", () => {
    const exports = new WebAssembly.Instance(
      answersModule(),
      new Proxy({}, { get: () => new Proxy({}, { get: () => () => -1 }) }),
    ).exports as Record<string, { value: number }>;
    const theirs = Object.entries(exports)
      .filter(([name]) => name.startsWith("Reason."))
      .map(([name, { value }]) => [name.slice("Reason.".length).toLowerCase().replaceAll("_", "-"), value] as const);
    expect(theirs.length).toBeGreaterThan(5);
    expect(theirs.sort(([, one], [, other]) => one - other).map(([name]) => name)).toEqual(REASONS);
  });
});

test("numbers are in units that need no reading", () => {
  const words = [
    ...["--grace=2m", "--delay=250ms", "--memory-max=1.5Gi", "--memory-high=80%", "--cpu-max=150%"],
    ...["--pids-max=64", "node"],
  ];
  const answer = asked({ words, environment: {}, file: null });
  const numbers = answer.outcome === "configured" ? [...answer.settings.values()] : [];
  const numberOf = (name: string) => numbers.find((setting) => setting.name === name)?.number;
  expect([numberOf("grace"), numberOf("delay"), numberOf("memory-max")]).toEqual([120_000, 250, 1.5 * 1024 ** 3]);
  expect([numberOf("memory-high"), numberOf("cpu-max"), numberOf("pids-max")]).toEqual([null, 1.5, 64]);
  expect([numberOf("cpu-weight"), numberOf("isolate"), numberOf("stop-signals")]).toEqual([null, null, null]);
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

describe("an answer that was given before", () => {
  test("is the same only where the options, the variables and the files are", () => {
    const graceWith = (words: string[], environment: Record<string, string>, file: string | null) => {
      const answer = askInit({
        words: [...words, "--", "node"],
        environment,
        read: (path) => (path === "/.tini.yml" && file !== null ? Buffer.from(file) : null),
      });
      return answer.outcome === "configured" ? answer.settings.get("grace")?.value : answer.outcome;
    };
    for (let times = 0; times < 2; times++) {
      expect(graceWith([], {}, null)).toBe("forever");
      expect(graceWith([], {}, "grace: 1s\n")).toBe("1s");
      expect(graceWith([], {}, "grace: 2s\n")).toBe("2s");
      expect(graceWith([], { TINI_GRACE: "3" }, "grace: 2s\n")).toBe("3s");
      expect(graceWith(["--grace=4s"], { TINI_GRACE: "3" }, "grace: 2s\n")).toBe("4s");
      expect(graceWith([], {}, "grace: soon\n")).toBe("refused");
    }
  });

  test("is another where -- is the value of an option", () => {
    for (const last of ["1", "300"]) {
      const words = ["--config", "--", `--remap-exit=${last}`, "--", "node"];
      const answer = askInit({ words, read: (path) => (path === "--" ? Buffer.from("") : null) });
      expect(answer.outcome).toBe(last === "1" ? "configured" : "refused");
    }
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
