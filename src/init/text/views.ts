/**
 * What is at an address. For the compiler each of these types is a usize (scripts/lib/views.ts); editors and tsc refuse one
 * where another is expected, so that nobody prints a packed message as it is, unpacks user input, or writes to a constant.
 * The result of address arithmetic is a plain number, which is accepted as any of them: give variables that hold it a type.
 */
type View<Kinds extends string> = number & { readonly holds?: Kinds };

/** A message to the user, packed by the build: only for `put` and `unpack`. */
export type Message = View<"message">;
/** A NUL-terminated text of our own, in printable ASCII. */
export type Text = View<"text">;
/** Memory that may hold what somebody else wrote: the user, or a file. Only `quoted` may print it. */
export type UserBytes = View<"user bytes">;
/** Memory to write to, with any content. */
export type Buffer = View<"buffer">;

/** What may be printed as it is. */
export type Sayable = View<"message" | "text">;
/** What can be read byte by byte up to a NUL. */
export type Readable = View<"text" | "user bytes" | "buffer">;
/** What can be written to. */
export type Writable = View<"user bytes" | "buffer">;
