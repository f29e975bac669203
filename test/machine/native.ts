import { spawnSync } from "node:child_process";
import type { Entry } from "./cpio.ts";

/** Programs of this machine, by their paths, with the libraries that they need, for the machine's first file system. */
export function withLibraries(programs: readonly string[]): Entry[] {
  const paths = new Set<string>();
  for (const program of programs) {
    paths.add(program);
    const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
    for (const [, library = ""] of stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(/gm)) paths.add(library);
  }
  return [...paths].map((path): Entry => ({ path, type: "copy", from: path, mode: 0o755 }));
}
