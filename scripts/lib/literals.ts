import { posix } from "node:path";

/*
 * AssemblyScript's strings are UTF-16 with a 20-byte header. The init has hundreds of short ASCII texts, all of them
 * constant, so the compiler is given six words more. Editors and tsc know them from `src/init/text/literals.d.ts`:
 *
 *   text("abc")   the address of the literal's bytes in static memory, as UTF-8 with a NUL behind
 *   words("abc")  the same of a text that is only ever said to a user (text/line.ts, put): packed, see `pack`
 *   pairs()       the address of the pairs that packed texts are unpacked with
 *   code("a")     the number of one ASCII character
 *   zeroed(64)    the address of 64 zeroed bytes of static memory, aligned to 8; zeroed(16, Plan) for a struct; the size may
 *                 be made of constants, too: zeroed(OPTIONS * 4)
 *   seldom(64)    the same, away from the page that each life touches: for what few lives need
 *
 * `memory.data(64)` of AssemblyScript would do for the last, but it puts buffers between the constants: their zeros would
 * be in the file, and what is written at run time would lie in as many pages as there are.
 * The words are replaced in the source before the compiler reads it, line by line, so that source maps keep their lines.
 */

const STRING = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const TEXT = new RegExp(String.raw`(?<![.\w])text\(\s*(${STRING}(?:\s*\+\s*${STRING})*)\s*,?\s*\)`, "g");
const WORDS = new RegExp(TEXT.source.replace("text", "words"), "g");
const CODE = new RegExp(String.raw`(?<![.\w])code\(\s*(${STRING})\s*\)`, "g");

const PAIRS = /(?<![.\w])pairs\(\)/;
const ZEROED = /(?<![.\w])(zeroed|seldom)\(([\w+* ]+)(?:, (\w+))?\)/g;

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
 * The value of a constant that a file has or imports, by its name; NaN where it is none.
 *
 * @param files the sources by their paths.
 */
function constantOf(name: string, path: string, files: ReadonlyMap<string, string>): number {
  const source = files.get(path) ?? "";
  const [, value] = new RegExp(String.raw`^(?:export )?const ${name}: \w+ = ([\w+* ]+);`, "m").exec(source) ?? [];
  if (value !== undefined) return evaluate(value, path, files);
  const imported = new RegExp(String.raw`^(?:import|export) \{[^}]*\b${name}\b[^}]*\} from "([^"]+)"`, "m");
  const [, target] = imported.exec(source) ?? [];
  if (target === undefined) return NaN;
  return constantOf(name, posix.join(posix.dirname(path), `${target}.ts`), files);
}

/** The value of sums and products of numbers and constants, as a file has them; NaN where one is not known. */
function evaluate(expression: string, path: string, files: ReadonlyMap<string, string>): number {
  const factor = (text: string): number =>
    /^\d/.test(text) ? Number(text.replaceAll("_", "")) : constantOf(text, path, files);
  const term = (text: string): number => text.split("*").reduce((product, each) => product * factor(each.trim()), 1);
  return expression.split("+").reduce((sum, each) => sum + term(each), 0);
}

/** Stands for \u0001 in a packed text: between two of them are capitals, though they are small letters there. */
const SHIFT = 127;
/**
 * The codes that stand for a pair of codes: all that no text has itself. Those below 32 but the line feed come behind
 * those from 128 on, so that their places in the list of pairs are (code - 128) & 0xff.
 */
const PAIR_CODES = [
  ...Array.from({ length: 128 }, (_, index) => 128 + index),
  ...Array.from({ length: 31 }, (_, index) => 1 + index).filter((code) => code !== 10),
];

