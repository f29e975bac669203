import { PHRASE, PLACE, SHIFT } from "../../src/init/text/codes.ts";
import { withPlaces } from "./events.ts";
import { ELF_HEADERS_BYTES, MEMORY_BASE } from "./layout.ts";

/**
 * The codes that stand for a pair of codes: all that do not occur in texts. Those from 128 on come first, then those below 32
 * except the line feed.
 */
const PAIR_CODES = [
  ...Array.from({ length: 128 }, (_, index) => 128 + index),
  ...Array.from({ length: 31 }, (_, index) => 1 + index).filter(
    (code) => code !== 10 && code !== PLACE && code !== PHRASE,
  ),
];

/** The index of one of PAIR_CODES in the list of pairs. */
const placeOf = (code: number): number => (code - 128) & 0xff;

/** Texts in which frequent pairs of characters are one byte. */
interface Packed {
  /** The bytes of each text. */
  texts: Map<string, number[]>;
  /** The two codes that each of PAIR_CODES stands for, by its index. */
  pairs: Uint8Array;
  /** The phrases, without a 0 at the end. */
  phrases: number[][];
  /** The largest number of codes on the stack while a text is unpacked. */
  depth: number;
}

/** The lengths of phrases in codes, and the largest number of phrases. */
const PHRASE_CODES = { least: 3, most: 12 };
const MOST_PHRASES = 255;

/** How often a phrase occurs in texts, without overlapping itself. */
function occurrences(texts: Iterable<readonly number[]>, phrase: readonly number[]): number {
  let count = 0;
  for (const codes of texts)
    for (let i = codes.indexOf(phrase[0] ?? 0); i >= 0; i = codes.indexOf(phrase[0] ?? 0, i + 1)) {
      if (!phrase.every((code, index) => codes[i + index] === code)) continue;
      count++;
      i += phrase.length - 1;
    }
  return count;
}

/** How many bytes a phrase saves when two codes replace it: it is stored once, with a 0 at the end, and two bytes for its distance. */
const savedBy = (phrase: readonly number[], count: number): number => count * (phrase.length - 2) - phrase.length - 3;

/**
 * Replaces phrases that occur in several texts, but not often enough for a code of their own, by PHRASE and a number, starting
 * with the phrase that saves most. Returns the phrases; changes the texts.
 */
function replacePhrases(texts: Map<string, number[]>): number[][] {
  const counts = new Map<string, number>();
  for (const codes of texts.values())
    for (let from = 0; from < codes.length; from++)
      for (let size = PHRASE_CODES.least; size <= PHRASE_CODES.most && from + size <= codes.length; size++) {
        const key = codes.slice(from, from + size).join();
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
  // Replacing other phrases can only lower what a phrase saves.
  const candidates = [...counts]
    .map(([key, count]) => ({ key, phrase: key.split(",").map(Number), saved: 0, count }))
    .map((each) => ({ ...each, saved: savedBy(each.phrase, each.count) }))
    .filter(({ saved }) => saved > 0)
    .sort((a, b) => b.saved - a.saved || (a.key < b.key ? -1 : 1));
  const phrases: number[][] = [];
  while (candidates.length > 0 && phrases.length < MOST_PHRASES) {
    const [best] = candidates.splice(0, 1);
    if (best === undefined) break;
    const saved = savedBy(best.phrase, occurrences(texts.values(), best.phrase));
    if (saved <= 0) continue;
    if (saved < (candidates[0]?.saved ?? 0)) {
      const at = candidates.findIndex((other) => other.saved <= saved);
      candidates.splice(at < 0 ? candidates.length : at, 0, { ...best, saved });
      continue;
    }
    phrases.push(best.phrase);
    for (const [text, codes] of texts) texts.set(text, withPhrase(codes, best.phrase, phrases.length));
  }
  return phrases;
}

/** A text with a phrase replaced by its number. */
function withPhrase(codes: readonly number[], phrase: readonly number[], number: number): number[] {
  const replaced: number[] = [];
  for (let i = 0; i < codes.length;) {
    const code = codes[i] ?? 0;
    // PHRASE is followed by a number.
    const size = code === PHRASE ? 2 : 1;
    if (phrase.every((each, index) => codes[i + index] === each)) {
      replaced.push(PHRASE, number);
      i += phrase.length;
    } else {
      replaced.push(...codes.slice(i, i + size));
      i += size;
    }
  }
  return replaced;
}

/** Whether a text can be packed: it has only printable ASCII, line feeds, and \u0001, which encloses upper-case letters. */
export function isPackable(text: string): boolean {
  return /^[\x01\n -~]*$/.test(text);
}

/**
 * Packs texts by byte pair encoding: again and again, the most frequent pair of codes becomes a code of its own. Short English
 * sentences shrink to little more than half, and a few instructions unpack them (text/packed.ts). After that, what several
 * texts still share becomes a phrase.
 */
function pack(texts: Iterable<string>): Packed {
  const packed = new Map(
    [...new Set(texts)].map((text) => [
      text,
      [...Buffer.from(withPlaces(text))].map((code) => (code === 1 ? SHIFT : code)),
    ]),
  );
  const pairs = new Uint8Array(2 * (1 + Math.max(...PAIR_CODES.map(placeOf))));
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
    pairs.set([first, second], 2 * placeOf(next));
    for (const [text, codes] of packed) {
      const merged: number[] = [];
      for (const code of codes) {
        if (code === second && merged.at(-1) === first) merged.splice(-1, 1, next);
        else merged.push(code);
      }
      packed.set(text, merged);
    }
  }
  // While the first code of a pair is unpacked, the second one waits.
  const depthOf = (code: number): number => {
    if (!PAIR_CODES.includes(code)) return 1;
    const place = 2 * placeOf(code);
    return Math.max(depthOf(pairs[place] ?? 0) + 1, depthOf(pairs[place + 1] ?? 0));
  };
  const codes = new Set([...packed.values()].flat());
  return { texts: packed, pairs, phrases: replacePhrases(packed), depth: Math.max(1, ...[...codes].map(depthOf)) };
}

