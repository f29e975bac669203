/** The two places where a configuration file is looked for, in a root of our own: the machine's own /etc is not touched. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { binary, directory, parsePrinted } from "./subject.ts";

/** Files by their paths in the root; null makes a folder. */
type Files = Record<string, string | null>;

/** Runs the init in a root that has these files and the init alone. */
function runIn(files: Files, words: readonly string[] = [], environment: Record<string, string> = {}) {
  const root = mkdtempSync(join(directory, "root-"));
  try {
    copyFileSync(binary, join(root, "tini-ts"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(text === null ? join(root, path) : dirname(join(root, path)), { recursive: true });
      if (text?.startsWith("-> ")) symlinkSync(text.slice("-> ".length), join(root, path));
      else if (text !== null) writeFileSync(join(root, path), text);
    }
    return spawnSync("unshare", [`--root=${root}`, "/tini-ts", ...words, "--print-config"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], ...environment },
    });
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The grace period and its source. */
function graceIn(...all: Parameters<typeof runIn>) {
  const { stdout, stderr, status } = runIn(...all);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return parsePrinted(stdout).get("grace");
}

const [ETC, ROOT, OTHER] = ["grace: 1s\n", "# x\ngrace: 2s\n", "grace: 3s\n"];

describe("P4: where the configuration file lies", () => {
  test.each<[string, Files, string, string]>([
    ["none", {}, "forever", "default"],
    ["an /etc without one", { "etc/passwd": "" }, "forever", "default"],
    ["/etc/tini.yml", { "etc/tini.yml": ETC }, "1s", "/etc/tini.yml:1"],
    ["/.tini.yml", { ".tini.yml": ROOT }, "2s", "/.tini.yml:2"],
    ["both: /etc/tini.yml alone", { "etc/tini.yml": ETC, ".tini.yml": ROOT }, "1s", "/etc/tini.yml:1"],
    ["both, the first empty", { "etc/tini.yml": "", ".tini.yml": ROOT }, "forever", "default"],
    ["/etc is a file", { etc: "", ".tini.yml": ROOT }, "2s", "/.tini.yml:2"],
    ["a link", { "etc/tini.yml": "-> /srv/tini.yml", "srv/tini.yml": OTHER }, "3s", "/etc/tini.yml:1"],
    ["a link to nowhere", { "etc/tini.yml": "-> /srv/tini.yml", ".tini.yml": ROOT }, "2s", "/.tini.yml:2"],
    ["another name", { "etc/.tini.yml": ETC, "tini.yml": ROOT, "etc/tini.yaml": ETC }, "forever", "default"],
  ])("%s", (_, files, value, source) => {
    expect(graceIn(files)).toEqual({ value, source });
  });

  test("what is named wins over both, and is the only one that is read", () => {
    const files = { "etc/tini.yml": "no such: thing\n", ".tini.yml": ROOT, "srv/tini.yml": OTHER };
    const expected = { value: "3s", source: "/srv/tini.yml:1" };
    expect(graceIn(files, ["--config=/srv/tini.yml"])).toEqual(expected);
    expect(graceIn(files, [], { TINI_CONFIG: "/srv/tini.yml" })).toEqual(expected);
    expect(graceIn(files, ["--config", "/srv/tini.yml"], { TINI_CONFIG: "/nowhere" })).toEqual(expected);
    expect(graceIn(files, ["--config", "srv/tini.yml"])).toEqual({ value: "3s", source: "srv/tini.yml:1" });
  });

  test("an empty TINI_CONFIG names none", () => {
    expect(graceIn({ "etc/tini.yml": ETC }, [], { TINI_CONFIG: "" })).toEqual({
      value: "1s",
      source: "/etc/tini.yml:1",
    });
    const { stdout } = runIn({ "etc/tini.yml": ETC }, [], { TINI_CONFIG: "" });
    expect(stdout.split("\n")[0]).toMatch(/^# \/etc\/tini\.yml +# default$/);
  });

  test("the file that was read is named first", () => {
    expect(runIn({ ".tini.yml": ROOT }).stdout.split("\n")[0]).toMatch(/^# \/\.tini\.yml +# default$/);
    expectAbsent(/^# \//m, runIn({}).stdout, runIn({ ".tini.yml": ROOT }).stdout);
  });

  test.each<[string, Files, string]>([
    ["a folder of that name", { "etc/tini.yml": null, ".tini.yml": ROOT }, "/etc/tini.yml: is a directory"],
    ["another folder of that name", { ".tini.yml": null }, "/.tini.yml: is a directory"],
    [
      "a link to itself",
      { "etc/tini.yml": "-> tini.yml", ".tini.yml": ROOT },
      "/etc/tini.yml: too many symbolic links",
    ],
    ["a wrong file", { "etc/tini.yml": "x\n", ".tini.yml": ROOT }, "/etc/tini.yml:1: expected NAME: VALUE, "],
    ["another wrong file", { ".tini.yml": "\ngrace: soon\n" }, '--grace "soon" (/.tini.yml:2) is not a time: '],
  ])("%s is refused, also where nobody named it", (_, files, message) => {
    const { stdout, stderr, status } = runIn(files);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr.replace(/^\[FATAL tini-ts \(\d+\)\] /, "").startsWith(message)).toBe(true);
  });

  test.each(["-h", "--version", "-l"])("%s is answered whatever the file contains", (option) => {
    const { stdout } = runIn({}, [option]);
    for (const file of ["grace: 1s\n", "grace: soon\n", "x\n", null]) {
      const { status, ...said } = runIn({ "etc/tini.yml": file }, [option]);
      expect({ status, ...said }).toMatchObject({ status: 0, stdout, stderr: "" });
    }
  });

  test.each(["-h", "--version", "-l"])(
    "%s is answered whatever variables say, and whatever --config names",
    (option) => {
      for (const environment of [
        { TINI_GRACE: "soon" },
        { TINI_CONFIG: "/nowhere" },
        { DUMB_INIT_SETSID: "0", TINI_ISOLATE: "x" },
      ])
        expect(runIn({}, [option], environment)).toMatchObject({ status: 0, stderr: "" });
      expect(runIn({}, ["--config=/nowhere", option])).toMatchObject({ status: 0, stderr: "" });
      expect(runIn({}, [option, "--nonsense"]).status).toBe(1);
    },
  );

  test("P5: the name of a file is printed as the user wrote it, on one line", () => {
    for (const [name, said] of [
      ["/srv/données.yml", "/srv/données.yml"],
      ["/srv/a\nb.yml", "/srv/a?b.yml"],
      ["/srv/\u0001ctrl.yml", "/srv/?ctrl.yml"],
    ] as const) {
      for (const { stderr, status } of [runIn({}, [`--config=${name}`]), runIn({}, [], { TINI_CONFIG: name })]) {
        expect(status).toBe(1);
        expect(stderr).toMatch(/^\[FATAL tini-ts \(\d+\)\] [^\n]*\n$/);
        expect(stderr).toContain(`] ${said}: no such file\n`);
      }
      const { stderr } = runIn({ [name]: "grace 3s\n" }, [`--config=${name}`]);
      expect(stderr).toContain(`] ${said}:1: expected `);
    }
  });
});
