/**
 * The init's numbers and structs of the kernel, compared with the kernel's own headers for each CPU by a C compiler for
 * that CPU.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ARCHS, compilerFor } from "../../scripts/build.ts";

const linux = join(import.meta.dirname, "../../src/init/linux");
const host = join(import.meta.dirname, "../../src/host");

/** The numbers of a source, by name: `export const NAME: i32 = 1;`. */
function numbersOf(file: string): Map<string, string> {
  const source = readFileSync(join(linux, file), "utf8");
  const found = source.matchAll(/^export const ([A-Z][A-Z\d_]*): [iu](?:8|32|64|size) = (-?[\dxa-fo]+);/gm);
  return new Map([...found].map(([, name = "", value = ""]) => [name, value.replace(/^0o/, "0")]));
}

const constants = numbersOf("constants.ts");
const structs = numbersOf("structs.ts");

/** Our numbers that headers have under another name or as an expression; null if they have no counterpart. */
const NAMED = new Map<string, string | null>([
  // The last descriptor that close_range takes is any large one.
  ["LAST", null],
  ["CAPABILITY_VERSION", "_LINUX_CAPABILITY_VERSION_3"],
  ["FIRST_OTHER", "STDERR_FILENO + 1"],
  ["STDIN", "STDIN_FILENO"],
  ["STDOUT", "STDOUT_FILENO"],
  ["STDERR", "STDERR_FILENO"],
  // ioctl's numbers are those that the C side makes the CPU's own of.
  ...["TIOCSCTTY", "TIOCGPGRP", "TIOCSPGRP", "TIOCNOTTY"].map((name) => [name, name] as const),
]);

/** Numbers that are younger than the headers of Debian 12, from Linux's own sources: nothing to compare with yet. */
const YOUNGER = ["MFD_EXEC", "PIDFD_SIGNAL_PROCESS_GROUP"];

/** What each of our numbers must be equal to, as C. */
function equations(): string[] {
  const numbers = new Map([...constants, ...numbersOf("errno.ts")]);
  for (const [name, value] of numbersOf("signals.ts")) {
    // Those of the libc itself, and the range of real-time signals that its programs see.
    if (!/^SIG(?:CANCEL|SETXID|RTMIN|RTMAX)$/.test(name)) numbers.set(name, value);
  }
  return [...numbers].flatMap(([name, value]) => {
    const theirs = NAMED.has(name) ? NAMED.get(name) : name;
    if (theirs === null || YOUNGER.includes(name)) return [];
    return name.startsWith("TIOC") ? `REQUEST(${value}u) == (${name})` : `(${value}) == (${String(theirs)})`;
  });
}

/** The same for the structs' places; those of 32-bit CPUs are what the C side makes of theirs. */
function places(): string[] {
  const at = (name: string): string => structs.get(name) ?? "missing";
  const both = [
    ...[
      "offsetof(siginfo_t, si_signo) == 0",
      "offsetof(siginfo_t, si_errno) == 4",
      "offsetof(siginfo_t, si_code) == 8",
    ],
    // narrow.h moves what lies behind by a word.
    ...["pid) + MOVED == 16", "uid) + MOVED == 20", "value) + MOVED == 24", "status) + MOVED == 24"].map(
      (rest) => `offsetof(siginfo_t, si_${rest}`,
    ),
    `sizeof(siginfo_t) == ${at("SIGNAL_INFO_BYTES")}`,
    ...["sizeof(struct __kernel_timespec) == 16", "offsetof(struct __kernel_timespec, tv_nsec) == 8"],
    ...["sizeof(struct rlimit64) == 16", "offsetof(struct rlimit64, rlim_max) == 8"],
    ...["d_ino) == 0", "d_off) == 8", "d_reclen) == 16", "d_type) == 18"].map(
      (rest) => `offsetof(struct dirent64, ${rest}`,
    ),
    `offsetof(struct dirent64, d_name) == ${at("DIRECTORY_ENTRY_NAME")}`,
    `sizeof(struct statx) == ${at("STATX_BYTES")}`,
    `offsetof(struct statx, stx_attributes) == ${at("STATX_ATTRIBUTES")}`,
    `offsetof(struct statx, stx_uid) == ${at("STATX_USER")}`,
    `offsetof(struct statx, stx_ino) == ${at("STATX_INODE")}`,
    `sizeof(struct pollfd) == 8`,
    ...["sizeof(struct __user_cap_header_struct) == 8", "sizeof(struct __user_cap_data_struct) == 12"],
    ...["effective) == 0", "permitted) == 4", "inheritable) == 8"].map(
      (rest) => `offsetof(struct __user_cap_data_struct, ${rest}`,
    ),
  ];
  const wide = [
    `sizeof(struct sysinfo) == ${at("SYSINFO_BYTES")}`,
    `offsetof(struct sysinfo, totalram) == ${at("SYSINFO_TOTAL")}`,
    `offsetof(struct sysinfo, mem_unit) == ${at("SYSINFO_UNIT")}`,
    `sizeof(struct statfs) == ${at("STATFS_BYTES")}`,
    `offsetof(struct statfs, f_type) == ${at("STATFS_TYPE")}`,
    `offsetof(struct statfs, f_flags) == ${at("STATFS_FLAGS")}`,
  ];
  // The C side writes where the init reads.
  const narrow = [
    `SYSINFO_TOTAL == ${at("SYSINFO_TOTAL")}`,
    `SYSINFO_UNIT == ${at("SYSINFO_UNIT")}`,
    `STATFS_TYPE == ${at("STATFS_TYPE")}`,
    `STATFS_FLAGS == ${at("STATFS_FLAGS")}`,
  ];
  return [...both, ...wide.map((one) => `sizeof(long) == 4 || ${one}`), ...narrow];
}

