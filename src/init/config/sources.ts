/** Where each option was set last: the index of an argument, -1 - the index of an environment entry, 0 for nowhere. */
import { Id } from "./options";

const sources: usize = zeroed(60);

/** Remembers that `id` was set by `source`. */
export function remember(id: Id, source: i32): void {
  store<i32>(sources + ((<usize>id) << 2), source);
}

/** Where `id` was set last. */
export function sourceOf(id: Id): i32 {
  return load<i32>(sources + ((<usize>id) << 2));
}
