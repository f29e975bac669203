/**
 * Dockerfiles and Containerfiles: one launch for each stage that is made to be run.
 *
 * dockerfile-ast tells the instructions apart; how Docker reads one of them (lines that go on, JSON or shell form,
 * variables) follows BuildKit's parser: https://docs.docker.com/reference/dockerfile/
 */
import { dirname } from "node:path";
import { DockerfileParser, type Instruction } from "dockerfile-ast";
import type { Source } from "../files/source.ts";
import { Skipped } from "../files/read.ts";
import type { Located, Span } from "../finding.ts";
import { type Command, type Image, type Launch, NOTHING, type Step, type Word } from "./launch.ts";

/** A text put together from pieces of the file: the lines of one instruction, joined. */
class Joined {
  readonly text: string;
  /** Where each character of the text stands in the file; one more for the end. */
  readonly offsets: readonly number[];

  constructor(text: string, offsets: readonly number[]) {
    this.text = text;
    this.offsets = offsets;
  }

  slice(start: number, end = this.text.length): Joined {
    return new Joined(this.text.slice(start, end), this.offsets.slice(start, end + 1));
  }

  /** Without white space at both ends. */
  trim(): Joined {
    const start = this.text.length - this.text.trimStart().length;
    return this.slice(start, Math.max(start, this.text.trimEnd().length));
  }

  get span(): Span {
    const offset = this.offsets[0] ?? 0;
    // The last character's own end: what lies behind it may be a line that goes on.
    const last = this.offsets[this.text.length - 1];
    return { offset, length: last === undefined ? 0 : last + 1 - offset };
  }
}

/** Joins the lines of an instruction as BuildKit does: comments and empty lines between them do not count. */
function join(source: Source, start: number, end: number, escape: string): Joined {
  let text = "";
  const offsets: number[] = [];
  const goesOn = new RegExp(`${escape === "`" ? "`" : "\\\\"}[ \\t]*$`);
  let isFirst = true;
  for (let at = start; at < end;) {
    const feed = source.text.indexOf("\n", at);
    const next = feed < 0 || feed >= end ? end : feed + 1;
    let line = source.text.slice(at, next).replace(/\r?\n$/, "");
    if (isFirst || !/^\s*(?:#|$)/.test(line)) {
      line = line.replace(goesOn, "");
      text += line;
      for (let index = 0; index < line.length; index++) offsets.push(at + index);
    }
    isFirst = false;
    at = next;
  }
  return new Joined(text, [...offsets, end]);
}

/** An instruction with its flags and the rest told apart. */
interface Parsed {
  readonly keyword: string;
  readonly whole: Span;
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: Joined;
}

function parseInstruction(joined: Joined): Parsed {
  let rest = joined.trim();
  const whole = rest.span;
  const [keyword = ""] = /^\S+/.exec(rest.text) ?? [];
  rest = rest.slice(keyword.length).trim();
  const flags = new Map<string, string>();
  for (;;) {
    const flag = /^--([a-z][a-z-]*)(?:=(\S*))?(?=\s|$)/.exec(rest.text);
    if (flag === null) break;
    flags.set(flag[1] ?? "", flag[2] ?? "");
    rest = rest.slice(flag[0].length).trim();
  }
  return { keyword: keyword.toUpperCase(), whole, flags, rest };
}

/** The words of a JSON list of strings; null where it is none, and Docker takes the text for the shell form. */
function jsonWords(rest: Joined): Word[] | null {
  if (!rest.text.startsWith("[")) return null;
  let values: unknown;
  try {
    values = JSON.parse(rest.text);
  } catch {
    return null;
  }
  if (!Array.isArray(values)) return null;
  const words = (values as unknown[]).filter((value) => typeof value === "string");
  if (words.length < values.length) return null;
  const strings = [...rest.text.matchAll(/"(?:[^"\\]|\\.)*"/g)];
  return words.map((value, index) => {
    const found = strings[index];
    const start = found?.index ?? 0;
    return { value, span: rest.slice(start, start + (found?.[0].length ?? 0)).span };
  });
}

/** A command as ENTRYPOINT, CMD and HEALTHCHECK CMD have it. */
function commandOf(rest: Joined, whole: Span, shell: readonly string[]): Command {
  const words = jsonWords(rest);
  if (words !== null) return { form: "exec", span: rest.span, whole, words, script: null };
  const script = { value: rest.text, span: rest.span };
  const before = shell.map((value) => ({ value, span: { offset: rest.span.offset, length: 0 } }));
  return { form: "shell", span: rest.span, whole, words: [...before, script], script };
}

/** What ARG and ENV have set up to a line; null where the value is not known. */
type Variables = Map<string, string | null>;

/** Puts variables in, as the builder does: $A, ${A}, ${A:-b}, ${A:+b}; null where the result cannot be known. */
export function expand(text: string, variables: ReadonlyMap<string, string | null>): string | null {
  const unknown: string[] = [];
  const pattern = /\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}$]*))?\}|(?=[{]))/g;
  const expanded = text.replace(pattern, (all: string, bare?: string, name?: string, mark?: string, other?: string) => {
    if (all === "\\$") return "$";
    const key = bare ?? name;
    if (key === undefined) {
      unknown.push(all);
      return "";
    }
    // A name that nothing has set is empty; one that ARG declares without a value may come from the command line.
    const value = variables.has(key) ? (variables.get(key) ?? null) : "";
    if (value === null) {
      unknown.push(all);
      return "";
    }
    const isSet = mark?.startsWith(":") === true ? value !== "" : variables.has(key);
    if (mark?.endsWith("-") === true) return isSet ? value : (other ?? "");
    if (mark?.endsWith("+") === true) return isSet ? (other ?? "") : "";
    return value;
  });
  return unknown.length === 0 ? expanded : null;
}

