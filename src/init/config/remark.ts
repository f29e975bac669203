/**
 * What a message about the configuration is about, as data. Only the toolkit's build of the init reads it (answers.ts);
 * in the executable nothing does, and the compiler leaves all of it out.
 */

import { Readable } from "../text/views";

/** Why something is refused, or causes a warning. */
export enum Reason {
  /** No message yet. */
  NONE,
  UNKNOWN_OPTION,
  MISSING_VALUE,
  WRONG_VALUE,
  GIVEN_TWICE,
  TOO_LONG,
  /** A line of the file is not valid. */
  MALFORMED_LINE,
  UNREADABLE_FILE,
  /** Two options, or an option and a program, exclude each other. */
  CONTRADICTION,
  NO_PROGRAM,
  /** A variable has nearly the name of an option's. */
  MISSPELT_VARIABLE,
}

/** A `Reason`. */
export let reason: i32 = 0;
/** The option's id; -1 if it is about no option, or an unknown one. */
export let about: i32 = -1;
/** The text that the user wrote, or 0; valid until the message has been written. */
export let written: Readable = 0;
/** Where it is, as in `sourceOf`; 0 for where the option was set. */
export let place: i32 = 0;

/** Notes what the next message is about. */
export function note(why: Reason, option: i32, value: Readable, from: i32): void {
  reason = why;
  about = option;
  written = value;
  place = from;
}
