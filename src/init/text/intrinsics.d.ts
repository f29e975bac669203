/*
 * Functions that the build replaces by numbers (scripts/lib/intrinsics.ts). Strings are literals, or several with + between;
 * sizes are made of numbers and constants with + - *.
 */

/** The address of a constant string in static memory: UTF-8 with a NUL at the end, as C has it. */
declare function cString(literal: string): import("./views").Text;

/** The address of a packed ASCII string: `put` of line.ts prints it, `unpack` of packed.ts makes a C string of it. */
declare function message(literal: string): import("./views").Message;

/** The address of the pairs of characters that messages are unpacked with. */
declare function messagePairs(): usize;

/** The number of one ASCII character. */
declare function char(literal: string): i32;

/**
 * The address of `bytes` zeroed bytes of static memory, aligned to 8. For a struct its class is given too, which must not be
 * larger.
 */
declare function zeroed(bytes: number, type?: unknown): usize;

/** The same, but away from the page that every run touches: for what few runs need. */
declare function zeroedCold(bytes: number): usize;

/** TypeScript's own, which the declarations of AssemblyScript lack: config/options.data.ts makes `Id` of names by it. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the compiler uses it
type Uppercase<Text extends string> = intrinsic;
