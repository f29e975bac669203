/** `tini-ts install DIRECTORY`: puts the init into a folder, for images, CI scripts and initContainers. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseWords, type Surroundings, type Verb } from "../command.ts";
import { systemReason } from "../files/reasons.ts";
import { replaceable, Unwritable, writeAtOnce } from "../files/write.ts";
import { type Architecture, architectureNamed, ARCHITECTURES, listed } from "../init/binary.ts";
import { carriedInit } from "../init/carried.ts";
import { Refusal } from "../refusal.ts";

/** The name of the init in the folder. */
const INSTALLED_NAME = "tini-ts";
const MODE = 0o755;

/** The CPU that a user's name for it means. @throws Refusal if there is no init for it. */
export function architectureOf(name: string): Architecture {
  const arch = architectureNamed(name);
  if (arch !== null) return arch;
  throw new Refusal(`there is no init for ${name}: --arch takes ${listed(ARCHITECTURES, "or")}`);
}

/** The init for a CPU. @throws Refusal if the toolkit has none, or it is not as it was packed. */
function initFor(arch: Architecture): { bytes: Uint8Array; sha256: string } {
  let carried;
  try {
    carried = carriedInit(arch);
  } catch (error) {
    throw new Refusal(systemReason(error));
  }
  if (carried === null) throw new Refusal(`this toolkit came without an init for ${arch}`);
  return carried;
}

/** Whether the file at a path is this init already, and executable by everyone. */
function isThere(path: string, bytes: Uint8Array): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o777) === MODE && readFileSync(path).equals(bytes);
}

/** What was installed, and where. */
export interface Installed {
  readonly path: string;
  readonly sha256: string;
  /** Whether the same file was there already. */
  readonly isUnchanged: boolean;
}

/**
 * Puts the init for a CPU into a folder.
 *
 * @param isTrial only returns what would be done.
 * @throws Refusal if it cannot be done.
 */
export function install(
  directory: string,
  arch: Architecture,
  { isTrial = false, name = INSTALLED_NAME }: { readonly isTrial?: boolean; readonly name?: string } = {},
): Installed {
  const { bytes, sha256 } = initFor(arch);
  const path = join(directory, name);
  try {
    if (!statSync(directory).isDirectory()) throw new Refusal(`${directory} is no folder`);
    const isUnchanged = isThere(path, bytes);
    if (isTrial) replaceable(path);
    else if (!isUnchanged) writeAtOnce(path, bytes, MODE);
    return { path, sha256, isUnchanged };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof Unwritable) throw new Refusal(`${path} ${error.message}`);
    throw new Refusal(`cannot put the init into ${directory}: ${systemReason(error)}`);
  }
}

function run(words: readonly string[], { stdout }: Surroundings): number {
  const { one, operands } = parseWords(words, { one: ["arch"] });
  const [directory, other] = operands;
  if (directory === undefined) throw new Refusal("install needs the folder to put the init into");
  if (other !== undefined) throw new Refusal(`install takes one folder, and ${other} is another`);
  const arch = architectureOf(one.arch ?? process.arch);
  const { path, sha256, isUnchanged } = install(directory, arch);
  stdout.write(`${path}: ${isUnchanged ? "was there already" : "installed"}, ${arch}, SHA-256 ${sha256}\n`);
  return 0;
}

export const installVerb: Verb = {
  name: "install",
  operands: "FOLDER",
  summary: "put the init into a folder: verified by its hash, with mode 755, atomically",
  options: [`--arch ARCH   ${listed(ARCHITECTURES, "or")} (default: this machine's)`],
  run,
};