/** The phrases as the init reads them: for each number from 0 on, two bytes with the phrase's distance from the start; then the phrases. */
function phraseTable(phrases: readonly number[][]): number[] {
  const table: number[] = [0, 0];
  let next = 2 * (phrases.length + 1);
  for (const phrase of phrases) {
    table.push(next & 0xff, next >> 8);
    next += phrase.length + 1;
  }
  return [...table, ...phrases.flatMap((phrase) => [...phrase, 0])];
}

/**
 * Joins runs of bytes: each is stored once, and one that is the end of another shares its bytes.
 * Returns the joined bytes, and where each run begins.
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

/** Where the texts begin: before all other constants. */
const TEXTS_BASE = MEMORY_BASE + ELF_HEADERS_BYTES;

/** The texts of a program in memory. */
export interface Texts {
  /** The memory's initial bytes at `address`. */
  address: number;
  bytes: Uint8Array;
  /** The address of one of the plain texts. */
  plain(text: string): number;
  /** The address of one of the packed texts. */
  packed(text: string): number;
  /** The largest number of codes on the stack while one of the packed texts is unpacked. */
  depth: number;
  /** The addresses of the pairs and of the phrases for unpacking; NaN if they were not asked for. */
  pairs: number;
  phrases: number;
}

/** Puts texts into memory: some as UTF-8 with a NUL at the end, others packed; on request, also the tables for unpacking. */
export function placeTexts(plainTexts: readonly string[], packedTexts: readonly string[], withPairs: boolean): Texts {
  const packed = pack(packedTexts);
  const plain = (text: string): number[] => [...new TextEncoder().encode(text), 0];
  const short = (text: string): number[] => [...(packed.texts.get(text) ?? []), 0];
  const pairs = withPairs ? [...packed.pairs] : [];
  const phrases = withPairs ? phraseTable(packed.phrases) : [];
  const { bytes, offsets } = place([pairs, phrases, ...plainTexts.map(plain), ...packedTexts.map(short)]);
  const address = (run: readonly number[]): number => TEXTS_BASE + (offsets.get(`,${run.join(",")}`) ?? NaN);
  return {
    address: TEXTS_BASE,
    bytes: Uint8Array.from(bytes),
    plain: (text) => address(plain(text)),
    packed: (text) => address(short(text)),
    depth: packed.depth,
    pairs: address(pairs),
    phrases: address(phrases),
  };
}
