/** Recognizes names of programs that were meant for a shell, or as several arguments. */
import * as host from "../linux/host";
import { find } from "../text/bytes";
import * as line from "../text/line";
import { LONG_BYTES, scratch } from "../text/scratch";

function isBlank(character: i32): bool {
  return character === char(" ") || character === char("\t") || character === char("\n");
}

function isQuote(character: i32): bool {
  return character === char('"') || character === char("'");
}

/** Appends what is wrong with how the name of a program that was not found is written, or nothing. */
export function putMisspelling(program: i32): void {
  const size = host.readArgument(program, 0, scratch, LONG_BYTES);
  if (size < 1) return;
  store<u8>(scratch + size, 0);
  const first = <i32>load<u8>(scratch);
  const last = <i32>load<u8>(scratch + size - 1);
  const hasBlank = find(scratch, char(" ")) !== 0 || find(scratch, char("\t")) !== 0 || find(scratch, char("\n")) !== 0;
  if (isBlank(first)) line.put(message("; the name begins with a blank: remove it"));
  else if (isBlank(last)) line.put(message("; the name ends with a blank or a line feed: remove it"));
  else if (isQuote(first) || isQuote(last))
    line.put(message("; the quotes are part of the name, no shell removes them: leave them out"));
  else if (hasBlank)
    line.put(message("; it is one word with blanks: write the program and each argument as separate words"));
  else if (find(scratch, char("$")) !== 0)
    line.put(message("; variables are not expanded without a shell: write the path itself, or use sh -c"));
  else if (first === char("~"))
    line.put(message("; ~ is not expanded without a shell: write the home directory's path, or use sh -c"));
}
