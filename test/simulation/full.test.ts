/** The init of the full executable (src/init/full.ts), with the toolkit behind it: the same wasm, another entry. */
import { expectAbsent } from "../absence.ts";
import { MEMORY_BASE, MEMORY_END } from "../../scripts/lib/layout.ts";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";
import { EACCES, EINVAL, EIO, EMFILE, ENOENT, ENOMEM, ENOSYS, EPERM, MFD_CLOEXEC, MFD_EXEC } from "../linux/abi.ts";
import { elf } from "../linux/files.ts";
import { exits, failing, type Life, simulate, type World } from "./life.ts";
import { linesOf, callsNamed } from "./scenario.ts";

const CODE = 41;
const TOOLKIT_CODE = 42;
const APP = "/bin/app";
/** As scripts/build-full.ts puts it together. */
const TOOLKIT_OFFSET = 65536;

let module: WebAssembly.Module;
beforeAll(async () => {
  const baseDirectory = join(import.meta.dirname, "../../src/init");
  const { wasm } = await compile({ baseDirectory, entry: "full.ts", isChecked: true });
  module = new WebAssembly.Module(Uint8Array.from(wasm));
});

/** The full executable: space for the init, and behind it the toolkit, larger than what one sendfile copies. */
function executable(toolkit: Uint8Array = elf()): Uint8Array {
  return Buffer.concat([elf(), Buffer.alloc(TOOLKIT_OFFSET - elf().length), toolkit, Buffer.alloc(120_000, 7)]);
}

function live(words: readonly string[], world: Partial<World> = {}, own: Uint8Array = executable()): Life {
  return simulate({
    args: ["tini-ts", ...words],
    ...world,
    files: {
      [APP]: exits(CODE),
      "/bin/lint": exits(CODE),
      "/proc/self/exe": { content: own, program: exits(TOOLKIT_CODE) },
      ...world.files,
    },
    module,
  });
}

describe("a verb as the first word", () => {
  it.each(["lint", "wrap", "install", "config"])(
    "%s starts the toolkit with all words, in the init's own place",
    (verb) => {
      const life = live([verb, "--fix", "a b", ""]);
      expect(life.code).toBe(TOOLKIT_CODE);
      expect(life.started).toEqual([life.init]);
      expect(life.init.args.map((word) => Buffer.from(word).toString())).toEqual(["tini-ts", verb, "--fix", "a b", ""]);
      expect(life.stderr).toEqual([]);
    },
  );

  it("starts it as any process, PID 1 or not, and blocks no signal before", () => {
    for (const isPid1 of [true, false]) {
      const life = live(["lint"], { isPid1 });
      expect(life.code).toBe(TOOLKIT_CODE);
      expectAbsent(callsNamed("rt_sigprocmask"), life, live([APP], { isPid1 }));
    }
  });

  it("leaves no descriptor to it", () => {
    const life = live(["lint"]);
    const calls = [...life.counts.keys()].sort();
    expect(calls).toEqual(["execveat", "getpid", "memfd_create", "open", "sendfile"]);
    expect(life.trace.calls(null, "memfd_create")[0]?.args[1]).toBe(MFD_CLOEXEC | MFD_EXEC);
    expect(life.counts.get("sendfile")).toBeGreaterThan(2);
  });
});

describe("any other first word", () => {
  it.each([["--", APP], [APP], ["-v", APP], ["--", "lint"], ["--grace", "1s", "lint"]])(
    "%s %s is the init's",
    (...words) => {
      const life = live(words);
      expect(life.code).toBe(CODE);
      for (const call of ["memfd_create", "sendfile", "execveat"]) expectAbsent(callsNamed(call), life, live(["lint"]));
    },
  );

  it.each(["lin", "lints", "linty", "LINT", "lint|wrap", "wrap ", "|", ""])("%j is no verb", (word) => {
    const life = live([word]);
    expect([1, 127]).toContain(life.code);
    expectAbsent(callsNamed("memfd_create"), life, live(["lint"]));
  });

  it("makes the calls that the small init makes, and no other", () => {
    const small = simulate({ args: ["tini-ts", "--", APP], files: { [APP]: exits(CODE) } });
    // Where something lies in the memory is each build's own.
    const isAddress = (word: number): boolean => word >= MEMORY_BASE && word < MEMORY_END;
    const withoutAddresses = ({ trace }: Life): object[] =>
      trace.events.map((event) =>
        event.kind === "call"
          ? { ...event, args: event.args.map((word) => (isAddress(word) ? "address" : word)) }
          : event,
      );
    expect(withoutAddresses(live(["--", APP]))).toEqual(withoutAddresses(small));
  });
});

describe("a toolkit that cannot be started", () => {
  const said = (life: Life): string => linesOf(life, "FATAL").join("\n");

  it("is explained in one sentence, whatever fails", () => {
    const sentences: [string, number, RegExp][] = [
      ["open", ENOENT, /cannot read the toolkit from \/proc\/self\/exe: no such file/],
      ["open", EMFILE, /cannot read the toolkit from \/proc\/self\/exe: too many open files/],
      ["memfd_create", ENOSYS, /cannot create a memory file for the toolkit: this kernel or its seccomp filter/],
      ["memfd_create", EINVAL, /cannot create a memory file for the toolkit: not supported here/],
      ["sendfile", ENOMEM, /cannot copy the toolkit to memory: out of memory/],
      ["sendfile", EIO, /cannot copy the toolkit to memory: input\/output error/],
      ["execveat", EACCES, /cannot execute the toolkit from memory: permission denied/],
      ["execveat", EPERM, /cannot execute the toolkit from memory: operation not permitted/],
      ["execveat", ENOENT, /the toolkit needs glibc, which this system lacks/],
    ];
    for (const [call, errno, sentence] of sentences) {
      const life = live(["lint"], { fault: failing(call, errno) });
      expect(life.code, call).toBe(125);
      expect(said(life)).toMatch(sentence);
      expect(life.stderr).toHaveLength(1);
      expect(life.trap).toBeNull();
    }
  });

  it("is made executable another way where the kernel knows no MFD_EXEC", () => {
    expect(live(["lint"], { fault: failing("memfd_create", EINVAL, 1) }).code).toBe(TOOLKIT_CODE);
  });

  it("is missing where the file was cut off", () => {
    const life = live(["lint"], {}, elf());
    expect(life.code).toBe(125);
    expect(said(life)).toContain("this file lacks the toolkit");
  });

  it("says that it needs glibc where its interpreter is not there", () => {
    const life = live(["lint"], {}, executable(elf(undefined, "/lib64/ld-linux-x86-64.so.2")));
    expect(life.code).toBe(125);
    expect(said(life)).toContain("glibc");
  });
});
