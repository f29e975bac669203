/** The project's settings, its baseline, standard input, and what ends a run. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { describe, expect, onTestFinished, test } from "vitest";
import { NO_ADDITIONS, setAdditions } from "../../src/kit/launches/additions.ts";
import { main } from "../../src/kit/toolkit.ts";
import { SCHEMA } from "../../src/kit/settings/schema.ts";
import { folderOf, run } from "./command.ts";

const NODE = 'FROM node:22\nCMD ["node", "a"]\n';
const SHELL = "FROM debian\nCMD nginx -g 'daemon off;'\n";

/** Lints a folder with these files, and says which files findings are in. */
async function linted(files: Readonly<Record<string, string>>, ...words: string[]) {
  onTestFinished(() => setAdditions(NO_ADDITIONS));
  const folder = folderOf(files);
  const { code, stdout, stderr } = await run(["lint", ...words, folder], { folder });
  const found = [...stdout.matchAll(/^(\S+?):\d+:\d+: (\w+): .* \[(\S+)\]$/gm)];
  return {
    code,
    stderr,
    found: found.map(([, file, severity, rule]) => `${file ?? ""} ${severity ?? ""} ${rule ?? ""}`),
  };
}

describe("settings", () => {
  test("the schema is docs/tini-ts-lint.schema.json", async () => {
    const path = join(import.meta.dirname, "../../docs/tini-ts-lint.schema.json");
    await expect(await format(JSON.stringify(SCHEMA), { parser: "json", printWidth: 120 })).toMatchFileSnapshot(path);
  });

  test("exclude files, and set the severity of rules, for all files or some", async () => {
    const settings =
      "exclude: [vendor/]\nrules: { no-init: error, shell-form: off }\noverrides:\n  - files: [old/]\n    rules: { no-init: info }\n  - files: [old/off/]\n    rules: { no-init: off }\n";
    expect(
      await linted({
        ".tini-ts-lint.yml": settings,
        Dockerfile: NODE,
        "shell/Dockerfile": SHELL,
        "vendor/Dockerfile": NODE,
        "old/Dockerfile": NODE,
        "old/off/Dockerfile": NODE,
      }),
    ).toMatchObject({ code: 1, found: ["Dockerfile error no-init", "old/Dockerfile info no-init"] });
  });

  test("can be in package.json, and apply below a folder", async () => {
    const files = { "package.json": '{ "tini-ts-lint": { "fail-on": "error" } }', "a/Dockerfile": NODE };
    expect(await linted(files)).toMatchObject({ code: 0, found: ["a/Dockerfile warning no-init"] });
    expect((await linted(files, "--fail-on", "warning")).code).toBe(1);
    expect((await linted(files, "--no-config")).code).toBe(1);
  });

  test("declare your own programs and images", async () => {
    const files = {
      ".tini-ts-lint.yml":
        'deaf-programs: [my-server]\nimages:\n  example.org/base: { entrypoint: ["tini", "--"] }\n  example.org/bare: {}\n',
      Dockerfile: 'FROM debian\nCMD ["/usr/bin/my-server"]\n',
      "base/Dockerfile": 'FROM example.org/base:3\nCMD ["node", "a"]\n',
      "bare/Dockerfile": 'FROM example.org/bare:3\nCMD ["node", "a"]\n',
    };
    expect((await linted(files)).found).toEqual(["Dockerfile warning no-init", "bare/Dockerfile warning no-init"]);
    expect((await linted(files, "--no-config")).found).toEqual([]);
  });

  test.each([
    ["exlude: []\n", "1: there is no key exlude; did you mean exclude?"],
    ["\nrules:\n  no-inti: off\n", "3: rules: there is no key no-inti; did you mean no-init?"],
    ["rules:\n  no-init: of\n", "2: rules.no-init: one of off, info, warning, error was expected; did you mean off?"],
    ["exclude: vendor\n", "1: exclude must be a list"],
    ["fail-on-unreadable: 1\n", "1: fail-on-unreadable must be true or false"],
    ["- a\n", "1: the settings must be a map"],
    ["overrides:\n  - file: [a]\n    rules: {}\n", "2: overrides.0 must have required property 'files'"],
    [
      "images:\n  a: { distribution: debain }\n",
      "2: images.a.distribution: one of debian, alpine, redhat, none was expected; did you mean debian?",
    ],
    ["rules: [\n", expect.stringMatching(/^2: broken YAML: /) as string],
  ])("that are wrong are one sentence with the line: %j", async (text, sentence) => {
    const folder = folderOf({ ".tini-ts-lint.yml": text, Dockerfile: NODE });
    const { code, stdout, stderr } = await run(["lint", folder], { folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.replace(/^tini-ts: \S*\.tini-ts-lint\.yml:(.*)\n$/, "$1")).toEqual(sentence);
  });

  test("may be an empty file", async () => {
    expect((await linted({ ".tini-ts-lint.yml": "# nothing\n", Dockerfile: NODE })).code).toBe(1);
  });
});

describe("--baseline", () => {
  test("is written at first; then only new findings count, wherever the old ones have moved", async () => {
    const folder = folderOf({ Dockerfile: NODE, "b/Dockerfile": SHELL });
    const baseline = join(folder, "known.json");
    const lint = (...words: string[]) => run(["lint", "--baseline", baseline, ...words, folder], { folder });
    expect(await lint()).toEqual({
      code: 0,
      stdout: "",
      stderr: "2 files: nothing found\nknown.json: written, with 2 findings; from now on only new ones count\n",
    });
    writeFileSync(join(folder, "Dockerfile"), `# more\n\n${NODE.replace("CMD ", "CMD   ")}`);
    expect(await lint()).toEqual({ code: 0, stdout: "", stderr: "2 files: nothing found\n2 more in known.json\n" });
    writeFileSync(join(folder, "b/Dockerfile"), SHELL.replace("nginx", "nginx -q"));
    const third = await lint();
    expect(third.code).toBe(1);
    expect(third.stdout).toMatch(/^b\/Dockerfile:2:5: warning: .*\[shell-form\]\n/);
    expect(third.stderr).toBe(
      "2 files: 1 warning\n1 more in known.json\n1 of known.json are gone: --update-baseline forgets them\n",
    );
    expect((await lint("--update-baseline")).code).toBe(0);
    expect((await lint()).stderr).toBe("2 files: nothing found\n2 more in known.json\n");
  });

  test("accepts no more findings than there were", async () => {
    const folder = folderOf({ Dockerfile: NODE });
    const baseline = join(folder, "known.json");
    await run(["lint", "--baseline", baseline, folder]);
    writeFileSync(join(folder, "Dockerfile"), `${NODE.replace("FROM node:22", "FROM node:22 AS a")}${NODE}`);
    const { code, stdout } = await run(["lint", "--baseline", baseline, folder]);
    expect({ code, found: stdout.match(/no-init\]/g)?.length }).toEqual({ code: 1, found: 1 });
  });

  test("is refused if it is not a baseline, and stays", async () => {
    const folder = folderOf({ Dockerfile: NODE, "known.json": "{}" });
    const { code, stderr } = await run(["lint", "--baseline", join(folder, "known.json"), folder], { folder });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "tini-ts: known.json is no baseline of this version: --update-baseline writes it anew\n",
    });
    expect(readFileSync(join(folder, "known.json"), "utf8")).toBe("{}");
    rmSync(join(folder, "known.json"));
    expect((await run(["lint", "--update-baseline", folder])).stderr).toBe(
      "tini-ts: --update-baseline needs --baseline FILE\n",
    );
  });
});