/** Texts in which frequent pairs of characters are one byte. */
interface Packed {
  /** The bytes of each text. */
  texts: Map<string, number[]>;
  /** The two codes that each of PAIR_CODES stands for, by its place. */
  pairs: Uint8Array;
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
    if (codes.some((code) => (code < 32 && code !== 1 && code !== 10) || code >= SHIFT))
      throw new Error(`words(${text}): ASCII is expected`);
    codes.splice(0, Infinity, ...codes.map((code) => (code === 1 ? SHIFT : code)));
  }
  const pairs = new Uint8Array(2 * 160);
  for (const next of PAIR_CODES) {
    const counts = new Map<number, number>();
    for (const codes of packed.values()) {
      for (let i = 1; i < codes.length; i++) {
        const pair = ((codes[i - 1] ?? 0) << 8) | (codes[i] ?? 0);
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const best = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    const [first, second] = [best[0] >> 8, best[0] & 0xff];
    pairs.set([first, second], 2 * ((next - 128) & 0xff));
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

/**
 * Puts byte runs one behind the other, each once, and where one is the end of another, there.
 * Returns all of it, and where each begins.
 */
function place(runs: Iterable<readonly number[]>): { bytes: number[]; offsets: Map<string, number> } {
  const bytes: number[] = [];
  const offsets = new Map<string, number>();
  const placed: { key: string; offset: number; length: number }[] = [];
  const keyOf = (run: readonly number[]): string => `,${run.join(",")}`;
  for (const run of [...runs].sort((a, b) => b.length - a.length)) {
    const key = keyOf(run);
    if (offsets.has(key)) continue;
    const host = placed.find((other) => other.key.endsWith(key));
    const offset = host === undefined ? bytes.length : host.offset + host.length - run.length;
    offsets.set(key, offset);
    if (host !== undefined) continue;
    placed.push({ key, offset, length: run.length });
    bytes.push(...run);
  }
  return { bytes, offsets };
}

/** An address with a line feed for each that the replaced source had, so that what follows keeps its line. */
function addressFor(address: number, replaced: string): string {
  return `${String(address)}${"\n".repeat(replaced.split("\n").length - 1)}`;
}

/**
 * Where the linear memory lies: at the same addresses in WebAssembly and in the process, so that an access is one
 * instruction, and whatever lies outside is not mapped (src/host/link.ld). Before the constants stand the ELF headers.
 */
export const MEMORY_BASE = 0x400000;
export const MEMORY_END = MEMORY_BASE + 0x20000;
export const ELF_HEADERS_BYTES = 0xf0;
/** Where the zeroed buffers begin: constants must end before. */
export const ZEROED_BASE = MEMORY_BASE + 0x6000;
/**
 * Where the page is that everything lies on that each life touches: the structs first, within reach of short offsets
 * (src/host/host.c), then what is not larger than SMALL_BYTES, then the beginning of the one long text's memory.
 */
export const HOT_BASE = MEMORY_END - 0x2000;
const SMALL_BYTES = 511;
const LONG_BYTES = 4096;
const PAGE_BYTES = 4096;
/** The least of the long text's memory that must be on that page: most words and paths are no longer. */
const LONG_BEGINNING_BYTES = 128;
const ALIGNMENT = 8;

function regionOf(word: string, size: number, type: string | undefined): "structs" | "small" | "long" | "large" {
  if (word === "seldom") return "large";
  if (type !== undefined) return "structs";
  return size <= SMALL_BYTES ? "small" : size > LONG_BYTES ? "long" : "large";
}

/** Where the texts are: before all other constants. */
const TEXTS_BASE = MEMORY_BASE + ELF_HEADERS_BYTES;

/** A program whose words are expanded. */
export interface Expanded {
  files: Map<string, string>;
  /** What must stand at `address` in the memory before the first instruction: the texts. */
  address: number;
  texts: Uint8Array;
}

/**
 * Expands the words of all files of a program. The addresses of `zeroed` depend on the order of the files in the map.
 *
 * @throws Error where the buffers do not fit into the memory, or a word is used wrongly.
 */
export function expand(files: ReadonlyMap<string, string>): Expanded {
  const sources = [...files.values()];
  const buffers = [...files].flatMap(([path, source]) =>
    [...source.matchAll(ZEROED)].flatMap(([, word = "", expression = "", type]) => {
      const size = evaluate(expression, path, files);
      return Number.isNaN(size) ? [] : [{ size, region: regionOf(word, size, type) }];
    }),
  );
  const round = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  const total = (region: string): number =>
    buffers.filter((buffer) => buffer.region === region).reduce((sum, { size }) => sum + round(size), 0);
  const small = HOT_BASE + total("structs");
  const crowd = small + total("small") + LONG_BEGINNING_BYTES - (HOT_BASE + PAGE_BYTES);
  if (crowd > 0) throw new Error(`zeroed(): ${String(crowd)} bytes too many for the one page; seldom() is elsewhere`);
  const next = { structs: HOT_BASE, small, long: small + total("small"), large: ZEROED_BASE };

  const literals = (pattern: RegExp): string[] =>
    sources.flatMap((source) => [...source.matchAll(pattern)].map(([, text = ""]) => valueOf(text)));
  const packed = pack(literals(WORDS));
  const plain = (text: string): number[] => [...new TextEncoder().encode(text), 0];
  const short = (text: string): number[] => [...(packed.texts.get(text) ?? []), 0];
  const pairs = sources.some((source) => PAIRS.test(source)) ? [...packed.pairs] : [];
  const { bytes, offsets } = place([pairs, ...literals(TEXT).map(plain), ...literals(WORDS).map(short)]);
  const address = (run: readonly number[]): number => TEXTS_BASE + (offsets.get(`,${run.join(",")}`) ?? NaN);

  const expanded = new Map<string, string>();
  for (const [name, source] of files) {
    const text = source
      .replace(ZEROED, (whole, word: string, expression: string, type: string | undefined) => {
        const size = evaluate(expression, name, files);
        // The compiler refuses it, at its line.
        if (Number.isNaN(size)) return whole;
        const region = regionOf(word, size, type);
        const at = next[region];
        next[region] += round(size);
        // A type that outgrew its room makes a null pointer, which every use of it traps on, in each test.
        return type === undefined ? String(at) : `(offsetof<${type}>() <= ${String(size)} ? ${String(at)} : 0)`;
      })
      .replace(TEXT, (whole, literal: string) => addressFor(address(plain(valueOf(literal))), whole))
      .replace(WORDS, (whole, literal: string) => addressFor(address(short(valueOf(literal))), whole))
      .replace(PAIRS, (whole) => addressFor(address(pairs), whole))
      .replace(CODE, (_whole, literal: string) => {
        const value = valueOf(literal);
        if (!/^[\0-\x7f]$/.test(value)) throw new Error(`code(${literal}): one ASCII character is expected`);
        return String(value.charCodeAt(0));
      });
    expanded.set(name, text);
  }
  const excess = Math.max(next.large - HOT_BASE, next.long - MEMORY_END);
  if (excess > 0) throw new Error(`the zeroed buffers are ${String(excess)} bytes too many`);
  return { files: expanded, address: TEXTS_BASE, texts: Uint8Array.from(bytes) };
}
