/** `tini-ts -- PROGRAM` of the toolkit: the process that Node runs in becomes the init. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { patience } from "../../patience.ts";

const sources = join(import.meta.dirname, "../../../src/kit");
const directory = mkdtempSync(join(tmpdir(), "tini-ts-kit-run-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Node's arguments that run the toolkit of these sources with these words. */
function node(words: readonly string[], from = sources): string[] {
  return [join(from, "main.ts"), ...words];
}

function ran(words: readonly string[], options: { input?: string; from?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { status, stdout, stderr, pid } = spawnSync(process.execPath, node(words, options.from), {
    encoding: "utf8",
    input: options.input ?? "",
    env: options.env ?? process.env,
    timeout: patience(30_000),
  });
  return { status, stdout, stderr, pid };
}

describe("tini-ts -- PROGRAM by the toolkit", () => {
  test("the pid stays, and the program is its child", () => {
    const { stdout, pid } = ran(["--", "sh", "-c", "echo $PPID; exec readlink /proc/$PPID/exe"]);
    const [parent, executable] = stdout.split("\n");
    expect(Number(parent)).toBe(pid);
    expect(executable).toMatch(/\/tini-ts(?:-\w+)?$/);
  });

  test("the exit code is the program's", () => {
    expect(ran(["--", "sh", "-c", "exit 7"])).toMatchObject({ status: 7, stderr: "" });
    expect(ran(["-e", "7", "--", "sh", "-c", "exit 7"]).status).toBe(0);
    expect(ran(["--", "sh", "-c", "kill -KILL $$"]).status).toBe(137);
    expect(ran(["--", "/no/such/program"]).status).toBe(127);
    expect(ran(["--"]).status).toBe(1);
  });

  test("words, environment and standard input reach the program", () => {
    const words = ["", "a b", "--grace=1", "é\n", "--"];
    const script = 'printf "<%s>" "$@"; printf "%s" "$GREETING"; cat';
    const { stdout } = ran(["--", "sh", "-c", script, "sh", ...words], {
      input: "in",
      env: { PATH: process.env["PATH"], GREETING: "hällo" },
    });
    expect(stdout).toBe("<><a b><--grace=1><é\n><-->hälloin");
  });

  test("no signal is ignored or blocked that was not before", () => {
    const { stdout } = ran(["--", "sed", "-n", "s/^Sig\\(Blk\\|Ign\\):\\t//p", "/proc/self/status"]);
    expect(stdout).toBe("0000000000000000\n0000000000000000\n");
  });

  test("pipes stay blocking for those who read and write them", () => {
    const script = "for fd in 0 1 2; do sed -n 's/^flags:\\t//p' /proc/self/fdinfo/$fd; done";
    const { status, stdout } = spawnSync(
      "sh",
      ["-c", `cat | "$0" "$@" 2>&1 | cat`, process.execPath, ...node(["--", "sh", "-c", script])],
      {
        encoding: "utf8",
        input: "",
        timeout: patience(30_000),
      },
    );
    const O_NONBLOCK = 0o4000;
    const flags = stdout
      .trimEnd()
      .split("\n")
      .map((line) => parseInt(line, 8));
    expect({ status, flags: flags.map((each) => each & O_NONBLOCK) }).toEqual({ status: 0, flags: [0, 0, 0] });
  });

  test("options of the init come before the program, and its own -h does not", () => {
    expect(ran(["-w", "--grace=soon", "--", "true"])).toMatchObject({ status: 1, stdout: "" });
    expect(ran(["--foo"]).stderr).toMatch(/unknown option --foo/);
    expect(ran(["-h"]).stdout).toMatch(/tini-ts lint/);
    expect(ran(["--", "true", "-h"])).toMatchObject({ status: 0, stdout: "" });
  });

  test("a signal reaches the program", async () => {
    const child = spawn(
      process.execPath,
      node(["--", "sh", "-c", 'trap "exit 9" TERM; echo ready; while :; do read -r _; done']),
      {
        stdio: ["pipe", "pipe", "inherit"],
        timeout: patience(30_000),
        killSignal: "SIGKILL",
      },
    );
    const ended = once(child, "exit");
    try {
      await once(child.stdout, "data");
      child.kill("SIGTERM");
      // The shell runs its trap when what it waits for is over.
      child.stdin.end();
      expect(await ended).toEqual([9, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("the program's output goes where Node's went", async () => {
    const child = spawn(process.execPath, node(["--", "sh", "-c", "echo out; echo err >&2"]), {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience(30_000),
    });
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual(["out\n", "err\n"]);
  });
});

describe("without an init", () => {
  const sentence = `tini-ts: no init for ${process.arch} on ${process.platform} came with this toolkit\n`;

  /** The sources alone, with what stands for a binary beside them, or nothing. */
  function copy(mode: number | null): string {
    const root = mkdtempSync(join(directory, "copy-"));
    const kit = join(root, "src/kit");
    mkdirSync(kit, { recursive: true });
    for (const path of ["main.ts", "verbs/run.ts", "init/binary.ts"]) cpSync(join(sources, path), join(kit, path));
    writeFileSync(join(root, "package.json"), '{ "type": "module" }');
    mkdirSync(join(root, "dist"));
    if (mode !== null) writeFileSync(join(root, "dist/tini-ts"), "#!/bin/sh\nexit 3\n", { mode });
    return kit;
  }

  test("one sentence says so", () => {
    expect(ran(["--", "true"], { from: copy(null) })).toMatchObject({ status: 125, stdout: "", stderr: sentence });
  });

  test("also if it may not be executed", () => {
    expect(ran(["--", "true"], { from: copy(0o644) })).toMatchObject({ status: 125, stdout: "", stderr: sentence });
    expect(ran(["--", "true"], { from: copy(0o755) }).status).toBe(3);
  });
});

describe("a fault of the toolkit itself", () => {
  /** Runs the toolkit in a Node in which this was done before. */
  const faulty = (done: string, ...words: string[]) =>
    spawnSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(done)}`, ...node(words)], {
      encoding: "utf8",
      timeout: patience(30_000),
    });

  test.each([
    ["lint", ["lint", "-h"], 'process.stdout.write = () => { throw new TypeError("no such thing") }', 2],
    ["the init", ["--", "true"], 'process.execve = () => { throw new TypeError("no such thing") }', 125],
  ])("is one sentence with where it happened, and no line of the source (%s)", (_name, words, done, code) => {
    const { status, stdout, stderr } = faulty(done, ...words);
    expect([status, stdout]).toEqual([code, ""]);
    const [sentence, what, ...frames] = stderr.trimEnd().split("\n");
    expect(sentence).toBe("tini-ts: this is a fault of tini-ts itself: please report it with these lines");
    expect(what).toBe("TypeError: no such thing");
    for (const frame of frames) expect(frame).toMatch(/^ {4}at /);
  });
});
