/**
 * What lies at an address. To the compiler each of these is a usize (scripts/lib/views.ts); editors and tsc refuse one where
 * another is wanted, so that nobody prints a packed message as it is, unpacks what a user wrote, or writes to a constant.
 * An address that was reckoned is a plain number, which is taken for any of them: give what you keep a type.
 */
type View<Kinds extends string> = number & { readonly holds?: Kinds };

/** A message to the user, packed by the build: for `put` and `unpack` alone. */
export type Message = View<"message">;
/** A NUL-terminated text of our own, printable ASCII as it is. */
export type Text = View<"text">;
/** Memory that holds what somebody else wrote, perhaps in part: the user, or a file. It is said by `quoted` alone. */
export type UserBytes = View<"user bytes">;
/** Memory to write to, whatever is in it. */
export type Buffer = View<"buffer">;

/** What may be said as it is. */
export type Sayable = View<"message" | "text">;
/** What can be read byte by byte up to its NUL. */
export type Readable = View<"text" | "user bytes" | "buffer">;
/** What can be written to. */
export type Writable = View<"user bytes" | "buffer">;
