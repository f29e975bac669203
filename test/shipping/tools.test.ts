/** The shipped toolkits answer as the sources do, which test/kit looks at closely. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ARCHITECTURES } from "../../src/kit/init/binary.ts";
import { VERBS } from "../../src/kit/toolkit.ts";
import { allShapes, SHAPES_FOLDER } from "../kit/wrap/shapes.ts";
import { FULL, installPackage, type Installed, PROJECT, run } from "./products.ts";

const SOURCES = join(PROJECT, "src/kit/main.ts");
const FIXTURES = join(PROJECT, "test/kit/fixtures");

let installed: Installed;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => {
  installed.remove();
});

/** The output of the sources and of the tool for the same arguments. */
function both(tool: string, words: readonly string[], cwd: string) {
  return [run(tool, words, { cwd }), run(process.execPath, [SOURCES, ...words], { cwd })] as const;
}

describe.each([
  { name: "the npm package", tool: () => installed.tool },
  { name: "the full executable", tool: () => FULL },
])("$name", ({ tool }) => {
  test.each(["people", "json", "sarif", "github"])(
    "finds in all files of the rules what the sources find: %s",
    (format) => {
      const [ours, theirs] = both(tool(), ["lint", "--format", format, "."], FIXTURES);
      expect(ours).toEqual(theirs);
      expect(ours.code).toBe(1);
      expect(ours.stdout.length).toBeGreaterThan(10_000);
    },
  );

  test("knows the effective options of each launch, by the init's own parser", () => {
    const folder = join(FIXTURES, "init-option-refused");
    const [ours, theirs] = both(tool(), ["config", "."], folder);
    expect(ours).toEqual(theirs);
    expect(ours.stdout + ours.stderr).toMatch(/grace/);
  });

  test.each(VERBS.map(({ name }) => [name]))("lists the options of %s, and refuses a wrong one", (verb) => {
    for (const words of [
      [verb, "--help"],
      [verb, "--no-such-option"],
      [verb, "--no-such-option", "--", "-x"],
    ]) {
      const [ours, theirs] = both(tool(), words, FIXTURES);
      expect(ours).toEqual(theirs);
    }
  });

  test("wraps Dockerfiles as the sources do, and puts the same init beside them", () => {
    for (const { name, options = [] } of allShapes().filter((_shape, index) => index % 8 === 0)) {
      const folder = mkdtempSync(join(tmpdir(), "tini-ts-shipping-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      cpSync(join(SHAPES_FOLDER, name), folder, { recursive: true });
      expect(run(tool(), ["wrap", "--write", ...options], { cwd: folder }).code).toBe(0);
      const text = (file: string): string => readFileSync(join(folder, file), "utf8");
      expect(text("Dockerfile")).toBe(text("Dockerfile.wrapped"));
      expect(readFileSync(join(folder, "tini-ts")).equals(readFileSync(join(PROJECT, "dist/tini-ts")))).toBe(true);
    }
  });

  test.each(ARCHITECTURES)("puts the init for %s into a folder", (arch) => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-shipping-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [ours, theirs] = both(tool(), ["install", "--arch", arch, "."], folder);
    expect(ours.code).toBe(theirs.code);
    if (ours.code === 0) expect(theirs.stdout).toBe(ours.stdout.replace(": installed,", ": was there already,"));
    else expect(ours.stderr).toMatch(/^tini-ts: this toolkit came without an init for /);
  });

  test("reads its words byte for byte where they are text, empty ones too", () => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-shipping-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "größe 1.Dockerfile"), 'FROM alpine:3\nCMD ["a"]\n');
    expect(run(tool(), ["wrap", "größe 1.Dockerfile"], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('+ENTRYPOINT ["/tini-ts", "--"]\n') as string,
    });
    expect(run(tool(), ["install", ""], { cwd: folder }).code).toBe(2);
  });

  test("runs a program under the init, whose pid and exit code are the tool's", () => {
    expect(run(tool(), ["--", "sh", "-c", "exit 7"])).toEqual({ code: 7, stdout: "", stderr: "" });
    expect(run(tool(), ["-e", "7", "--", "sh", "-c", "exit 7"]).code).toBe(0);
    expect(run(tool(), ["--", "sh", "-c", "readlink /proc/$PPID/exe"]).stdout).toMatch(
      /\/tini-ts(?:-x64|-arm64|-full)\n$/,
    );
    expect(run(tool(), ["--", "lint"]).stderr).toMatch(/lint: not found in PATH/);
  });

  test("runs a program that is called like a verb, behind --", () => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-shipping-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const { name } of VERBS) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho "the program ${name} $*"\n`, { mode: 0o755 });
      const environment = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
      expect(run(tool(), ["--", name, "--help"], { environment }).stdout).toBe(`the program ${name} --help\n`);
    }
  });
});
