/** How often the linter is right, on a corpus of realistic projects: `npm run corpus` prints the figures. */
import { describe, expect, test } from "vitest";
import { measure, precisionOf, readCorpus, recallOf, table } from "./corpus/corpus.ts";

/** The share of a rule's findings that must be right, and the share of the problems that must be found. */
const LEAST_PRECISION = 0.95;
const LEAST_RECALL = 0.9;

/** The least number of cases for a rule: fewer would prove nothing. */
const ENOUGH = 8;

const cases = readCorpus();
const { figures, faults } = measure(cases);

test("the corpus has many cases, found and fine, each of its own name", () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(cases.filter(({ finds }) => finds.length === 0).length).toBeGreaterThan(cases.length / 3);
});

test("each rule has enough of both: what it has to find, and what could mislead it", () => {
  const few = [...figures].filter(([, { expected, near }]) => expected < ENOUGH || near < ENOUGH);
  expect(few.map(([rule]) => rule)).toEqual([]);
});

describe.each([...figures])("%s", (rule, one) => {
  const all = () => `${faults.filter((fault) => fault.includes(` ${rule} `)).join("\n")}\n${table(figures)}`;

  test(`is right in ${LEAST_PRECISION * 100} % of what it finds`, () => {
    expect(precisionOf(one), all()).toBeGreaterThanOrEqual(LEAST_PRECISION);
  });

  test(`finds ${LEAST_RECALL * 100} % of what is there`, () => {
    expect(recallOf(one), all()).toBeGreaterThanOrEqual(LEAST_RECALL);
  });
});
