/** The filter for the system calls that the init makes once its program runs: its content, and how the build derives it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Arch, ARCHS, filterFor, ownArch } from "../../scripts/build.ts";
import { type OuterCall, callsAfter } from "../../scripts/lib/calls-after.ts";
import { compile } from "../../scripts/lib/compile.ts";
import { type Filter, FILTER_CALL } from "../../scripts/lib/filter.ts";
import { readModule } from "../../scripts/lib/module-text.ts";
import { SECCOMP_RET_ALLOW } from "../linux/abi.ts";
import { isFilter, runFilter } from "../linux/seccomp.ts";

const baseDirectory = join(import.meta.dirname, "../../src/init");
const LOCKDOWN = "supervision/lockdown.ts";
const LOOP = "supervision/supervision.ts";

/** The text of the init's module, with changes to files of it. */
async function textWith(entry: string, changes: Readonly<Record<string, (text: string) => string>> = {}) {
  const change = (name: string, text: string): string => changes[name]?.(text) ?? text;
  return (await compile({ baseDirectory, entry, change })).text;
}

/** Puts a statement at the beginning of a function. */
const into = (name: string, statement: string) => (text: string) => {
  const begin = new RegExp(`function ${name}\\([^)]*\\): \\w+ \\{\n`);
  expect(text).toMatch(begin);
  return text.replace(begin, (found) => `${found}  ${statement}\n`);
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tini-ts-filter-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A filter's action for a call; SECCOMP_RET_ALLOW allows it. */
function allows(filter: Filter, number: number, values: readonly number[] = [], architecture = filter.architecture) {
  const call = { architecture, number, arguments: values.map(BigInt) };
  return runFilter(filter.program, call) === SECCOMP_RET_ALLOW;
}

/** The numbers of calls that are allowed, with any arguments or with some. */
function numbersOf({ calls }: Filter, ...names: readonly string[]): number[] {
  const all = Object.values(calls).flat();
  return names.map((name) => {
    const found = all.find((call) => call.name === name);
    if (found === undefined) throw new Error(`src/host never calls ${name}`);
    return found.number;
  });
}

describe.each(["main.ts", "full.ts"])("the filter of %s", (entry) => {
  let text: Promise<string> | undefined;
  const narrow: readonly Arch[] = ["arm", "ia32"];
  describe.each(ARCHS)("for %s", (arch) => {
    let filter: Filter;
    beforeAll(async () => {
      filter = await filterFor(arch, await (text ??= textWith(entry)), directory);
    });

    it("is one that the kernel takes", () => {
      expect(isFilter(filter.program)).toBe(true);
    });

    it("P51: lets the calls of the loop through, and the end", () => {
      const numbers = numbersOf(
        filter,
        "rt_sigtimedwait",
        "waitid",
        "kill",
        "rt_sigqueueinfo",
        "pwritev2",
        "exit_group",
      );
      for (const number of numbers) expect(allows(filter, number), String(number)).toBe(true);
    });

    it("P51: lets nothing through that starts, changes or maps anything", () => {
      const numbers = numbersOf(
        filter,
        "execve",
        "execveat",
        "setsid",
        "setpgid",
        "prctl",
        "capset",
        "capget",
        "mkdirat",
      );
      for (const number of numbers) {
        expect(allows(filter, number), String(number)).toBe(false);
        // With any argument that the loop's calls have.
        for (const value of filter.program.map(([, , , each]) => each))
          expect(allows(filter, number, [value, value, value]), String(number)).toBe(false);
      }
      // mmap, mprotect, clone, fork, vfork, seccomp and clone3.
      const others: Partial<Record<Arch, number[]>> = {
        x64: [9, 10, 56, 57, 58, 317, 435],
        arm64: [222, 226, 220, 277, 435],
      };
      for (const number of others[arch] ?? []) expect(allows(filter, number), String(number)).toBe(false);
    });

    it("P51: lets no call of another architecture through", () => {
      const [waiting = NaN] = numbersOf(filter, "rt_sigtimedwait");
      // AUDIT_ARCH_I386, AUDIT_ARCH_ARM, and each other CPU's.
      for (const other of [0x40000003, 0x40000028, (filter.architecture ^ 0x80000000) >>> 0, 0])
        if (other !== filter.architecture) expect(allows(filter, waiting, [], other)).toBe(false);
    });

    it("P51: lets no call of x32 through, whose numbers have bit 30", () => {
      for (let number = 0; number < 1024; number++) expect(allows(filter, (number | 0x40000000) >>> 0)).toBe(false);
    });

    it("P51: lets only those ioctl, fcntl, ptrace and openat through that the loop makes", () => {
      const [ioctl = NaN, fcntl = NaN, ptrace = NaN, openat = NaN] = numbersOf(
        ...([filter, "ioctl", narrow.includes(arch) ? "fcntl64" : "fcntl", "ptrace", "openat"] as const),
      );
      const TIOCGPGRP = arch === "ppc64" ? 0x40047477 : 0x540f;
      const TIOCSTI = 0x5412;
      expect([allows(filter, ioctl, [0, TIOCGPGRP]), allows(filter, ioctl, [0, TIOCSTI])]).toEqual([true, false]);
      const F_SETSIG = 10;
      const F_DUPFD = 0;
      expect([allows(filter, fcntl, [9, F_SETSIG]), allows(filter, fcntl, [9, F_DUPFD])]).toEqual([true, false]);
      const [PTRACE_DETACH, PTRACE_ATTACH, PTRACE_POKEDATA] = [17, 16, 5];
      const traced = [PTRACE_DETACH, PTRACE_ATTACH, PTRACE_POKEDATA].map((each) => allows(filter, ptrace, [each, 1]));
      expect(traced).toEqual([true, false, false]);
      // 32-bit CPUs add O_LARGEFILE.
      const large: Partial<Record<Arch, number>> = { arm: 0o400000, ia32: 0o100000 };
      const [O_CLOEXEC, O_RDWR, O_CREAT, O_TRUNC] = [0o2000000 | (large[arch] ?? 0), 2, 0o100, 0o1000];
      const opened = [O_CLOEXEC, O_CLOEXEC | O_RDWR, O_CLOEXEC | O_CREAT, O_CLOEXEC | O_TRUNC];
      expect(opened.map((flags) => allows(filter, openat, [0, 0, flags]))).toEqual([true, false, false, false]);
    });
  });
});

describe("a call that the source gets", () => {
  const filterWith = async (changes: Readonly<Record<string, (text: string) => string>>) =>
    filterFor(ownArch(), await textWith("main.ts", changes), directory);
  const asked = "host.sysinfo(waitedFor);";

  it("P51: is let through where the loop can come to it", async () => {
    const before = await filterWith({});
    const after = await filterWith({ [LOOP]: into("takeUrgent", asked) });
    const [sysinfo = NaN] = numbersOf(after, "sysinfo");
    expect([allows(before, sysinfo), allows(after, sysinfo)]).toEqual([false, true]);
  });

  it("P51: is not where only what comes before the filter does", async () => {
    const filter = await filterWith({
      [LOOP]: into("begin", asked),
      [LOCKDOWN]: into("lowerCapabilities", "host.sysinfo(zeroed(112));"),
    });
    const [sysinfo = NaN] = numbersOf(filter, "sysinfo");
    expect(allows(filter, sysinfo)).toBe(false);
  });

  it("P51: is refused by the build where it starts a process", async () => {
    await expect(filterWith({ [LOOP]: into("takeUrgent", "host.vfork();") })).rejects.toThrow(
      "vfork() can be called once the filter is there",
    );
  });

  it("P51: is refused by the build where nobody can know what it is to do", async () => {
    await expect(filterWith({ [LOOP]: into("takeUrgent", "host.ioctl(0, crowd, 0);") })).rejects.toThrow(
      "ioctl(): what ioctl() is to do is no constant",
    );
  });
});

describe("the search for what can be called after a call", () => {
  /** A module with functions of the outside that begin with x, and `start` and others as given. */
  const after = (functions: Readonly<Record<string, string>>): string[] => {
    const imports = ["xmark", "xa", "xb", "xc"].map((name) => ` (import "host" "${name}" (func $${name} (param i32)))`);
    const own = Object.entries(functions).map(([name, body]) => {
      const lines = body.split(";").map((line) => `  ${line.trim()}`);
      return ` (func $${name}\n${lines.join("\n")}\n )`;
    });
    const text = ["(module", ...imports, ...own, ' (export "start" (func $start))', ")"].join("\n");
    const words = ({ name, values }: OuterCall): string => `${name} ${values.map(String).join(" ")}`;
    return callsAfter(readModule(text), "start", "xmark").map(words).toSorted();
  };
  const mark = "i32.const 0; call $xmark";
  const a = "i32.const 1; call $xa";
  const b = "i32.const 2; call $xb";

  it.each<[what: string, functions: Record<string, string>, found: string[]]>([
    ["what comes behind it, with its constants", { start: `${a}; ${mark}; ${b}` }, ["xb 2"]],
    ["no constant where there is none", { start: `${mark}; i32.const 1; i32.const 2; i32.add; call $xa` }, ["xa null"]],
    [
      "what comes behind the call of a function that makes it",
      { start: `call $f; ${b}`, f: `${a}; ${mark}` },
      ["xb 2"],
    ],
    ["all of a function that is called behind it", { start: `${mark}; call $f`, f: `${a}; ${b}` }, ["xa 1", "xb 2"]],
    ["nothing of a function that was called before", { start: `call $f; ${mark}; ${b}`, f: a }, ["xb 2"]],
    [
      "what comes before it in the same loop",
      { start: `loop $l; ${a}; ${mark}; br $l; end; ${b}` },
      ["xa 1", "xmark 0"],
    ],
    [
      "nothing of a loop that is left before",
      { start: `block $out; loop $l; ${a}; i32.const 1; br_if $out; br $l; end; end; ${mark}; ${b}` },
      ["xb 2"],
    ],
    ["nothing behind the return that follows it", { start: `i32.const 1; if; ${mark}; return; end; ${a}` }, []],
    ["what follows both branches", { start: `i32.const 1; if; ${mark}; else; ${a}; end; ${b}` }, ["xb 2"]],
    ["what a branch out of a block leads to", { start: `block $b; ${mark}; br $b; end; ${b}` }, ["xb 2"]],
    ["nothing that a branch passes over", { start: `block $b; ${mark}; br $b; ${a}; end; ${b}` }, ["xb 2"]],
  ])("finds %s", (_, functions, found) => {
    expect(after(functions)).toEqual(found);
  });

  it("refuses a module that never makes it, and an instruction that it does not know", () => {
    expect(() => after({ start: a })).toThrow(`start() never calls xmark()`);
    expect(() => after({ start: `${mark}; table.grow` })).toThrow("does not know the instruction table.grow");
  });

  it("knows the call that the init makes", () => {
    expect(FILTER_CALL).toBe("filterCalls");
  });
});
