/** The part of the shell language that is understood, and that anything else is reported as not understood. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { statementsOf } from "../../src/kit/launches/shell.ts";

/** The commands of a script: their type or words, and what separates them from the next. */
const told = (text: string) =>
  statementsOf(text)?.map(({ type, words, separator }) => [
    type === "simple" ? words.map(({ value, raw }) => value ?? raw).join(" ") : type,
    separator,
  ]) ?? null;

describe("a script's commands", () => {
  test.each<[string, [string, string][]]>([
    ["a b c", [["a b c", ""]]],
    [
      "a; b && c || d | e & f\n",
      [
        ["a", ";"],
        ["b", "&&"],
        ["c", "||"],
        ["d", "|"],
        ["e", "&"],
        ["f", ";"],
      ],
    ],
    [
      "a &&\n\n  b \\\n  c",
      [
        ["a", "&&"],
        ["b c", ""],
      ],
    ],
    [
      "# x\na # y\n#z\nb#c",
      [
        ["a", ";"],
        ["b#c", ""],
      ],
    ],
    [`a 'b c' "d e" f\\ g h'i'"j"`, [["a b c d e f g hij", ""]]],
    ['a "$@" ${b:-"c d"} $(e; f) `g` $((1 + 2))', [['a "$@" ${b:-"c d"} $(e; f) `g` $((1 + 2))', ""]]],
    ["A=b C='d e' f g", [["f g", ""]]],
    ["a >b 2>&1 <c d 2>>e &", [["a d", "&"]]],
    [
      "if a; then b; else c; fi; d",
      [
        ["compound", ";"],
        ["d", ""],
      ],
    ],
    [
      "for a in b c; do d; done\nwhile a; do if b; then c; fi; done; e",
      [
        ["compound", ";"],
        ["compound", ";"],
        ["e", ""],
      ],
    ],
    [
      "case $a in b|c) d ;; (e) f;; *) g; esac\nh",
      [
        ["compound", ";"],
        ["h", ""],
      ],
    ],
    [
      "(a; b) && { c; d; }; e",
      [
        ["compound", "&&"],
        ["compound", ";"],
        ["e", ""],
      ],
    ],
    [
      "[[ a && b ]] || c",
      [
        ["compound", "||"],
        ["c", ""],
      ],
    ],
    [
      "a() { b; }\nfunction c {\n d\n}\ne() ( f )\na",
      [
        ["function", ";"],
        ["function", ";"],
        ["function", ";"],
        ["a", ""],
      ],
    ],
    [
      "cat <<EOF\nexec if (\nEOF\na",
      [
        ["cat", ";"],
        ["a", ""],
      ],
    ],
    [
      "cat <<-'E F' | b\n\tx )\n\tE F\na",
      [
        ["cat", "|"],
        ["b", ";"],
        ["a", ""],
      ],
    ],
    [
      "cat <<< 'x y'; a",
      [
        ["cat", ";"],
        ["a", ""],
      ],
    ],
    ["echo if then fi", [["echo if then fi", ""]]],
    ["", []],
  ])("%j", (text, commands) => {
    expect(told(text)).toEqual(commands);
  });

  test.each([
    "a 'b",
    'a "b',
    "a $(b",
    "if a; then b",
    "a )",
    "for",
    "{ a; ",
    "cat <<EOF\na",
    "a ${b",
    "a (b)",
    "case x in",
  ])("%j is not understood", (text) => {
    expect(statementsOf(text)).toBe(null);
  });

  test("stand where they are said to, whatever the text is", () => {
    const piece = fc.constantFrom(
      ..."a|exec|if|then|fi|case|in|esac|for|do|done|{|}|(|)|[[|]]|;|;;|&&|'||'|&|\n|'|\"|`|$|$(|${|$@|\\|<<E|E|>|2>|#|=| ".split(
        "|",
      ),
      "||",
      "|",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        let end = 0;
        for (const statement of statementsOf(text) ?? []) {
          expect(statement.offset).toBeGreaterThanOrEqual(end);
          expect(statement.end).toBeLessThanOrEqual(text.length);
          for (const { raw, offset } of statement.words) expect(text.slice(offset, offset + raw.length)).toBe(raw);
          end = statement.end;
        }
      }),
      { numRuns: 5000, seed: 1 },
    );
  });
});
