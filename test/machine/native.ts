import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import type { Entry } from "./cpio.ts";

/** Where `withLibraries` puts a program, by its name. */
export function native(name: string): string {
  return `/usr/bin/${name}`;
}

/** Programs of the host, by their paths, with the libraries that they need, for the machine's first file system. */
export function withLibraries(programs: readonly string[]): Entry[] {
  const libraries = new Set<string>();
  for (const program of programs) {
    const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
    for (const [, library = ""] of stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(/gm)) libraries.add(library);
  }
  const copy = (path: string, from: string): Entry => ({ path, type: "copy", from, mode: 0o755 });
  return [
    ...programs.map((program) => copy(native(basename(program)), program)),
    ...[...libraries].map((path) => copy(path, path)),
  ];
}
