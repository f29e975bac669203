/**
 * The patterns of .dockerignore and COPY. What is expected is what Docker's own matcher says: each row was given to
 * github.com/moby/patternmatcher (5a6d842) or Go's filepath.Match.
 */
import { describe, expect, test } from "vitest";
import { isIgnored, nameMatcher } from "../../src/kit/files/patterns.ts";

describe("a line of .dockerignore keeps tini-ts from the build where Docker says so", () => {
  test.each<[string, boolean]>([
    ["", false],
    ["*", true],
    ["**", true],
    ["*\n!tini-ts", false],
    ["*\n!/tini-ts", false],
    ["*\n!tini*", false],
    ["*\n!src", true],
    ["!tini-ts\n*", true],
    ["# tini-ts", false],
    ["tini-ts", true],
    ["./tini-ts/", true],
    ["tini-t?", true],
    ["tini-[st]s", true],
    ["**/tini-ts", true],
    ["*.ts", false],
    ["tini", false],
    ["a/tini-ts", false],
    ["\r\n  tini-ts  \r\n", true],
    ["./ tini-ts", true],
    ["../tini-ts", false],
    ["a/../tini-ts", true],
    ["/tini-ts/", true],
    // Only at the root: these are not patterns of .gitignore.
    ["ts", false],
    ["**/ts", false],
    ["**/[a-t]", false],
    ["**/*-ts", true],
    ["a/**/tini-ts", false],
    ["tini**", true],
    ["tini-ts/**", false],
    ["**/tini-ts/**", false],
    ["tini-ts**", true],
    ["!!tini-ts", false],
    [".", false],
    // Only the last line that matches counts, and only where it changes something.
    ["tini-ts\n!tini-ts\ntini-t?", true],
    ["!/ tini-ts", false],
    ["*\n./!tini-ts", false],
    ["*\n! ./tini-ts/", false],
    ["\ufefftini-ts", true],
    ["TINI-TS", false],
    ["tini\\-ts", true],
    ["tini[!_]ts", false],
    ["tini[^_]ts", true],
    ["tini[!-_]ts", true],
    ["(tini-ts)", false],
    ["tini.ts", false],
    ["t+ini-ts", false],
    // Docker's own oddities, since version 23.
    ["**-ts", true],
    ["tini-ts|*x", true],
    ["*|x", true],
    ["tini{1}-t?", true],
    ["tini-ts|x", false],
    // Docker does not build with these.
    ["[z-a]", false],
    ["[", false],
    ["*\n![z-a]", true],
  ])("%j", (text, isOut) => {
    expect(isIgnored("tini-ts", text)).toBe(isOut);
  });
});

describe("a pattern of COPY matches a name", () => {
  test.each<[string, string, boolean]>([
    ["*.js", "a.js", true],
    ["*.js", "a.json", false],
    ["**.js", "a.js", true],
    ["a?.js", "ab.js", true],
    ["a?.js", "a.js", false],
    ["[a-c].js", "b.js", true],
    ["[^a-c].js", "b.js", false],
    ["[!a-c].js", "b.js", true],
    ["[\\]x]", "]", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a|b", "a|b", true],
    ["a|b", "a", false],
    ["a{2}", "a{2}", true],
    ["(a)+$", "(a)+$", true],
    ["é?", "é😀", true],
    ["[", "[", false],
    ["[z-a]", "b", false],
  ])("%j: %j", (pattern, name, isMatch) => {
    expect(nameMatcher(pattern)(name)).toBe(isMatch);
  });
});

/** What backtracks tries each way to share a name among the stars: for the first more ways than there are atoms. */
describe("a pattern that is made to hang takes linear time", () => {
  const name = "a".repeat(255);
  test.each([
    `${"*a".repeat(120)}b`,
    `${"*a".repeat(30_000)}b`,
    `${"**/".repeat(20_000)}b`,
    `${"*[a-z]".repeat(100)}b`,
    `${"a{1,500}".repeat(8000)}*b`,
    `${"a{0,1}".repeat(100)}${"a".repeat(100)}?b`,
    `${"(".repeat(30_000)}*`,
    "[".repeat(60_000),
  ])("%#", (pattern) => {
    expect(isIgnored(name, pattern)).toBe(false);
    expect(nameMatcher(pattern)(name)).toBe(false);
  });

  test("a line that is too long for Docker's reader is no pattern", () => {
    expect([65_535, 65_536].map((length) => isIgnored("a", "*".padEnd(length)))).toEqual([true, false]);
  });

  test("and so does a file with many such lines", () => {
    expect(isIgnored(name, `${"*a".repeat(100)}b\n`.repeat(200))).toBe(false);
  });
});
