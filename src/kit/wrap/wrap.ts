/** Puts tini-ts into a Dockerfile: the text with the init in it, all else as it was. */
import { basename } from "node:path";
import { applyEdits } from "../edits.ts";
import type { Source } from "../files/source.ts";
import type { Edit, Span } from "../finding.ts";
import { readDockerfile } from "../launches/dockerfile.ts";
import type { Command, Launch, Step } from "../launches/launch.ts";
import { contextOf } from "./context.ts";
import { isWindows, type Runs, runsOf } from "./images.ts";
import { unshell } from "./shell.ts";

/** Where the init lies in the image. */
const INIT = "/tini-ts";

/** What a user may say about the wrapping. */
export interface WrapOptions {
  /** The stage, by name or number; null for the last. */
  readonly target: string | null;
  /** The image that the init is copied from; null for the folder that is built. */
  readonly image: string | null;
  /** What the base image runs, where that is not known here: its ENTRYPOINT and its CMD. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
}

/** Something that the user should know, and the line that it is about. */
export interface Note {
  readonly line: number;
  readonly text: string;
}

/** A Dockerfile with tini-ts in it. */
export interface Wrapped {
  readonly text: string;
  /** It was in it before, and the text is the same. */
  readonly isUnchanged: boolean;
  /** The build takes the init from its context: from the folder, as far as can be told. */
  readonly fromContext: boolean;
  readonly context: string;
  readonly notes: readonly Note[];
}

/** Why a Dockerfile cannot be wrapped, in one sentence without the file's name. */
export class NotWrapped extends Error {
  /** The line that it is about. */
  readonly line: number;

  constructor(line: number, sentence: string) {
    super(sentence);
    this.line = line;
  }
}

const json = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;

/** Programs that must be PID 1 themselves. */
const SYSTEMS = new Set(["init", "my_init", "runsvdir", "runsvdir-start", "s6-svscan", "systemd"]);

/** What takes the place of another init's name; its own options follow, and mean the same here. */
const REPLACED: Readonly<Partial<Record<string, readonly string[]>>> = {
  tini: [INIT],
  "tini-static": [INIT],
  "docker-init": [INIT],
  // docs/differences.md: what is closest to it.
  "dumb-init": [INIT, "--isolate=session", "-g"],
  catatonit: [INIT],
};

/** catatonit's options that mean the same here. Not -L, which prints its license: ours is -l. */
const CATATONIT_OPTION = /^(?:-[ghPV]+|--version)$/;

/** The words to start with where `words` are started now; null where tini-ts is in front already. */
function wrappedWords(words: readonly string[], line: number): readonly string[] | null {
  const [first = ""] = words;
  const name = basename(first);
  if (name === "tini-ts") return null;
  if (SYSTEMS.has(name)) throw new NotWrapped(line, `${first} is a system of its own, which has to be PID 1 itself`);
  if (name === "catatonit") {
    const end = words.findIndex((word, index) => index > 0 && (word === "--" || !word.startsWith("-")));
    const foreign = words.slice(1, end < 0 ? undefined : end).find((word) => !CATATONIT_OPTION.test(word));
    if (foreign !== undefined)
      throw new NotWrapped(line, `tini-ts does not know catatonit's option ${foreign}: remove it`);
  }
  const { [name]: replaced } = REPLACED;
  return replaced === undefined ? [INIT, "--", ...words] : [...replaced, ...words.slice(1)];
}

/** One wrapping, from the launch to the edits. */
class Wrapping {
  private readonly source: Source;
  private readonly launch: Launch;
  private readonly options: WrapOptions;
  private readonly edits: Edit[] = [];
  private readonly notes: Note[] = [];
  /** As the file's other lines end. */
  private readonly feed: string;
  /** `from` in small letters: then the others are written so too. */
  private readonly isSmall: boolean;

  constructor(source: Source, launch: Launch, options: WrapOptions) {
    this.source = source;
    this.launch = launch;
    this.options = options;
    this.feed = source.text.includes("\r\n") ? "\r\n" : "\n";
    this.isSmall = source.slice(launch.span).startsWith("from");
  }

