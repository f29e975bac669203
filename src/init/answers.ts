/**
 * The init's answers for the toolkit, as data: what it makes of arguments, variables and a file. The build compiles this to
 * `build/answers.wasm`; none of it is in the executable. The toolkit (src/kit/init) calls `configure` and reads the
 * settings here. While a message is written, the exported variables say what it is about.
 */
import {
  configure as configureInit,
  entry,
  hasValue,
  isList,
  LARGEST,
  option,
  putItem,
  putSingle,
} from "./config/config";
import { keepPlain } from "./report/report";
import * as line from "./text/line";

export {
  about,
  cpuPeriod,
  get,
  isClosed,
  Outcome,
  place,
  program,
  Reason,
  reason,
  SIZE_UNIT,
  sourceOf,
  written,
} from "./config/config";
/** Reads the whole configuration; errors are reported in text form. */
export function configure(): i32 {
  keepPlain();
  return configureInit();
}

export { begunLevel, sentence } from "./report/report";
export { address, count } from "./text/line";

/** Puts an option's value into the line, as --print-config prints it. Returns false if it has none, or is a list. */
export function readValue(id: i32): bool {
  line.clear();
  if (isList(option(id)) || !hasValue(option(id))) return false;
  putSingle(option(id));
  return true;
}

/**
 * Puts a list's next item into the line: the first one for a signal, exit code or index from `from` on.
 * Returns that number; -1 if no item follows, or the option is not a list.
 */
export function readItem(id: i32, from: i32): i32 {
  line.clear();
  if (!isList(option(id))) return -1;
  for (; from <= LARGEST; from++) {
    const becomes = entry(option(id), from);
    if (becomes < 0) continue;
    putItem(option(id), from, becomes);
    return from;
  }
  return -1;
}
