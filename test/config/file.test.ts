/** The configuration file: what is accepted means the same to a YAML parser, and what is refused is refused with its line. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import type { Option } from "../../scripts/lib/documents/table.ts";
import { meaning, settle } from "./meaning.ts";
import { rightValues } from "./samples.ts";
import {
  MANY_RUNS,
  directory,
  effective,
  file,
  optionOf,
  parsePrinted,
  refusal,
  run,
  settings,
  type Setting,
} from "./subject.ts";

const LINE = "expected NAME: VALUE, or - ITEM under a list's name, or a comment; without tabs, flat";
const VALUE = "expected one plain or quoted value";
const SECOND = "a second document begins here; a file has one";
const ENDED = "the document ended at ... above; only comments may follow";
const MARKER = "only a comment may follow --- or ... on its line";
const DIRECTIVE = "YAML directives are not supported; leave the line out";

/** What the yaml library makes of a file, without any type: texts and lists of texts. Throws if it is no YAML. */
function readYaml(text: string): Map<string, string[]> {
  const document = parseDocument(text, { schema: "failsafe", version: "1.2" });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw problem;
  const content = document.toJS() as unknown;
  if (content === null || content === "") return new Map();
  return new Map(
    Object.entries(content as Record<string, unknown>).map(([name, value]) => {
      const texts = Array.isArray(value) ? (value as unknown[]) : [value];
      return [
        name,
        texts.map((each) => {
          if (typeof each !== "string") throw new Error(`${name}: ${JSON.stringify(each)} is no text`);
          return each;
        }),
      ];
    }),
  );
}

/** Compares what the init accepted with what the yaml library reads. */
function expectSame(text: string, accepted: Map<string, Setting>): void {
  const read = readYaml(text);
  const said = new Map([...read].map(([name, texts]) => [optionOf(name).sets, meaning(optionOf(name), texts)]));
  settle(said);
  for (const [name, { value, source }] of accepted) {
    if (source === "default") expect(said.has(name)).toBe(false);
    else expect({ name, value: value ?? [] }).toEqual({ name, value: said.get(name) });
  }
  for (const name of said.keys()) expect(accepted.get(name)?.source).not.toBe("default");
}

/** A right file, in any way of writing it down. */
const rightFile: fc.Arbitrary<string> = (() => {
  const spaces = fc.constantFrom("", " ", "   ");
  const comment = fc.constantFrom(
    "",
    " #",
    " # a comment: with - signs",
    "\t# behind a tab",
    " #x'y\"[{&*!|>%@`",
    "  ",
  );
  const scalar = (value: string) =>
    fc
      .tuple(fc.constantFrom("", "'", '"'), fc.constantFrom(" ", "   ", "\t", " \t "), comment)
      .map(
        ([quote, before, after]) =>
          `${before}${quote}${value}${quote}${quote === "" ? after.replace(/^\t/, " ") : after}`,
      );
  const between = fc.array(fc.constantFrom("", "# a comment", "   # another: one", "  ", "#"), { maxLength: 2 });
  const items = (option: Option, value: string) =>
    fc
      .tuple(spaces, comment, between, fc.tuple(...value.split(",").map((each) => scalar(each))))
      .map(([indentation, after, lines, scalars]) => [
        `${option.name}:${after.replace(/^\t/, " ")}`,
        ...lines,
        ...scalars.map((each) => `${indentation}-${each}`),
      ]);
  const entry = (option: Option) =>
    fc.constantFrom(...rightValues(option)).chain((value) => {
      const plain = scalar(value).map((each) => [`${option.name}:${each}`]);
      return option.isList ? fc.oneof(plain, items(option, value)) : plain;
    });
  const marker = (text: string) => fc.constantFrom([], [], [text], [`${text} # a comment`], [`${text}\t `]);
  const markers = fc.tuple(marker("---"), marker("..."));
  const entries = fc
    .uniqueArray(fc.constantFrom(...settings), { selector: ({ sets }) => sets })
    .chain((chosen) => fc.tuple(...chosen.map((option) => fc.tuple(entry(option), between))));
  return fc
    .tuple(between, entries, fc.constantFrom("\n", "\r\n"), fc.boolean(), fc.boolean(), markers, between)
    .map(([before, chosen, end, mark, last, [first, final], behind]) => {
      const content = chosen.flatMap(([these, after]) => [...these, ...after]);
      const lines = [...before, ...first, ...content, ...final, ...behind];
      return `${mark ? "\ufeff" : ""}${lines.join(end)}${last ? end : ""}`;
    });
})();

