/** The environment that the program will get. */
import * as host from "./host";
import { find, startsWith } from "../text/bytes";
import { LONG_BYTES, scratch } from "../text/scratch";
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

/**
 * Makes `entry`, NAME=VALUE, the program's variable of that name, in place of the one that there is. Its name with the `=` has
 * at most LONG_BYTES, and it stays where it is. Returns 0, or -E2BIG where there is no room for another one.
 */
export function setVariable(entry: Readable): i32 {
  const equals = find(entry, char("="));
  const nameBytes = <i32>(equals + 1 - entry);
  check(equals !== 0 && nameBytes <= LONG_BYTES);
  let index = 0;
  while (true) {
    const size = host.readEnvironment(index, 0, scratch, nameBytes);
    if (size < 0) break;
    store<u8>(scratch + size, 0);
    if (size === nameBytes && startsWith(entry, scratch)) break;
    index++;
  }
  return host.setEnvironment(index, entry);
}
