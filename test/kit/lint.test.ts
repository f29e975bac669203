/** tini-ts lint as a command: its output, its exit code, its fixes, and files that are wrong. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import AjvDraft04 from "ajv-draft-04";
import formats from "ajv-formats";
import type { Log } from "sarif";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { lint } from "../../src/kit/lint.ts";
import { RULES } from "../../src/kit/rules/index.ts";
import { Workspace } from "../../src/kit/workspace.ts";
import { folderOf, run } from "./command.ts";

const program = join(import.meta.dirname, "../../src/kit/main.ts");

/** The command as users have it, in a folder. */
const command = (folder: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "lint", ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { code: status, stdout, stderr };
};

const SHELL_FORM = 'FROM debian\nENTRYPOINT ["/usr/bin/tini", "--"]\nRUN apt-get install tini\nCMD server --all\n';
const FINE = 'FROM debian\nCMD ["server"]\n';
/** A warning, and one that is no more than info. */
const INFO = 'FROM debian\nCMD ["supervisord", "-n"]\n';
const ERROR = 'FROM debian\nENTRYPOINT ["/tini", "--", "server"]\n';

describe("the output for people", () => {
  test("has the place, the reason, the line with a caret, and what to do", async () => {
    const folder = folderOf({ Dockerfile: SHELL_FORM });
    const { code, stdout, stderr } = await run(["lint", folder], { folder });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "1 file: 1 warning\n" });
    expect(stdout).toBe(
      "Dockerfile:4:5: warning: CMD server --all is the shell form: sh (dash) stays in front of the program, and " +
        "forwards no signal to it. [shell-form]\n" +
        "  4 | CMD server --all\n    |     ^~~~~~~~~~~~\n" +
        '  fix: Write it as a list: CMD ["server", "--all"].\n' +
        "  more: https://github.com/tini-ts/tini-ts/blob/main/docs/rules/shell-form.md\n\n",
    );
  });

  test("puts the caret below its character behind tabs, and cuts lines that are long", async () => {
    const long = `"${"x".repeat(300)}"`;
    const folder = folderOf({
      "a.Dockerfile": "FROM debian\n\tCMD\tserver --all\n",
      "b.Dockerfile": `FROM node:22\nCMD ["node", ${long}, "&", ${long}]\n`,
    });
    const { stdout } = await run(["lint", folder], { folder });
    expect(stdout).toContain("  2 | \tCMD\tserver --all\n    | \t   \t^~~~~~~~~~~~\n");
    for (const line of stdout.split("\n").filter((line) => line.includes(" | "))) expect(line.length).toBeLessThan(110);
  });

  test("has colours only on a terminal, and as NO_COLOR, FORCE_COLOR and --no-color say", async () => {
    const folder = folderOf({ Dockerfile: SHELL_FORM });
    const isColoured = async (environment: Record<string, string>, isTerminal: boolean, ...words: string[]) =>
      (await run(["lint", folder, ...words], { environment, isTerminal })).stdout.includes("\x1b[");
    expect(await isColoured({}, false)).toBe(false);
    expect(await isColoured({}, true)).toBe(true);
    expect(await isColoured({ NO_COLOR: "1" }, true)).toBe(false);
    expect(await isColoured({ NO_COLOR: "" }, true)).toBe(true);
    expect(await isColoured({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(await isColoured({ FORCE_COLOR: "0" }, true)).toBe(false);
    expect(await isColoured({ FORCE_COLOR: "1", NO_COLOR: "1" }, true)).toBe(false);
    expect(await isColoured({ TERM: "dumb" }, true)).toBe(false);
    expect(await isColoured({}, true, "--no-color")).toBe(false);
  });

  test("is nothing if nothing is found, and no summary with --quiet", async () => {
    const folder = folderOf({ Dockerfile: FINE });
    expect(await run(["lint", folder])).toEqual({ code: 0, stdout: "", stderr: "1 file: nothing found\n" });
    expect(await run(["lint", "--quiet", folder])).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("how it ends", () => {
  test.each([
    [FINE, "info", 0],
    [INFO, "info", 1],
    [INFO, "warning", 0],
    [SHELL_FORM, "warning", 1],
    [SHELL_FORM, "error", 0],
    [ERROR, "error", 1],
  ])("%j with --fail-on %s: %d", async (text, failOn, expected) => {
    const folder = folderOf({ Dockerfile: text });
    expect((await run(["lint", "--fail-on", failOn, folder])).code).toBe(expected);
    expect((await run(["lint", `--fail-on=${failOn}`, folder])).code).toBe(expected);
  });

  test("as a process, with the folder that it runs in", () => {
    const folder = folderOf({ "web/Dockerfile": SHELL_FORM, "Dockerfile.fine": FINE });
    const { code, stdout, stderr } = command(folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "2 files: 1 warning\n" });
    expect(stdout).toMatch(/^web\/Dockerfile:4:5: warning: /);
    expect(command(folder, "Dockerfile.fine").code).toBe(0);
  });

  test.each([
    [["--format", "xml"], "tini-ts: --format xml: one of people, json, sarif, github was expected\n"],
    [["--fail-on", "fatal"], "tini-ts: --fail-on fatal: one of info, warning, error was expected\n"],
    [["--fail-on"], "tini-ts: --fail-on needs a value\n"],
    [["--disable", "no-innit"], "tini-ts: --disable no-innit: there is no such rule; did you mean no-init?\n"],
    [["--fixx"], "tini-ts: unknown option --fixx; did you mean --fix?\n"],
    [["--no-colour"], "tini-ts: unknown option --no-colour; did you mean --no-color?\n"],
    [["-x"], "tini-ts: unknown option -x\n"],
    [["--quiet=maybe"], "tini-ts: --quiet takes no value\n"],
  ])("with 2 and a sentence for %j", async (words, sentence) => {
    expect(await run(["lint", ...words])).toEqual({ code: 2, stdout: "", stderr: sentence });
  });

  test("with usage for -h, that names each option", async () => {
    const { code, stdout, stderr } = await run(["lint", "-h"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const option of ["--fix", "--format", "--fail-on", "--disable", "--no-color", "--quiet"]) {
      expect(stdout).toContain(`  ${option}`);
    }
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe("a rule is left out", () => {
  const rulesOf = (files: Record<string, string>, disabled: string[] = []) =>
    lint([folderOf(files)], { disabled: new Set(disabled) }).findings.map(({ rule, start }) => `${rule}:${start.line}`);
  const TWO = "FROM node:22\nCMD npm start\n";

  test("by --disable, several times or with commas", async () => {
    const folder = folderOf({ Dockerfile: TWO });
    const { stdout } = await run(["lint", "--format=json", "--disable", "no-init", "--disable=shell-form", folder]);
    expect(stdout).toContain("package-manager-as-program");
    const everything = (await run(["lint", "--format=json", folder])).stdout;
    expectAbsent(/"(?:no-init|shell-form)"/, stdout, everything);
    const all = "no-init,shell-form,package-manager-as-program";
    expect((await run(["lint", "--disable", all, folder])).code).toBe(0);
    expect(rulesOf({ Dockerfile: TWO })).toHaveLength(2);
  });

  test("and then the general rule reports what a more exact one would have", () => {
    const files = { Dockerfile: "FROM node:22\nCMD node server.js\n" };
    expect(rulesOf(files)).toEqual(["shell-form:2"]);
    expect(rulesOf(files, ["shell-form"])).toEqual(["no-init:2"]);
    expect(rulesOf({ Dockerfile: `# tini-ts-disable shell-form\n${files.Dockerfile}` })).toEqual(["no-init:3"]);
    expect(rulesOf({ Dockerfile: 'FROM node:22\nCMD ["npm", "start"]\n' })).toEqual(["package-manager-as-program:2"]);
  });

  test("in the whole file by a comment", () => {
    expect(rulesOf({ Dockerfile: `# tini-ts-disable shell-form, no-init\n${TWO}` })).toEqual([
      "package-manager-as-program:3",
    ]);
    const found = (text: string): string[] =>
      rulesOf({ Dockerfile: text }).filter((rule) => rule === "package-manager-as-program:2");
    expectAbsent(found, `${TWO}  #tini-ts-disable  package-manager-as-program\n`, TWO);
  });

  test("for the next instruction by a comment, whole as it is", () => {
    const text = (comment: string) =>
      `FROM node:22 AS a\n${comment}\nCMD ["node", \\\n  # in between\n  "x"]\nFROM node:22\nCMD ["node"]\n`;
    expect(rulesOf({ Dockerfile: text("") })).toEqual(["no-init:3", "no-init:7"]);
    expect(rulesOf({ Dockerfile: text("# tini-ts-disable-next-line no-init") })).toEqual(["no-init:7"]);
    expect(rulesOf({ Dockerfile: text("# tini-ts-disable-next-line shell-form") })).toHaveLength(2);
    expect(
      rulesOf({ Dockerfile: "FROM debian\n# tini-ts-disable-next-line shell-form\nCMD a \\\n  b\nCMD c" }),
    ).toEqual(["shell-form:5"]);
  });

  test("in YAML for the key that follows and all that is in it", () => {
    const text = (atWeb: string, atCommand: string, behind = "") =>
      `services:${behind}\n  ${atWeb}\n  web:\n    image: node:22\n    ${atCommand}\n    command:\n    - node\n    - x\n` +
      "  api:\n    image: node:22\n    command: node x\n";
    const off = "# tini-ts-disable-next-line no-init";
    expect(rulesOf({ "compose.yaml": text("", "") })).toEqual(["no-init:7", "no-init:11"]);
    expect(rulesOf({ "compose.yaml": text("", off) })).toEqual(["no-init:11"]);
    expect(rulesOf({ "compose.yaml": text(off, "") })).toEqual(["no-init:11"]);
    expect(rulesOf({ "compose.yaml": text("", "", " # tini-ts-disable no-init") })).toEqual([]);
  });

  test("in the script that is found to be wrong", () => {
    const files = { Dockerfile: 'FROM debian\nCOPY a.sh /\nCMD ["/a.sh"]\n', "a.sh": '#!/bin/sh\n"$@"\n' };
    expect(rulesOf(files, ["no-init"])).toEqual(["script-without-exec:2"]);
    const off = '#!/bin/sh\n# tini-ts-disable-next-line script-without-exec\n"$@"\n';
    expect(rulesOf({ ...files, "a.sh": off }, ["no-init"])).toEqual([]);
  });
});

describe("other formats", () => {
  test("json has all that was found, and what could not be looked at", async () => {
    const folder = folderOf({ Dockerfile: SHELL_FORM, "compose.yaml": "a: [\n" });
    const { code, stdout } = await run(["lint", "--format", "json", folder], { folder });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [
        {
          rule: "shell-form",
          severity: "warning",
          file: "Dockerfile",
          start: { line: 4, column: 5 },
          end: { line: 4, column: 17 },
          edits: [{ offset: SHELL_FORM.indexOf("server"), length: 12, text: '["server", "--all"]' }],
        },
      ],
      remarks: [{ path: "compose.yaml", isFailure: true }],
      files: 1,
    });
  });

  test("Dockerfiles with an unknown base image are reported once, with their number", async () => {
    const unknown = 'FROM registry.example.org/base\nCMD ["node", "server.js"]\n';
    const said = 'FROM registry.example.org/base\nENTRYPOINT ["/app"]\n';
    const folder = folderOf({
      "a/Dockerfile": unknown,
      "b/Dockerfile": unknown,
      "c/Dockerfile": said,
      Dockerfile: FINE,
    });
    const { stderr } = await run(["lint", folder]);
    expect(stderr).toBe(
      "4 files: nothing found\n2 Dockerfiles set no ENTRYPOINT, and that of their base images is not known: whether an init is missing there is not looked at (images in .tini-ts-lint.yml says what a base image runs)\n",
    );
    expect((await run(["lint", join(folder, "a")])).stderr).toContain(
      "\n1 Dockerfile sets no ENTRYPOINT, and that of its base image is not known: ",
    );
    expect(await run(["lint", "--quiet", folder])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse((await run(["lint", "--format=json", folder], { folder })).stdout)).toMatchObject({
      unknownEntrypoints: ["a/Dockerfile", "b/Dockerfile"],
    });
    const log = JSON.parse(command(folder, "--format=sarif").stdout) as Log;
    expect(log.runs[0]?.invocations?.[0]?.toolExecutionNotifications).toEqual([
      {
        level: "note",
        message: { text: stderr.split("\n")[1] },
        locations: ["a/Dockerfile", "b/Dockerfile"].map((uri) => ({
          physicalLocation: { artifactLocation: { uri, uriBaseId: "SRCROOT" } },
        })),
      },
    ]);
    // Where the project says what its base is, all is known.
    writeFileSync(
      join(folder, ".tini-ts-lint.yml"),
      "images: { registry.example.org/base: { entrypoint: [tini, --] } }\n",
    );
    expect((await run(["lint", folder])).stderr).toBe("4 files: nothing found\n");
  });

  test("github has a workflow command for each, with what must be escaped escaped", () => {
    const folder = folderOf({ "a,b: 100%/Dockerfile": "FROM debian\nCMD a 100% \\\n b\n", "compose.yaml": "a: [\n" });
    const { stdout } = command(folder, "--format=github");
    const [found = "", failed = ""] = stdout.split("\n");
    expect(found).toMatch(
      /^::warning file=a%2Cb%3A 100%25\/Dockerfile,line=2,col=5,endLine=3,title=shell-form::CMD a 100%25 +b is the shell form: [^\n]+$/,
    );
    expect(failed).toMatch(/^::error file=compose\.yaml::compose\.yaml is broken YAML at \d+:\d+: /);
  });

  describe("sarif", () => {
    const schema: unknown = createRequire(import.meta.url)("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
    const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
    formats.default(ajv);
    const validate = ajv.compile(schema as object);

    test("is valid by its schema, for all that the rules find", () => {
      const { stdout } = command(join(import.meta.dirname, "fixtures"), "--format", "sarif");
      const log = JSON.parse(stdout) as Log;
      validate(log);
      expect(validate.errors).toBe(null);
      const [only] = log.runs;
      const found = new Set(only?.results?.map(({ ruleId }) => ruleId));
      expect([...found].sort()).toEqual(RULES.map(({ name }) => name).sort());
      for (const { ruleId, ruleIndex = -1 } of only?.results ?? []) expect(RULES[ruleIndex]?.name).toBe(ruleId);
    });

    test("is refused by the schema where it is wrong", () => {
      expect(validate({ version: "2.1.0", runs: [{ tool: {} }] })).toBe(false);
    });

    test("has places, fixes, and what could not be looked at", () => {
      const folder = folderOf({ "a b/Dockerfile": SHELL_FORM, "compose.yaml": "a: [\n" });
      const { code, stdout } = command(folder, "--format=sarif");
      expect(code).toBe(1);
      const log = JSON.parse(stdout) as Log;
      expect(validate(log)).toBe(true);
      const artifactLocation = { uri: "a%20b/Dockerfile", uriBaseId: "SRCROOT" };
      const region = { startLine: 4, startColumn: 5, endLine: 4, endColumn: 17 };
      expect(log.runs[0]).toMatchObject({
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { uri: `file://${folder}/` } },
        results: [
          {
            ruleId: "shell-form",
            level: "warning",
            locations: [{ physicalLocation: { artifactLocation, region } }],
            fixes: [
              {
                artifactChanges: [
                  {
                    artifactLocation,
                    replacements: [{ deletedRegion: region, insertedContent: { text: '["server", "--all"]' } }],
                  },
                ],
              },
            ],
          },
        ],
        invocations: [{ executionSuccessful: false, toolExecutionNotifications: [{ level: "error" }] }],
      });
    });
  });
});

describe("a comment that is meant to turn a rule off and does not is reported", () => {
  test.each([
    ["# tini-ts-disable no-inti", "there is no rule no-inti; did you mean no-init?"],
    ["# tini-ts-disable-next-line: shell-form, shelform", "there is no rule shelform; did you mean shell-form?"],
    ["# tini-ts-disable", "tini-ts-disable needs the name of a rule"],
    [
      "# tini-ts-disable-nextline no-init",
      "tini-ts-disable-nextline is not known; did you mean tini-ts-disable-next-line?",
    ],
    ["# tini-ts-disable no-init # why", null],
    ["# tini-ts-full is copied below", null],
  ])("%s", async (comment, said) => {
    const folder = folderOf({ Dockerfile: `FROM debian\n${comment}\nCMD ["nginx"]\n` });
    const { code, stderr } = await run(["lint", folder], { folder });
    const remark = said === null ? "" : `Dockerfile has a comment without effect in line 2: ${said}\n`;
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${remark}1 file: nothing found\n` });
  });
});

describe("--fix", () => {
  test("writes what is safe, round by round, and reports the rest", async () => {
    const folder = folderOf({
      Dockerfile: "FROM debian\r\n# why\r\nCMD server \\\r\n  --all\r\n",
      "compose.yaml":
        "services:\n  # the shop\n  web:\n    image: node:22\n    command: sh -c 'npm ci && node server.js' # x\n",
      "entry/Dockerfile":
        'FROM alpine\nRUN apk add tini\nCOPY a.sh /\nENTRYPOINT ["tini", "--", "/a.sh"]\nCMD ["server"]',
      "entry/a.sh": '#!/bin/sh\nset -e\n"$@"\n',
      "left/Dockerfile": 'FROM node:22\nCMD ["node", "x"]\n',
    });
    const { code, stdout, stderr } = await run(["lint", "--fix", folder], { folder });
    const read = (path: string) => readFileSync(join(folder, path), "utf8");
    expect(read("Dockerfile")).toBe('FROM debian\r\n# why\r\nCMD ["server", "--all"]\r\n');
    expect(read("compose.yaml")).toBe(
      "services:\n  # the shop\n  web:\n    init: true\n    image: node:22\n" +
        "    command: sh -c 'npm ci && exec node server.js' # x\n",
    );
    expect(read("entry/a.sh")).toBe('#!/bin/sh\nset -e\nexec "$@"\n');
    expect(read("left/Dockerfile")).toBe('FROM node:22\nCMD ["node", "x"]\n');
    expect({ code, stderr }).toEqual({ code: 1, stderr: "3 fixed\n4 files: 1 warning\n" });
    expect(stdout).toMatch(/^left\/Dockerfile:2:6: warning: node runs without an init/);
  });

  test("leaves a file alone that has nothing to fix, and has no work the second time", async () => {
    const folder = folderOf({ Dockerfile: SHELL_FORM, "Dockerfile.fine": FINE });
    const seen = (path: string) => {
      const { ino, mtimeMs, ctimeMs } = statSync(join(folder, path));
      return { ino, mtimeMs, ctimeMs };
    };
    const before = seen("Dockerfile.fine");
    await run(["lint", "--fix", folder]);
    const once = seen("Dockerfile");
    expect(seen("Dockerfile.fine")).toEqual(before);
    expect((await run(["lint", "--fix", folder])).stderr).toBe("0 fixed\n2 files: nothing found\n");
    expect(seen("Dockerfile")).toEqual(once);
  });

  test("keeps the mode and a byte order mark", async () => {
    const folder = folderOf({ Dockerfile: `\ufeff${SHELL_FORM}` });
    const path = join(folder, "Dockerfile");
    chmodSync(path, 0o640);
    await run(["lint", "--fix", folder]);
    expect(readFileSync(path, "utf8")).toBe(`\ufeff${SHELL_FORM.replace("server --all", '["server", "--all"]')}`);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("leaves out the rules that are turned off", async () => {
    const text = `# tini-ts-disable shell-form\n${SHELL_FORM}`;
    const folder = folderOf({ Dockerfile: text });
    await run(["lint", "--fix", folder]);
    expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toBe(text);
  });

  test("the fixed files of all rules have no such findings any more", async () => {
    const fixtures = join(import.meta.dirname, "fixtures");
    const all = lint([fixtures]);
    const files = Object.fromEntries(
      [...all.sources].map(([path, source]) => [path.slice(fixtures.length + 1), source.text]),
    );
    // What the found files stand beside is needed too.
    const folder = folderOf({});
    spawnSync("cp", ["-r", `${fixtures}/.`, folder]);
    await run(["lint", "--fix", folder]);
    const fixable = all.findings.filter(({ edits }) => edits !== undefined);
    expect(fixable.length).toBeGreaterThan(10);
    expect(Object.keys(files).length).toBeGreaterThan(10);
    const left = lint([folder]).findings.filter(({ edits }) => edits !== undefined);
    expect(left).toEqual([]);
  });
});

describe("files that are wrong get one line each, and the rest is linted", () => {
  const isRoot = process.getuid?.() === 0;

  test("binary, huge, UTF-16, no UTF-8, broken YAML, no FROM, FIFO, a folder of the name", async () => {
    const folder = folderOf({
      "binary/Dockerfile": Buffer.from("FROM x\0\n"),
      "huge/Dockerfile": `${FINE}${"#".repeat(16 << 20)}`,
      "large/Dockerfile": `${FINE}${"# a line\n".repeat(300_000)}`,
      "latin/Dockerfile": Buffer.from("FROM d\xe9bian\n", "latin1"),
      "utf16/compose.yaml": Buffer.from("\ufeffservices: {}", "utf16le"),
      "broken/compose.yaml": "services:\n  web: [\n",
      "part/Dockerfile": "RUN make\n",
      "fine/Dockerfile": SHELL_FORM,
      "long/list.yaml": `apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: List\nitems:\n${"  - {}\n".repeat(700_000)}`,
      "Dockerfile/Dockerfile.inner": FINE,
    });
    spawnSync("mkfifo", [join(folder, "Containerfile")]);
    const { code, stdout, stderr } = await run(["lint", folder], { folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fine\/Dockerfile:4:5: warning: /);
    expect(stderr.split("\n")).toEqual([
      "Containerfile is no regular file",
      "binary/Dockerfile is binary: it has a NUL byte",
      expect.stringMatching(/^broken\/compose\.yaml is broken YAML at 3:1: \S[^\n]+$/),
      expect.stringMatching(/^huge\/Dockerfile is larger than 16 MiB \(\d+ bytes\)$/),
      "latin/Dockerfile is no text in UTF-8",
      "long/list.yaml has a document larger than 4 MiB, at line 3",
      "part/Dockerfile is skipped: it has no FROM, and is no whole Dockerfile",
      "utf16/compose.yaml is UTF-16, not UTF-8",
      "3 files: 1 warning",
      "",
    ]);
  });

  test("links: to nothing, round in a circle, back to a folder around them, to a file, to a folder", async () => {
    const folder = folderOf({ "a/Dockerfile": SHELL_FORM });
    symlinkSync("nothing", join(folder, "Dockerfile"));
    symlinkSync("circle", join(folder, "circle"));
    symlinkSync("../..", join(folder, "a/back"));
    symlinkSync("a/Dockerfile", join(folder, "same.Dockerfile"));
    symlinkSync("a", join(folder, "b"));
    const { code, stdout, stderr } = await run(["lint", folder], { folder });
    expect(code).toBe(1);
    // Once, by the name that is met first.
    expect(stdout.match(/: warning: /g)).toHaveLength(1);
    expect(stderr.split("\n")).toEqual([
      "Dockerfile cannot be read: no such file or directory",
      "circle cannot be read: too many symbolic links encountered",
      "a/back is a link back to a folder around it, and not followed",
      "1 file: 1 warning",
      "",
    ]);
  });

  test("files and folders without permission", () => {
    const folder = folderOf({ "a/Dockerfile": FINE, "b/Dockerfile": FINE, "c/Dockerfile": SHELL_FORM });
    chmodSync(join(folder, "a"), 0);
    chmodSync(join(folder, "b/Dockerfile"), 0);
    chmodSync(folder, 0o755);
    // Root may read all: another user looks.
    const [file = "", ...words] = isRoot
      ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, program, "lint", folder]
      : [process.execPath, program, "lint", folder];
    const { status, stdout, stderr } = spawnSync(file, words, { encoding: "utf8", cwd: "/" });
    chmodSync(join(folder, "a"), 0o755);
    expect(status).toBe(1);
    expect(stdout).toContain("c/Dockerfile:4:5: warning: ");
    expect(stderr.replaceAll(`${folder}/`, "")).toBe(
      "a cannot be read: permission denied\nb/Dockerfile cannot be read: permission denied\n1 file: 1 warning\n",
    );
  });

  test("named files that do not exist, or are not linted", async () => {
    const folder = folderOf({ "notes.txt": "hello\n", Dockerfile: FINE, "any.txt": SHELL_FORM });
    const { code, stderr } = await run(["lint", join(folder, "gone"), join(folder, "notes.txt"), folder], { folder });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "gone cannot be read: no such file or directory\nnotes.txt is none of the files that are linted\n1 file: nothing found\n",
    });
    // Named, a file is what its text says.
    expect((await run(["lint", join(folder, "any.txt")])).code).toBe(1);
  });

  test("templates are skipped with a remark, and that is no failure", async () => {
    const pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: x\n      image: {{ .Values.image }}\n";
    const folder = folderOf({ "chart/templates/pod.yaml": pod, "values.yaml": "image: x\n" });
    const { code, stderr } = await run(["lint", folder], { folder });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        "chart/templates/pod.yaml is skipped: a template, whose {{ }} have to be filled in first\n0 files: nothing found\n",
    });
  });

  test("quoted actions and GitHub's are not templates", async () => {
    const folder = folderOf({
      "pod.yaml":
        'apiVersion: v1\nkind: Pod\nmetadata: {annotations: {a: "{{ x }}"}}\nspec: {containers: [{name: a}]}\n',
      ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    container: ${{ matrix.image }}\n",
    });
    expect((await run(["lint", folder])).stderr).toBe("2 files: nothing found\n");
  });

  test("text that is nested too deep for its parser", async () => {
    const deep = "[".repeat(200_000);
    const folder = folderOf({
      "compose.yaml": `a: ${deep}\n`,
      Dockerfile: `FROM debian\nCMD ["sh", "-c", "${"(".repeat(100_000)}"]\n`,
    });
    const { code, stderr } = await run(["lint", folder], { folder });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^compose\.yaml [^\n]+\n1 file: [^\n]+\n$/);
  });

  test("YAML that refers to itself, or grows without end", async () => {
    const bomb = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`).join("\n");
    const folder = folderOf({
      "compose.yaml": "services:\n  web: &w\n    <<: *w\n    <<: [*w, *w]\n    command: node x\n    extends: web\n",
      "bomb/compose.yaml": `a0: &a0 [x]\n${bomb}\nservices: {web: {image: node:22, command: *a30}}\n`,
    });
    expect((await run(["lint", folder])).code).not.toBe(2);
  });
});

describe("which files", () => {
  const linted = (files: Record<string, string>) => {
    const folder = folderOf(files);
    const workspace = new Workspace();
    lint([folder], { workspace });
    return workspace.parses.map((path) => path.slice(folder.length + 1));
  };

  test("are looked at by their names, and YAML by what is in it", () => {
    const pod = "apiVersion: v1\nkind: Pod\n";
    const yes = [
      "Containerfile",
      "Dockerfile",
      "Dockerfile.prod",
      "a/docker-compose.prod.yml",
      "api.Dockerfile",
      "b/compose.yml",
      "c/.gitlab-ci.yml",
      "d/.tini.yml",
    ];
    const no = ["Dockerfile.dockerignore", "Dockerfile.md", "Dockerfile.j2", "values.yaml", "tini.txt", "compose.json"];
    const files = Object.fromEntries(
      [...yes, ...no].map((path) => [path, /ockerfile|Containerfile/.test(path) ? FINE : "x: y\n"]),
    );
    expect(linted({ ...files, "deploy/pod.yaml": pod, ".github/workflows/a.yaml": "on: push\n" }).sort()).toEqual(
      [...yes, "deploy/pod.yaml", ".github/workflows/a.yaml"].sort(),
    );
  });

  test("are not those of others, and those that .gitignore names", () => {
    const at = ["", "node_modules/x/", ".git/", "vendor/", "a/build/", "a/keep/", "a/b/"];
    const files = Object.fromEntries(at.map((folder) => [`${folder}Dockerfile`, FINE]));
    expect(linted({ ...files, ".gitignore": "vendor/\nbuild\nkeep\n", "a/.gitignore": "!keep\n/b/\n" }).sort()).toEqual(
      ["Dockerfile", "a/keep/Dockerfile"],
    );
  });

  test("are not those that a .gitignore above names, up to the repository's root", async () => {
    const folder = folderOf({ ".gitignore": "b\n", "a/b/Dockerfile": SHELL_FORM, "a/Dockerfile": FINE });
    expect((await run(["lint", join(folder, "a")])).code).toBe(1);
    mkdirSync(join(folder, ".git"));
    expect((await run(["lint", join(folder, "a")])).code).toBe(0);
  });

  test("are read once and parsed once, a thousand of them, and those that others name too", () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 250; index++) {
      files[`${index}/Dockerfile`] = `FROM debian\nCOPY a.sh /\nCMD ["/a.sh"]\n`;
      files[`${index}/a.sh`] = '#!/bin/sh\nexec "$@"\n';
      files[`${index}/compose.yaml`] = "services: {a: {build: ., command: x}, b: {build: {context: ., target: '0'}}}\n";
      files[`${index}/pod.yaml`] = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, command: [node]}]}\n";
      files[`${index}/values.yaml`] = "a: b\n";
    }
    const workspace = new Workspace();
    const steps: number[] = [];
    const folder = folderOf(files);
    const report = lint([folder], { workspace, onProgress: (done) => steps.push(done) });
    expect(report.files).toBe(750);
    for (const paths of [workspace.reads, workspace.parses]) expect(paths).toHaveLength(new Set(paths).size);
    expect(workspace.reads).toEqual(expect.arrayContaining(Object.keys(files).map((path) => join(folder, path))));
    expect(workspace.parses).toHaveLength(750);
    expect(steps).toEqual(Array.from({ length: 1001 }, (_, index) => index));
  });

  test("come in one order, whatever the order of the names", async () => {
    const folder = folderOf({ "b/Dockerfile": SHELL_FORM, "a/Dockerfile": SHELL_FORM });
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    const { stdout } = await run(["lint", folder]);
    expect((await run(["lint", b, a, folder])).stdout).toBe(stdout);
    writeFileSync(join(folder, "x"), "");
    expect(stdout.match(/(?<=\/)[ab](?=\/Dockerfile:)/g)).toEqual(["a", "b"]);
  });
});

describe("the toolkit's command line", () => {
  test("suggests a similar command, and lists the commands", async () => {
    expect(await run(["lnt"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean lint?") as unknown,
    });
    expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringContaining("lint") as unknown });
  });

  test("prints its version", async () => {
    expect((await run(["--version"])).stdout).toMatch(/^tini-ts \d+\.\d+\.\d+\n$/);
  });
});
