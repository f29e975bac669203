import { expect } from "vitest";

/** Finds all occurrences of a thing in a subject. */
export type Look<T> = (subject: T) => readonly unknown[];

/** Finds a text, or all matches of a pattern. */
const inText =
  (sought: string | RegExp): Look<string> =>
  (text) =>
    typeof sought === "string"
      ? text
          .split(sought)
          .slice(1)
          .map(() => sought)
      : [...text.matchAll(new RegExp(sought, `${sought.flags.replace("g", "")}g`))].map(([found]) => found);

/**
 * Expects that a thing is not in `subject`. A test that looks for the wrong thing would pass forever; so each search has a
 * positive control that has the thing: the same life with another option, or the output at a later moment. A search that
 * finds nothing there fails.
 *
 * @param what how to search for the thing, or the text or pattern to search for.
 * @param control something that has the thing.
 * @param message an addition to the failure's message.
 */
export function expectAbsent(what: string | RegExp, subject: string, control: string, message?: string): void;
export function expectAbsent<T>(what: Look<T>, subject: T, control: T, message?: string): void;
export function expectAbsent<T>(what: string | RegExp | Look<T>, subject: T, control: T, message?: string): void {
  const look = typeof what === "function" ? what : (inText(what) as Look<unknown>);
  expect(look(control).length, `the control has nothing of ${String(what)}`).toBeGreaterThan(0);
  expect(look(subject), message ?? `absent: ${String(what)}`).toEqual([]);
}
