/*
 * AssemblyScript's strings are UTF-16 with a 20-byte header. The init has hundreds of short ASCII texts, all of them
 * constant, so the compiler is given three words more. Editors and tsc know them from `src/init/text/literals.d.ts`:
 *
 *   text("abc")   the address of the literal's bytes in static memory, as UTF-8 with a NUL behind
 *   code("a")     the number of one ASCII character
 *   zeroed(64)    the address of 64 zeroed bytes of static memory, aligned to 8; zeroed(16, Plan) for a struct
 *
 * `memory.data(64)` of AssemblyScript would do for the last, but it puts buffers between the constants: their zeros would
 * be in the file, and what is written at run time would lie in as many pages as there are.
 * The words are replaced in the source before the compiler reads it, line by line, so that source maps keep their lines.
 */

const STRING = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const TEXT = new RegExp(String.raw`(?<![.\w])text\(\s*(${STRING}(?:\s*\+\s*${STRING})*)\s*,?\s*\)`, "g");
const CODE = new RegExp(String.raw`(?<![.\w])code\(\s*(${STRING})\s*\)`, "g");

const ZEROED = /(?<![.\w])zeroed\((\d+)(?:, (\w+))?\)/g;

/** Parses a concatenation of JavaScript string literals. */
function valueOf(literals: string): string {
  return [...literals.matchAll(new RegExp(STRING, "g"))]
    .map(([literal]) => {
      const inner = literal.slice(1, -1);
      const json = literal.startsWith("'") ? inner.replaceAll("\\'", "'").replaceAll('"', '\\"') : inner;
      return JSON.parse(`"${json}"`) as string;
    })
    .join("");
}

/**
 * Replaces `text("...")` and `code("...")` in a source file.
 *
 * @throws Error where `code` is given anything but one ASCII character.
 */
function expandLiterals(source: string): string {
  return source
    .replace(TEXT, (whole, literals: string) => {
      const bytes = [...new TextEncoder().encode(valueOf(literals)), 0];
      return `memory.data<u8>([${bytes.join(",")}])${"\n".repeat(whole.split("\n").length - 1)}`;
    })
    .replace(CODE, (_whole, literal: string) => {
      const value = valueOf(literal);
      if (!/^[\0-\x7f]$/.test(value)) throw new Error(`code(${literal}): one ASCII character is expected`);
      return String(value.charCodeAt(0));
    });
}

/** Where the zeroed buffers begin: constants must end before. */
export const ZEROED_BASE = 32768;
/** What is larger comes behind all that is smaller, so that the state of the loop shares a page. */
const LARGE_BYTES = 512;
const ALIGNMENT = 8;

/**
 * Expands the words of all files of a program. The addresses of `zeroed` depend on the order of the files in the map.
 *
 * @throws Error where the buffers do not fit into the memory, or a word is used wrongly.
 */
export function expand(files: ReadonlyMap<string, string>, memoryBytes: number): Map<string, string> {
  const sizes = [...files.values()].flatMap((source) => [...source.matchAll(ZEROED)].map(([, size]) => Number(size)));
  const small = sizes.filter((size) => size <= LARGE_BYTES);
  const round = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  const next = { small: ZEROED_BASE, large: ZEROED_BASE + small.reduce((sum, size) => sum + round(size), 0) };
  const expanded = new Map<string, string>();
  for (const [name, source] of files) {
    const withAddresses = source.replace(ZEROED, (_whole, digits: string, type: string | undefined) => {
      const size = Number(digits);
      const region = size <= LARGE_BYTES ? "small" : "large";
      const address = next[region];
      next[region] += round(size);
      // A type that outgrew its room makes a null pointer, which every use of it traps on, in each test.
      return type === undefined ? String(address) : `(offsetof<${type}>() <= ${digits} ? ${String(address)} : 0)`;
    });
    expanded.set(name, expandLiterals(withAddresses));
  }
  if (next.large > memoryBytes) throw new Error(`zeroed buffers end at ${String(next.large)}, behind the memory's end`);
  return expanded;
}
