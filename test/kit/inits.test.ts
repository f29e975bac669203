/** The inits in front of a program, told from it. */
import { describe, expect, it } from "vitest";
import { options, type Row } from "../../src/init/config/options.data.ts";
import { askInit } from "../../src/kit/init/init.ts";
import { tellApart } from "../../src/kit/launches/inits.ts";

const rows: readonly Row[] = options;
const words = rows.flatMap(({ name, letter }) => [`--${name}`, ...(letter === undefined ? [] : [`-${letter}`])]);
const flags = rows.filter(({ kind }) => kind === "FLAG" || kind === "PRESENCE").map(({ name }) => `--no-${name}`);

/** Whether the init wants another word behind this one. */
function needsValue(word: string): boolean {
  const answer = askInit({ words: [word] });
  return answer.outcome === "refused" && answer.remark.reason === "missing-value";
}

describe("the program behind tini-ts", () => {
  const toWord = (value: string) => ({ value, span: { offset: 0, length: value.length } });
  const program = (...values: string[]) => tellApart(values.map(toWord)).program.map(({ value }) => value);

  it.each([...words, ...flags])("is found behind %s, as the init finds it", (word) => {
    const expected = needsValue(word) ? ["second"] : ["first", "second"];
    expect(program("/tini-ts", word, "first", "second")).toEqual(expected);
    expect(program("/tini-ts", word, "first", "--", "second")).toEqual(
      needsValue(word) ? ["second"] : ["first", "--", "second"],
    );
  });

  it("is found behind clusters of letters, of which the last may take a value", () => {
    expect(program("tini-ts", "-gwe", "143", "app")).toEqual(["app"]);
    expect(program("tini-ts", "-gwe143", "app")).toEqual(["app"]);
    expect(program("tini-ts", "-gwv", "app")).toEqual(["app"]);
  });
});