  private lineOf({ offset }: Span): number {
    return this.source.position(offset).line;
  }

  private keyword(name: string): string {
    return this.isSmall ? name.toLowerCase() : name;
  }

  /** Whether an instruction stands in the stage itself, not in one that it comes from. */
  private isOwn(command: Command | null): command is Command {
    return command !== null && command.whole.offset > this.launch.span.offset;
  }

  /** Puts lines behind the line in which a span ends. */
  private insertBehind(span: Span, lines: readonly string[]): void {
    const end = this.source.text.indexOf("\n", span.offset + Math.max(0, span.length - 1));
    const isLast = end < 0;
    const offset = isLast ? this.source.text.length : end + 1;
    const text = lines.map((line) => (isLast ? this.feed + line : line + this.feed)).join("");
    this.edits.push({ offset, length: 0, text });
  }

  /** Puts a line before the one in which an instruction begins, as far to the right as that. */
  private insertBefore({ offset }: Span, line: string): void {
    const start = this.source.text.lastIndexOf("\n", offset - 1) + 1;
    const indent = this.source.text.slice(start, offset);
    this.edits.push({ offset: start, length: 0, text: indent + line + this.feed });
  }

  /** Replaces what follows the keyword; comments between its lines move in front of it. */
  private replace(command: Command, text: string): void {
    const comments = this.source
      .slice(command.span)
      .split("\n")
      .slice(1)
      .filter((line) => /^\s*#/.test(line));
    for (const comment of comments) this.insertBefore(command.whole, comment.trim());
    this.edits.push({ ...command.span, text });
  }

  /** A list that looks like JSON and is none: Docker hands it to the shell, which cannot be meant. */
  private refuseBrokenList(command: Command, keyword: string): void {
    if (command.script?.value.startsWith("[") !== true) return;
    throw new NotWrapped(
      this.lineOf(command.whole),
      `${keyword} ${command.script.value} is no JSON, so Docker takes it for a shell command: its words need double quotes`,
    );
  }

  /** The words that start what the shell form starts now, and what is to be said about it. */
  private unshelled(command: Command, keepsShell: boolean): readonly string[] {
    const script = command.script?.value ?? "";
    const shell = command.words.slice(0, -1).map(({ value }) => value);
    if (!/^(?:a|ba|da|k|mk|z)?sh$/.test(basename(shell[0] ?? ""))) {
      throw new NotWrapped(
        this.lineOf(command.whole),
        `the shell is ${shell.join(" ")}: only those of Unix are understood`,
      );
    }
    const result = unshell(script);
    if (result.how === "words" && !keepsShell) return result.words;
    if (/(?:^|[\s/])(?:tini|dumb-init|catatonit)(?=\s|$)/.test(script)) {
      throw new NotWrapped(
        this.lineOf(command.whole),
        `the shell starts an init itself: take it out of "${script}" first`,
      );
    }
    if (result.how === "stays") {
      this.note(command.whole, `a shell stays in front of the program, and keeps signals from it: ${result.why}`);
    }
    if (result.how !== "words") return [...shell, result.script];
    return [...shell, script.trimStart().startsWith("exec ") ? script : `exec ${script}`];
  }

  private note(span: Span, text: string): void {
    this.notes.push({ line: this.lineOf(span), text });
  }

  /** ENTRYPOINT of the stage itself. False where tini-ts is there already. */
  private wrapOwn(entrypoint: Command): boolean {
    const line = this.lineOf(entrypoint.whole);
    this.refuseBrokenList(entrypoint, "ENTRYPOINT");
    const { command } = this.launch;
    if (entrypoint.form === "shell") {
      // CMD means nothing to the shell form, and would be more words for the other one.
      const wrapped = wrappedWords(this.unshelled(entrypoint, command !== null), line);
      if (wrapped === null) return false;
      this.replace(entrypoint, json(wrapped));
      return true;
    }
    if (entrypoint.words.length === 0) {
      const commandWraps = this.isOwn(command) && this.wrapInitOfCommand(command);
      if (commandWraps !== false) return commandWraps === "wrapped";
      this.edits.push({ ...entrypoint.span, text: json([INIT, "--"]) });
      if (this.isOwn(command)) this.wrapCommand(command);
      return true;
    }
    return this.wrapList(entrypoint);
  }

  /** A list of words in the file that the init comes in front of. False where it is there already. */
  private wrapList(command: Command): boolean {
    const words = command.words.map(({ value }) => value);
    const wrapped = wrappedWords(words, this.lineOf(command.whole));
    const [first] = command.words;
    if (wrapped === null || first === undefined) return false;
    const isReplaced = wrapped.at(-words.length) !== words[0] || wrapped.length === words.length;
    const before = json(wrapped.slice(0, wrapped.length - words.length + (isReplaced ? 1 : 0))).slice(1, -1);
    const { offset, length } = first.span;
    this.edits.push(isReplaced ? { offset, length, text: before } : { offset, length: 0, text: `${before}, ` });
    return true;
  }

  /** CMD whose own first word is an init: that is replaced. False where it is none. */
  private wrapInitOfCommand(command: Command): "already" | "wrapped" | false {
    if (command.form === "shell") {
      const result = unshell(command.script?.value ?? "");
      if (result.how !== "words") return false;
      const [first = ""] = result.words;
      if (basename(first) === "tini-ts") return "already";
      if (REPLACED[basename(first)] === undefined) return false;
      this.replace(command, json(wrappedWords(result.words, this.lineOf(command.whole)) ?? []));
      return "wrapped";
    }
    const [first] = command.words;
    if (first === undefined) return false;
    if (basename(first.value) === "tini-ts") return "already";
    if (SYSTEMS.has(basename(first.value))) wrappedWords([first.value], this.lineOf(command.whole));
    if (REPLACED[basename(first.value)] === undefined) return false;
    this.wrapList(command);
    return "wrapped";
  }

  /** CMD of the stage itself, where it is the program: the shell form loses its shell. */
  private wrapCommand(command: Command): void {
    this.refuseBrokenList(command, "CMD");
    if (command.form === "shell") this.replace(command, json(this.unshelled(command, false)));
  }

  /** What the base image runs. null: it is not known. */
  private base(): Runs | null {
    const { name } = this.launch.image;
    const known = name === null ? null : runsOf(name.value);
    if (this.options.entrypoint === null && this.options.command === null) return known;
    return {
      entrypoint: this.options.entrypoint ?? known?.entrypoint ?? [],
      command: this.options.command ?? known?.command,
    };
  }

  /** A stage without an ENTRYPOINT of its own. False where tini-ts is there already. */
  private wrapInherited(): boolean {
    const { entrypoint, command, span } = this.launch;
    const line = this.lineOf(span);
    const imageName = this.launch.image.name?.value ?? "the base image";
    // An ENTRYPOINT of a stage above takes away what the base image had.
    const base = entrypoint === null ? this.base() : null;
    if (entrypoint !== null) this.refuseBrokenList(entrypoint, "ENTRYPOINT");
    let words: readonly string[];
    if (entrypoint === null) words = base?.entrypoint ?? [];
    else if (entrypoint.form === "shell") words = this.unshelled(entrypoint, command !== null);
    else words = entrypoint.words.map(({ value }) => value);

    if (words.length === 0 && command !== null) {
      const commandWraps = this.isOwn(command) ? this.wrapInitOfCommand(command) : false;
      if (commandWraps !== false) return commandWraps === "wrapped";
    }
    const wrapped = wrappedWords(words, line);
    if (wrapped === null) return false;
    const first = `${this.keyword("ENTRYPOINT")} ${json(words.length === 0 ? [INIT, "--"] : wrapped)}`;

    if (command === null && base === null && entrypoint === null) {
      throw new NotWrapped(
        line,
        `what ${imageName} runs cannot be known from here: give what docker image inspect says of it with --entrypoint and --cmd`,
      );
    }
    if (this.isOwn(command)) {
      this.insertBefore(command.whole, first);
      if (entrypoint === null) this.wrapCommand(command);
    } else {
      // A new ENTRYPOINT takes away the CMD that comes from the base: it is said again.
      const inherited = this.inheritedCommand(base, words.length > 0, imageName);
      const again = inherited === null ? [] : [`${this.keyword("CMD")} ${json(inherited)}`];
      this.insertBehind(this.lastOfStage(), [first, ...again]);
    }
    if (base === null && entrypoint === null) {
      this.note(
        span,
        `whether ${imageName} has an ENTRYPOINT cannot be known from here: if docker image inspect names one, give it with ` +
          `--entrypoint '["...", ...]'`,
      );
    }
    return true;
  }

  /** The words of the CMD that the stage inherits; null where it has none. */
  private inheritedCommand(base: Runs | null, hasEntrypoint: boolean, imageName: string): readonly string[] | null {
    const { command, entrypoint, span } = this.launch;
    if (command !== null) {
      this.refuseBrokenList(command, "CMD");
      if (command.form === "exec") return command.words.map(({ value }) => value);
      return entrypoint === null ? this.unshelled(command, false) : command.words.map(({ value }) => value);
    }
    const inherited = entrypoint === null ? base?.command : null;
    if (inherited === undefined) {
      throw new NotWrapped(this.lineOf(span), `the CMD of ${imageName} depends on its tag: give it with --cmd`);
    }
    if (inherited === null && !hasEntrypoint) {
      throw new NotWrapped(this.lineOf(span), "it runs nothing: there is no ENTRYPOINT and no CMD");
    }
    return inherited;
  }

  /** The last instruction of the stage. */
  private lastOfStage(): Span {
    const own = this.launch.image.steps.filter(({ span }) => span.offset > this.launch.span.offset);
    return own.reduce((last, { span }) => (span.offset > last.offset ? span : last), this.launch.span);
  }

  /** The instruction that puts the init there already. */
  private get copy(): Step | undefined {
    return this.launch.image.steps.find(
      ({ keyword, words }) => (keyword === "COPY" || keyword === "ADD") && words.at(-1) === INIT,
    );
  }

  wrap(): Wrapped {
    const { entrypoint, image } = this.launch;
    if (image.name !== null && isWindows(image.name.value)) {
      throw new NotWrapped(this.lineOf(this.launch.span), `${image.name.value} is Windows, where there is no PID 1`);
    }
    const isChanged = this.isOwn(entrypoint) ? this.wrapOwn(entrypoint) : this.wrapInherited();
    const { text } = this.source;
    const context = contextOf(this.launch);
    const { copy } = this;
    const isOurs = copy?.words.length === 2 && copy.words[0] === "tini-ts" && !copy.flags.has("from");
    const fromContext = copy === undefined ? isChanged && this.options.image === null : isOurs;
    if (!isChanged) return { text, isUnchanged: true, fromContext, context, notes: this.notes };
    if (copy === undefined) {
      const from = this.options.image === null ? "tini-ts" : `--from=${this.options.image} ${INIT}`;
      this.insertBehind(this.launch.span, [`${this.keyword("COPY")} ${from} ${INIT}`]);
    }
    return { text: applyEdits(text, this.edits), isUnchanged: false, fromContext, context, notes: this.notes };
  }
}

/**
 * Puts tini-ts into a Dockerfile.
 *
 * @throws NotWrapped where only its owner can; Skipped where it has no stage at all.
 */
export function wrap(source: Source, options: WrapOptions): Wrapped {
  const launch = readDockerfile(source).target(options.target);
  if (launch === null) throw new NotWrapped(1, `there is no stage "${options.target ?? ""}"`);
  return new Wrapping(source, launch, options).wrap();
}