/** What may go wrong in a file: signs of YAML, blanks, letters that our values have. */
const piece = fc.constantFrom(
  ...[
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    ":",
    ": ",
    "-",
    "- ",
    "\n- ",
    "\n  - ",
    "#",
    " #",
    "'",
    '"',
    "''",
    "\\",
  ],
  ...[
    '\\"',
    "\\n",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "&a ",
    "*a",
    "!!str ",
    "!",
    "|",
    ">",
    "|\n  ",
    "%",
    "@",
    "`",
    ",",
    "?",
    "? ",
  ],
  ...[
    "~",
    "=",
    "---",
    "---\n",
    "...",
    "\n...\n",
    "<<",
    "a",
    "0",
    "1",
    "é",
    "\u00a0",
    "\u2028",
    "\u0085",
    "\ufeff",
    "\x01",
  ],
  ...[
    "no",
    "yes",
    "TERM",
    "grace",
    "grace: 1s",
    "\ntie: no\n",
    "delay: ",
    "rewrite:",
    "- 1:2",
    "- a: b",
    "_",
    "+",
    ".",
  ],
);

describe("P4: what is accepted means the same to a YAML parser", () => {
  test("hundreds of right files, in every way to write them down", MANY_RUNS, () => {
    fc.assert(
      fc.property(rightFile, (text) => {
        const { code, stdout, stderr } = run({ file: text }, "--print-config");
        if (code !== 0) {
          // The only mistake that a random file can have is a contradiction.
          expect(stderr).toContain(" contradicts ");
          readYaml(text);
        } else {
          expectSame(text, parsePrinted(stdout));
        }
      }),
      { numRuns: 300 },
    );
  });

  test(
    "hundreds of files in which something was changed: refused with their line, or the same all the same",
    MANY_RUNS,
    () => {
      const changed = fc
        .tuple(rightFile, fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { minLength: 1, maxLength: 3 }))
        .map(([text, changes]) =>
          changes.reduce((all, [place, taken, put]) => {
            const at = place % (all.length + 1);
            return all.slice(0, at) + put + all.slice(at + taken);
          }, text),
        );
      fc.assert(
        fc.property(changed, (text) => {
          const { code, stdout, stderr } = run({ file: text }, "--print-config");
          if (code === 0) {
            expectSame(text, parsePrinted(stdout));
          } else {
            expect(stdout).toBe("");
            expect(stderr).toMatch(/^\[FATAL [\w.-]+ \(\d+\)\] [^\n]+\n$/);
            expect(stderr.includes(`${file}:`)).toBe(true);
          }
        }),
        { numRuns: 1500 },
      );
    },
  );

  test("files of nothing but signs", MANY_RUNS, () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const { code, stdout, stderr } = run({ file: text }, "--print-config");
        if (code === 0) expectSame(text, parsePrinted(stdout));
        else expect(stderr.includes(`${file}:`)).toBe(true);
      }),
      { numRuns: 700 },
    );
  });
});

