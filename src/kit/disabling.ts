/**
 * Comments that turn rules off:
 *
 *   # tini-ts-disable RULE[, RULE...]             in the whole file
 *   # tini-ts-disable-next-line RULE[, RULE...]   for what begins on the next line, with all that belongs to it
 */
import type { Source } from "./files/source.ts";

/** Where a rule is off: lines from `first` to `last`. */
interface Off {
  readonly rule: string;
  readonly first: number;
  readonly last: number;
}

const COMMENT = /(?:^|\s)#\s*tini-ts-disable(-next-line)?(?:\s*:\s*|\s+)([\w-]+(?:\s*,\s*[\w-]+)*)/;
const isEmptyOrComment = (line: string) => /^\s*(?:#|$)/.test(line);
const indentOf = (line: string) => line.length - line.trimStart().length;

/** The last line of what begins on a line: a Dockerfile's instruction, or a YAML key or item with all that is in it. */
function lastLineOf(source: Source, first: number): number {
  const text = source.line(first);
  let last = first;
  if (source.kind === "dockerfile") {
    // A comment or an empty line does not end an instruction that goes on.
    while (last < source.lines && (/[\\`]\s*$/.test(source.line(last)) || isEmptyOrComment(source.line(last)))) last++;
    return last;
  }
  const indent = indentOf(text);
  const belongs = (line: string) =>
    isEmptyOrComment(line) ||
    indentOf(line) > indent ||
    // A list may stand right below its key.
    (indentOf(line) === indent && /^\s*-(?:\s|$)/.test(line) && !/^\s*-(?:\s|$)/.test(text));
  while (source.kind !== "script" && last < source.lines && belongs(source.line(last + 1))) last++;
  return last;
}

/** A function that tells whether a rule is turned off at a line of a file. */
export function disabledIn(source: Source): (rule: string, line: number) => boolean {
  const off: Off[] = [];
  if (source.text.includes("tini-ts-disable")) {
    for (let line = 1; line <= source.lines; line++) {
      const [, isNext, names = ""] = COMMENT.exec(source.line(line)) ?? [];
      let [first, last] = [1, source.lines];
      if (isNext !== undefined) {
        first = line + 1;
        while (first < source.lines && isEmptyOrComment(source.line(first))) first++;
        last = lastLineOf(source, first);
      }
      for (const rule of names.split(",")) off.push({ rule: rule.trim(), first, last });
    }
  }
  return (rule, line) => off.some((one) => one.rule === rule && one.first <= line && line <= one.last);
}
