/*
 * Builds the init: TypeScript (AssemblyScript) -> WebAssembly -> C -> one static executable.
 *
 *   node scripts/build.ts           dist/tini-ts
 *   node scripts/build.ts --debug   dist/tini-ts and, beside it, dist/tini-ts.debug: the same code with symbols and
 *                                   the line numbers of the TypeScript files, for gdb
 *   node scripts/build.ts --all     dist/tini-ts, and dist/tini-ts-ARCH for each other CPU whose compiler is installed; with
 *                                   CI=true all must be
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { compile } from "./lib/compile.ts";
import { callsAfter } from "./lib/calls-after.ts";
import { withSection } from "./lib/data.ts";
import { withoutSections } from "./lib/elf.ts";
import { type Filter, FILTER_CALL, FILTER_SECTION, filterSource, makeFilter, questionOf } from "./lib/filter.ts";
import { markLines } from "./lib/line-numbers.ts";
import { lower, lowerHeader } from "./lib/lower.ts";
import { readModule } from "./lib/module-text.ts";
import { variablesSource } from "./lib/variables.ts";

const root = join(import.meta.dirname, "..");
const host = join(root, "src/host");

/**
 * Flags for the C compiler. The figures say how much larger dist/tini-ts is without the flag: gcc 12.2.0 for x86_64,
 * AssemblyScript 0.28.20, wabt 1.0.39, a file of 52 840 bytes. A flag that saves less than 40 bytes is not worth its line.
 */
const flags = [
  ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-DNDEBUG", "-ffreestanding"],
  // The whole program in one unit, as small as possible. -O0 would need a libc's floor() for wasm2c's helpers.
  ...["-Oz", "-fomit-frame-pointer"],
  "-fwhole-program", // 4 880 bytes
  "-fno-expensive-optimizations", // 240 bytes
  "-fno-guess-branch-probability", // 64 bytes
  "-fno-tree-tail-merge", // 64 bytes
  "-fno-tree-loop-optimize", // 48 bytes
  "-fno-jump-tables", // 208 bytes: a table is larger than the comparisons that it replaces here
  // 48 bytes; and 8 192 bytes that a plain run never calls would be inlined into functions that it does call.
  "-fno-inline-functions-called-once",
  // 1 760 bytes; and link.ld could not put functions that are seldom called apart.
  "-ffunction-sections",
  // Nothing that only serves exceptions, a libc or a debugger. No effect with Debian's gcc, but some distributions' adds them.
  ...["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-stack-protector", "-fno-ident"],
  // At a fixed address, so that nothing is relocated at start-up.
  ...["-fno-pic", "-no-pie", "-static", "-nostdlib", "-nostartfiles"],
  ...["-Wl,--build-id=none", "-Wl,-z,noexecstack", "-Wl,--no-warn-rwx-segments"],
];

/**
 * What differs between CPUs: the cross compiler, with Debian's packages; the DWARF number of its STATE_REGISTER in src/host,
 * null if gdb cannot find the variables by it.
 */
