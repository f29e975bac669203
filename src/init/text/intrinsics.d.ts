/*
 * Functions that the build replaces by numbers (scripts/lib/intrinsics.ts). Strings are literals, or several joined by +; sizes
 * are expressions of numbers and constants with + - * /.
 */

/** The address of a constant string in static memory: UTF-8 with a NUL at the end, as in C. */
declare function cString(literal: string): import("./views").Text;

/** The address of a packed ASCII string: `put` of line.ts prints it, `unpack` of packed.ts makes a C string of it. */
declare function message(literal: string): import("./views").Message;

/** The address of the pairs of characters that messages are unpacked with. */
declare function messagePairs(): usize;

/** The address of the phrases that messages are unpacked with: first, for each number, two bytes with the phrase's distance from here. */
declare function messagePhrases(): usize;

/** The most codes that wait at a time while a message is unpacked. */
declare function messageDepth(): i32;

/** The code of one ASCII character. */
declare function char(literal: string): i32;

/**
 * The address of `bytes` zeroed bytes of static memory, aligned to 8; or of room for a struct, if its class is given. If a
 * struct is only the first part of the room, both are given: it must not be larger.
 */
declare function zeroed(bytes: unknown, type?: unknown): usize;

/** The same, but away from the pages that every run touches: for what few runs need. */
declare function zeroedCold(bytes: unknown): usize;

/** The size in bytes of a buffer of `zeroed`, a table of `memory.data`, a `cString` with its NUL, or a struct, by its name. */
declare function bytesOf(what: unknown): i32;

/** The address of the first byte after a buffer: the end that `copy` and `unpack` take. */
declare function endOf(buffer: usize): usize;

/**
 * Traps if `condition` does not hold: in the build for the simulation. The executable has no trace of it, and does not even
 * evaluate the condition. A condition of constants is checked at build time: the build fails if it does not hold.
 */
declare function check(condition: bool): void;

/** The same, if the bytes from `from` up to `end` do not all belong to one buffer. */
declare function checkRoom(from: usize, end: usize): void;

/** A type of TypeScript that AssemblyScript's declarations lack: config/options.data.ts derives `Id` with it. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the compiler uses it
type Uppercase<Text extends string> = intrinsic;
