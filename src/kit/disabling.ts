/**
 * Comments that turn rules off:
 *
 *   # tini-ts-disable RULE[, RULE...]             in the whole file
 *   # tini-ts-disable-next-line RULE[, RULE...]   in the instruction, key or item that begins on the next line
 *
 * In devcontainer.json they begin with two slashes.
 */
import type { Remark } from "./files/discover.ts";
import type { Source } from "./files/source.ts";
import { didYouMean } from "./refusal.ts";

/** Lines from `first` to `last`. */
interface Lines {
  readonly first: number;
  readonly last: number;
}

const COMMENT = /(?:^|\s)(?:#|\/\/)\s*tini-ts-disable(-next-line)?(?:\s*:\s*|\s+)([\w-]+(?:\s*,\s*[\w-]+)*)/;
const isEmptyOrComment = (line: string) => /^\s*(?:#|$)/.test(line);
const isItem = (line: string) => /^\s*-(?:\s|$)/.test(line);
const indentOf = (line: string) => line.length - line.trimStart().length;

/** For each line, from 1 up, the last line of what begins on it. */
function endsOf(source: Source): number[] {
  const ends: number[] = [];
  if (source.kind === "dockerfile") {
    // An instruction with all its lines; comments and empty lines do not end one that is continued.
    for (let line = source.lines, end = line; line >= 1; line--) {
      const text = source.line(line);
      if (!(/[\\`]\s*$/.test(text) || isEmptyOrComment(text))) end = line;
      ends[line] = end;
    }
    return ends;
  }
  // A key or an item of YAML with everything in it.
  const open: { readonly line: number; readonly indent: number; readonly isItem: boolean }[] = [];
  for (let line = 1; line <= source.lines; line++) {
    const text = source.line(line);
    ends[line] = line;
    if (isEmptyOrComment(text) || source.kind === "script") continue;
    const now = { line, indent: indentOf(text), isItem: isItem(text) };
    // A list may have the same indentation as its key.
    const belongs = (to: (typeof open)[number]) =>
      now.indent > to.indent || (now.indent === to.indent && now.isItem && !to.isItem);
    for (let last = open.at(-1); last !== undefined && !belongs(last); last = open.at(-1)) {
      ends[last.line] = line - 1;
      open.pop();
    }
    open.push(now);
  }
  for (const { line } of open) ends[line] = source.lines;
  return ends;
}

/** For each line, the first from there on that is neither empty nor a comment; the last line if there is none. */
function beginningsOf(source: Source): number[] {
  const beginnings: number[] = [];
  for (let line = source.lines, next = line; line >= 1; line--) {
    if (!isEmptyOrComment(source.line(line))) next = line;
    beginnings[line] = next;
  }
  return beginnings;
}

/** Returns a function that tells whether a rule is turned off on a line of a file. */
export function disabledIn(source: Source): (rule: string, line: number) => boolean {
  if (!source.text.includes("tini-ts-disable")) return () => false;
  const off = new Map<string, Lines[]>();
  const beginnings = beginningsOf(source);
  const ends = endsOf(source);
  for (let line = 1; line <= source.lines; line++) {
    const [, isNext, names = ""] = COMMENT.exec(source.line(line)) ?? [];
    const first = beginnings[line + 1] ?? source.lines;
    const last = ends[first] ?? first;
    for (const name of names.split(",")) {
      const rule = name.trim();
      const lines = off.get(rule) ?? [];
      off.set(rule, lines);
      // Comments come in the order of their lines: a range within the one before adds nothing.
      if (isNext === undefined) off.set(rule, [{ first: 1, last: source.lines }]);
      else if ((lines.at(-1)?.last ?? 0) < last) lines.push({ first, last });
    }
  }
  return (rule, line) => {
    // Of the ranges that begin at or before the line, the last one ends last.
    const lines = off.get(rule) ?? [];
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.first ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    return low > 0 && line <= (lines[low - 1]?.last ?? 0);
  };
}

/** Anything that begins like one of these comments. */
const MEANT = /(?:^|\s)(?:#|\/\/)\s*(tini-ts-\w[\w-]*)(?:\s*:\s*|\s+|$)([^#]*)/;
const DIRECTIVES = ["tini-ts-disable", "tini-ts-disable-next-line"];

/** Mistakes in the comments that are meant to turn rules off, which would otherwise have no effect without a message. */
export function wrongComments(source: Source, rules: readonly string[]): Remark[] {
  if (!source.text.includes("tini-ts-")) return [];
  const remarks: Remark[] = [];
  for (let line = 1; line <= source.lines; line++) {
    const [, directive = "", names = ""] = MEANT.exec(source.line(line)) ?? [];
    const tell = (text: string) =>
      remarks.push({
        path: source.path,
        line,
        text: `has a comment without effect in line ${line}: ${text}`,
        isFailure: false,
      });
    if (directive === "") continue;
    if (!DIRECTIVES.includes(directive)) {
      const hint = didYouMean(directive, DIRECTIVES);
      if (hint !== "") tell(`${directive} is not known${hint}`);
      continue;
    }
    const [said = ""] = /^[\w-]+(?:\s*,\s*[\w-]+)*/.exec(names) ?? [];
    if (said === "") tell(`${directive} needs the name of a rule`);
    for (const name of said === "" ? [] : said.split(/\s*,\s*/)) {
      if (!rules.includes(name)) tell(`there is no rule ${name}${didYouMean(name, rules)}`);
    }
  }
  return remarks;
}
