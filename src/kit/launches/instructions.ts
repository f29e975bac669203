/**
 * Splits a Dockerfile into instructions as BuildKit's parser does: continued lines, comments between them, the escape
 * directive, here-documents. One pass over the text.
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go
 */
import { Source } from "../files/source.ts";
import type { Located, Span } from "../finding.ts";
import { withoutControlLines } from "./templates.ts";

/** The joined lines of an instruction, which are pieces of the file. */
export class Joined {
  readonly text: string;
  /** The offset in the file of each character of the whole instruction, and of its end. */
  private readonly offsets: readonly number[];
  /** Where the text begins in the whole instruction. */
  private readonly start: number;

  constructor(text: string, offsets: readonly number[], start = 0) {
    this.text = text;
    this.offsets = offsets;
    this.start = start;
  }

  slice(start: number, end = this.text.length): Joined {
    return new Joined(this.text.slice(start, end), this.offsets, this.start + start);
  }

  /** Another text of the same length at the same place. */
  as(text: string): Joined {
    return new Joined(text, this.offsets, this.start);
  }

  /** Without white space at its ends. */
  trim(): Joined {
    const start = this.text.length - this.text.trimStart().length;
    return this.slice(start, Math.max(start, this.text.trimEnd().length));
  }

  get span(): Span {
    const offset = this.offsets[this.start] ?? 0;
    // The end of the last character, not the start of what follows it, which may be on the next line.
    const last = this.text === "" ? undefined : this.offsets[this.start + this.text.length - 1];
    return { offset, length: last === undefined ? 0 : last + 1 - offset };
  }
}

/** An instruction, split into its flags and the rest. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** From the keyword to the end, including here-documents. */
  readonly whole: Span;
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: Joined;
  /** Its here-documents in order, with their text. */
  readonly documents: readonly Located<string>[];
}

/** A word of quoted and bare pieces; as in BuildKit, Unicode's white space ends it. */
export const WORD = /(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*'|\\.|[^\s"'\\]+)+/gs;

const isComment = (line: string) => /^\s*#/.test(line);
const isEmpty = (line: string) => line.trim() === "";

/** The escape character, which a directive at the top may set. */
function escapeOf(source: Source): string {
  for (let line = 1; line <= source.lines; line++) {
    const directive = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/.exec(source.line(line).trim());
    if (directive === null) return "\\";
    const [, name = "", value = ""] = directive;
    if (name.toLowerCase() === "escape" && /^[\\`]$/.test(value)) return value;
  }
  return "\\";
}

/** Docker's keywords; anything else is for a preprocessor, or refused. */
const KEYWORDS = new Set(
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(
    " ",
  ),
);

export const isKeyword = (word: string): boolean => KEYWORDS.has(word);

/** Instructions that may have here-documents. */
const WITH_DOCUMENTS = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i;

/** The delimiters of the here-documents of a line, and whether leading tabs are removed. */
function marksOf(text: string): { readonly mark: string; readonly isChomped: boolean }[] {
  if (!WITH_DOCUMENTS.test(text) || !text.includes("<<")) return [];
  return [...text.matchAll(WORD)].flatMap(([word]) => {
    const [, dash, mark = ""] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
    const name = mark.replaceAll(/["']/g, "");
    return dash === undefined || name === "" ? [] : { mark: name, isChomped: dash === "-" };
  });
}

/** All instructions from top to bottom. */
export function* instructionsOf(file: Source): Generator<Instruction> {
  const text = withoutControlLines(file.text);
  const source = text === file.text ? file : new Source(file.path, text, file.kind);
  const escape = escapeOf(source);
  // A doubled escape character does not continue a line.
  const goesOn = escape === "`" ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
  for (let line = 1; line <= source.lines;) {
    const first = source.line(line);
    if (isEmpty(first) || isComment(first)) {
      line++;
      continue;
    }
    const lines: string[] = [];
    const offsets: number[] = [];
    for (let isOpen = true; isOpen && line <= source.lines; line++) {
      const text = source.line(line);
      if (lines.length > 0 && (isComment(text) || isEmpty(text))) continue;
      const own = text.replace(goesOn, "$1");
      isOpen = own !== text;
      const start = source.offsetOf(line);
      for (let index = 0; index < own.length; index++) offsets.push(start + index);
      lines.push(own);
    }
    offsets.push((offsets.at(-1) ?? 0) + 1);
    const joined = new Joined(lines.join(""), offsets).trim();
    let end = joined.span.offset + joined.span.length;
    const documents: Located<string>[] = [];
    for (const { mark, isChomped } of marksOf(joined.text)) {
      const offset = source.offsetOf(line);
      const isEnd = (text: string) => (isChomped ? text.replace(/^\t+/, "") : text) === mark;
      while (line <= source.lines && !isEnd(source.line(line))) line++;
      const length = source.offsetOf(line) - offset;
      documents.push({ value: source.text.slice(offset, offset + length), span: { offset, length } });
      end = source.offsetOf(line) + source.line(line).length;
      line++;
    }
    if (joined.text !== "") yield parse(joined, end, documents);
  }
}

function parse(joined: Joined, end: number, documents: readonly Located<string>[]): Instruction {
  const { offset } = joined.span;
  const [keyword = ""] = /^\S+/.exec(joined.text) ?? [];
  const rest = joined.slice(keyword.length).trim();
  const flags = new Map<string, string>();
  let behind = 0;
  for (const flag of rest.text.matchAll(/--([a-z][a-z-]*)(?:=(\S*))?(?:\s+|$)/gy)) {
    flags.set(flag[1] ?? "", flag[2] ?? "");
    behind = flag.index + flag[0].length;
  }
  const whole = { offset, length: end - offset };
  return { keyword: keyword.toUpperCase(), whole, flags, rest: rest.slice(behind), documents };
}
