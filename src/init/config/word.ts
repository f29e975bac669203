import { LONG_BYTES, scratch } from "../text/scratch";
import { UserBytes } from "../text/views";

/** The longest option with its value; the program and its arguments may be of any length. */
export const WORD_BYTES: i32 = LONG_BYTES;

/** The option that is being read, NUL-terminated, with room for one byte more, which shows that it is too long. */
export const word: UserBytes = <UserBytes>scratch;
