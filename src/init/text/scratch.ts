import { Buffer } from "./views";

/** The longest text in it: what is longer is refused, or read in pieces. Behind it is room for what shows that it is, and a NUL. */
export const LONG_BYTES: i32 = 4096;

/**
 * Memory for one long text that is needed for a moment: an option with its value while it is parsed, a path while it is
 * tried. It has one page, because what was touched once stays in memory for the init's whole life.
 *
 * Who calls a function of another file must expect it to be overwritten.
 */
export const scratch: Buffer = zeroed(LONG_BYTES + 1 + 1);
