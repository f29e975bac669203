import { Buffer } from "./views";

/**
 * Memory for one long text that is needed for a moment: an option with its value while it is parsed, a path while it is
 * tried. It has one page, because what was touched once stays in memory for the init's whole life.
 *
 * Who calls a function of another file must expect it to be overwritten.
 */
export const scratch: Buffer = zeroed(4100);
