/**
 * Dockerfiles and Containerfiles: one launch for each stage that is made to be run.
 *
 * How Docker reads an instruction (JSON or shell form, variables) follows BuildKit's parser:
 * https://docs.docker.com/reference/dockerfile/
 */
import { dirname } from "node:path";
import type { Source } from "../files/source.ts";
import { Skipped } from "../files/read.ts";
import type { Located, Span } from "../finding.ts";
import { Budget } from "./budget.ts";
import { type Instruction, instructionsOf, isKeyword, type Joined, WORD } from "./instructions.ts";
import { type Command, type Image, type Launch, NOTHING, type Step, type Word } from "./launch.ts";
import { hasExpression, isOpenCommand, withoutBlanksInExpressions } from "./templates.ts";

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
  const strings = [...rest.text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"/g)];
  return words.map((value, index) => {
    const found = strings[index];
    const start = found?.index ?? 0;
    return { value, span: rest.slice(start, start + (found?.[0].length ?? 0)).span };
  });
}

/** A command as ENTRYPOINT, CMD and HEALTHCHECK CMD have it. */
function commandOf(rest: Joined, whole: Span, shell: readonly string[]): Command {
  // What will be there is one word that nobody knows.
  const words = jsonWords(rest) ?? (isOpenCommand(rest.text) ? [{ value: rest.text, span: rest.span }] : null);
  if (words !== null) return { form: "exec", span: rest.span, whole, words, script: null };
  const script = { value: rest.text, span: rest.span };
  const before = shell.map((value) => ({ value, span: { offset: rest.span.offset, length: 0 } }));
  return { form: "shell", span: rest.span, whole, words: [...before, script], script };
}

/** What ARG and ENV have set up to a line; null where the value is not known. */
type Variables = Map<string, string | null>;

/** The longest variable that a process can be started with on Linux (MAX_ARG_STRLEN): what is longer is not known. */
const LONGEST_VALUE = 131_072;

/** Variables put into texts of one file, all together: ENV A=$A$A doubles it each time. */
const MOST_EXPANDED = 1 << 24;

/**
 * Puts variables in, as the builder does: $A, ${A}, ${A:-b}, ${A:+b}; null where the result cannot be known, or is longer
 * than any that works.
 */
function expand(text: string, variables: ReadonlyMap<string, string | null>, budget: Budget): string | null {
  if (hasExpression(text)) return null;
  if (!/[$\\]/.test(text)) return text;
  const pieces: string[] = [];
  let end = 0;
  let length = 0;
  const put = (piece: string) => {
    pieces.push(piece);
    length += piece.length;
  };
  const pattern = /\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}$]*))?\}|(?=[{]))/g;
  for (const found of text.matchAll(pattern)) {
    const [all, bare, braced, mark, other = ""] = found;
    put(text.slice(end, found.index));
    end = found.index + all.length;
    if (all === "\\$") {
      put("$");
      continue;
    }
    const key = bare ?? braced;
    if (key === undefined) return null;
    // A name that nothing has set is empty; one that ARG declares without a value may come from the command line.
    const value = variables.has(key) ? (variables.get(key) ?? null) : "";
    if (value === null) return null;
    const isSet = mark?.startsWith(":") === true ? value !== "" : variables.has(key);
    if (mark?.endsWith("-") === true) put(isSet ? value : other);
    else if (mark?.endsWith("+") === true) put(isSet ? other : "");
    else put(value);
    if (length > LONGEST_VALUE) return null;
  }
  put(text.slice(end));
  return length <= LONGEST_VALUE && budget.take(length) ? pieces.join("") : null;
}

/** The words of a line, quotes taken away; no shell has a say in COPY, USER or WORKDIR. */
function plainWords(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) =>
    word.replace(
      /"([^"\\]*(?:\\.[^"\\]*)*)"|'([^']*)'/g,
      (_all, double?: string, single?: string) => double ?? single ?? "",
    ),
  );
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** What a stage is so far; one that comes FROM another begins as that one was. */
interface Stage {
  readonly name: string | null;
  readonly from: Span;
  base: Located<string> | null;
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
  /** Another stage takes files from it. */
  isSource: boolean;
}