const targets = {
  // -ffixed-REGISTER: the registers that the CPU's header in src/host uses are withheld from the compiler.
  x64: {
    cross: "x86_64-linux-gnu-gcc",
    packages: "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
    stateRegister: 15,
    flags: ["-ffixed-r14", "-ffixed-r15", "-fcf-protection=none", "-malign-data=abi", "-Wl,-z,max-page-size=4096"],
    libraries: [],
  },
  arm64: {
    cross: "aarch64-linux-gnu-gcc",
    packages: "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    stateRegister: 28,
    flags: ["-ffixed-x27", "-ffixed-x28", "-mno-outline-atomics", "-Wl,-z,max-page-size=65536"],
    libraries: [],
  },
  riscv64: {
    cross: "riscv64-linux-gnu-gcc",
    packages: "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross",
    // It is s11, but as refuses the differences of labels by which variables.ts counts sizes, because the linker may shorten code.
    stateRegister: null,
    // Linux guarantees unaligned memory access to programs (Documentation/riscv/uabi.rst).
    flags: [
      "-ffixed-s10",
      "-ffixed-s11",
      "-mno-strict-align",
      "-mtune=size",
      "-msmall-data-limit=0",
      "-Wl,-z,max-page-size=4096",
    ],
    libraries: [],
  },
  ppc64: {
    cross: "powerpc64le-linux-gnu-gcc",
    packages: "gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross",
    stateRegister: 29,
    flags: ["-ffixed-r28", "-ffixed-r29", "-Wl,-z,max-page-size=65536"],
    libraries: [],
  },
  arm: {
    cross: "arm-linux-gnueabihf-gcc",
    packages: "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross",
    stateRegister: 10,
    flags: ["-march=armv7-a+fp", "-mthumb", "-ffixed-r9", "-ffixed-r10", "-Wl,-z,max-page-size=4096"],
    // Division of 64 bits.
    libraries: ["-lgcc"],
  },
  ia32: {
    cross: "i686-linux-gnu-gcc",
    packages: "gcc-i686-linux-gnu libc6-dev-i386-cross",
    stateRegister: null,
    flags: ["-march=i686", "-fcf-protection=none", "-mpreferred-stack-boundary=2", "-Wl,-z,max-page-size=4096"],
    // Division of 64 bits.
    libraries: ["-lgcc"],
  },
} as const;

/** A CPU that src/host supports, by Node's name for it. */
export type Arch = keyof typeof targets;

/** All of them. */
export const ARCHS = Object.keys(targets) as readonly Arch[];

const run = promisify(execFile);

async function command(name: string, args: string[]): Promise<void> {
  try {
    await run(name, args, { maxBuffer: 64 << 20 });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT")
      throw new Error(`${name} is not installed: a C compiler is needed (apt-get install gcc libc6-dev)`);
    throw new Error(`${name} failed:\n${stderr ?? String(error)}`);
  }
}

async function toC(wasm: Uint8Array, directory: string): Promise<string> {
  await writeFile(join(directory, "init.wasm"), wasm);
  await command(process.execPath, [
    join(root, "node_modules/wabt/bin/wasm2c"),
    ...[join(directory, "init.wasm"), "--module-name", "init", "--output", join(directory, "init.c")],
  ]);
  await writeFile(join(directory, "init.h"), lowerHeader(await readFile(join(directory, "init.h"), "utf8")));
  return readFile(join(directory, "init.c"), "utf8");
}

/** The offset of the toolkit in the full executable, as in src/init/full.ts. */
export const TOOLKIT_OFFSET = 65536;

/** This machine's CPU. @throws Error if there is no build for it. */
export function ownArch(): Arch {
  const arch = ARCHS.find((each) => each === process.arch);
  if (arch === undefined) throw new Error(`no build for ${process.arch}: src/host knows ${ARCHS.join(", ")}`);
  return arch;
}

/** The C compiler for a CPU: for this machine's own, what CC names (default: gcc). */
export function compilerFor(arch: Arch): string {
  return arch === ownArch() ? (process.env["CC"] ?? "gcc") : targets[arch].cross;
}

/** A sentence if the C compiler for another CPU or its headers are missing; null otherwise. */
async function lackOf(arch: Arch): Promise<string | null> {
  const headers = ["asm/unistd.h", "poll.h"].flatMap((header) => ["-include", header]);
  try {
    await run(compilerFor(arch), ["-E", ...headers, "-x", "c", "/dev/null"]);
    return null;
  } catch (error) {
    return `${compilerFor(arch)} ${(error as { code?: unknown }).code === "ENOENT" ? "is not installed" : "finds no headers"}`;
  }
}

/** The CPUs whose compiler is installed, and a sentence about the others; null if none is missing. */
async function survey(archs: readonly Arch[]): Promise<{ present: Arch[]; lacking: string | null }> {
  const lacks = await Promise.all(archs.map(async (arch) => ({ arch, lack: await lackOf(arch) })));
  const present = lacks.filter(({ lack }) => lack === null).map(({ arch }) => arch);
  const others = lacks.filter(({ lack }) => lack !== null);
  if (others.length === 0) return { present, lacking: null };
  const names = others.map(({ arch }) => arch).join(", ");
  const reasons = others.map(({ lack }) => lack).join(", ");
  const packages = others.map(({ arch }) => targets[arch].packages).join(" ");
  const lacking = `The init for ${names} cannot be built: ${reasons}. On Debian: apt-get install ${packages}`;
  return { present, lacking };
}

