/** The full executable: the part that is mapped, and the systems on which its toolkit can be started. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { TOOLKIT_OFFSET } from "../../scripts/build.ts";
import { VERBS } from "../../src/kit/toolkit.ts";
import { programHeaders, PT_LOAD } from "../checks/elf.ts";
import { FULL, PROJECT } from "./products.ts";

/** The first bytes of a file. */
function head(path: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const descriptor = openSync(path, "r");
  readSync(descriptor, bytes, 0, size, 0);
  closeSync(descriptor);
  return bytes;
}

describe("the file", () => {
  const own = head(FULL, TOOLKIT_OFFSET + 4);

  test("begins with the init, whose segments end before the toolkit begins", () => {
    const init = readFileSync(join(PROJECT, "build/tini-ts-full"));
    expect(own.subarray(0, init.length).equals(init)).toBe(true);
    const segments = programHeaders(own).filter(({ type }) => type === PT_LOAD);
    expect(segments.length).toBeGreaterThan(0);
    for (const { offset, fileSize } of segments) expect(offset + fileSize).toBeLessThanOrEqual(init.length);
  });

  test("goes on with the toolkit, an executable of its own", () => {
    expect(own.subarray(TOOLKIT_OFFSET).toString("latin1")).toBe("\x7fELF");
    expect(statSync(FULL).size).toBeGreaterThan(50_000_000);
  });

  test("knows the verbs that the toolkit has", () => {
    const source = readFileSync(join(PROJECT, "src/init/full.ts"), "utf8");
    const verbs = /const VERBS: Text = cString\("([^"]+)"\)/.exec(source)?.[1]?.split("|") ?? [];
    expect(verbs.toSorted()).toEqual(VERBS.map(({ name }) => name).toSorted());
    const longest = Math.max(...verbs.map(({ length }) => length));
    expect(Number(/VERB_BYTES: i32 = (\d+)/.exec(source)?.[1])).toBe(longest + 1);
  });
});

/** The toolkit's requirements: the libraries that Node needs, and /proc. */
function libraries(): string[] {
  const { stdout } = spawnSync("ldd", [process.execPath], { encoding: "utf8" });
  return [...stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(/gm)].map(([, path = ""]) => path);
}

/**
 * Runs words in a root of their own: read-only, nothing in it but the executable, libraries, /proc and /files; no /tmp, no
 * /dev, no shell; /files may not be written to, and nothing in it may be run.
 */
function inBareRoot(words: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), "tini-ts-root-"));
  // The mounts end with the namespace.
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const script = `
    set -e
    root=$1 full=$2 libraries=$3; shift 3
    mount -t tmpfs -o size=64m tmpfs "$root"
    mkdir "$root/proc" "$root/files"
    for library in $libraries; do mkdir -p "$root\${library%/*}"; cp -L "$library" "$root$library"; done
    : >"$root/tini-ts"
    mount --bind "$full" "$root/tini-ts"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o size=64k tmpfs "$root/files"
    printf 'FROM node:24\\nCMD node server.js\\n' >"$root/files/Dockerfile"
    mount -o remount,ro,noexec,nosuid,nodev "$root/files"
    mount -o remount,ro,nosuid,nodev "$root"
    exec chroot "$root" /tini-ts "$@"`;
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child=SIGKILL"];
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    [...namespaces, "sh", "-c", script, "sh", root, FULL, libraries().join(" "), ...words],
    { encoding: "utf8", env: { PATH: process.env["PATH"] }, timeout: patience(60_000) },
  );
  return { code: status, stdout, stderr };
}

describe("on a read-only root without /tmp, /dev and a shell, with what is mounted noexec", () => {
  test("a verb starts the toolkit, as PID 1", () => {
    const { code, stdout } = inBareRoot(["lint", "/files"]);
    expect(code).toBe(1);
    expect(stdout).toContain("/files/Dockerfile:2:5: warning: CMD node server.js is the shell form");
  });

  test("what it cannot write is one sentence", () => {
    expect(inBareRoot(["install", "/files"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "tini-ts: cannot put the init into /files: read-only file system\n",
    });
  });

  test("any other word is a program for the init", () => {
    expect(inBareRoot(["--", "/tini-ts", "--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^tini version 0\.19\.0_tini-ts-\S+\n$/) as string,
      stderr: "",
    });
  });
});

describe("the toolkit's process", () => {
  test("is the one that was started: no other is made, and no signal is blocked", () => {
    const traced = (...words: readonly string[]): string =>
      spawnSync(
        "strace",
        ["-f", "-e", "trace=execveat,clone,clone3,vfork,fork,memfd_create,rt_sigprocmask", FULL, ...words],
        { encoding: "utf8", env: { PATH: process.env["PATH"] } },
      ).stderr;
    const stderr = traced("install");
    const untilToolkit = stderr.slice(0, stderr.indexOf("execveat("));
    expect(untilToolkit).toContain('memfd_create("tini-ts", MFD_CLOEXEC');
    const init = traced("--", "/bin/true");
    for (const call of [/clone|fork/, /rt_sigprocmask/]) expectAbsent(call, untilToolkit, init);
    expect(/^execveat\(.*\) = 0$/m.test(stderr)).toBe(true);
  });

  test("is refused in one sentence where the file was cut off behind the init", () => {
    const { stdout, stderr, status } = spawnSync(join(PROJECT, "build/tini-ts-full"), ["lint"], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 125, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(\d+\)\] this file lacks the toolkit: copy the whole file\n$/);
  });
});