/** NAME=VALUE pairs of ENV and ARG with the places of the values; `ENV NAME VALUE` too. */
function pairsOf(rest: Joined): { name: string; value: string | null; span: Span }[] {
  const old = /^(\w+)\s+(?!=)(.*)$/s.exec(rest.text);
  if (old !== null && !/^\w+=/.test(rest.text)) {
    const value = old[2] ?? "";
    return [{ name: old[1] ?? "", value, span: rest.slice(rest.text.length - value.length).span }];
  }
  const words = rest.text.matchAll(WORD);
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
function valueOf(raw: string, variables: Variables, budget: Budget): string | null {
  let value = "";
  for (const [piece] of raw.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*'|\\.|[^"'\\]+|./gs)) {
    if (piece.startsWith("'") && piece.length > 1) value += piece.slice(1, -1);
    else if (/^\\[^$]/.test(piece)) value += piece.slice(1);
    else {
      const quoted = piece.startsWith('"') && piece.length > 1;
      const expanded = expand(quoted ? piece.slice(1, -1).replace(/\\(["\\])/g, "$1") : piece, variables, budget);
      if (expanded === null || value.length + expanded.length > LONGEST_VALUE) return null;
      value += expanded;
    }
  }
  return value;
}

/** The stages or images that an instruction takes files from: `COPY --from=NAME`, `RUN --mount=type=bind,from=NAME`. */
function sourcesOf(keyword: string, flags: ReadonlyMap<string, string>, text: string): string[] {
  if (keyword === "COPY" || keyword === "ADD") return [flags.get("from") ?? []].flat();
  if (keyword !== "RUN") return [];
  const mounts = [
    flags.get("mount") ?? "",
    ...[...text.matchAll(/(?:^|\s)--mount=(\S+)/g)].map(([, mount = ""]) => mount),
  ];
  return mounts.flatMap((mount) => /(?:^|,)from=([^,]+)/.exec(mount)?.[1] ?? []);
}

/** Instructions and variables that all stages take over from others, together. */
const MOST_INHERITED = 1 << 20;

/** Reads one Dockerfile from top to bottom. */
class Reader {
  private readonly source: Source;
  private readonly stages: Stage[] = [];
  /** ARGs before the first FROM. */
  private readonly global: Variables = new Map();
  /** The stages by their names in small letters; of two of one name the later one. */
  private readonly named = new Map<string, Stage>();
  private readonly expanding = new Budget(MOST_EXPANDED);
  private readonly inheriting = new Budget(MOST_INHERITED);

  constructor(source: Source) {
    this.source = source;
  }

  read(): Stage[] {
    for (const instruction of instructionsOf(this.source)) this.take(instruction);
    if (this.stages.length === 0) throw new Skipped("is skipped: it has no FROM, and is no whole Dockerfile");
    return this.stages;
  }

  private take(parsed: Instruction): void {
    const stage = this.stages.at(-1);
    if (parsed.keyword === "FROM") this.from(parsed);
    else if (stage !== undefined) this.inStage(stage, parsed);
    else if (parsed.keyword === "ARG") {
      for (const { name, value } of pairsOf(parsed.rest)) {
        this.global.set(name, value === null ? null : valueOf(value, this.global, this.expanding));
      }
    }
  }

  private from({ whole, rest: written }: Instruction): void {
    const rest = written.as(withoutBlanksInExpressions(written.text));
    const [, image = "", name] = /^(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest.text) ?? [];
    const expanded = expand(image.replace(/^(["'])(.*)\1$/, "$2"), this.global, this.expanding);
    const parent = this.named.get(expanded?.toLowerCase() ?? "");
    const own = { name: name ?? null, from: whole, isBase: false, isSource: false, hasOwnCommand: false };
    if (parent !== undefined) {
      parent.isBase = true;
      this.inheriting.spend(parent.steps.length + 2 * parent.environment.size + 1);
      this.add({
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
    this.add({
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

  private add(stage: Stage): void {
    this.stages.push(stage);
    if (stage.name !== null) this.named.set(stage.name.toLowerCase(), stage);
  }

  private inStage(stage: Stage, { keyword, whole, flags, rest: written, documents }: Instruction): void {
    // It may bring any instruction, also another FROM.
    if (!isKeyword(keyword)) stage.base = null;
    const isCommand = keyword === "ENTRYPOINT" || keyword === "CMD";
    const rest = isCommand ? written : written.as(withoutBlanksInExpressions(written.text));
    const words = (jsonWords(rest)?.map(({ value }) => value) ?? plainWords(rest.text)).map((word) =>
      expand(word, stage.variables, this.expanding),
    );
    let origin: Image | null = null;
    for (const from of sourcesOf(keyword, flags, rest.text)) {
      const other = this.named.get(from.toLowerCase()) ?? (/^\d+$/.test(from) ? this.stages[Number(from)] : undefined);
      if (other === undefined || other === stage) continue;
      other.isSource = true;
      if (keyword !== "RUN") origin = { name: other.base, steps: other.steps, recipe: null };
    }
    stage.steps.push({ keyword, span: whole, flags, text: rest.text, words, documents, origin });
    switch (keyword) {
      case "ARG":
        for (const { name, value } of pairsOf(rest)) {
          // Without a value it is that of the ARG before the first FROM.
          const known =
            value === null ? (this.global.get(name) ?? null) : valueOf(value, stage.variables, this.expanding);
          if (!stage.environment.has(name)) stage.variables.set(name, known);
        }
        break;
      case "ENV": {
        // All values of one ENV are made of what holds before it.
        const values = pairsOf(rest).map(({ name, value, span }) => {
          return { name, span, value: valueOf(value ?? "", stage.variables, this.expanding) };
        });
        for (const { name, value, span } of values) {
          stage.variables.set(name, value);
          stage.environment.set(name, { value, span });
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
        const signal = expand(rest.text, stage.variables, this.expanding);
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
   * The last stage, and each other that says what to run and that no stage comes FROM or takes files from: those are only
   * built. What the stages before them set is in them.
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
  const isRun = ({ isBase, isSource, entrypoint, command }: Stage) =>
    !isBase && !isSource && (entrypoint !== null || command !== null);
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