/** Lints a text from standard input. */
async function fromInput(text: string, ...words: string[]) {
  const said = { stdout: "", stderr: "" };
  const code = await main(["lint", "--no-config", ...words, "-"], {
    environment: {},
    stdout: { write: (piece) => (said.stdout += piece) },
    stderr: { write: (piece) => (said.stderr += piece) },
    input: (most) => Promise.resolve(text.length > most ? null : Buffer.from(text)),
  });
  return { code, ...said };
}

describe("-", () => {
  const pod = (name: string) =>
    `---\n# Source: chart/templates/${name}.yaml\napiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - name: x\n      image: node:22\n      command: ["node", "${name}"]\n`;

  test("is standard input, with all its documents", async () => {
    const { code, stdout, stderr } = await fromInput(`${pod("a")}---\n${pod("b")}`);
    expect(code).toBe(1);
    expect(stdout.match(/^stdin:\d+:17: warning: .*\[no-init\]$/gm)).toHaveLength(2);
    expect(stderr).toBe("1 file: 2 warnings\n");
  });

  test("has the name of --stdin-filename, which determines its format", async () => {
    expect((await fromInput(NODE, "--stdin-filename", "web/Dockerfile")).stdout).toMatch(
      /^web\/Dockerfile:2:6: warning: /,
    );
    expect(
      (await fromInput("services:\n  a:\n    image: node:22\n    command: node a\n", "--stdin-filename=a/compose.yaml"))
        .code,
    ).toBe(1);
  });

  test.each([
    ["", [], "standard input is empty: what writes it has failed, or wrote nothing"],
    ["#".repeat(17 << 20), [], "standard input is larger than 16 MiB"],
    [NODE, ["--fix"], "--fix cannot write to standard input"],
  ])("%#: is refused with a sentence", async (text, words, sentence) => {
    expect(await fromInput(text, ...words)).toEqual({ code: 2, stdout: "", stderr: `tini-ts: ${sentence}\n` });
  });
});

describe("a file that cannot be looked at", () => {
  const files = { Dockerfile: 'FROM debian\nCMD ["nginx"]\n', "broken/compose.yaml": "services:\n  web: [\n" };

  test("is a remark, and fails the run only where that is asked for, or nothing else was there", async () => {
    expect(await linted(files)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^broken\/compose\.yaml is broken YAML/) as string,
    });
    expect((await linted(files, "--fail-on-unreadable")).code).toBe(2);
    expect((await linted({ ...files, ".tini-ts-lint.yml": "fail-on-unreadable: true\n" })).code).toBe(2);
    expect((await linted({ "compose.yaml": files["broken/compose.yaml"] })).code).toBe(2);
  });

  test("--quiet is quiet", async () => {
    expect(await linted(files, "--quiet")).toEqual({ code: 0, stderr: "", found: [] });
    expect((await linted(files, "--quiet", "--fail-on-unreadable")).stderr).toMatch(
      /^broken\/compose\.yaml is broken YAML[^\n]*\n$/,
    );
  });
});
