/*
 * Packs the toolkit for npm: `dist/npm/tini-ts-VERSION.tgz`, with the bundle and the init for each CPU,
 * without dependencies or install scripts.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ARCHITECTURES } from "../src/kit/init/binary.ts";
import { build } from "./build.ts";
import { bundleToolkit, carriedFiles, OLDEST_NODE } from "./lib/toolkit.ts";

const root = join(import.meta.dirname, "..");

/** The largest size of the unpacked package. */
const LARGEST_BYTES = 5_000_000;

/** The package.json of the published package, without the parts that only development needs. */
async function manifest(): Promise<Record<string, unknown>> {
  const { name, version, description, license } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  ) as Record<string, string>;
  return {
    ...{ name, version, description, license },
    keywords: ["container", "docker", "kubernetes", "init", "pid1", "tini", "dumb-init", "dockerfile", "lint"],
    bin: { "tini-ts": "tini-ts.cjs" },
    engines: { node: `>=${OLDEST_NODE}` },
  };
}

/** Fills a folder with the files to publish. */
async function fill(folder: string): Promise<void> {
  const { code, licences } = await bundleToolkit({ hasFiles: false });
  await writeFile(join(folder, "package.json"), `${JSON.stringify(await manifest(), null, 2)}\n`);
  await writeFile(join(folder, "tini-ts.cjs"), code);
  await writeFile(join(folder, "LICENSES-OF-OTHERS.txt"), licences);
  for (const name of ["LICENSE", "README.md"]) await copyFile(join(root, name), join(folder, name));
  await copyFile(join(root, "docs/tini-ts-lint.schema.json"), join(folder, "tini-ts-lint.schema.json"));
  for (const { name, path } of carriedFiles()) await copyFile(path, join(folder, name));
  // Modes are set explicitly, independent of the umask.
  for (const name of await readdir(folder)) {
    const isProgram = name === "tini-ts.cjs" || ARCHITECTURES.some((arch) => name === `tini-ts-${arch}`);
    await chmod(join(folder, name), isProgram ? 0o755 : 0o644);
  }
}

/**
 * Packs what `build({ archs: ARCHITECTURES })` has built.
 *
 * @param output the folder for the package.
 * @returns the package's path, and its unpacked size in bytes.
 * @throws Error if a tool fails or is missing, or the package is too large.
 */
export async function packNpm(output: string): Promise<{ path: string; bytes: number }> {
  await mkdir(output, { recursive: true });
  const work = await mkdtemp(join(root, "build/npm-"));
  try {
    const folder = join(work, "package");
    await mkdir(folder);
    await fill(folder);
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > LARGEST_BYTES) throw new Error(`the package has ${bytes} bytes, more than ${LARGEST_BYTES}`);
    const { stdout } = await promisify(execFile)("npm", ["pack", "--json", "--pack-destination", work, folder]);
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    if (packed === undefined) throw new Error("npm pack made nothing");
    const path = join(output, packed.filename);
    await rename(join(work, packed.filename), path);
    return { path, bytes };
  } finally {
    await rm(work, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const output = join(root, "dist/npm");
    // If anything fails, an older package must not be mistaken for this one.
    await rm(output, { recursive: true, force: true });
    await build({ archs: ARCHITECTURES });
    const { path, bytes } = await packNpm(output);
    console.log(`${path.slice(root.length + 1)}: ${bytes} bytes unpacked`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
