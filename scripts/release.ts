/*
 * Makes a release: executables and debug files for all CPUs, the npm package, Debian packages, an image, and checksums, SBOM
 * and provenance. Two releases of the same commit are byte-identical.
 *
 *   node scripts/release.ts            dist/release
 *   node scripts/release.ts --verify   makes it again in another folder, as another user, in another time zone, and compares
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ARCHS, build, ownArch } from "./build.ts";
import { bundleToolkit } from "./lib/toolkit.ts";
import { packNpm } from "./pack-npm.ts";
import { cpuOf } from "./release/cpus.ts";
import { makeDeb } from "./release/deb.ts";
import { makeImage } from "./release/oci.ts";
import { DIRTY, type ReleaseSource, ROOT, sourceOf } from "./release/source.ts";
import { hashesOf, provenanceOf, sbomOf, sumsOf } from "./release/statements.ts";

/** The user who makes the second release: "nobody" (the overflow id in kernel/sys.c). */
const OTHER_USER = 65534;

/** Fills a folder with all files of a release. */
async function fill(source: ReleaseSource, folder: string): Promise<void> {
  await build({ debug: true, archs: ARCHS, hasRelativePaths: true });
  const executables = [];
  for (const arch of ARCHS) {
    const cpu = cpuOf(arch);
    const built = join(ROOT, "dist", arch === ownArch() ? "tini-ts" : `tini-ts-${arch}`);
    const path = join(folder, `tini-ts-${cpu.debian}`);
    await copyFile(built, path);
    await copyFile(`${built}.debug`, `${path}.debug`);
    executables.push({ cpu, path });
  }
  await packNpm(folder);
  for (const { cpu, path } of executables) await makeDeb(source, cpu, path, folder);
  await makeImage(source, executables, folder);
  const { packages } = await bundleToolkit({ hasFiles: false });
  await writeFile(join(folder, `tini-ts-${source.version}.cdx.json`), await sbomOf(source, packages));
  const provenance = await provenanceOf(source, await hashesOf(folder));
  await writeFile(join(folder, `tini-ts-${source.version}.intoto.json`), provenance);
  await writeFile(join(folder, "SHA256SUMS"), sumsOf(await hashesOf(folder)));
}

/**
 * Makes a release in `dist/release`.
 *
 * @returns its folder.
 * @throws Error if a tool fails or is missing.
 */
export async function release(source: ReleaseSource = sourceOf()): Promise<string> {
  const output = join(ROOT, "dist/release");
  // If anything fails, an older release must not be mistaken for this one.
  await rm(output, { recursive: true, force: true });
  await mkdir(join(ROOT, "build"), { recursive: true });
  const work = await mkdtemp(join(ROOT, "build/release-"));
  try {
    await fill(source, work);
    await mkdir(dirname(output), { recursive: true });
    chmodSync(work, 0o755);
    await rename(work, output);
    return output;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Makes the same release in another folder, as another user if run by root, and returns the hashes of its files. */
async function releaseElsewhere(source: ReleaseSource): Promise<Map<string, string>> {
  const place = mkdtempSync(join(tmpdir(), "tini-ts-release-"));
  try {
    const tree = join(place, "another place");
    mkdirSync(tree);
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0");
    for (const name of tracked.filter((each) => each !== "")) cpSync(join(ROOT, name), join(tree, name));
    execFileSync("cp", ["--recursive", "--no-dereference", join(ROOT, "node_modules"), tree]);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) execFileSync("chown", ["--recursive", `${OTHER_USER}:${OTHER_USER}`, place]);
    // Without npm's settings, if npm runs this: they name this project's folders.
    const variables = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_"));
    execFileSync("sh", ["-c", 'umask 077; exec "$0" scripts/release.ts', join(tree, "node_modules/.bin/node")], {
      cwd: tree,
      stdio: ["ignore", "ignore", "inherit"],
      ...(isRoot ? { uid: OTHER_USER, gid: OTHER_USER } : {}),
      env: {
        ...Object.fromEntries(variables),
        HOME: place,
        TZ: "Pacific/Chatham",
        SOURCE_REVISION: source.revision,
        SOURCE_DATE_EPOCH: String(source.epoch),
      },
    });
    return await hashesOf(join(tree, "dist/release"));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Compares a release with one of the same commit that is made elsewhere. @throws Error naming the files that differ. */
export async function verify(source: ReleaseSource, output: string): Promise<void> {
  const [ours, theirs] = [await hashesOf(output), await releaseElsewhere(source)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const different = names.filter((name) => ours.get(name) !== theirs.get(name));
  if (different.length > 0) throw new Error(`made again elsewhere, these differ: ${different.join(", ")}`);
}

if (import.meta.main) {
  try {
    const words = process.argv.slice(2);
    const unknown = words.find((word) => word !== "--verify");
    if (unknown !== undefined) throw new Error(`${unknown} is no option: the only one is --verify`);
    if (!existsSync(join(ROOT, "node_modules"))) throw new Error("the npm packages are missing: scripts/run -- true");
    const source = sourceOf();
    const output = await release(source);
    console.log(`dist/release: version ${source.version} of ${source.revision}, ${readdirSync(output).length} files`);
    if (source.revision.endsWith(DIRTY))
      console.log("It is not to be published: it has changes that are in no commit.");
    if (words.includes("--verify")) {
      await verify(source, output);
      console.log("made again in another folder, as another user and in another time zone: the same to the byte");
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
