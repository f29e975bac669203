/**
 * What a sentence of the configuration is about, as data. Only the toolkit's build of the init reads it (answers.ts); in
 * the executable nobody does, so that the compiler leaves all of it out.
 */

import { Readable } from "../text/views";

/** Why something is refused, or warned of. */
export enum Reason {
  /** The sentence is about no option. */
  NONE,
  UNKNOWN_OPTION,
  MISSING_VALUE,
  WRONG_VALUE,
  GIVEN_TWICE,
  TOO_LONG,
  /** A line of the file is not as it must be. */
  MALFORMED_LINE,
  UNREADABLE_FILE,
  /** Two options, or an option and a program, exclude each other. */
  CONTRADICTION,
  NO_PROGRAM,
  /** A variable's name is nearly an option's. */
  MISSPELT_VARIABLE,
}

/** A `Reason`. */
export let reason: i32 = 0;
/** The option's place in the table; -1 where it is about none that there is. */
export let about: i32 = -1;
/** The text that the user wrote, or 0. It stands there until the sentence is written. */
export let written: Readable = 0;
/** Where it stands, as in `sourceOf`; 0 for where the option was said. */
export let place: i32 = 0;

/** Notes what the sentence that follows is about. */
export function note(why: Reason, option: i32, value: Readable, from: i32): void {
  reason = why;
  about = option;
  written = value;
  place = from;
}
