/** Puts tini-ts into a Dockerfile: the text with the init in it, all else as it was. */
import { basename } from "node:path";
import { applyEdits } from "../edits.ts";
import type { Source } from "../files/source.ts";
import type { Edit, Span } from "../finding.ts";
import { type Architecture, ARCHITECTURES, dockerNameOf, listed } from "../init/binary.ts";
import { readDockerfile } from "../launches/dockerfile.ts";
import type { Command, Launch, Step } from "../launches/launch.ts";
import { SHELL_NAME } from "../launches/shells.ts";
import { contextOf } from "../launches/context.ts";
import { isWindows, type Runs, runsOf } from "./images.ts";
import { type Choice, platformOfStage, USUAL } from "./platforms.ts";
import { INIT, type InFront, inFrontOf, NoReplacement, otherInit } from "./replaced.ts";
import { unshell } from "./shell.ts";

/** The user's choices for wrapping. */
export interface WrapOptions {
  /** The stage, by name or number; null for the last. */
  readonly target: string | null;
  /** The image that the init is copied from; null for the folder that is built. */
  readonly image: string | null;
  /** What the base image runs, where that is not known here: its ENTRYPOINT and its CMD. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  /** Which init, where the user or a Compose file says so; null: what the Dockerfile says, or else this machine's. */
  readonly choice: Choice;
  readonly machine: Architecture;
}

/** A file that the build takes from its context: the init. */
export interface NeededInit {
  readonly name: string;
  readonly arch: Architecture;
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
  /** What the build takes from its context; none where it takes the init from an image. */
  readonly inits: readonly NeededInit[];
  /** The folder that is built, as far as the Dockerfile tells. */
  readonly context: string;
  readonly notes: readonly Note[];
}

/** Why a Dockerfile cannot be wrapped, in one sentence that does not name the file. */
export class NotWrapped extends Error {
  /** The line that it is about. */
  readonly line: number;

  constructor(line: number, sentence: string) {
    super(sentence);
    this.line = line;
  }
}

const json = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;

/** The name of the init in the context of builds for one CPU, and what its name begins with where there are several. */
const NAME = "tini-ts";

