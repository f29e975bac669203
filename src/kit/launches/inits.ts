/** The inits that are used in front of programs. */
import { basename } from "node:path";
import { options, type Row } from "../../init/config/options.data.ts";
import type { Word } from "./launch.ts";
import { behindWrappers } from "./programs.ts";

export type InitName = "tini-ts" | "tini" | "dumb-init" | "catatonit" | "docker-init" | "my_init" | "s6";

/** An init in a command. */
export interface Init<Kind extends Word = Word> {
  readonly name: InitName;
  /** The word that names it. */
  readonly word: Kind;
  /** Its options, without `--`. */
  readonly options: readonly Kind[];
  /** Whether `--` ends its options. */
  readonly hasEnd: boolean;
}

/** By the last part of their paths; static builds have names of their own. */
const NAMES = new Map<string, InitName>([
  ["tini-ts", "tini-ts"],
  ["tini-ts-full", "tini-ts"],
  ["tini", "tini"],
  ["tini-static", "tini"],
  ["tini-amd64", "tini"],
  ["tini-arm64", "tini"],
  ["dumb-init", "dumb-init"],
  ["catatonit", "catatonit"],
  ["docker-init", "docker-init"],
  ["my_init", "my_init"],
  ["s6-svscan", "s6"],
]);

/** The init that a word names, or null. */
export function initNamed(word: string): InitName | null {
  // s6-overlay's is /init.
  return word === "/init" ? "s6" : (NAMES.get(basename(word)) ?? null);
}

/** Those of our own options whose value may be the next word. */
function ownWithValue(): RegExp {
  const rows: readonly Row[] = options;
  const takesValue = ({ kind }: Row) => !["ACTION", "PROBE", "COUNT", "FLAG", "PRESENCE"].includes(kind);
  const letters = (some: readonly Row[]) => some.map(({ letter = "" }) => letter).join("");
  const [valued, plain] = [rows.filter(takesValue), rows.filter((row) => !takesValue(row))];
  return new RegExp(
    `^(?:-[${letters(plain)}]*[${letters(valued)}]|--(?:${valued.map(({ name }) => name).join("|")}))$`,
  );
}

/** Options whose value may be the next word: short ones by their letter, which may end a cluster. */
const WITH_VALUE: Record<InitName, RegExp | null> = {
  tini: /^-[ghlsvw]*[pe]$/,
  "docker-init": /^-[ghlsvw]*[pe]$/,
  "dumb-init": /^(?:-[cv]*r|--rewrite)$/,
  catatonit: null,
  "tini-ts": ownWithValue(),
  my_init: /^--(?:skip|quiet|enable|no)$/,
  s6: null,
};

/** A command, divided into the inits in front and the program. */
export interface Told<Kind extends Word = Word> {
  readonly inits: readonly Init<Kind>[];
  /** The program with its arguments, after all inits and wrappers; may be empty. */
  readonly program: readonly Kind[];
}

/** Divides a command into inits and program. */
export function tellApart<Kind extends Word>(words: readonly Kind[]): Told<Kind> {
  const inits: Init<Kind>[] = [];
  let start = behindWrappers(words, 0);
  for (;;) {
    const word = words[start];
    const name = word === undefined ? null : initNamed(word.value);
    if (word === undefined || name === null) return { inits, program: words.slice(start) };
    let at = start + 1;
    while (at < words.length) {
      const option = words[at]?.value ?? "";
      if (option === "--" || !option.startsWith("-") || option === "-") break;
      at += WITH_VALUE[name]?.test(option) === true ? 2 : 1;
    }
    const hasEnd = words[at]?.value === "--";
    inits.push({ name, word, options: words.slice(start + 1, at), hasEnd });
    start = behindWrappers(words, hasEnd ? at + 1 : at);
  }
}