/** Makes the filter for a CPU from the text of a module (scripts/lib/filter.ts), in a folder below `directory`. */
export async function filterFor(
  arch: Arch,
  text: string,
  directory: string,
  withheld?: readonly string[],
): Promise<Filter> {
  const work = await mkdtemp(join(directory, "filter-"));
  const question = join(work, "question.c");
  const compiled = async (source: string, ...words: readonly string[]): Promise<string> => {
    await writeFile(question, source);
    const { stdout } = await run(compilerFor(arch), [...words, question, "-o", "-"], { maxBuffer: 64 << 20 });
    return stdout;
  };
  try {
    // The generated code makes no system calls itself.
    for (const name of ["init.h", "init.c", "filter.h"]) await writeFile(join(work, name), "");
    const source = questionOf(await readFile(join(host, "host.c"), "utf8"));
    const asked = await compiled(
      source,
      ...targets[arch].flags,
      "-ffreestanding",
      "-E",
      "-P",
      "-isystem",
      work,
      `-I${host}`,
    );
    const evaluate = async (expressions: readonly string[]): Promise<number[]> => {
      const values = expressions.map((expression) => `(unsigned)(${expression})`);
      const assembly = await compiled(`const unsigned values[] = {${values.join()}};`, "-S", "-x", "c");
      return [...assembly.matchAll(/^\s*\.(?:long|word|4byte)\s+(-?\d+)$/gm)].map(([, value]) => Number(value) >>> 0);
    };
    return await makeFilter(callsAfter(readModule(text), "start", FILTER_CALL), asked, evaluate, withheld);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Links `init.c` of a directory, the host and the filter into an executable. */
async function link(arch: Arch, directory: string, filter: Filter, output: string, extra: string[]): Promise<void> {
  await writeFile(join(directory, "filter.h"), filterSource(filter));
  await command(compilerFor(arch), [
    ...[...flags, ...targets[arch].flags, ...extra],
    ...["-isystem", directory, `-I${host}`, `-Wl,-T,${join(host, "link.ld")}`, join(host, "host.c"), "-o", output],
    ...targets[arch].libraries,
  ]);
}

/** Makes the executable as it is shipped from `init.c` in the directory `work`, and puts it at `output`. */
async function ship(
  arch: Arch,
  work: string,
  filter: Filter,
  output: string,
  extra: readonly string[] = [],
): Promise<void> {
  const file = join(work, "tini-ts");
  await link(arch, work, filter, file, ["-s", ...extra]);
  await writeFile(file, withoutSections(await readFile(file)));
  await chmod(file, 0o755);
  await rename(file, output);
}

/** What else to build, and where. */
export interface BuildOptions {
  /** Also `dist/tini-ts.debug`, and one for each of `archs`. */
  debug?: boolean;
  /** Debug builds name their sources by paths in the project, not on this machine. */
  hasRelativePaths?: boolean;
  /** Also `dist/tini-ts-ARCH`, for each of these that is not this machine's own. */
  archs?: readonly Arch[];
  /** Also `build/tini-ts-full`: the init that starts the toolkit behind it in the file, without the toolkit. */
  full?: boolean;
  /** The folder for all files (default: dist and build). */
  outputDirectory?: string;
  /** Additional flags for the C compiler, for tests. */
  flags?: readonly string[];
  /** System calls that the filter does not allow although the init makes them: for tests of the consequences. */
  withheld?: readonly string[];
}

/**
 * Builds `dist/tini-ts`, `build/init.wasm`, `build/init.checked.wasm` for the simulation, and `build/answers.wasm`
 * for the toolkit.
 *
 * Everything is made in a temporary folder and renamed at the end: readers see either the old file or the new one, and
 * simultaneous builds do not disturb each other.
 *
 * @throws Error with the failing tool's output, or what to install.
 */
export async function build(options: BuildOptions = {}): Promise<void> {
  const output = options.outputDirectory ?? join(root, "dist");
  const parts = options.outputDirectory ?? join(root, "build");
  for (const directory of [output, parts]) await mkdir(directory, { recursive: true });
  const others = (options.archs ?? []).filter((arch) => arch !== ownArch());
  // If the build fails, an old file must not be mistaken for a new one.
  for (const arch of others) await rm(join(output, `tini-ts-${arch}`), { force: true });
  const { lacking } = await survey(others);
  if (lacking !== null) throw new Error(lacking);
  const work = await mkdtemp(join(parts, "work-"));
  try {
    const baseDirectory = join(root, "src/init");
    const { wasm, text, sourceMap, structs, types } = await compile({ baseDirectory, entry: "main.ts" });
    const filter = await filterFor(ownArch(), text, work, options.withheld);
    const checked = await compile({ baseDirectory, entry: "main.ts", isChecked: true });
    const filterBytes = new TextEncoder().encode(JSON.stringify(filter));
    await writeFile(join(work, "init.checked.wasm"), withSection(checked.wasm, FILTER_SECTION, filterBytes));
    await writeFile(join(work, "init.c"), lower(await toC(wasm, work), wasm));
    for (const file of ["init.wasm", "init.checked.wasm"]) await rename(join(work, file), join(parts, file));
    await ship(ownArch(), work, filter, join(output, "tini-ts"), options.flags);
    for (const arch of others) {
      const file = join(output, `tini-ts-${arch}`);
      await ship(arch, work, await filterFor(arch, text, work), file, options.flags);
    }

    const answers = await compile({ baseDirectory, entry: "answers.ts" });
    await writeFile(join(work, "answers.wasm"), answers.wasm);
    await rename(join(work, "answers.wasm"), join(parts, "answers.wasm"));

    if (options.debug === true) {
      const marked = markLines(wasm, sourceMap);
      const c = marked.restore(lower(await toC(marked.wasm, work), marked.wasm));
      const header = await readFile(join(work, "init.h"), "utf8");
      const maps = options.hasRelativePaths === true ? [`${work}=build`, `${root}=.`] : [];
      for (const arch of [ownArch(), ...others]) {
        const register = targets[arch].stateRegister;
        const variables = register === null ? "" : variablesSource(header, types, register);
        await writeFile(join(work, "init.c"), `${c}\n${structs}\n${variables}`);
        const name = arch === ownArch() ? "tini-ts.debug" : `tini-ts-${arch}.debug`;
        await link(arch, work, await filterFor(arch, text, work), join(work, name), [
          // Without -gno-statement-frontiers, gdb finds no address for many lines of TypeScript.
          ...["-g", "-gno-statement-frontiers"],
          // gcc applies the last one that matches.
          ...maps.toReversed().map((map) => `-ffile-prefix-map=${map}`),
        ]);
        await rename(join(work, name), join(output, name));
      }
    }

    if (options.full === true) {
      const full = await compile({ baseDirectory, entry: "full.ts" });
      await writeFile(join(work, "init.c"), lower(await toC(full.wasm, work), full.wasm));
      await ship(ownArch(), work, await filterFor(ownArch(), full.text, work), join(parts, "tini-ts-full"));
    }
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The CPUs whose compiler is installed; reports the others. @throws Error with CI=true if one is missing. */
async function buildable(): Promise<Arch[]> {
  const { present, lacking } = await survey(ARCHS);
  if (lacking !== null && process.env["CI"] === "true") throw new Error(lacking);
  if (lacking !== null) console.error(`Left out: ${lacking}`);
  return present;
}

if (import.meta.main) {
  try {
    const started = performance.now();
    const archs = process.argv.includes("--all") ? await buildable() : [];
    await build({ debug: process.argv.includes("--debug"), archs });
    const { length } = await readFile(join(root, "dist/tini-ts"));
    console.log(
      `dist/tini-ts: ${String(length)} bytes, built in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
