/*
 * Builds the init: TypeScript (AssemblyScript) -> WebAssembly -> C -> one static executable.
 *
 *   node scripts/build.ts           dist/tini-ts
 *   node scripts/build.ts --debug   dist/tini-ts and, beside it, dist/tini-ts.debug: the same code with symbols and
 *                                   the line numbers of the TypeScript files, for gdb
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { compile } from "./lib/compile.ts";
import { withoutSections } from "./lib/elf.ts";
import { markLines } from "./lib/line-numbers.ts";
import { lower, lowerHeader } from "./lib/lower.ts";

const root = join(import.meta.dirname, "..");
const host = join(root, "src/host");

/** Flags of the C compiler. */
const flags = [
  ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-DNDEBUG"],
  // The whole program in one unit, as small as can be.
  ...["-Oz", "-fwhole-program", "-ffreestanding", "-fno-ident", "-fomit-frame-pointer"],
  // Each measured: a jump table is larger than its comparisons here, Binaryen has inlined what is worth it, and so on.
  ...["-fno-jump-tables", "-fno-inline-functions-called-once", "-fno-expensive-optimizations", "-fno-early-inlining"],
  ...["-fno-tree-tail-merge", "-fno-guess-branch-probability", "-fno-move-loop-invariants", "-fno-ssa-phiopt"],
  ...["-fno-tree-loop-im", "-fno-tree-dse", "-fno-caller-saves", "-fno-shrink-wrap"],
  // Nothing that only serves exceptions or a libc.
  ...["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-stack-protector"],
  // At a fixed address, so that nothing is relocated at the start.
  ...["-fno-pic", "-no-pie", "-static", "-nostdlib", "-nostartfiles"],
  ...["-Wl,--build-id=none", "-Wl,-z,noexecstack", "-Wl,--no-warn-rwx-segments"],
];

/** What differs between CPUs. The C compiler is the CPU's own cross compiler where it is not this machine's. */
const targets = {
  // Each keeps the register that its header names away from the compiler.
  x64: ["-ffixed-r15", "-fcf-protection=none", "-malign-data=abi", "-Wl,-z,max-page-size=4096"],
  arm64: ["-ffixed-x28", "-mno-outline-atomics", "-Wl,-z,max-page-size=65536"],
} as const;

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

/** Links `init.c` of a directory with the host to an executable. */
async function link(directory: string, output: string, extra: string[]): Promise<void> {
  const arch = process.arch;
  if (arch !== "x64" && arch !== "arm64")
    throw new Error(`no build for ${arch} yet: src/host knows x86_64 and aarch64`);
  await command(process.env["CC"] ?? "gcc", [
    ...[...flags, ...targets[arch], ...extra],
    ...["-isystem", directory, `-I${host}`, `-Wl,-T,${join(host, "link.ld")}`, join(host, "host.c"), "-o", output],
  ]);
}

/**
 * Builds `dist/tini-ts`, and `build/init.wasm` for the simulation; with `debug` also `dist/tini-ts.debug`.
 * With `outputDirectory` all of them go there.
 *
 * Everything is made in a folder of the build's own and renamed at the end: who reads meanwhile sees the old file or the
 * new one, and two builds at a time do not meet.
 *
 * @throws Error with the failing tool's words.
 */
export async function build(options: { debug?: boolean; outputDirectory?: string } = {}): Promise<void> {
  const output = options.outputDirectory ?? join(root, "dist");
  const parts = options.outputDirectory ?? join(root, "build");
  for (const directory of [output, parts]) await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(parts, "work-"));
  try {
    const { wasm, sourceMap } = await compile({
      baseDirectory: join(root, "src/init"),
      entry: "main.ts",
    });
    await writeFile(join(work, "init.c"), lower(await toC(wasm, work), wasm));
    await link(work, join(work, "tini-ts"), ["-s"]);
    await writeFile(join(work, "tini-ts"), withoutSections(await readFile(join(work, "tini-ts"))));
    await chmod(join(work, "tini-ts"), 0o755);
    await rename(join(work, "init.wasm"), join(parts, "init.wasm"));
    await rename(join(work, "tini-ts"), join(output, "tini-ts"));

    if (options.debug === true) {
      const marked = markLines(wasm, sourceMap);
      await writeFile(join(work, "init.c"), marked.restore(lower(await toC(marked.wasm, work), marked.wasm)));
      // Without -gno-statement-frontiers many lines of TypeScript get no address that gdb could stop at.
      await link(work, join(work, "tini-ts.debug"), ["-g", "-gno-statement-frontiers"]);
      await rename(join(work, "tini-ts.debug"), join(output, "tini-ts.debug"));
    }
  } finally {
    await rm(work, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const started = performance.now();
    await build({ debug: process.argv.includes("--debug") });
    const { length } = await readFile(join(root, "dist/tini-ts"));
    console.log(
      `dist/tini-ts: ${String(length)} bytes, built in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
