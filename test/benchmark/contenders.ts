/** The inits to measure: this one and the common ones, as Debian ships them. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildFolder } from "./native.ts";

/** One init, ready to be run. */
export interface Contender {
  /** Its name in the table's head. */
  name: string;
  /** The executable: a copy that nothing else on the machine runs, so that it shares no memory. */
  path: string;
  /** The words between the init and its program if the init is PID 1. */
  asPidOne: string[];
  /** The same if it is not PID 1: what makes it a reaper without a warning. */
  asAnyPid: string[];
  /** The line that the init prints about itself. */
  version: string;
}

/** This init's name in the results. */
export const ours = "tini-ts";

/** The full executable: as an init, it must cost no more than the small one. */
export const full = "tini-ts-full";

/** The name of the one that all others are compared with. */
export const reference = "tini";

/** This init: `dist/tini-ts`, or what TINI_TS_BINARY names. */
const ourFile = resolve(import.meta.dirname, "../..", process.env["TINI_TS_BINARY"] ?? "dist/tini-ts");

const fullFile = resolve(import.meta.dirname, "../../dist/tini-ts-full");

const known = [
  { name: ours, file: ourFile, origin: "npm run build", asAnyPid: ["--"], versionOption: "--version" },
  { name: full, file: fullFile, origin: "npm run build:full", asAnyPid: ["--"], versionOption: "--version" },
  ...[
    { name: reference, package: "tini", asAnyPid: ["-s", "--"], versionOption: "--version" },
    { name: "tini-static", package: "tini", asAnyPid: ["-s", "--"], versionOption: "--version" },
    { name: "dumb-init", package: "dumb-init", asAnyPid: ["--"], versionOption: "-V" },
    { name: "catatonit", package: "catatonit", asAnyPid: ["--"], versionOption: "--version" },
  ].map((each) => ({ ...each, file: `/usr/bin/${each.name}`, origin: `apt-get install ${each.package}` })),
];

/** All inits that must be installed; the full executable takes part if it was built. */
const usual = (): string[] => known.map(({ name }) => name).filter((name) => name !== full || existsSync(fullFile));

/**
 * Copies the inits to a folder of their own and returns them, this one first; all of them, or those with these names.
 * Throws one sentence that names the first missing one and how to get it. See `removeContenders`.
 */
export function prepareContenders(names: readonly string[] = usual()): Contender[] {
  const wanted = known.filter((each) => names.includes(each.name));
  const missing = wanted.find((each) => !existsSync(each.file));
  if (missing) throw new Error(`${missing.file} is missing: ${missing.origin}`);
  mkdirSync(buildFolder, { recursive: true });
  const folder = mkdtempSync(join(buildFolder, "contenders-"));
  return wanted.map(({ name, file, asAnyPid, versionOption }) => {
    const path = join(folder, name);
    copyFileSync(file, path);
    const said = spawnSync(path, [versionOption], { encoding: "utf8" });
    const version = (said.stdout + said.stderr).trim().split("\n")[0] ?? "";
    return { name, path, asPidOne: ["--"], asAnyPid, version };
  });
}

/** Removes the copies. */
export function removeContenders(contenders: readonly Contender[]): void {
  for (const each of contenders) rmSync(dirname(each.path), { recursive: true, force: true });
}
