/** The folder that a Dockerfile is built in, and what of it the build may see. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Launch } from "../launches/launch.ts";

/** The paths that COPY and ADD take from the context, where they are known and no patterns. */
function copied(launch: Launch): string[] {
  return launch.image.steps
    .filter(({ keyword, flags }) => (keyword === "COPY" || keyword === "ADD") && !flags.has("from"))
    .flatMap(({ words }) => words.slice(0, -1))
    .filter((word) => word !== null && !/[*?[]|:\/\/|^<</.test(word) && word !== ".") as string[];
}

/**
 * The folder that the Dockerfile is most likely built in: its own; the working directory where all lies that it copies and
 * its own lacks (`docker build -f docker/Dockerfile .`).
 */
export function contextOf(launch: Launch): string {
  const own = dirname(launch.source.path);
  const paths = copied(launch);
  const areIn = (folder: string) => paths.every((path) => existsSync(join(folder, path)));
  return paths.length > 0 && !areIn(own) && areIn(".") ? "." : own;
}

/** A pattern of .dockerignore as a regular expression, by the rules of Go's filepath.Match and Docker's `**`. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?|\*|\?|\[\^?[^\]]*\]|\\.|[^*?[\\]+|./g, (piece) => {
    if (piece.startsWith("**")) return ".*";
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    if (/^\[.+\]$/.test(piece)) return piece;
    return piece.replace(/^\\(?=.)/, "").replace(/[.+^${}()|[\]\\/?*]/g, "\\$&");
  });
  return new RegExp(`^${source}$`);
}

/** Whether a .dockerignore keeps a file of the context's uppermost folder from the build; the last line that matches tells. */
export function isIgnored(name: string, ignores: string): boolean {
  let isOut = false;
  for (const line of ignores.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const [, mark = "", pattern = ""] = /^(!?)\s*(.*)$/.exec(line.trim()) ?? [];
    const clean = pattern.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    if (clean !== "" && expressionOf(clean).test(name)) isOut = mark === "";
  }
  return isOut;
}
