/**
 * The init for each other CPU, under Debian's emulators of processes: what the CPU or its C compiler could get wrong. Entry,
 * system calls, their 64-bit arguments, the kernel's structs, vfork, signal handlers. The emulators have limits of their own, which
 * are said where they matter: no subreaper, no clone3, and a child that has a copy of our memory.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../scripts/build.ts";
import { launch, run, type Init, type Launch, type Result } from "../processes/namespace.ts";
import { binary as native, countsOf, program } from "../processes/subject.ts";
import { emulated, initFor } from "./cpus.ts";

/** HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TERM, URG, WINCH and real-time ones; others have a meaning of their own to the emulator. */
const SIGNALS = [1, 2, 3, 10, 12, 13, 14, 15, 23, 28, 50, 62];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tini-ts-emulation-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const isNarrow = (arch: string): boolean => arch === "arm" || arch === "ia32";

describe.each(emulated())("the init for $arch", ({ arch, emulator }) => {
  const emulating = (words: readonly string[], init = initFor(arch)): Launch => ({
    binary: emulator,
    arguments: [init, ...words],
  });
  const runs = (words: readonly string[], more: Partial<Launch> = {}): Promise<Result> =>
    run({ ...emulating(words), ...more });
  const start = (words: readonly string[], init?: string): Promise<Init> => launch(emulating(words, init));
  const onMachine = (words: readonly string[]): Promise<Result> => run({ binary: native, arguments: words });

  test("P30: the program runs with its arguments, and its exit code is ours", async () => {
    const { ending, stdout, stderr } = await runs(["--", "/bin/sh", "-c", 'echo "$0" "$1"; exit 5', "a b", ""]);
    expect({ ending, stdout, stderr }).toEqual({ ending: { code: 5 }, stdout: "a b \n", stderr: "" });
  });

  test("P30: death by a signal is 128 and its number", async () => {
    expect((await runs(["--", "/bin/sh", "-c", "kill -USR1 $$"])).ending).toEqual({ code: 138 });
  });

  test.each([
    ["nope", 127, "not found in PATH"],
    ["/nope", 127, "no such file"],
    ["/bin", 126, "is a directory"],
  ])("P31: %s is %i, with a sentence", async (name, code, sentence) => {
    const { ending, stderr } = await runs(["--", name]);
    expect({ ending, stderr }).toEqual({
      ending: { code },
      stderr: `[FATAL tini-ts (1)] exec ${name}: ${sentence}\n`,
    });
  });

  test("P20: signals reach the program, real-time ones too, each once", async () => {
    await using init = await start(["--", program("count-signals"), "--until=62:1"]);
    await init.says(/^ready$/m);
    for (const signal of SIGNALS) init.signal(signal);
    await init.says(/^reached$/m);
    expect(await countsOf(init)).toEqual(Object.fromEntries(SIGNALS.map((signal) => [signal, 1])));
  });

  test("P20: a value, its code and the original sender reach the program: the kernel's siginfo is read and written right", async () => {
    await using init = await start(["--", program("count-signals"), "--each"]);
    await init.says(/^ready$/m);
    await init.queue(12, 4711);
    const [, code, value] = await init.says(/^signal 12 code (-?\d+) sender -?\d+ user \d+ value (-?\d+)\n/m);
    expect([code, value]).toEqual(["-1", "4711"]);
  });

  test("P24: the grace period ends a program that ignores TERM: time is right, and so is the wait for it", async () => {
    const words = ["-v", "--grace=200ms", "--", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"];
    await using init = await start(words);
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    expect(await init.end()).toEqual({ code: 137 });
  });

  test("P11: orphans are reaped", async () => {
    await using init = await start(["-w", "--", "/bin/sh", "-c", "(true & true &) ; read end"]);
    await init.logs(/Reaped zombie/);
    init.write("end\n");
    expect(await init.end()).toEqual({ code: 0 });
  });

  test("P50: the program gets another user and groups, with ids of more than 16 bits", async () => {
    const words = ["--user=70001:70002", "--groups=70003,70004", "--", "/bin/sh", "-c", "id -u; id -g; id -G"];
    const { ending, stdout, stderr } = await runs(words);
    expect({ ending, stdout, stderr }).toEqual({
      ending: { code: 0 },
      stdout: "70001\n70002\n70002 70003 70004\n",
      stderr: "",
    });
  });

  test.each([[["-h"]], [["--version"]], [["-l"]]])("%s prints what it does elsewhere", async (words) => {
    const [theirs, ours] = [await onMachine(words), await runs(words)];
    expect(theirs.stdout.length).toBeGreaterThan(10);
    expect(ours).toEqual(theirs);
  });

  test("P4: a file of settings is read, whole", async () => {
    const file = join(directory, `${arch}.yml`);
    writeFileSync(
      file,
      `grace: 90s\n${"# a line of no meaning, of which there are many\n".repeat(500)}cpu-max: "0.5"\n`,
    );
    const words = ["--config", file, "--print-config", "--", "/bin/true"];
    const [theirs, ours] = [await onMachine(words), await runs(words)];
    expect(theirs.stdout).toMatch(/^cpu-max: 50000 100000 +# .*:502$/m);
    expect(ours).toEqual(theirs);
  });

  // For 32-bit CPUs the emulator cuts memory to 32 bits, where the kernel counts in larger units (sysinfo(2), mem_unit).
  if (!isNarrow(arch))
    test("P44: the memory that the machine has is seen as elsewhere", async () => {
      const words = ["--runtime-hints", "--limits=best-effort", "--memory-max=50%", "--", "/usr/bin/env"];
      const [theirs, ours] = [await onMachine(words), await runs(words)];
      expect(theirs.stdout).toMatch(/^GOMEMLIMIT=\d+$/m);
      expect(ours.stdout).toBe(theirs.stdout);
    });

  test("P31: why a program cannot be run is seen: a mount without exec, and a program for another CPU", async () => {
    const mount = join(directory, arch);
    mkdirSync(mount);
    execFileSync("mount", ["-t", "tmpfs", "-o", "noexec,size=64k", "tmpfs", mount]);
    try {
      const path = join(mount, "program");
      writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
      expect((await runs(["--", path])).stderr).toContain("noexec");
    } finally {
      execFileSync("umount", [mount]);
    }
    const foreign = join(directory, `foreign-${arch}`);
    const header = Buffer.alloc(64);
    header.write("\x7fELF\x02\x01\x01", "latin1");
    header.writeUInt16LE(2, 16);
    header.writeUInt16LE(22, 18); // EM_S390
    writeFileSync(foreign, header, { mode: 0o755 });
    expect((await runs(["--", foreign])).stderr).toContain("it is built for s390x, which this machine does not run");
  });
});

/** Of 32-bit CPUs: on a kernel before 5.1, which has no calls with 64-bit time. */
const narrow = emulated().filter(({ arch }) => isNarrow(arch));
describe.each(narrow)("the init for $arch on a kernel without 64-bit time", ({ arch, emulator }) => {
  let init: string;
  beforeAll(async () => {
    const output = join(directory, "old");
    init = join(output, `tini-ts-${arch}`);
    if (existsSync(init)) return;
    mkdirSync(output, { recursive: true });
    const calls = ["clock_gettime64", "rt_sigtimedwait_time64", "ppoll_time64"];
    // Numbers that no kernel has: ENOSYS.
    const lines = calls.map((call, index) => `#undef __NR_${call}\n#define __NR_${call} ${String(9990 + index)}\n`);
    writeFileSync(join(output, "old.h"), `#include <asm/unistd.h>\n${lines.join("")}`);
    await build({
      archs: narrow.map((each) => each.arch),
      outputDirectory: output,
      flags: ["-include", join(output, "old.h")],
    });
  });

  test("P24: the grace period ends a program that ignores TERM", async () => {
    const script = "trap '' TERM; echo ready; while :; do sleep 1; done";
    const words = [init, "-v", "--grace=200ms", "--", "/bin/sh", "-c", script];
    await using old = await launch({ binary: emulator, arguments: words });
    await old.says(/^ready$/m);
    old.signal("SIGTERM");
    expect(await old.end()).toEqual({ code: 137 });
  });

  test("P30: the program runs, and its exit code is ours", async () => {
    const { ending, stderr } = await run({
      binary: emulator,
      arguments: [init, "-vvv", "--", "/bin/sh", "-c", "exit 5"],
    });
    expect(ending).toEqual({ code: 5 });
    expect(stderr).toContain("Main child exited normally (with status '5')");
  });
});
