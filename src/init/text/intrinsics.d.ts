/*
 * Functions that the build replaces by numbers (scripts/lib/intrinsics.ts). Strings are literals, or several with + between;
 * sizes are made of numbers and constants with + - * /.
 */

/** The address of a constant string in static memory: UTF-8 with a NUL at the end, as C has it. */
declare function cString(literal: string): import("./views").Text;

/** The address of a packed ASCII string: `put` of line.ts prints it, `unpack` of packed.ts makes a C string of it. */
declare function message(literal: string): import("./views").Message;

/** The address of the pairs of characters that messages are unpacked with. */
declare function messagePairs(): usize;

/** The address of the phrases that messages are unpacked with: two bytes for each number that say how far behind it the phrase is. */
declare function messagePhrases(): usize;

/** How many codes are kept at a time at most while a message is unpacked. */
declare function messageDepth(): i32;

/** The number of one ASCII character. */
declare function char(literal: string): i32;

/**
 * The address of so many zeroed bytes of static memory, aligned to 8, or of room for a struct, whose class is given. Where a
 * struct is only the beginning of what lies there, both are given: it must not be larger.
 */
declare function zeroed(bytes: unknown, type?: unknown): usize;

/** The same, but away from the page that every run touches: for what few runs need. */
declare function zeroedCold(bytes: unknown): usize;

/** How many bytes a buffer of `zeroed`, a table of `memory.data`, a `cString` with its NUL or a struct has, by its name. */
declare function bytesOf(what: unknown): i32;

/** The address of the first byte behind a buffer: the end that `copy` and `unpack` are given. */
declare function endOf(buffer: usize): usize;

/**
 * Ends the run by a trap where `condition` does not hold. The executable has nothing of it, which does not even look: only
 * the build that the simulation runs does. A condition of constants is looked at by the build, which refuses one that does
 * not hold.
 */
declare function check(condition: bool): void;

/** The same where the bytes from one address to before the other do not all belong to one buffer. */
declare function checkRoom(from: usize, end: usize): void;

/** TypeScript's own, which the declarations of AssemblyScript lack: config/options.data.ts makes `Id` of names by it. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the compiler uses it
type Uppercase<Text extends string> = intrinsic;
