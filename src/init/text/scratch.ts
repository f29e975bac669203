import { Buffer } from "./views";

/** The longest text in it: a longer one is refused, or read in pieces. One byte more shows that it is longer, and one is for a NUL. */
export const LONG_BYTES: i32 = 4096;

/**
 * Memory for one long text for a short time: an option with its value while it is parsed, a path while it is tried. It is shared
 * by all, because a page that was touched once stays in memory for the init's whole life.
 *
 * Any call into another file may overwrite it.
 */
export const scratch: Buffer = zeroed(LONG_BYTES + 1 + 1);
