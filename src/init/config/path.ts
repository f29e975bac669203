import { UserBytes } from "../text/views";

/** The configuration file's name, as it is read and as messages say it. */
export const PATH_BYTES: i32 = 255;
export const path: UserBytes = zeroed(PATH_BYTES + 1);
