import { expect } from "vitest";

/** Finds what there is of a thing in something, an entry for each. */
export type Look<T> = (subject: T) => readonly unknown[];

/** Finds a text, or what a pattern matches. */
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
 * Expects that a thing is not in `subject`. Whoever looks for the wrong thing never finds it, and such a test passes for
 * ever; so each look has its positive control, where the thing is: the same life with another option, the output of a
 * later moment. A look that finds nothing there fails.
 *
 * @param what how to look for the thing, or the text or pattern to look for.
 * @param control what has the thing.
 * @param message what a failure shows besides.
 */
export function expectAbsent(what: string | RegExp, subject: string, control: string, message?: string): void;
export function expectAbsent<T>(what: Look<T>, subject: T, control: T, message?: string): void;
export function expectAbsent<T>(what: string | RegExp | Look<T>, subject: T, control: T, message?: string): void {
  const look = typeof what === "function" ? what : (inText(what) as Look<unknown>);
  expect(look(control).length, `the control has nothing of ${String(what)}`).toBeGreaterThan(0);
  expect(look(subject), message ?? `absent: ${String(what)}`).toEqual([]);
}