/** The words of a line, quotes taken away; no shell has a say in COPY, USER or WORKDIR. */
function plainWords(text: string): string[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_all, double?: string, single?: string) => double ?? single ?? ""),
  );
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** What a stage is so far; one that comes FROM another begins as that one was. */
interface Stage {
  readonly name: string | null;
  readonly from: Span;
  readonly base: Located<string> | null;
  steps: Step[];
  shell: readonly string[];
  entrypoint: Command | null;
  command: Command | null;
  check: Command | null;
  stopSignal: Located<string> | null;
  environment: Map<string, Located<string | null>>;
  variables: Variables;
  /** CMD was said in this stage, not in one that it comes FROM. */
  hasOwnCommand: boolean;
  /** Another stage comes FROM it. */
  isBase: boolean;
}

/** NAME=VALUE pairs of ENV and ARG with the places of the values; `ENV NAME VALUE` too. */
function pairsOf(rest: Joined): { name: string; value: string | null; span: Span }[] {
  const old = /^(\w+)\s+(?!=)(.*)$/s.exec(rest.text);
  if (old !== null && !/^\w+=/.test(rest.text)) {
    const value = old[2] ?? "";
    return [{ name: old[1] ?? "", value, span: rest.slice(rest.text.length - value.length).span }];
  }
  const words = rest.text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs);
  return [...words].map((found) => {
    const [word] = found;
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? null : word.slice(equals + 1);
    const start = found.index + (equals < 0 ? 0 : equals + 1);
    return { name, value, span: rest.slice(start, found.index + word.length).span };
  });
}

