/*
 * Builds `dist/tini-ts-full`: the init, and behind it in the same file Node with the toolkit, as one executable that pkg
 * makes. The kernel maps only the init; src/init/full.ts starts the toolkit behind it.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sea from "@yao-pkg/pkg/lib-es5/sea.js";
import { ARCHITECTURES } from "../src/kit/init/binary.ts";
import { build, ownArch, TOOLKIT_OFFSET } from "./build.ts";
import { bundleToolkit } from "./lib/toolkit.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

/** Node without its symbols: a seventh less to copy to memory at each start. */
async function stripped(work: string): Promise<string> {
  const node = join(work, "node");
  await copyFile(join(root, `node_modules/node-linux-${ownArch()}/bin/node`), node);
  await run("strip", [node]);
  return node;
}

/** Runs `action` without pkg's output, which matters only if it fails. */
async function quietly(action: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => undefined;
  try {
    await action();
  } finally {
    console.log = log;
  }
}

/**
 * Builds `dist/tini-ts-full`, and beside it the licences of what is in it.
 *
 * @throws Error with the failing tool's output.
 */
export async function buildFull(): Promise<{ path: string; bytes: number }> {
  const path = join(root, "dist/tini-ts-full");
  // If anything fails, an older file must not be mistaken for this one.
  await rm(path, { force: true });
  await build({ archs: ARCHITECTURES, full: true });
  const work = await mkdtemp(join(root, "build/full-"));
  try {
    const { code, licences } = await bundleToolkit({ hasFiles: true });
    const [input, output] = [join(work, "tini-ts.cjs"), join(work, "toolkit")];
    await writeFile(input, code);
    const nodePath = await stripped(work);
    const target = { nodeRange: "node24", platform: "linux" as const, arch: ownArch(), output };
    await quietly(() => sea.default(input, { targets: [target], nodePath }));

    const init = await readFile(join(root, "build/tini-ts-full"));
    if (init.length > TOOLKIT_OFFSET) throw new Error(`the init has ${init.length} bytes, more than ${TOOLKIT_OFFSET}`);
    const toolkit = await readFile(output);
    const whole = Buffer.concat([init, Buffer.alloc(TOOLKIT_OFFSET - init.length), toolkit]);
    await writeFile(output, whole);
    await chmod(output, 0o755);
    const nodeLicence = await readFile(join(root, `node_modules/node-linux-${ownArch()}/LICENSE`), "utf8");
    const others = `Node.js\n\n${nodeLicence.trim()}\n\n${"-".repeat(80)}\n\n${licences}`;
    await writeFile(join(root, "dist/tini-ts-full.licenses.txt"), others);
    await rename(output, path);
    return { path, bytes: whole.length };
  } finally {
    await rm(work, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const { path, bytes } = await buildFull();
    console.log(`${path.slice(root.length + 1)}: ${bytes} bytes`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
