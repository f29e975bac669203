/** The replacement of another init: tini-ts with the closest equivalent of that init's options. */
import { basename } from "node:path";

/** The path of the init in the image. */
export const INIT = "/tini-ts";

/** Words that come in front, for the first ones of a command. */
export interface InFront {
  readonly front: readonly string[];
  /** How many of the command's words they stand for. */
  readonly taken: number;
  /** What is different, for the user. */
  readonly notes: readonly string[];
}

/** Why it cannot be done, in one sentence. */
export class NoReplacement extends Error {}

/** Programs that must be PID 1 themselves. */
const SYSTEMS =
  /^(?:init|my_init|preinit|runsvdir|runsvdir-start|s6-linux-init|s6-overlay-init|s6-svscan|s6-svscanboot|systemd)$/;

/** An option of getopt_long(3), as its init knows it. */
interface Option {
  readonly letter: string;
  readonly name?: string;
  readonly hasValue?: boolean;
  /** It prints something and ends. */
  readonly isPrinted?: boolean;
}

/** The options of each init, as its source has them. */
const OPTIONS = {
  tini: [
    ...["g", "s", "v", "w"].map((letter) => ({ letter })),
    ...["e", "p"].map((letter) => ({ letter, hasValue: true })),
    { letter: "h", isPrinted: true },
    { letter: "l", isPrinted: true },
    { letter: "", name: "version", isPrinted: true },
  ],
  "dumb-init": [
    { letter: "c", name: "single-child" },
    { letter: "r", name: "rewrite", hasValue: true },
    { letter: "v", name: "verbose" },
    { letter: "h", name: "help", isPrinted: true },
    { letter: "V", name: "version", isPrinted: true },
  ],
  catatonit: [
    { letter: "g" },
    { letter: "P" },
    { letter: "h", name: "help", isPrinted: true },
    { letter: "L", isPrinted: true },
    { letter: "V", name: "version", isPrinted: true },
  ],
} satisfies Readonly<Record<string, readonly Option[]>>;

type Known = keyof typeof OPTIONS;

/** The other init that a word names; null where it names none whose options are known. */
export function otherInit(word: string): Known | null {
  const name = basename(word);
  if (
    /^(?:tini(?:-static)?(?:-(?:muslc?-)?(?:amd64|arm64|armhf|armel|i386|ppc64el|ppc64le|s390x|mips64el|riscv64))?|docker-init)$/.test(
      name,
    )
  )
    return "tini";
  return name === "catatonit" || /^dumb-init(?:[-_].+)?$/.test(name)
    ? name === "catatonit"
      ? name
      : "dumb-init"
    : null;
}

/** Options in the order of the words, and how many words they are, with the `--` that ends them. */
function optionsOf(
  init: Known,
  words: readonly string[],
): { said: [Option, string][]; taken: number; hasEnd: boolean } {
  const known: readonly Option[] = OPTIONS[init];
  const said: [Option, string][] = [];
  const refuse = (option: string) =>
    new NoReplacement(`${init} does not know the option ${option}, so it cannot be told what is meant: remove it`);
  let at = 1;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return { said, taken: at + 1, hasEnd: true };
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      const [name = "", attached] = word.slice(2).split(/=(.*)/s);
      // A part of the name does, where it is the only one that begins so.
      const exact = known.find((option) => option.name === name);
      const found = exact === undefined ? known.filter((option) => option.name?.startsWith(name) === true) : [exact];
      const [option] = found;
      if (option === undefined || found.length > 1) throw refuse(word);
      said.push([option, option.hasValue === true ? (attached ?? words[++at] ?? "") : ""]);
      continue;
    }
    for (let index = 1; index < word.length; index++) {
      const option = known.find(({ letter }) => letter === word[index]);
      if (option === undefined) throw refuse(word);
      if (option.hasValue !== true) {
        said.push([option, ""]);
        continue;
      }
      const attached = word.slice(index + 1);
      said.push([option, attached === "" ? (words[++at] ?? "") : attached]);
      break;
    }
  }
  return { said, taken: at, hasEnd: false };
}

/** Signals that dumb-init never gets to rewrite: KILL, CHLD, STOP. */
const NEVER_REWRITTEN = /^(?:9|17|19):/;

/**
 * What comes in front of a command, or for the init that it begins with.
 *
 * @param words of the command; may be none.
 * @param environment of the image; null: a value that is not known.
 * @returns null where tini-ts is there already.
 * @throws NoReplacement where the command begins with what cannot be replaced.
 */
export function inFrontOf(
  words: readonly string[],
  environment: ReadonlyMap<string, { readonly value: string | null }>,
): InFront | null {
  const [first = ""] = words;
  if (/^tini-ts(?:-full)?$/.test(basename(first))) return null;
  if (SYSTEMS.test(basename(first))) {
    throw new NoReplacement(`${first} is a system of its own, which has to be PID 1 itself`);
  }
  const init = otherInit(first);
  if (init === null) return { front: [INIT, "--"], taken: 0, notes: [] };
  const { said, taken, hasEnd } = optionsOf(init, words);
  const printed = said.find(([{ isPrinted }]) => isPrinted === true);
  if (printed !== undefined) {
    const [{ letter, name = "" }] = printed;
    throw new NoReplacement(
      `${first} ${letter === "" ? `--${name}` : `-${letter}`} prints something and runs nothing: remove the option`,
    );
  }
  const end = hasEnd ? ["--"] : [];
  // They have the same options here: docs/differences.md.
  if (init !== "dumb-init") return { front: [INIT, ...words.slice(1, taken)], taken, notes: [] };
  const isSingle = said.some(([{ letter }]) => letter === "c") || environment.get("DUMB_INIT_SETSID")?.value === "0";
  const dropped = said.filter(([{ letter }, value]) => letter === "r" && NEVER_REWRITTEN.test(value));
  const kept = said.filter((each) => each[0].letter !== "c" && !dropped.includes(each));
  const options = kept.flatMap(([{ letter }, value]) => (letter === "r" ? ["-r", value] : [`-${letter}`]));
  return {
    front: [INIT, ...(isSingle ? ["-c"] : ["--isolate=session", "-g"]), ...options, ...end],
    taken,
    notes: dropped.map(([, value]) => `-r ${value} is left out: it never had an effect`),
  };
}
