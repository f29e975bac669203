/** The patterns of .dockerignore, which are those of COPY too. */
import { posix } from "node:path";

/** What no path matches. */
const NOTHING = /(?!)/;

/**
 * A pattern of .dockerignore as a regular expression, by the rules of Go's filepath.Match and of Docker's `**`, which is
 * any number of whole folders. https://pkg.go.dev/github.com/moby/patternmatcher
 */
export function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?$|\*\*\/?|\*|\?|\[\^?[^\]]+\]|\\.|[^*?[\\]+|./g, (piece, at: number) => {
    if (piece.startsWith("**")) return at + piece.length === pattern.length ? ".*" : "(?:.*/)?";
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    if (/^\[.+\]$/.test(piece)) return piece;
    return piece.replace(/^\\(?=.)/, "").replace(/[.+^${}()|[\]\\/?*]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // Docker refuses to build with it.
    return NOTHING;
  }
}

/** Whether a .dockerignore keeps a file of the context's uppermost folder from the build; the last line that matches tells. */
export function isIgnored(name: string, ignores: string): boolean {
  let isOut = false;
  for (const line of ignores.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const [, mark = "", pattern = ""] = /^(!?)\s*(.*)$/.exec(line.trim()) ?? [];
    const clean =
      pattern === ""
        ? ""
        : posix
            .normalize(pattern)
            .replace(/^\/|\/+$/g, "")
            .trim();
    if (clean !== "" && clean !== "." && expressionOf(clean).test(name)) isOut = mark === "";
  }
  return isOut;
}
