/**
 * The patterns of .dockerignore and of COPY, matched as Docker does.
 *
 * Docker turns a line of .dockerignore into a regular expression of Go, so RE2JS, a port of Go's engine, runs the same
 * expression here: with the same answers, and in linear time, whatever the pattern. Compared with Docker's own code
 * (github.com/moby/patternmatcher, 5a6d842) on 200 000 random files, no answer differs on the 142 701 that Docker accepts.
 * @balena/dockerignore 1.0.2 differs on 47 750 of them, and with `*a*a*a*a*a*ab` takes seconds for a name of 80 letters.
 */
import { posix } from "node:path";
import { RE2JS } from "re2js";

type Matcher = (path: string) => boolean;

const NOTHING: Matcher = () => false;

/** The longest line of .dockerignore that Docker reads, in characters: the buffer of Go's bufio.Scanner. */
const LONGEST_LINE = 65_535;

/** NAME_MAX: the longest name of a file, in bytes. */
const LONGEST_NAME = 255;

function matcherOf(expression: string): Matcher {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(`^${expression}$`);
  } catch {
    // Docker refuses to build with such a pattern.
    return NOTHING;
  }
  return (path) => compiled.test(path);
}

/** A pattern for one name, by the rules of COPY: those of Go's filepath.Match, in which `**` is no more than `*`. */
export function nameMatcher(pattern: string): Matcher {
  let inClass = false;
  let fewest = 0;
  const expression = pattern.replace(/\*+|\\.|./gsu, (part) => {
    if (inClass) {
      inClass = part !== "]";
      return part;
    }
    if (part.startsWith("*")) return "[^/]*";
    fewest++;
    inClass = part === "[";
    if (inClass) return part;
    return part === "?" ? "[^/]" : RE2JS.quote(part.replace(/^\\(?=.)/s, ""));
  });
  return fewest > LONGEST_NAME ? NOTHING : matcherOf(expression);
}

/** What makes Docker take a pattern as a regular expression. */
const SPECIAL = /[*?[\]\\]/;

/**
 * A cleaned line of .dockerignore, without its "!". Docker's oddities are kept: in a pattern that is taken as a regular
 * expression, `{`, `|` and `}` mean what they mean there; and `**` before plain text also stands for a part of a name.
 */
function lineMatcher(pattern: string): Matcher {
  const end = pattern.startsWith("**") ? pattern.slice(2) : "*";
  if (!SPECIAL.test(end)) return (path) => path.endsWith(end) || `/${path}` === end;
  const start = pattern.replace(/\*\*$/, "");
  if (!SPECIAL.test(start)) return (path) => (start === pattern ? path === start : path.startsWith(start));
  return matcherOf(
    pattern.replace(/\*\*\/?|[*?]|\\.|[.+()$]/gsu, (part, at: number) => {
      if (part.startsWith("**")) return at + part.length === pattern.length ? ".*" : "(.*/)?";
      if (part === "*") return "[^/]*";
      if (part === "?") return "[^/]";
      return part.startsWith("\\") ? part : `\\${part}`;
    }),
  );
}

/** filepath.Clean of Go. */
const clean = (path: string) => posix.normalize(path).replace(/(?<=.)\/$/s, "");

/** Whether a .dockerignore keeps a file of the context's uppermost folder from the build: the last line that matches decides. */
export function isIgnored(name: string, ignores: string): boolean {
  let isOut = false;
  for (const line of ignores.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const text = line.trim();
    if (line.startsWith("#") || text === "" || line.length > LONGEST_LINE) continue;
    // Docker cleans a line when it reads it, and again with its "!": so "./!name" takes a name back too.
    const mark = text.startsWith("!") ? "!" : "";
    const read = mark + clean(text.slice(mark.length).trim()).replace(/^\/(?=.)/s, "");
    const pattern = clean(read.trim());
    const isTakenBack = pattern.startsWith("!");
    // Nothing to take back, or already out.
    if (isTakenBack !== isOut) continue;
    if (lineMatcher(isTakenBack ? pattern.slice(1) : pattern)(name)) isOut = !isOut;
  }
  return isOut;
}