/** The equations that do not hold for a CPU, according to its compiler, and any other messages. */
function refuted(arch: (typeof ARCHS)[number], all: readonly string[]): string[] {
  const headers = [
    ...["stddef.h", "stdint.h", "fcntl.h", "dirent.h", "errno.h", "poll.h", "sched.h", "signal.h", "unistd.h"],
    ...["sys/wait.h", "sys/prctl.h", "sys/ioctl.h", "sys/file.h", "sys/inotify.h", "sys/mman.h", "sys/resource.h"],
    ...[
      "sys/socket.h",
      "sys/statfs.h",
      "time.h",
      "linux/capability.h",
      "linux/magic.h",
      "linux/stat.h",
      "linux/sysinfo.h",
    ],
    ...["linux/time_types.h", "asm/ioctls.h"],
  ];
  const source = [
    "#define _GNU_SOURCE",
    ...headers.map((header) => `#include <${header}>`),
    '#include "views.h"',
    "#define MOVED (sizeof(long) == 4 ? 4 : 0)",
    ...all.map((one) => `_Static_assert(${one}, "refuted: " ${JSON.stringify(one)});`),
  ];
  const { stderr } = spawnSync(compilerFor(arch), ["-fsyntax-only", "-std=gnu11", `-I${host}`, "-x", "c", "-"], {
    input: `${source.join("\n")}\n`,
    encoding: "utf8",
  });
  return stderr.split("\n").filter((line) => line.includes("error:"));
}

describe.each(ARCHS)("for %s", (arch) => {
  it("the numbers of the init are those of the kernel's headers", () => {
    expect(equations().length).toBeGreaterThan(100);
    expect(refuted(arch, equations())).toEqual([]);
  });

  it("the structs of the init are those of the kernel's headers, or what the C side makes of them", () => {
    expect(refuted(arch, places())).toEqual([]);
  });

  it("the compiler finds what is wrong", () => {
    const wrong = ["(12) == (EAGAIN)", "offsetof(siginfo_t, si_pid) + MOVED == 12", "REQUEST(0x540fu) == (TIOCNOTTY)"];
    expect(refuted(arch, wrong).length).toBe(3);
  });
});

describe("the C side", () => {
  it("refuses a big-endian CPU in one sentence", () => {
    const { status, stderr } = spawnSync(
      compilerFor("x64"),
      ["-fsyntax-only", "-undef", "-D__BYTE_ORDER__=4321", "-D__ORDER_BIG_ENDIAN__=4321", "-x", "c", "-"],
      { input: '#include "cpu.h"\n', cwd: host, encoding: "utf8" },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain("there is no build for big-endian CPUs");
    expect(readdirSync(host)).toContain("cpu.h");
  });
});
