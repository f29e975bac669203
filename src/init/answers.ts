/**
 * The init's answers for the toolkit, as data: what it makes of words, variables and a file. The build makes
 * `build/answers.wasm` of it; nothing of it is in the executable. The toolkit (src/kit/init) calls `configure`, and reads
 * here what holds. While a sentence is written, the exported variables say what it is about.
 */
import { entry, hasValue, isList, LARGEST, option, putItem, putSingle } from "./config/config";
import * as line from "./text/line";

export {
  about,
  configure,
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
export { begunLevel, sentence } from "./report/report";
export { address, count } from "./text/line";

/** Puts the value of an option that is no list into the line, as --print-config says it. False where there is none. */
export function readValue(id: i32): bool {
  line.clear();
  if (isList(option(id)) || !hasValue(option(id))) return false;
  putSingle(option(id));
  return true;
}

/**
 * Puts the first item of a list for a signal or an exit code that is `from` or more into the line.
 * Returns that signal or code; -1 where no item follows, or the option is no list.
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
