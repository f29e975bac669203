/** What a container really runs: the platform's words before the image's, behind inits, wrappers, shells and scripts. */
import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import type { Context } from "../workspace.ts";
import { fileOfProgram } from "./contents.ts";
import { type KnownImage, knownImage } from "./images.ts";
import { type Init, tellApart } from "./inits.ts";
import type { Command, Launch, Word } from "./launch.ts";
import { type ShellWord, type Statement, statementsOf } from "./shell.ts";
import { withoutWrappers } from "./programs.ts";

/** A word and the file that says it: the launch's, its Dockerfile or a script. */
export interface SaidWord extends Word {
  readonly source: Source;
}

/** A shell that runs commands and does not put the last of them in its own place. */
export interface StayingShell {
  /** The word that starts it: the shell's or the script's name. */
  readonly word: SaidWord;
  /** A script of the context folder; null where the commands are a word of the launch. */
  readonly script: Source | null;
  /** Its last command. */
  readonly last: Statement | null;
  /** The commands are not more than one, so that many shells put it in their own place. */
  readonly isSingle: boolean;
  /** It has commands that wait for signals or children by themselves: trap, wait. */
  readonly hasCare: boolean;
}

export interface Running {
  /** All words, from the first that the kernel starts; not the first where `isWhole` is false. */
  readonly words: readonly SaidWord[];
  /** Nothing stands in front of the words: the entrypoint is known. */
  readonly isWhole: boolean;
  /** The inits in front, from the first on. */
  readonly inits: readonly Init<SaidWord>[];
  /** The shell that stays between init and program, or is the program; null where there is none. */
  readonly shell: StayingShell | null;
  /** The program behind all that, with its arguments; none where it is not known. */
  readonly program: readonly SaidWord[];
  /** What is known of the image that it comes from at last. */
  readonly base: KnownImage | null;
  /** The launch whose Dockerfile makes the image: itself, or what a Compose file builds; null where there is none. */
  readonly image: Launch | null;
}

const said = (source: Source, command: Command | null): SaidWord[] =>
  command?.words.map((word) => ({ ...word, source })) ?? [];

const SHELL = /^(?:sh|ash|dash|bash|zsh|ksh)$/;

/**
 * Words of a shell's text, the arguments put in for "$@".
 *
 * @param place where the text begins in its file, or the word that it is.
 */
function wordsOf(
  words: readonly ShellWord[],
  source: Source,
  place: number | Word,
  args: readonly SaidWord[],
): SaidWord[] {
  return words.flatMap((word): SaidWord[] => {
    if (/^"?\$(?:@|\{@\}|\*)"?$/.test(word.raw)) return [...args];
    const span = typeof place === "number" ? { offset: place + word.offset, length: word.raw.length } : place.span;
    return [{ value: word.value ?? word.raw, span, source }];
  });
}

/** Whether a source is a script of a POSIX shell. */
function isShellScript({ text, path }: Source): boolean {
  const [first = ""] = text.split("\n", 1);
  return first.startsWith("#!") ? /^#!.*\b(?:sh|ash|dash|bash)\b/.test(first) : path.endsWith(".sh");
}

