/** CONTRIBUTING's recipe "Add an option", followed word for word in a copy of the project. */
import { execFile, spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patience } from "../patience.ts";

const root = join(import.meta.dirname, "../..");
const PARTS = ["src", "scripts", "docs", "package.json", "README.md", ".prettierrc.json", ".prettierignore"];

/** The row. */
const ROW = `  {
    name: "tea-time",
    letter: "t",
    kind: "DURATION",
    section: "STOPPING",
    none: "endless",
    default: "4m",
    help: "let the tea steep",
    manual: "How long the tea steeps before it is served; \`endless\` is for cold brew.",
    since: "7.8.9",
  },
`;
/** Its use, and the event that it reports. */
const USE = "  if (get(Id.TEA_TIME) === 7000) report(Log.NO_TEA);\n";
const EVENT = '  { name: "no-tea", level: "FATAL", message: "seven seconds are no tea" },\n';

let copy: string;
const run = promisify(execFile);

/** Puts a text behind the first place where another one stands in a file of the copy. */
async function insert(file: string, behind: string, text: string): Promise<void> {
  const path = join(copy, file);
  const before = await readFile(path, "utf8");
  const at = before.indexOf(behind) + behind.length;
  expect(at, `${file} has ${behind}`).toBeGreaterThanOrEqual(behind.length);
  await writeFile(path, before.slice(0, at) + text + before.slice(at));
}

/** Runs the copy's executable. */
function tini(words: readonly string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(join(copy, "dist/tini-ts"), words, {
    encoding: "utf8",
    env: environment,
    timeout: patience(30_000),
  });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "tini-ts-recipe-"));
  await Promise.all(PARTS.map((part) => cp(join(root, part), join(copy, part), { recursive: true })));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  await insert("src/init/config/options.data.ts", "\nexport const options = [\n", ROW);
  await insert("src/init/config/config.ts", "    printUsage(STDERR);\n    return Outcome.REFUSED;\n  }\n", USE);
  await insert("src/init/report/events.data.ts", "\nexport const events = [\n", EVENT);
  const node = (...words: string[]) => run(process.execPath, words, { cwd: copy });
  await Promise.all([
    node("scripts/build.ts"),
    node("scripts/documents.ts"),
    node(join(root, "node_modules/typescript/bin/tsc"), "--project", "src/init"),
  ]);
});
afterAll(async () => {
  await rm(copy, { recursive: true });
});

describe("P1: an option of a kind that there is takes one row and its use", () => {
  test("it is read from the command line, the environment and a file, and has its default", async () => {
    const file = join(copy, "tini.yml");
    await writeFile(file, "tea-time: 250ms\n");
    const printed = (words: string[], environment = {}) =>
      /^tea-time:.*$/m.exec(tini([...words, "--print-config"], environment).stdout)?.[0].replaceAll(/ +/g, " ");
    expect(printed([])).toBe("tea-time: 240s # default");
    expect(printed(["--tea-time=3s"])).toBe("tea-time: 3s # argument 1");
    expect(printed(["-wt", "3"])).toBe("tea-time: 3s # argument 2");
    expect(printed([], { TINI_TEA_TIME: "endless" })).toBe("tea-time: endless # variable TINI_TEA_TIME");
    expect(printed([], { TINI_CONFIG: file })).toBe(`tea-time: 250ms # ${file}:1`);
  });

  test("a wrong value of it is refused, and a variable that is nearly its own is warned of", () => {
    expect(tini(["-t", "soon", "--", "/bin/true"])).toMatchObject({ status: 1, stdout: "" });
    expect(tini(["-t", "soon", "--", "/bin/true"]).stderr).toContain('--tea-time "soon" (argument 2) is not a time');
    expect(tini(["--", "/bin/true"], { TINI_TEA_TIM: "3" }).stderr).toContain("TINI_TEA_TIME");
  });

  test("it is used by its Id", () => {
    expect(tini(["--tea-time", "7", "--", "/bin/true"]).stderr).toContain("seven seconds are no tea");
    expect(tini(["--tea-time", "8", "--", "/bin/true"]).stderr).toBe("");
  });

  test("it is in the usage and in every document", async () => {
    const read = (path: string) => readFile(join(copy, path), "utf8");
    const line = "  -t, --tea-time TIME                let the tea steep (default: 4m)\n";
    expect(tini(["-h"]).stdout).toContain(line);
    expect(await read("README.md")).toContain(line);
    const manual = (await read("docs/tini-ts.1")).replaceAll("\\-", "-");
    expect(manual).toContain(
      "\\fB-t\\fR \\fITIME|endless\\fR, \\fB--tea-time\\fR \\fITIME|endless\\fR\nHow long the tea",
    );
    expect(manual).toContain("Since 7.8.9.");
    expect(manual).toContain("TINI_TEA_TIME");
    const page = await read("docs/options.md");
    expect(page).toMatch(
      /^\| `-t` \| `--tea-time TIME\\\|endless` +\| `TINI_TEA_TIME` +\| `4m` +\| let the tea steep/m,
    );
    expect(page).toContain("is for cold brew. Since 7.8.9.");
    const { properties } = JSON.parse(await read("docs/tini-yml.schema.json")) as {
      properties: Record<string, object>;
    };
    expect(properties["tea-time"]).toMatchObject({ default: "4m", anyOf: [{ type: "string" }, { type: "integer" }] });
  });
});
