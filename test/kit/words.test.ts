/** The command lines of all commands: a mistake is reported in one sentence, before anything is done. */
import { describe, expect, test } from "vitest";
import { parseWords } from "../../src/kit/command.ts";
import { VERBS } from "../../src/kit/toolkit.ts";
import { run } from "./command.ts";

/** The options of a verb, as its usage names them; one with a value has that in capitals or as a choice behind it. */
const optionsOf = (options: readonly string[]) =>
  options.map((line) => {
    const [, name = "", value] = /^(--[a-z-]+)(?: ([A-Z]+(?:,\.\.\.)?|\w+(?:\|\w+)+))?(?: {2,}| )/.exec(line) ?? [];
    return { name, hasValue: value !== undefined, isMany: /several times|[A-Z],\.\.\./.test(line) };
  });

describe.each(VERBS)("tini-ts $name", ({ name: verb, options }) => {
  const known = optionsOf(options);
  const valued = known.filter(({ hasValue }) => hasValue);
  const refused = async (words: readonly string[], message: string) => {
    expect(await run([verb, ...words])).toEqual({ code: 2, stdout: "", stderr: `tini-ts: ${message}\n` });
  };

  test("has usage that names an option on each line", () => {
    for (const { name } of known) expect(name).toMatch(/^--[a-z]/);
  });

  test.each(["--quite-another", "--quite-another=3", "-x", "-xy", "--__proto__", "--=x", "---"])(
    "refuses %s, which it does not know",
    async (word) => {
      const told = word === "-xy" ? "-x" : word.replace(/(?<=\w)=.*/, "");
      await refused([word], `unknown option ${told}`);
    },
  );

  test.each(known)("suggests $name for a misspelling of it", async ({ name }) => {
    await refused([`${name}x`], `unknown option ${name}x; did you mean ${name}?`);
  });

  const isKnown = (word: string) => known.some(({ name }) => name === word);
  test.each(known.filter(({ name }) => !isKnown(`--no-${name.slice(2)}`)))(
    "refuses --no- before $name",
    async ({ name }) => {
      const { code, stderr } = await run([verb, `--no-${name.slice(2)}`]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`unknown option --no-${name.slice(2)}`) as string,
      });
    },
  );

  test.each(valued)("refuses $name without a value", async ({ name }) => {
    for (const words of [[name], [`${name}=`], [name, ""]]) await refused(words, `${name} needs a value`);
    for (const next of ["--", "-x", name]) {
      await refused([name, next], `${name} needs a value; if ${next} is meant to be it, write ${name}=${next}`);
    }
  });

  test.each(known.filter(({ hasValue }) => !hasValue))("refuses a value for $name", async ({ name }) => {
    for (const value of ["", "true", "no"]) await refused([`${name}=${value}`], `${name} takes no value`);
  });

  test.each(known.filter(({ isMany }) => !isMany))("refuses $name twice", async ({ name, hasValue }) => {
    const word = hasValue ? `${name}=x` : name;
    await refused([word, word], `${name} is given twice`);
  });
});

describe("words", () => {
  const grammar = { one: ["name"], many: ["each"], flags: ["no-color", "deep"] } as const;

  test("are options with their values, flags, and operands, in any order", () => {
    expect(
      parseWords(["a", "--name=x=y", "-", "--deep", "--each", "1", "b", "--each=2", "--no-color"], grammar),
    ).toEqual({
      one: { name: "x=y" },
      many: { each: ["1", "2"] },
      flags: { "no-color": true, deep: true },
      operands: ["a", "-", "b"],
    });
  });

  test("are empty if there are none", () => {
    expect(parseWords([], grammar)).toEqual({
      one: { name: null },
      many: { each: [] },
      flags: { "no-color": false, deep: false },
      operands: [],
    });
  });

  test("are operands after --, whatever they look like; so may a value after =", () => {
    expect(parseWords(["--name=--deep", "--", "--deep", "--", "-x"], grammar)).toMatchObject({
      one: { name: "--deep" },
      flags: { deep: false },
      operands: ["--deep", "--", "-x"],
    });
  });
});
