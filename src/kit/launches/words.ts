/** The words of a command line without a shell: quotes and backslashes, nothing else. */
import type { Source } from "../files/source.ts";
import type { Command, Word } from "./launch.ts";
import type { Span } from "../finding.ts";
import type { Tree } from "./yaml.ts";

/** A word of quoted and bare pieces; of the blanks, those of ASCII alone end it. */
const WORD = String.raw`(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*'|\\.|[^ \t\r\n"'\\]+)+`;

/** Splits as Docker's and Compose's shlex do; null where a quote is not closed. */
export function splitWords(text: string): { value: string; offset: number; length: number }[] | null {
  const words: { value: string; offset: number; length: number }[] = [];
  const pattern = new RegExp(`[ \\t\\r\\n]*(${WORD})|[ \\t\\r\\n]+$`, "gsy");
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    end = found.index + found[0].length;
    const [, word] = found;
    if (word === undefined) continue;
    const value = word.replaceAll(
      /"([^"\\]*(?:\\.[^"\\]*)*)"|'([^']*)'|\\(.)/gs,
      (_all, double?: string, single?: string, escaped?: string) =>
        double?.replaceAll(/\\(["\\$`])/g, "$1") ?? single ?? escaped ?? "",
    );
    words.push({ value, offset: end - word.length, length: word.length });
  }
  return end === text.length ? words : null;
}

/** Where the words of a text stand: each in its place, or all at the whole where the file writes the text otherwise. */
export function wordsIn(tree: Tree, source: Source, read: (text: string) => string = (text) => text): Word[] | null {
  const text = tree.text();
  if (text === null) return null;
  const isVerbatim = tree.isVerbatim(source);
  const start = text.span.offset + (/^["']/.test(source.slice(text.span)) ? 1 : 0);
  const words = splitWords(text.value);
  return (
    words?.map(({ value, offset, length }) => ({
      value: read(value),
      span: isVerbatim ? { offset: start + offset, length } : text.span,
    })) ?? null
  );
}

/** The words of a list, one an item; null where it is none. */
export function listedWords(tree: Tree, read: (text: string) => string = (text) => text): Word[] | null {
  if (!tree.isList) return null;
  return tree.items().flatMap((item) => {
    const text = item.text();
    return text === null ? [] : { value: read(text.value), span: text.span };
  });
}

/** A command that no shell runs. */
export function execCommand(words: readonly Word[], span: Span, whole: Span): Command {
  return { form: "exec", span, whole, words, script: null };
}

/** A command that the platform gives to /bin/sh -c. */
export function shellCommand(script: Word, whole: Span): Command {
  const before = ["/bin/sh", "-c"].map((value) => ({ value, span: { offset: script.span.offset, length: 0 } }));
  return { form: "shell", span: script.span, whole, words: [...before, script], script };
}
