/*
 * AssemblyScript's strings are UTF-16 with a 20-byte header. The init has hundreds of short ASCII texts, all of them
 * constant, so the compiler is given five words more. Editors and tsc know them from `src/init/text/literals.d.ts`:
 *
 *   text("abc")   the address of the literal's bytes in static memory, as UTF-8 with a NUL behind
 *   words("abc")  the same of a text that is only ever said to a user (text/line.ts, put): packed, see `pack`
 *   pairs()       the address of the pairs that packed texts are unpacked with
 *   code("a")     the number of one ASCII character
 *   zeroed(64)    the address of 64 zeroed bytes of static memory, aligned to 8; zeroed(16, Plan) for a struct
 *
 * `memory.data(64)` of AssemblyScript would do for the last, but it puts buffers between the constants: their zeros would
 * be in the file, and what is written at run time would lie in as many pages as there are.
 * The words are replaced in the source before the compiler reads it, line by line, so that source maps keep their lines.
 */

const STRING = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const TEXT = new RegExp(String.raw`(?<![.\w])text\(\s*(${STRING}(?:\s*\+\s*${STRING})*)\s*,?\s*\)`, "g");
const WORDS = new RegExp(TEXT.source.replace("text", "words"), "g");
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

/** Codes from here on stand for a pair of codes; what is below is ASCII. */
const FIRST_PAIR = 128;
const PAIRS = 128;

/** Texts in which frequent pairs of characters are one byte. */
interface Packed {
  /** The bytes of each text. */
  texts: Map<string, number[]>;
  /** The two codes that FIRST_PAIR stands for, those of the next code, and so on. */
  pairs: number[];
}

/**
 * Packs texts by byte pair encoding: again and again, the most frequent pair of codes becomes a code of its own. English
 * in short sentences takes little more than half the room, and a few instructions unpack it (text/line.ts).
 *
 * @throws Error where a text is not ASCII.
 */
function pack(texts: Iterable<string>): Packed {
  const packed = new Map([...new Set(texts)].map((text) => [text, [...Buffer.from(text)]]));
  for (const [text, codes] of packed) {
    if (codes.some((code) => code === 0 || code >= FIRST_PAIR)) throw new Error(`words(${text}): ASCII is expected`);
  }
  const pairs: number[] = [];
  for (let next = FIRST_PAIR; next < FIRST_PAIR + PAIRS; next++) {
    const counts = new Map<number, number>();
    for (const codes of packed.values()) {
      for (let i = 1; i < codes.length; i++) {
        const pair = ((codes[i - 1] ?? 0) << 8) | (codes[i] ?? 0);
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const best = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    const [first, second] = [best[0] >> 8, best[0] & 0xff];
    pairs.push(first, second);
    for (const [text, codes] of packed) {
      const merged: number[] = [];
      for (const code of codes) {
        if (code === second && merged.at(-1) === first) merged.splice(-1, 1, next);
        else merged.push(code);
      }
      packed.set(text, merged);
    }
  }
  return { texts: packed, pairs };
}

/** Static data with a line feed for each that the replaced source had, so that what follows keeps its line. */
function data(bytes: readonly number[], replaced: string): string {
  return `memory.data<u8>([${bytes.join(",")}])${"\n".repeat(replaced.split("\n").length - 1)}`;
}

/**
 * Replaces `text`, `words`, `pairs` and `code` in a source file.
 *
 * @throws Error where `code` is given anything but one ASCII character.
 */
function expandLiterals(source: string, packed: Packed): string {
  return source
    .replace(TEXT, (whole, literals: string) => data([...new TextEncoder().encode(valueOf(literals)), 0], whole))
    .replace(WORDS, (whole, literals: string) => data([...(packed.texts.get(valueOf(literals)) ?? []), 0], whole))
    .replace(/(?<![.\w])pairs\(\)/g, (whole) => data(packed.pairs, whole))
    .replace(CODE, (_whole, literal: string) => {
      const value = valueOf(literal);
      if (!/^[\0-\x7f]$/.test(value)) throw new Error(`code(${literal}): one ASCII character is expected`);
      return String(value.charCodeAt(0));
    });
}

/**
 * Where the linear memory lies: at the same addresses in WebAssembly and in the process, so that an access is one
 * instruction, and whatever lies outside is not mapped (src/host/link.ld). Before the constants stand the ELF headers.
 */
export const MEMORY_BASE = 0x400000;
export const MEMORY_END = MEMORY_BASE + 0x10000;
export const ELF_HEADERS_BYTES = 0xf0;
/** Where the zeroed buffers begin: constants must end before. */
export const ZEROED_BASE = MEMORY_BASE + 0x8000;
/**
 * What is not larger lies together at the memory's end: the state of the loop shares a page, most likely with the C
 * side's variables, which come behind it.
 */
const SMALL_BYTES = 512;
const ALIGNMENT = 8;

/**
 * Expands the words of all files of a program. The addresses of `zeroed` depend on the order of the files in the map.
 *
 * @throws Error where the buffers do not fit into the memory, or a word is used wrongly.
 */
export function expand(files: ReadonlyMap<string, string>): Map<string, string> {
  const sizes = [...files.values()].flatMap((source) => [...source.matchAll(ZEROED)].map(([, size]) => Number(size)));
  const small = sizes.filter((size) => size <= SMALL_BYTES);
  const round = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  const end = MEMORY_END - small.reduce((sum, size) => sum + round(size), 0);
  const next = { small: end, large: ZEROED_BASE };
  const said = [...files.values()].flatMap((source) =>
    [...source.matchAll(WORDS)].map(([, text = ""]) => valueOf(text)),
  );
  const packed = pack(said);
  const expanded = new Map<string, string>();
  for (const [name, source] of files) {
    const withAddresses = source.replace(ZEROED, (_whole, digits: string, type: string | undefined) => {
      const size = Number(digits);
      const region = size <= SMALL_BYTES ? "small" : "large";
      const address = next[region];
      next[region] += round(size);
      // A type that outgrew its room makes a null pointer, which every use of it traps on, in each test.
      return type === undefined ? String(address) : `(offsetof<${type}>() <= ${digits} ? ${String(address)} : 0)`;
    });
    expanded.set(name, expandLiterals(withAddresses, packed));
  }
  if (next.large > end) throw new Error(`the zeroed buffers are ${String(next.large - end)} bytes too many`);
  return expanded;
}