/** The inits for several CPUs, by the names that Docker's arguments make of them. */
const initsOfEach = (archs: readonly Architecture[]): NeededInit[] =>
  archs.map((arch) => ({ name: `${NAME}-${dockerNameOf(arch)}`, arch }));

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

  /** What comes in front of a command, or for the first words of it; null where tini-ts is in front already. */
  private inFront(words: readonly string[], span: Span): InFront | null {
    try {
      const found = inFrontOf(words, this.launch.environment);
      for (const text of found?.notes ?? []) this.note(span, text);
      return found;
    } catch (error) {
      if (error instanceof NoReplacement) throw new NotWrapped(this.lineOf(span), error.message);
      throw error;
    }
  }

  /** The words to start with where `words` are started now; null where tini-ts is in front already. */
  private wrappedWords(words: readonly string[], span: Span): readonly string[] | null {
    const found = this.inFront(words, span);
    return found === null ? null : [...found.front, ...words.slice(found.taken)];
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
    this.refuseInitIn(script, command);
    if (result.how === "stays") {
      this.note(command.whole, `a shell stays in front of the program, and keeps signals from it: ${result.why}`);
    }
    if (result.how !== "words") return [...shell, result.script];
    return [...shell, script.trimStart().startsWith("exec ") ? script : `exec ${script}`];
  }

  /** An init that a shell starts is none that can be replaced from outside. */
  private refuseInitIn(script: string, command: Command): void {
    if (!script.split(/[\s;&|()"'`]+/).some((word) => otherInit(word) !== null)) return;
    throw new NotWrapped(
      this.lineOf(command.whole),
      `the shell starts an init itself: take it out of "${script}" first`,
    );
  }

  private note(span: Span, text: string): void {
    this.notes.push({ line: this.lineOf(span), text });
  }

  /** ENTRYPOINT of the stage itself. False where tini-ts is there already. */
  private wrapOwn(entrypoint: Command): boolean {
    this.refuseBrokenList(entrypoint, "ENTRYPOINT");
    const { command } = this.launch;
    if (entrypoint.form === "shell") {
      // CMD means nothing to the shell form, and would be more words for the other one.
      const wrapped = this.wrappedWords(this.unshelled(entrypoint, command !== null), entrypoint.whole);
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
    const unshelled = this.unshelledList(words, command);
    if (unshelled !== null) {
      const wrapped = this.wrappedWords(unshelled, command.whole);
      if (wrapped === null) return false;
      this.replace(command, json(wrapped));
      return true;
    }
    const found = this.inFront(words, command.whole);
    const [first] = command.words;
    if (found === null || first === undefined) return false;
    const { front, taken } = found;
    const { offset, length } = first.span;
    const isKept = (word: string, index: number) => index === 0 || word === words[index];
    if (taken === 0) this.edits.push({ offset, length: 0, text: `${json(front).slice(1, -1)}, ` });
    else if (front.length === taken && front.every(isKept))
      this.edits.push({ offset, length, text: JSON.stringify(INIT) });
    else if (taken === 1 || !this.source.slice(command.span).includes("\n")) {
      const end = command.words[taken - 1]?.span ?? first.span;
      const text = json(front).slice(1, -1);
      this.edits.push({ offset, length: end.offset + end.length - offset, text });
    } else this.replace(command, json([...front, ...words.slice(taken)]));
    return true;
  }

  /**
   * `sh -c TEXT` as a list: its words where the shell does nothing but to start another init; null where the list stays
   * as it is, and what is to be said of it was said.
   */
  private unshelledList(words: readonly string[], command: Command): readonly string[] | null {
    const [shell = "", option = "", script = ""] = words;
    if (!SHELL_NAME.test(basename(shell)) || !/^-\w*c$/.test(option)) return null;
    const result = unshell(script);
    if (result.how === "words" && otherInit(result.words[0] ?? "") !== null && words.length === 3) return result.words;
    this.refuseInitIn(script, command);
    const because = "a shell stays in front of the program, and keeps signals from it";
    if (result.how === "stays") this.note(command.whole, `${because}: ${result.why}`);
    else if (!/^\s*exec\s/.test(script) && (result.how === "words" || result.script !== script)) {
      const better = result.how === "words" ? `exec ${script.trimStart()}` : result.script;
      this.note(
        command.whole,
        `${because}, unless that shell is one that puts its last command in its own place: write ${JSON.stringify(better)}`,
      );
    }
    return null;
  }

  /** CMD whose own first word is an init: that is replaced. False where it is none. */
  private wrapInitOfCommand(command: Command): "already" | "wrapped" | false {
    if (command.form === "shell") {
      const result = unshell(command.script?.value ?? "");
      if (result.how !== "words") return false;
      const found = this.inFront(result.words, command.whole);
      if (found === null) return "already";
      if (found.taken === 0) return false;
      this.replace(command, json([...found.front, ...result.words.slice(found.taken)]));
      return "wrapped";
    }
    const words = command.words.map(({ value }) => value);
    if (words.length === 0) return false;
    const found = this.inFront(this.unshelledList(words, command) ?? words, command.whole);
    if (found === null) return "already";
    if (found.taken === 0) return false;
    this.wrapList(command);
    return "wrapped";
  }

  /** CMD of the stage itself, where it is the program: the shell form loses its shell. */
  private wrapCommand(command: Command): void {
    this.refuseBrokenList(command, "CMD");
    if (command.form === "shell") this.replace(command, json(this.unshelled(command, false)));
    else if (!this.notes.some(({ line }) => line === this.lineOf(command.whole))) {
      this.unshelledList(
        command.words.map(({ value }) => value),
        command,
      );
    }
  }

  /** What the base image runs. @throws NotWrapped where that is not known. */
  private base(): Runs {
    const { name } = this.launch.image;
    const found = name === null ? null : runsOf(name.value);
    const known = found === "unknown" ? null : found;
    if (known === null && this.options.entrypoint === null) {
      const imageName = name?.value ?? "the base image";
      const why =
        found === "unknown"
          ? `whether the image ${imageName} has an ENTRYPOINT depends on when it was built`
          : `what ${imageName} runs cannot be known from here`;
      const also = this.launch.command === null && this.options.command === null ? " and --cmd" : "";
      throw new NotWrapped(
        this.lineOf(this.launch.span),
        `${why}, and a new ENTRYPOINT would take its own away: give what docker image inspect says of it with ` +
          `--entrypoint '["...", ...]' (--entrypoint '[]' where it has none)${also}`,
      );
    }
    if (known !== null && this.options.entrypoint === null && this.options.command === null) return known;
    return {
      entrypoint: this.options.entrypoint ?? known?.entrypoint ?? [],
      command: this.options.command ?? known?.command,
    };
  }

  /** A stage without an ENTRYPOINT of its own. False where tini-ts is there already. */
  private wrapInherited(): boolean {
    const { entrypoint, command, span } = this.launch;
    const imageName = this.launch.image.name?.value ?? "the base image";
    // An ENTRYPOINT of a stage above takes away what the base image had.
    const base: Runs | null = entrypoint === null ? this.base() : null;
    if (entrypoint !== null) this.refuseBrokenList(entrypoint, "ENTRYPOINT");
    let words: readonly string[];
    if (entrypoint === null) words = base?.entrypoint ?? [];
    else if (entrypoint.form === "shell") words = this.unshelled(entrypoint, command !== null);
    else {
      const own = entrypoint.words.map(({ value }) => value);
      words = this.unshelledList(own, entrypoint) ?? own;
    }

    if (words.length === 0 && command !== null) {
      const commandWraps = this.isOwn(command) ? this.wrapInitOfCommand(command) : false;
      if (commandWraps !== false) return commandWraps === "wrapped";
    }
    const wrapped = this.wrappedWords(words, span);
    if (wrapped === null) return false;
    const first = `${this.keyword("ENTRYPOINT")} ${json(words.length === 0 ? [INIT, "--"] : wrapped)}`;

    if (this.isOwn(command)) {
      this.insertBefore(command.whole, first);
      if (entrypoint === null) this.wrapCommand(command);
    } else {
      // A new ENTRYPOINT takes away the CMD that comes from the base: it is said again.
      const inherited = this.inheritedCommand(base, words.length > 0, imageName);
      const again = inherited === null ? [] : [`${this.keyword("CMD")} ${json(inherited)}`];
      this.insertBehind(this.lastOfStage(), [first, ...again]);
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

  /** Which init, as the user, a Compose file or the Dockerfile says. */
  private get choice(): Choice {
    return this.options.choice ?? platformOfStage(this.source, this.launch);
  }

  private refusePlatform(): void {
    if (this.choice?.how !== "none") return;
    throw new NotWrapped(
      this.lineOf(this.launch.span),
      `there is no init for ${this.choice.platform}, only for ${listed(ARCHITECTURES.map(dockerNameOf), "and")}`,
    );
  }

  /** What the build takes from its context, and the lines that do so. */
  private initsFor(): { readonly inits: readonly NeededInit[]; readonly lines: readonly string[] } {
    const { machine, image } = this.options;
    const choice = this.choice ?? { how: "one", arch: machine };
    const copy = this.keyword("COPY");
    if (choice.how === "none") throw new Error(choice.platform);
    if (image !== null) return { inits: [], lines: [`${copy} --from=${image} ${INIT} ${INIT}`] };
    if (choice.how === "one") return { inits: [{ name: NAME, arch: choice.arch }], lines: [`${copy} ${NAME} ${INIT}`] };
    const { argument, archs } = choice;
    return {
      inits: initsOfEach(archs),
      lines: [`${this.keyword("ARG")} ${argument}`, `${copy} ${NAME}-$${argument} ${INIT}`],
    };
  }

  /** What an earlier wrapping, or the user, has the build take from its context. */
  private initsOf(copy: Step): readonly NeededInit[] {
    const [from = ""] = copy.text.trim().split(/\s+/);
    if (copy.flags.has("from") || copy.words.length !== 2) return [];
    if (/^tini-ts-\$\{?(?:TARGET|BUILD)ARCH\}?$/.test(from)) {
      return initsOfEach(this.choice?.how === "each" ? this.choice.archs : USUAL);
    }
    const arch = this.choice?.how === "one" ? this.choice.arch : this.options.machine;
    return from === NAME ? [{ name: NAME, arch }] : [];
  }

  wrap(): Wrapped {
    const { entrypoint, image } = this.launch;
    if (image.name !== null && isWindows(image.name.value)) {
      throw new NotWrapped(this.lineOf(this.launch.span), `${image.name.value} is Windows, where there is no PID 1`);
    }
    // Before anything else: what else is wrong does not matter there.
    this.refusePlatform();
    const isChanged = this.isOwn(entrypoint) ? this.wrapOwn(entrypoint) : this.wrapInherited();
    const { text } = this.source;
    const context = contextOf(this.launch);
    const { copy } = this;
    if (copy !== undefined) {
      const inits = this.initsOf(copy);
      return {
        text: isChanged ? applyEdits(text, this.edits) : text,
        isUnchanged: !isChanged,
        inits,
        context,
        notes: this.notes,
      };
    }
    if (!isChanged) return { text, isUnchanged: true, inits: [], context, notes: this.notes };
    const { inits, lines } = this.initsFor();
    this.insertBehind(this.launch.span, lines);
    return { text: applyEdits(text, this.edits), isUnchanged: false, inits, context, notes: this.notes };
  }
}

/**
 * Puts tini-ts into a Dockerfile. What comes of it is not looked at here: proof.ts does that.
 *
 * @throws NotWrapped where only its owner can; Skipped where it has no stage at all.
 */
export function wrap(source: Source, options: WrapOptions): Wrapped {
  const launch = readDockerfile(source).target(options.target);
  if (launch === null) throw new NotWrapped(1, `there is no stage "${options.target ?? ""}"`);
  return new Wrapping(source, launch, options).wrap();
}