describe("P4: what is fine in a file", () => {
  test.each([
    ["nothing", ""],
    ["comments alone", "# one\n\n   # two\n#"],
    ["blank lines", "\n\n  \ngrace: 3s\n\n"],
    ["no line feed at the end", "grace: 3s"],
    ["carriage returns", "# first\r\n\r\ngrace: 3s\r\ndelay: 1s\r\n"],
    ["a byte order mark", "\ufeffgrace: 3s\n"],
    ["a byte order mark alone", "\ufeff"],
    ["a tab behind the colon", "grace:\t3s\n"],
    ["spaces behind the value", "grace: 3s   \n"],
    ["a comment behind the value", "grace: 3s # as long as it takes\n"],
    ["a comment behind a quoted value", "grace: '3s' # as long as it takes\n"],
    ["double quotes", 'grace: "3s"\n'],
    ["a document's start", "---\ngrace: 1s\n"],
    ["a document's end", "grace: 1s\n...\n"],
    ["both, with comments and blank lines around them", "# a\n\n--- # b\n\n# c\ngrace: 1s\n...\t# d \n\n# e\n"],
    ["a start and nothing else", "---"],
    ["an end and nothing else", "..."],
    ["a byte order mark and a start", "\ufeff---\r\ngrace: 1s\r\n...\r\n"],
    ["items between markers", "---   \nrewrite:\n- 1:2\n... \n"],
    ["items without indentation", "remap-exit:\n- 1\n- 2:3\n"],
    ["items with it", "remap-exit: # two\n   # of them\n    - 1\n\n  # here\n    - 2:3 # the second\n"],
    ["items with commas", "remap-exit:\n  - 1,2\n  - '3:4,5'\n"],
  ])("%s", (_, text) => {
    expectSame(text, effective({ file: text }));
  });

  test("64 KiB, and not a byte more", () => {
    const head = "grace: 3s\n";
    const comments = (size: number) =>
      head +
      "#"
        .padEnd(63, "-")
        .concat("\n")
        .repeat(2000)
        .slice(0, size - head.length);
    const largest = comments(65536);
    expect(Buffer.byteLength(largest)).toBe(65536);
    expect(effective({ file: largest }).get("grace")).toEqual({ value: "3s", source: `${file}:1` });
    expect(refusal({ file: comments(65537) })).toMatch(/^.*tini\.yml:\d+: the file is larger than 64 KiB$/);
  });

  test("a byte order mark across two reads, and lines across many", () => {
    const text = `\ufeff${"# a comment of an odd length\n".repeat(1000)}grace: 3s\n`;
    expect(effective({ file: text }).get("grace")).toEqual({ value: "3s", source: `${file}:1001` });
  });
});

