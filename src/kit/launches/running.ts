/** What a container really runs: the platform's words before the image's, behind inits, wrappers, shells and scripts. */
import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import type { Context } from "../workspace.ts";
import { fileBeside, fileOfProgram } from "./contents.ts";
import { type Ending, endingsOf, staysForSure, type Traps, trapsOf, wordsOfEnding } from "./endings.ts";
import { type KnownImage, knownImage } from "./images.ts";
import { allWordsOf, type PlacedWord } from "./front.ts";
import { type Init, tellApart } from "./inits.ts";
import type { Launch } from "./launch.ts";
import { type ShellWord, type Statement, statementsOf } from "./shell.ts";
import { replacesItself, SHELL_NAME, shellNamed } from "./shells.ts";
import { reasonAgainst, withoutWrappers } from "./programs.ts";

/** A place where a shell stays, and the program there with the arguments put in. */
export interface PlacedEnding extends Ending {
  readonly program: readonly PlacedWord[];
}

/** A shell that runs commands and does not put the last of them in its own place. */
export interface StayingShell {
  /** The word that starts it: the shell's or the script's name. */
  readonly word: PlacedWord;
  /** A script of the context folder; null where the commands are a word of the launch. */
  readonly script: Source | null;
  /** The word that is its commands; null where they are a script. */
  readonly place: PlacedWord | null;
  /** Its commands. */
  readonly text: string;
  /** Its last command. */
  readonly last: Statement | null;
  /** Where it stays while the program runs; none where its commands are not understood. */
  readonly endings: readonly PlacedEnding[];
  readonly traps: Traps;
  /** It stays for sure; else it may be a shell that puts the last command in its own place. */
  readonly isSure: boolean;
  /** It has commands that wait for signals or children by themselves: trap, wait. */
  readonly hasCare: boolean;
  /** It puts a program in its own place somewhere: in a branch, or in a function. */
  readonly mayBeReplaced: boolean;
}

export interface Running {
  /** All words, from the first that the kernel starts; not the first where `isWhole` is false. */
  readonly words: readonly PlacedWord[];
  /** Nothing stands in front of the words: the entrypoint is known. */
  readonly isWhole: boolean;
  /** The inits in front, from the first on. */
  readonly inits: readonly Init<PlacedWord>[];
  /** The shell that stays between init and program, or is the program; null where there is none. */
  readonly shell: StayingShell | null;
  /** The program behind all that, with its arguments; none where it is not known. */
  readonly program: readonly PlacedWord[];
  /** What is known of the image that it comes from at last. */
  readonly base: KnownImage | null;
  /** The launch whose Dockerfile makes the image: itself, or what a Compose file builds; null where there is none. */
  readonly image: Launch | null;
}

/**
 * Words of a shell's text, the arguments put in for "$@".
 *
 * @param place where the text begins in its file, or the word that it is.
 */
function scriptWords(
  words: readonly ShellWord[],
  source: Source,
  place: PlacedWord | number,
  args: readonly PlacedWord[],
): PlacedWord[] {
  const placed: PlacedWord[] = [];
  for (const word of words) {
    if (/^"?\$(?:@|\{@\}|\*)"?$/.test(word.raw)) {
      // "$@" "$@" of a script that starts itself.
      if (placed.length + args.length > MOST_WORDS) return [];
      placed.push(...args);
      continue;
    }
    const span = typeof place === "number" ? { offset: place + word.offset, length: word.raw.length } : place.span;
    placed.push({ value: word.value ?? word.raw, span, source });
  }
  return placed;
}

/** A program of more words than this is not known: nobody has written them. */
const MOST_WORDS = 10_000;

/** Whether a source is a script of a POSIX shell. */
function isShellScript({ text, path }: Source): boolean {
  const [first = ""] = text.trimStart().split("\n", 1);
  return first.startsWith("#!") ? /^#!.*\b(?:sh|ash|dash|bash)\b/.test(first) : path.endsWith(".sh");
}

