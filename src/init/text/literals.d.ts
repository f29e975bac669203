/**
 * The address of a constant: the literal's bytes as UTF-8 with a NUL behind, in static memory.
 * Replaced by the build (`scripts/lib/intrinsics.ts`); takes literals alone.
 */
declare function text(literal: string): usize;

/**
 * The same for a text that is only ever said to a user: packed, for `put` of line.ts alone. ASCII.
 */
declare function words(literal: string): usize;

/** The address of the pairs that unpack such texts. Replaced by the build. */
declare function pairs(): usize;

/** The number of one ASCII character. Replaced by the build; takes a literal alone. */
declare function code(literal: string): i32;

/**
 * The address of so many zeroed bytes of static memory, aligned to 8; of a struct, where its class is given, which must
 * not be larger. Replaced by the build; takes a sum or product of numbers and constants.
 */
declare function zeroed(bytes: number, type?: unknown): usize;

/** The same, but away from the page that each life touches: for what few lives need. */
declare function seldom(bytes: number): usize;

/** TypeScript's own, which the declarations of AssemblyScript lack: config/options.data.ts makes `Id` of names by it. */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the compiler uses it
type Uppercase<Text extends string> = intrinsic;
