import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { obstacle } from "./containers/engine.ts";
import { emulated, initFor } from "./emulation/cpus.ts";
import { obstacle as machineObstacle } from "./machine/kernel.ts";

/** Whether a command is there. */
function has(command: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$0"', command]).status === 0;
}

function commands(...names: string[]): () => string | null {
  return () => {
    const missing = names.filter((name) => !has(name));
    return missing.length === 0 ? null : `${missing.join(", ")} not installed`;
  };
}

const root = () => (process.getuid?.() === 0 ? null : "not root");

function pidNamespace(): string | null {
  const { status, stderr } = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { encoding: "utf8" });
  return status === 0 ? null : `no PID namespace to be had: ${stderr.trim()}`;
}

/** What npm run build:full, npm run pack:npm and npm run release make; not built anew for each test run, since that takes long. */
function shipped(): string | null {
  const missing = ["dist/tini-ts-full", "dist/npm", "dist/release"].filter(
    (path) => !existsSync(join(import.meta.dirname, "..", path)),
  );
  return missing.length === 0
    ? null
    : `no ${missing.join(", no ")}: npm run build:full, npm run pack:npm, npm run release`;
}

/** An emulator for each CPU that is not this machine's own, and the init for it. */
function emulators(): string | null {
  for (const { arch, emulator } of emulated()) {
    if (!has(emulator)) return `${emulator} not installed`;
    if (!existsSync(initFor(arch))) return `no init for ${arch}: npm run build:all`;
  }
  return null;
}

/** The grounds, from fast to realistic, and what each needs of the machine. */
export const grounds = {
  simulation: [],
  checks: [],
  config: [root, commands("groff", "unshare")],
  kit: [],
  processes: [root, commands("busybox", "strace"), pidNamespace],
  emulation: [root, pidNamespace, emulators],
  differential: [root, commands("tini", "dumb-init", "catatonit"), pidNamespace],
  containers: [() => obstacle() ?? null],
  machine: [machineObstacle],
  shipping: [root, commands("busybox", "strace"), pidNamespace, shipped],
  benchmark: [root, commands("tini", "tini-static", "dumb-init", "catatonit", "strace"), pidNamespace],
} satisfies Record<string, (() => string | null)[]>;

/** The name of a ground, which is its folder's too. */
export type Ground = keyof typeof grounds;

/** The grounds that this machine can run, and why it cannot run the others. */
export function survey(): { present: Ground[]; absent: { ground: Ground; reason: string }[] } {
  const present: Ground[] = [];
  const absent: { ground: Ground; reason: string }[] = [];
  for (const [name, needs] of Object.entries(grounds)) {
    const ground = name as Ground;
    let reason: string | null = null;
    for (const need of needs) reason ??= need();
    if (reason === null) present.push(ground);
    else absent.push({ ground, reason });
  }
  return { present, absent };
}
