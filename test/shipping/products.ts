/** The products: the npm package, installed as users install it, and the full executable. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patience } from "../patience.ts";

export const PROJECT = join(import.meta.dirname, "../..");
export const FULL = join(PROJECT, "dist/tini-ts-full");

/** The packed package. @throws Error if there is none, or more than one. */
export function packagePath(): string {
  const names = readdirSync(join(PROJECT, "dist/npm")).filter((name) => name.endsWith(".tgz"));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`dist/npm has ${names.join(", ")}: npm run pack:npm`);
  return join(PROJECT, "dist/npm", name);
}

/** An empty folder with the package installed, and no script run, without asking any registry. */
export interface Installed {
  readonly folder: string;
  /** The command that npx finds. */
  readonly tool: string;
  /** The package's own folder. */
  readonly files: string;
  remove(): void;
}

/** Installs the package as the README says, without running scripts or asking a registry. @throws Error with npm's message. */
export function installPackage(): Installed {
  const [, line] = /^npm (install .*\.tgz)  /m.exec(readFileSync(join(PROJECT, "README.md"), "utf8")) ?? [];
  const [install, ...said] = line?.replace("~/tini-ts", PROJECT).split(" ") ?? [];
  if (install === undefined) throw new Error("the README does not say how to install the package");
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-npm-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // A project of its own: where there is no package.json, npm installs into the next folder above that has one, or that
  // has node_modules, and the temporary folder is everybody's.
  writeFileSync(join(folder, "package.json"), "{}\n");
  // The user's own npm configuration must have no effect, and nothing may be downloaded.
  writeFileSync(join(folder, "npmrc"), "audit=false\nfund=false\nupdate-notifier=false\n");
  const words = [install, "--ignore-scripts", "--offline", "--userconfig", join(folder, "npmrc"), ...said];
  const { status, stderr } = spawnSync("npm", words, { cwd: folder, encoding: "utf8" });
  if (status !== 0) {
    remove();
    throw new Error(`npm install: ${stderr}`);
  }
  return {
    folder,
    tool: join(folder, "node_modules/.bin/tini-ts"),
    files: join(folder, "node_modules/tini-ts"),
    remove,
  };
}

/** The result of a tool. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool to its end, with only PATH and the given variables. */
export function run(
  tool: string,
  words: readonly string[],
  { cwd = "/", environment = {} }: { cwd?: string; environment?: Readonly<Record<string, string>> } = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(tool, words, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...environment },
    timeout: patience(60_000),
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