const hasCare = (text: string) => /(?:^|[\s;&|({])(?:trap|wait)(?:[\s;]|$)/m.test(text);

/** Follows words through everything that puts something else in its own place. */
class Follower {
  private readonly image: Launch | null;
  private readonly context: Context;
  readonly inits: Init<SaidWord>[] = [];
  shell: StayingShell | null = null;

  constructor(image: Launch | null, context: Context) {
    this.image = image;
    this.context = context;
  }

  /** The program at the end; none where it is not known. */
  follow(words: readonly SaidWord[]): readonly SaidWord[] {
    let rest = words;
    // A script that starts itself ends here.
    for (let depth = 0; depth < 10; depth++) {
      const { inits, program } = tellApart(rest);
      this.inits.push(...inits);
      const [first, ...args] = program;
      if (first === undefined) return [];
      const next = SHELL.test(basename(first.value)) ? this.shellOf(first, args) : this.scriptOf(first, args);
      if (next === null) return program;
      rest = next;
      if (this.shell !== null) return withoutWrappers(rest);
    }
    return [];
  }

  /** `sh -c TEXT`, `sh SCRIPT`: what is run in its place; null where that is no more than the shell itself. */
  private shellOf(word: SaidWord, args: readonly SaidWord[]): readonly SaidWord[] | null {
    let at = 0;
    while (/^[-+]\w*$/.test(args[at]?.value ?? "") && !/^-\w*c$/.test(args[at]?.value ?? "")) {
      at += /^-\w*o$/.test(args[at]?.value ?? "") ? 2 : 1;
    }
    const option = args[at];
    if (option === undefined) return null;
    if (!/^-\w*c$/.test(option.value)) return this.scriptOf(option, args.slice(at + 1)) ?? [];
    const text = args[at + 1];
    if (text === undefined) return null;
    // The word behind the text is $0.
    return this.read(word, text.value, null, text, args.slice(at + 3));
  }

  private scriptOf(word: SaidWord, args: readonly SaidWord[]): readonly SaidWord[] | null {
    const file = this.image === null ? null : fileOfProgram(this.image, word.value, this.context);
    if (file === null || !isShellScript(file)) return null;
    return this.read(word, file.text, file, 0, args);
  }

  private read(
    word: SaidWord,
    text: string,
    script: Source | null,
    place: Word | number,
    args: readonly SaidWord[],
  ): readonly SaidWord[] {
    const statements = statementsOf(text);
    const last = statements?.at(-1) ?? null;
    const source = script ?? word.source;
    const isProgram = last?.type === "simple" && last.separator !== "&" && statements?.at(-2)?.separator !== "|";
    if (last !== null && isProgram && last.words[0]?.value === "exec" && last.words.length > 1) {
      return wordsOf(last.words.slice(1), source, place, args);
    }
    this.shell = {
      word,
      script,
      last,
      isSingle: statements?.length === 1 && isProgram,
      hasCare: hasCare(text) || statements === null,
    };
    return last !== null && isProgram ? wordsOf(last.words, source, place, args) : [];
  }
}

/**
 * What a launch runs.
 *
 * The platform's entrypoint takes the image's command away, as Docker, Compose and Kubernetes all do.
 */
export function running(launch: Launch, context: Context): Running {
  const image = launch.platform === "dockerfile" ? launch : context.imageOf(launch);
  const base = knownImage((image ?? launch).image.name?.value ?? null);
  const own = said(launch.source, launch.entrypoint);
  const ofImage = image === null ? [] : said(image.source, image.entrypoint);
  const isSaid = launch.entrypoint !== null || image?.entrypoint != null;
  const at = launch.image.name?.span ?? launch.span;
  // An entrypoint that only prepares the ground and then runs what it is given need not be told.
  const inherited = (base?.hasInit === true ? base.entrypoint : []).map((value) => ({
    value,
    span: image?.image.name?.span ?? at,
    source: image?.source ?? launch.source,
  }));
  const entrypoint = launch.entrypoint !== null ? own : image?.entrypoint != null ? ofImage : inherited;
  const command =
    launch.command !== null
      ? said(launch.source, launch.command)
      : launch.entrypoint === null && image !== null
        ? said(image.source, image.command)
        : [];
  // The shell form of an entrypoint drops the command.
  const isShell = (launch.entrypoint ?? image?.entrypoint)?.form === "shell";
  const words = isShell ? entrypoint : [...entrypoint, ...command];
  const follower = new Follower(image, context);
  const program = follower.follow(words);
  return {
    words,
    isWhole: isSaid || base !== null,
    inits: follower.inits,
    shell: follower.shell,
    program,
    base,
    image,
  };
}