describe("P4, P5: what is refused, with the file, the line and what was expected", () => {
  test.each<[string, string | Buffer, number, string]>([
    ["a tab before a name", "\tgrace: 1s\n", 1, LINE],
    ["a tab before an item", "rewrite:\n- 1:2\n\t- 3:4\n", 3, LINE],
    ["a tab in a line of blanks", "grace: 1s\n  \t\n", 2, LINE],
    ["a tab before a comment", "\t# comment\n", 1, LINE],
    ["a tab behind a plain value", "grace: 1s\t# x\n", 1, VALUE],
    ["a tab in a plain value", "grace: 1\ts\n", 1, VALUE],
    ["a space before a name", "grace: 1s\n delay: 1s\n", 2, LINE],
    ["a name without a colon", "grace\n", 1, LINE],
    ["a name without a space behind the colon", "grace:1s\n", 1, LINE],
    ["a space before the colon", "grace : 1s\n", 1, LINE],
    ["an equals sign", "grace=1s\n", 1, LINE],
    ["a name in quotes", '"grace": 1s\n', 1, LINE],
    ["a name in capitals", "Grace: 1s\n", 1, LINE],
    ["a variable's name", "TINI_GRACE: 1s\n", 1, LINE],
    ["an explicit key", "? grace\n: 1s\n", 1, LINE],
    ["a merge key", "<<: *a\n", 1, LINE],
    ["an anchor", "grace: &a 1s\n", 1, VALUE],
    ["an alias", "grace: 1s\ndelay: *a\n", 2, VALUE],
    ["a tag", "grace: !!str 1s\n", 1, VALUE],
    ["a map in a map", "grace:\n  nested: 1s\n", 1, "--grace (FILE:1) needs a value, or leave the line out: "],
    ["a map under a list", "rewrite:\n  TERM: INT\n", 2, "--rewrite (FILE:2) needs a value, or leave the line out: "],
    ["a map in a list", "rewrite:\n  - TERM: INT\n", 2, VALUE],
    ["a map in a value", "grace: a: 1s\n", 1, VALUE],
    ["a flow list", "rewrite: [TERM:INT]\n", 1, VALUE],
    ["a flow map", "{grace: 1s}\n", 1, LINE],
    ["a flow map as a value", "grace: {a: 1}\n", 1, VALUE],
    ["a flow list as an item", "rewrite:\n- [TERM:INT]\n", 2, VALUE],
    ["a block scalar", "grace: |\n  1s\n", 1, VALUE],
    ["a folded one", "grace: >-\n  1s\n", 1, VALUE],
    ["a value that goes on in the next line", "grace: 1\n  s\n", 2, LINE],
    ["quotes that go on in the next line", "grace: '1\n  s'\n", 1, VALUE],
    ["quotes without an end", 'grace: "1s\n', 1, VALUE],
    ["something behind the quotes", "grace: '1s' s\n", 1, VALUE],
    ["a comment that touches the quotes", "grace: '1s'# x\n", 1, VALUE],
    ["an escape that we do not know", 'grace: "1\\x73"\n', 1, VALUE],
    ["an escape at the end", 'grace: "1s\\"\n', 1, VALUE],
    ["a directive", "%YAML 1.2\n---\n", 1, DIRECTIVE],
    ["a directive behind a comment", "# x\n%TAG ! tag:x,2000:\n---\n", 2, DIRECTIVE],
    ["a directive in the document", "---\n%YAML 1.2\n", 2, LINE],
    ["a second document", "grace: 1s\n---\ndelay: 1s\n", 2, SECOND],
    ["a second document without anything in it", "---\ngrace: 1s\n---\n", 3, SECOND],
    ["a document behind an empty one", "---\n---\ngrace: 1s\n", 2, SECOND],
    ["a second document in a list", "rewrite:\n---\n", 2, SECOND],
    ["a list without items before the end", "rewrite:\n...\n", 2, "--rewrite (FILE:2) needs a value, "],
    ["a name behind the end", "grace: 1s\n...\ndelay: 1s\n", 3, ENDED],
    ["a document behind the end", "grace: 1s\n...\n---\n", 3, ENDED],
    ["a directive behind the end", "...\n%YAML 1.2\n", 2, ENDED],
    ["a second end", "...\n...\n", 2, ENDED],
    ["a byte order mark behind the end", "...\n\ufeff# x\n", 2, ENDED],
    ["a name behind the start on its line", "--- grace: 1s\n", 1, MARKER],
    ["a text behind the end on its line", "grace: 1s\n... x\n", 2, MARKER],
    ["a comment that touches the start", "---# x\n", 1, LINE],
    ["a start that goes in", " ---\ngrace: 1s\n", 1, LINE],
    ["an end that goes in", "grace: 1s\n ...\n", 2, LINE],
    ["four dashes", "----\n", 1, LINE],
    ["an item without a list", "- 1s\n", 1, LINE],
    ["an item under a single option's value", "grace: 1s\n- 2s\n", 2, LINE],
    ["an item under a list's value", "rewrite: 1:2\n- 3:4\n", 2, LINE],
    ["items of a single option", "grace:\n- 1s\n", 1, "--grace (FILE:1) needs a value, or leave the line out: "],
    ["items that are not in one column", "rewrite:\n  - 1:2\n - 3:4\n", 3, LINE],
    ["items that go in", "rewrite:\n- 1:2\n  - 3:4\n", 3, LINE],
    ["a list in a list", "rewrite:\n- - 1:2\n", 2, VALUE],
    ["an item without a value", "rewrite:\n- 1:2\n-\n", 3, VALUE],
    ["an item that is a comment", "rewrite:\n- # 1:2\n", 2, VALUE],
    ["a list without items", "rewrite:\n", 1, "--rewrite (FILE:1) needs a value, or leave the line out: "],
    [
      "a list without items, and another name",
      "rewrite:\n\ngrace: 1s\n",
      3,
      "--rewrite (FILE:3) needs a value, or leave the line out: ",
    ],
    ["an unknown name", "grace: 1s\ngraze: 2s\n", 2, "no option has this name; tini-ts -h lists them"],
    ["an option that has no place there", "config: /x\n", 1, "no option has this name; tini-ts -h lists them"],
    ["an action", "help: yes\n", 1, "no option has this name; tini-ts -h lists them"],
    ["a count", "verbose: yes\n", 1, "no option has this name; tini-ts -h lists them"],
    ["a negative flag", "no-tie: yes\n", 1, "no option has this name; tini-ts -h lists them"],
    ["a name of dashes", "--: 1\n", 1, "no option has this name; tini-ts -h lists them"],
    ["a name of one option and more", "graces: 1\n", 1, "no option has this name; tini-ts -h lists them"],
    ["a single option twice", "grace: 1s\n\ngrace: 2s\n", 3, "--grace (FILE:3) is given twice, "],
    ["a list twice", "rewrite: 1:2\nrewrite: 3:4\n", 2, "--rewrite (FILE:2) is given twice, "],
    ["a list of items twice", "rewrite:\n- 1:2\nrewrite:\n- 3:4\n", 3, "--rewrite (FILE:3) is given twice, "],
    [
      "two that set the same",
      "forward-to: all\nkill-process-group: yes\n",
      2,
      "--kill-process-group (FILE:2) is given twice, ",
    ],
    ["NUL in a value", "grace: 1s\ndelay: 1\0s\n", 2, LINE],
    ["NUL in a comment", "# a\0b\n", 1, LINE],
    ["NUL at the end", "grace: 1s\n\0", 2, LINE],
    ["NUL alone", "\0", 1, LINE],
    ["a carriage return in a line", "grace: 1s\rdelay: 1s\n", 1, LINE],
    ["two carriage returns at its end", "grace: 1s\r\r\n", 1, LINE],
    ["a carriage return alone at the end", "grace: 1s\r", 1, LINE],
    ["UTF-16", Buffer.from("\ufeffgrace: 1s\n", "utf16le"), 1, LINE],
    ["a byte order mark further back", "# x\n\ufeffgrace: 1s\n", 2, LINE],
    ["two byte order marks", "\ufeff\ufeffgrace: 1s\n", 1, LINE],
    ["JSON", '{"grace": "1s"}', 1, LINE],
    ["an ELF file", Buffer.from("\x7fELF\x02\x01\x01\0", "latin1"), 1, LINE],
    ["a null", "grace: ~\n", 1, VALUE],
    [
      "no value, as templates leave it behind",
      "grace: \n",
      1,
      "--grace (FILE:1) needs a value, or leave the line out: ",
    ],
    ["an empty text", 'grace: ""\n', 1, '--grace "" (FILE:1) is not a time: '],
    ["an empty verbosity", "verbosity: ''\n", 1, '--verbosity "" (FILE:1) is not a number from 0 to 4'],
    ["an empty item", "rewrite:\n- ''\n", 2, '--rewrite "" (FILE:2) is not SIGNAL:SIGNAL, '],
    ["a comma first", "rewrite: ,1:2\n", 1, VALUE],
    ["a sign that YAML keeps for itself", "grace: @1s\n", 1, VALUE],
    ["a non-breaking space", "grace:\u00a01s\n", 1, LINE],
    ["invalid UTF-8", Buffer.from("grace: \xff\xfe\n", "latin1"), 1, VALUE],
  ])("%s", (_, text, line, expected) => {
    const message = refusal({ file: text }).replaceAll(file, "FILE");
    const place = expected.startsWith("--") ? "" : `FILE:${line}: `;
    expect(message.slice(0, (place + expected).length)).toBe(place + expected);
    if (place !== "") expect(message).toBe(place + expected);
    expect(message).toContain(`FILE:${line}`);
  });

  test("a line of more than 4096 bytes, also in a comment and at the end", () => {
    for (const text of [`#${"-".repeat(4096)}\n`, `#${"-".repeat(4096)}`, `#${"-".repeat(60_000)}`]) {
      expect(refusal({ file: `tie: yes\n${text}` })).toBe(`too long (${file}:2): an option has at most 4096 bytes`);
    }
    expect(effective({ file: `#${"-".repeat(4095)}\ngrace: 1s` }).get("grace")?.value).toBe("1s");
  });
});

