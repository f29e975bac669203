import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The CPUs that an init is built for, by Node's names: what Docker calls each (its argument TARGETARCH), and what else people
 * do, in `uname -m`, in Debian, and with a variant in platforms. The init for arm needs ARMv7, so v5 and v6 are not in it.
 */
const CPUS = {
  x64: { docker: "amd64", others: ["amd64/v1", "amd64/v2", "amd64/v3", "amd64/v4", "x86_64", "x86-64"] },
  arm64: { docker: "arm64", others: ["arm64/v8", "aarch64"] },
  riscv64: { docker: "riscv64", others: [] },
  ppc64: { docker: "ppc64le", others: ["ppc64el", "powerpc64le"] },
  arm: { docker: "arm", others: ["arm/v7", "armhf", "armv7", "armv7l"] },
  ia32: { docker: "386", others: ["i386", "i686", "x86"] },
} as const satisfies Record<string, { docker: string; others: readonly string[] }>;

export type Architecture = keyof typeof CPUS;
export const ARCHITECTURES = Object.keys(CPUS) as readonly Architecture[];

/** What Docker calls a CPU. */
export function dockerNameOf(arch: Architecture): string {
  return CPUS[arch].docker;
}

/** The CPU of a name, or of a platform as Docker writes it, `linux/arm64/v8`; null if there is no init for it. */
export function architectureNamed(name: string): Architecture | null {
  const bare = name.toLowerCase().replace(/^linux\//, "");
  const namesOf = (arch: Architecture): readonly string[] => [arch, CPUS[arch].docker, ...CPUS[arch].others];
  return ARCHITECTURES.find((arch) => namesOf(arch).includes(bare)) ?? null;
}

/** Words as a sentence lists them: `a, b or c`. */
export function listed(words: readonly string[], conjunction: string): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1) ?? ""}`;
}

/** The folders in which the inits are: beside the bundle, or in the project. */
const FOLDERS = [".", "../../../dist"];

/** Whether a file exists and is executable. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of the toolkit's init for a CPU; null if it has none. The file is `tini-ts-ARCH`, or `tini-ts` if it was built for
 * this machine.
 */
export function initBinary(arch: string): string | null {
  const names = [`tini-ts-${arch}`, ...(arch === process.arch ? ["tini-ts"] : [])];
  const paths = FOLDERS.flatMap((folder) => names.map((name) => join(import.meta.dirname, folder, name)));
  return paths.find(isExecutable) ?? null;
}
