/** Whatever the files contain: the linter ends soon, needs little memory, and throws nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unshell } from "../../src/kit/wrap/shell.ts";
import { readCorpus } from "./corpus/corpus.ts";
import { lintTexts, type Texts } from "./texts.ts";
import { BLANKS, inEachPlace, nastyTexts } from "./nasty.ts";

/** How many mutants are looked at; FUZZ=1000000 sets another number. */
const MUTANTS = Number(process.env["FUZZ"] ?? 100_000);

/**
 * Of so many mutants one is also given to the init's own parser, which takes as long as all the rest: a new instance of it
 * for each. Its own tests are in test/config.
 */
const WITH_INIT = 10;

/** The rules that ask the init what it makes of its options. */
const ASKING = new Set([
  "init-option-refused",
  "stop-signals-do-not-meet",
  "grace-too-short",
  "limit-above-container",
  "limits-without-writable-cgroup",
  "subreaper-in-shared-pid-namespace",
]);

/** The largest CPU time for one, in milliseconds: a bound against endless loops, many times the usual time. */
const LONGEST = 1000;

/** Milliseconds of the processor that something takes, which a busy machine does not change much. */
function cost(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("white space that is none of the shell's, in every place where a command stands", () => {
  test.each(
    BLANKS.map((blank) => [
      JSON.stringify(blank).replace(/[^ -~]/g, (one) => `U+${(one.codePointAt(0) ?? 0).toString(16)}`),
      blank,
    ]),
  )("%s", (_name, blank) => {
    for (const text of [
      `node${blank}server.js`,
      blank,
      `${blank}node x`,
      `node x${blank}`,
      `a=${blank} node\n${blank}`,
    ]) {
      for (const texts of inEachPlace(text)) expect(() => lintTexts(texts)).not.toThrow();
      expect(() => unshell(text)).not.toThrow();
    }
  });
});

describe("files that once took disproportionate time", () => {
  const SIZE = 16_384;
  test.each(Object.entries(nastyTexts(SIZE)))("%s", (_name, texts) => {
    let report;
    const took = cost(() => (report = lintTexts(texts)));
    expect(report).toBeDefined();
    // What grows with the square of the size takes minutes here.
    expect(took).toBeLessThan(20 * LONGEST);
  });
});

/** Projects to begin with: those of the corpus, and of the fixtures each folder with a file of the linter's. */
function seeds(): Texts[] {
  const root = join(import.meta.dirname, "fixtures");
  const projects = new Map<string, Record<string, string>>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name));
    const [rule = "", kind = "", name = "", ...rest] = path.split("/");
    if (!entry.isFile() || rest.length === 0 || entry.name === "expected.txt") continue;
    const project = `${rule}/${kind}/${name}`;
    const texts = projects.get(project) ?? {};
    texts[rest.join("/")] = readFileSync(join(root, path), "utf8");
    projects.set(project, texts);
  }
  return [...projects.values(), ...readCorpus().map(({ files }) => files)];
}

const PIECES = [
  ..."'\"`$\\{}()[]<>|&;#*?~=:,-!%@\n\t\r \0".split(""),
  ...BLANKS,
  ...[
    "$(",
    "${",
    "$@",
    '"$@"',
    "&&",
    "||",
    "<<E",
    "<<-E\n",
    "\\\n",
    "--",
    "exec ",
    "if ",
    "fi",
    "do ",
    "done",
    "case x in ",
    "esac",
    "[[ ",
  ],
  ...[
    "FROM a AS b\n",
    "FROM b\n",
    "ENV A=$A$A\n",
    "ARG A\n",
    "CMD ",
    "ENTRYPOINT ",
    "COPY --from=b . /\n",
    'SHELL ["x"]\n',
    "# escape=`\n",
  ],
  ...[
    "&a ",
    "*a",
    "<<: *a\n",
    "- ",
    "? ",
    "|\n",
    "---\n",
    "{{ x }}",
    "init: true\n",
    "kind: List\n",
    "items: [*a]\n",
    "é😀",
    "\ud800",
  ],
];

describe("mutants of projects", () => {
  const projects = seeds();

  /** One change: a piece put in, taken out, doubled, moved, or exchanged with one of another project. */
  const change = fc.record({
    kind: fc.constantFrom("put", "cut", "double", "cross", "trim"),
    place: fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }),
    length: fc.integer({ min: 1, max: 40 }),
    piece: fc.constantFrom(...PIECES),
    other: fc.nat(projects.length - 1),
  });
  const mutant = fc.record({
    project: fc.nat(projects.length - 1),
    file: fc.nat(3),
    changes: fc.array(change, { minLength: 1, maxLength: 6 }),
  });

  function mutate({ project, file, changes }: typeof mutant extends fc.Arbitrary<infer M> ? M : never): Texts {
    const texts = { ...projects[project] };
    const paths = Object.keys(texts);
    const path = paths[file % paths.length] ?? "Dockerfile";
    let text = texts[path] ?? "";
    for (const { kind, place, length, piece, other } of changes) {
      const at = Math.floor(place * text.length);
      const stretch = text.slice(at, at + length);
      if (kind === "put") text = text.slice(0, at) + piece + text.slice(at);
      else if (kind === "cut") text = text.slice(0, at) + text.slice(at + length);
      else if (kind === "double") text = text.slice(0, at) + stretch.repeat(3) + text.slice(at + length);
      else if (kind === "trim") text = text.slice(0, Math.max(1, at));
      else {
        const strange = Object.values(projects[other] ?? {})[0] ?? "";
        text =
          text.slice(0, at) + strange.slice(Math.floor(place * strange.length)).slice(0, length * 4) + text.slice(at);
      }
    }
    return { ...texts, [path]: text };
  }

  test(`${MUTANTS} of them are looked at without a crash, none for over ${LONGEST} ms`, { timeout: 900_000 }, () => {
    let slowest = { took: 0, texts: {} as Texts };
    let count = 0;
    fc.assert(
      fc.property(mutant, (plan) => {
        const texts = mutate(plan);
        const options = count++ % WITH_INIT === 0 ? {} : { disabled: ASKING };
        const look = () => cost(() => lintTexts(texts, options));
        let took = look();
        // A slow mutant is slow again; one that had to collect others' garbage, or shared its core, is not.
        for (let again = 0; took > LONGEST && again < 2; again++) took = Math.min(took, look());
        if (took > slowest.took) slowest = { took, texts };
      }),
      { numRuns: MUTANTS, seed: 13, endOnFailure: true },
    );
    expect(slowest.took, JSON.stringify(slowest.texts)).toBeLessThan(LONGEST);
  });
});