const hasCare = (text: string) => /(?:^|[\s;&|({])(?:trap|wait)(?:[\s;]|$)/m.test(text);

const hasExec = (text: string) => /(?:^|[\s;&|({])exec\s+[^\s\d<>&]/m.test(text);

/** Follows words through everything that puts something else in its own place. */
class Follower {
  private readonly image: Launch | null;
  /** The image that all begins with. */
  private readonly base: string | null;
  private readonly context: Context;
  readonly inits: Init<PlacedWord>[] = [];
  shell: StayingShell | null = null;

  constructor(image: Launch | null, base: string | null, context: Context) {
    this.image = image;
    this.base = base;
    this.context = context;
  }

  /** The program at the end; none where it is not known. */
  follow(words: readonly PlacedWord[]): readonly PlacedWord[] {
    let rest = words;
    // A script that starts itself ends here.
    for (let depth = 0; depth < 10; depth++) {
      const { inits, program } = tellApart(rest);
      this.inits.push(...inits);
      const [first, ...args] = program;
      if (first === undefined) return [];
      if (this.isOfBase(first) && args.length > 0) {
        rest = args;
        continue;
      }
      const next = SHELL_NAME.test(basename(first.value)) ? this.shellOf(first, args) : this.scriptOf(first, args);
      if (next === null) return program;
      rest = next;
      if (this.shell !== null) return withoutWrappers(rest);
    }
    return [];
  }

  /** Whether a word is the entrypoint that the base image brings, which runs what it is given in its own place. */
  private isOfBase(word: PlacedWord): boolean {
    const base = knownImage(this.image?.image.name?.value ?? null);
    const own = base?.isProgram === false ? (base.entrypoint.at(-1) ?? "") : "";
    return own !== "" && own !== "--" && basename(own) === basename(word.value) && this.fileOf(word) === null;
  }

  /** @param isOperand of a shell, which looks beside itself first, and then in PATH. */
  private fileOf(word: PlacedWord, isOperand = false): Source | null {
    if (this.image === null) return null;
    const beside = isOperand ? fileBeside(this.image, word.value, this.context) : null;
    return beside ?? fileOfProgram(this.image, word.value, this.context);
  }

  /** `sh -c TEXT`, `sh SCRIPT`: what is run in its place; null where that is no more than the shell itself. */
  private shellOf(word: PlacedWord, args: readonly PlacedWord[]): readonly PlacedWord[] | null {
    let at = 0;
    let isText = false;
    for (let option = args[0]?.value; option !== undefined && /^[-+]\w/.test(option); option = args[at]?.value) {
      isText ||= /^-\w*c\w*$/.test(option);
      at += /^[-+]\w*[oO]$/.test(option) ? 2 : 1;
    }
    // Options may stand behind -c too: sh -c -x TEXT.
    const first = args[at];
    if (first === undefined) return null;
    if (!isText) return this.scriptOf(first, args.slice(at + 1), true) ?? [];
    // The word behind the text is $0.
    return this.read(word, first.value, null, first, args.slice(at + 2));
  }

  private scriptOf(word: PlacedWord, args: readonly PlacedWord[], isOperand = false): readonly PlacedWord[] | null {
    const file = this.fileOf(word, isOperand);
    // A shell reads whatever it is given.
    if (file === null || !(isOperand || isShellScript(file))) return null;
    return this.read(word, file.text, file, 0, args);
  }

  private read(
    word: PlacedWord,
    text: string,
    script: Source | null,
    place: PlacedWord | number,
    args: readonly PlacedWord[],
  ): readonly PlacedWord[] {
    const statements = statementsOf(text);
    const last = statements?.at(-1) ?? null;
    const source = script ?? word.source;
    const isProgram = last?.type === "simple" && last.separator !== "&" && statements?.at(-2)?.separator !== "|";
    if (last !== null && isProgram && last.words[0]?.value === "exec" && last.words.length > 1) {
      return scriptWords(last.words.slice(1), source, place, args);
    }
    const shell = script === null ? shellNamed(word.value, this.image, this.base) : null;
    if (last !== null && isProgram && shell !== null && replacesItself(shell, statements ?? [])) {
      return scriptWords(last.words, source, place, args);
    }
    const isGone = shell !== null && replacesItself(shell, statements ?? []);
    const placed = (ending: Ending): PlacedEnding => ({
      ...ending,
      program: withoutWrappers(scriptWords(wordsOfEnding(ending), source, place, args)),
    });
    this.shell = {
      word,
      script,
      place: typeof place === "number" ? null : place,
      text,
      last,
      endings: isGone ? [] : endingsOf(statements ?? []).map(placed),
      traps: trapsOf(statements ?? []),
      isSure: script !== null || shell !== null || staysForSure(statements ?? []),
      hasCare: hasCare(text) || statements === null,
      mayBeReplaced: hasExec(text),
    };
    return last !== null && isProgram && !last.isFed ? scriptWords(last.words, source, place, args) : [];
  }
}

/**
 * What a launch runs.
 *
 * The platform's entrypoint takes the image's command away, as Docker, Compose and Kubernetes all do.
 */
export function running(launch: Launch, context: Context): Running {
  let found = known.get(launch);
  if (found === undefined) known.set(launch, (found = follow(launch, context)));
  return found;
}

/** Whether the program stops at SIGTERM once no shell is in front: there is an init, or it needs none for that. */
export function isSafeBehind({ inits, program }: Running, launch: Launch): boolean {
  return inits.length > 0 || launch.platformInit?.value === true || reasonAgainst(program)?.isStoppable !== false;
}

/** Several rules ask for the same. */
const known = new WeakMap<Launch, Running>();

function follow(launch: Launch, context: Context): Running {
  const image = launch.platform === "dockerfile" ? launch : context.imageOf(launch);
  const from = image ?? launch;
  const base = knownImage(from.image.name?.value ?? null);
  const isSaid = launch.entrypoint !== null || (image?.entrypoint ?? null) !== null;
  const words = allWordsOf(launch, context);
  const follower = new Follower(image, from.image.name?.value ?? null, context);
  const program = follower.follow(words);
  const { inits, shell } = follower;
  return { words, isWhole: isSaid || base !== null, inits, shell, program, base, image };
}