describe("P4, P5: files that cannot be read", () => {
  const named = (path: string) => [
    { words: ["--config", path] },
    { words: [`--config=${path}`] },
    { environment: { TINI_CONFIG: path } },
  ];

  test.each<[string, () => string, string]>([
    ["a file that is not there", () => join(directory, "nowhere.yml"), "no such file"],
    ["a file in no folder", () => join(directory, "nowhere/tini.yml"), "no such file"],
    [
      "a folder",
      () => {
        mkdirSync(join(directory, "folder.yml"), { recursive: true });
        return join(directory, "folder.yml");
      },
      "is a directory",
    ],
    [
      "a file below a file",
      () => {
        writeFileSync(join(directory, "file"), "");
        return join(directory, "file/tini.yml");
      },
      "not a directory",
    ],
    [
      "a link to itself",
      () => {
        const path = join(directory, `loop-${String(process.hrtime.bigint())}.yml`);
        symlinkSync(path, path);
        return path;
      },
      "too many symbolic links",
    ],
  ])("%s", (_, make, reason) => {
    const path = make();
    for (const saying of named(path)) expect(refusal(saying)).toBe(`${path}: ${reason}`);
  });

  test("a file without read permission", () => {
    const path = join(directory, "secret.yml");
    writeFileSync(path, "grace: 1s\n", { mode: 0 });
    chmodSync(directory, 0o755);
    const nobody = 65534;
    for (const saying of named(path)) expect(refusal({ ...saying, user: nobody })).toBe(`${path}: permission denied`);
  });

  test("a name that is too long", () => {
    const path = `/${"x".repeat(255)}`;
    for (const saying of named(path)) expect(refusal(saying)).toMatch(/^--config.*: the name is too long$/);
  });

  test("an empty name counts as none", () => {
    expect(refusal({ words: ["--config="] })).toMatch(/--config/);
    expect(refusal({ words: ["--config", ""] })).toMatch(/--config/);
  });

  test("an endless device is not a file", () => {
    expect(refusal({ words: ["--config=/dev/zero"] })).toBe(`/dev/zero:1: ${LINE}`);
    expect(effective({ words: ["--config=/dev/null"] }).get("grace")?.source).toBe("default");
  });

  test("a name with control characters stays one line, and the file is read", () => {
    const path = join(directory, "a\nb\x1b.yml");
    writeFileSync(path, "grace: soon\n");
    expect(refusal({ words: ["--config", path] })).toContain(`(${directory}/a?b?.yml:1) is not a time`);
    writeFileSync(path, "grace: 3s\n");
    const { stdout } = run({ words: ["--config", path] }, "--print-config");
    expect(run({ file: stdout }, "--print-config")).toMatchObject({ code: 0 });
  });
});