/** A value of ENV without its quotes, variables put in but in single quotes. */
function valueOf(raw: string, variables: Variables): string | null {
  let value = "";
  for (const [piece] of raw.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^"'\\]+|./gs)) {
    if (piece.startsWith("'") && piece.length > 1) value += piece.slice(1, -1);
    else if (/^\\[^$]/.test(piece)) value += piece.slice(1);
    else {
      const quoted = piece.startsWith('"') && piece.length > 1;
      const expanded = expand(quoted ? piece.slice(1, -1).replace(/\\(["\\])/g, "$1") : piece, variables);
      if (expanded === null) return null;
      value += expanded;
    }
  }
  return value;
}

/** Reads one Dockerfile from top to bottom. */
class Reader {
  private readonly source: Source;
  private readonly stages: Stage[] = [];
  /** ARGs before the first FROM. */
  private readonly global: Variables = new Map();

  constructor(source: Source) {
    this.source = source;
  }

  read(): Stage[] {
    const dockerfile = DockerfileParser.parse(this.source.text);
    const escape = dockerfile.getEscapeCharacter();
    for (const instruction of dockerfile.getInstructions()) this.take(this.parse(instruction, escape));
    if (this.stages.length === 0) throw new Skipped("is skipped: it has no FROM, and is no whole Dockerfile");
    return this.stages;
  }

  private parse(instruction: Instruction, escape: string): Parsed {
    const { start, end } = instruction.getRange();
    const from = this.source.offsetOf(start.line + 1) + start.character;
    const to = this.source.offsetOf(end.line + 1) + end.character;
    return parseInstruction(join(this.source, from, to, escape));
  }

  private take(parsed: Parsed): void {
    const stage = this.stages.at(-1);
    if (parsed.keyword === "FROM") this.from(parsed);
    else if (stage !== undefined) this.inStage(stage, parsed);
    else if (parsed.keyword === "ARG") {
      for (const { name, value } of pairsOf(parsed.rest)) {
        this.global.set(name, value === null ? null : valueOf(value, this.global));
      }
    }
  }

  private from({ whole, rest }: Parsed): void {
    const [, image = "", name] = /^(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest.text) ?? [];
    const expanded = expand(image.replace(/^(["'])(.*)\1$/, "$2"), this.global);
    const parent = this.stages.findLast(({ name }) => name !== null && name.toLowerCase() === expanded?.toLowerCase());
    const own = { name: name ?? null, from: whole, isBase: false, hasOwnCommand: false };
    if (parent !== undefined) {
      parent.isBase = true;
      this.stages.push({
        ...parent,
        ...own,
        steps: [...parent.steps],
        environment: new Map(parent.environment),
        // ARGs end with their stage, ENVs are the image's.
        variables: new Map([...parent.environment].map(([key, { value }]) => [key, value])),
      });
      return;
    }
    const span = rest.slice(0, image.length).span;
    this.stages.push({
      ...own,
      // Nothing is left where an argument was given no value.
      base: expanded === null || expanded === "" ? null : { value: expanded, span },
      steps: [],
      shell: DEFAULT_SHELL,
      entrypoint: null,
      command: null,
      check: null,
      stopSignal: null,
      environment: new Map(),
      variables: new Map(),
    });
  }

  private inStage(stage: Stage, { keyword, whole, flags, rest }: Parsed): void {
    const words = (jsonWords(rest)?.map(({ value }) => value) ?? plainWords(rest.text)).map((word) =>
      expand(word, stage.variables),
    );
    stage.steps.push({ keyword, span: whole, flags, text: rest.text, words });
    switch (keyword) {
      case "ARG":
        for (const { name, value } of pairsOf(rest)) {
          // Without a value it is that of the ARG before the first FROM.
          const known = value === null ? (this.global.get(name) ?? null) : valueOf(value, stage.variables);
          if (!stage.environment.has(name)) stage.variables.set(name, known);
        }
        break;
      case "ENV": {
        const before = new Map(stage.variables);
        for (const { name, value, span } of pairsOf(rest)) {
          const known = valueOf(value ?? "", before);
          stage.variables.set(name, known);
          stage.environment.set(name, { value: known, span });
        }
        break;
      }
      case "SHELL":
        stage.shell = jsonWords(rest)?.map(({ value }) => value) ?? stage.shell;
        break;
      case "ENTRYPOINT":
        stage.entrypoint = commandOf(rest, whole, stage.shell);
        // ENTRYPOINT takes away the CMD that comes from the base.
        if (!stage.hasOwnCommand) stage.command = null;
        break;
      case "CMD":
        stage.command = commandOf(rest, whole, stage.shell);
        stage.hasOwnCommand = true;
        break;
      case "STOPSIGNAL": {
        const signal = expand(rest.text, stage.variables);
        stage.stopSignal = signal === null ? null : { value: signal, span: rest.span };
        break;
      }
      case "HEALTHCHECK": {
        const [keywordOfCheck = ""] = /^CMD(?=\s)|^NONE\b/i.exec(rest.text) ?? [];
        const isCommand = keywordOfCheck.toUpperCase() === "CMD";
        const command = rest.slice(keywordOfCheck.length).trim();
        stage.check = isCommand ? commandOf(command, whole, stage.shell) : null;
        break;
      }
    }
  }
}

function launchOf(source: Source, stage: Stage, isLast: boolean): Launch {
  const image: Image = { name: stage.base, steps: stage.steps, recipe: null };
  return {
    ...NOTHING,
    source,
    platform: "dockerfile",
    name: stage.name === null ? (isLast ? "the image" : "a stage") : `stage "${stage.name}"`,
    span: stage.from,
    image,
    entrypoint: stage.entrypoint,
    command: stage.command,
    environment: stage.environment,
    stopSignal: stage.stopSignal,
    checks: stage.check === null ? [] : [stage.check],
    context: dirname(source.path),
  };
}

/** A Dockerfile that was read. */
export interface Dockerfile {
  /**
   * The last stage, and each other that no stage comes FROM and that says what to run. What the stages before them set
   * is in them.
   */
  readonly launches: readonly Launch[];
  /** One stage, by its name or its number from 0 up, or the last; null where there is no such. */
  readonly target: (name: string | null) => Launch | null;
}

/**
 * Reads a Dockerfile.
 *
 * @throws Skipped where it has no FROM.
 */
export function readDockerfile(source: Source): Dockerfile {
  const stages = new Reader(source).read();
  const all = stages.map((stage, index) => launchOf(source, stage, index === stages.length - 1));
  const launchAt = (index: number): Launch | null => all[index] ?? null;
  const isRun = ({ isBase, entrypoint, command }: Stage) => !isBase && (entrypoint !== null || command !== null);
  return {
    launches: stages.flatMap((stage, index) =>
      index === stages.length - 1 || isRun(stage) ? (launchAt(index) ?? []) : [],
    ),
    target: (name) => {
      if (name === null) return launchAt(stages.length - 1);
      const named = stages.findLastIndex((stage) => stage.name?.toLowerCase() === name.toLowerCase());
      return launchAt(named >= 0 ? named : /^\d+$/.test(name) ? Number(name) : stages.length);
    },
  };
}
