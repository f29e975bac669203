/** The environment that the program will get. */
import * as host from "./host";
import { startsWith } from "../text/bytes";
import { Readable, UserBytes } from "../text/views";

/** The longest name that is looked up, with its `=`: DOTNET_PROCESSOR_COUNT. */
const NAME_BYTES: i32 = 23;
const name: UserBytes = zeroed(NAME_BYTES + 1);

/** The index of the entry whose name with its `=` is the first `length` bytes of `start`, at most NAME_BYTES; or -1. */
export function findEntry(start: Readable, length: i32): i32 {
  checkRoom(name, name + length + 1);
  let index = 0;
  while (true) {
    const size = host.readEnvironment(index, 0, name, length);
    if (size < 0) return -1;
    store<u8>(name + size, 0);
    if (size === length && startsWith(start, name)) return index;
    index++;
  }
}
