/** Options in the environment: TINI_ and the option's name in capitals, with _ for -; and dumb-init's two variables. */
import * as host from "../linux/host";
import { Log, reportTwo } from "../report/report";
import { copy, find, same, startsWith } from "../text/bytes";
import { nearest } from "./nearest";
import { byName, Id, isSetting, Kind, nameOf, option } from "./options";
import { tooLong } from "./refusals";
import { note, Reason } from "./remark";
import { use } from "./values";
import { WORD_BYTES, word } from "./word";
import { Text, UserBytes } from "../text/views";

/** Where dumb-init's debug variable is set, as in `sourceOf`; 0 if it is not. */
export let debug: i32 = 0;

/** The beginning of each option's variable. */
const PREFIX: Text = cString("TINI_");

/** How much of an entry is read to recognize it: one byte more than the longest that must match as a whole. */
const BEGINNING_BYTES: i32 = 19;

/** Longer than any misspelling of an option's variable that is recognized. */
const NAME_BYTES: i32 = 40;

/** Turns `FORWARD_TO` into `forward-to` in place; a character that our variables do not have becomes `?`, which no option has. */
function toOptionName(variable: UserBytes): void {
  for (; load<u8>(variable) !== 0; variable++) {
    const character = <i32>load<u8>(variable);
    const capital = character >= char("A") && character <= char("Z");
    store<u8>(variable, <u8>(character === char("_") ? char("-") : capital ? character + 32 : char("?")));
  }
}

/** The name of an option's variable, as `TINI_FORWARD_TO`, in `word`. */
function variableOf(id: i32): UserBytes {
  let to = copy(word, endOf(word), PREFIX);
  const end = nameOf(id + 1) - 1;
  for (let name = nameOf(id); name < end; name++) {
    const character = <i32>load<u8>(name);
    store<u8>(to++, <u8>(character === char("-") ? char("_") : character - 32));
  }
  store<u8>(to, 0);
  return word;
}

/** Applies a TINI_ variable. An empty one counts as unset, except for tini's two that act by presence. Returns false if it is refused. */
function variable(index: i32): bool {
  const size = host.readEnvironment(index, 0, word, WORD_BYTES + 1);
  store<u8>(word + size, 0);
  const equals = find(word, char("="));
  if (equals === 0) return true;
  store<u8>(equals, 0);
  toOptionName(word + 5);
  const id = byName(word + 5);
  if (id < 0 || !isSetting(option(id)) || id === Id.CONFIG) return true;
  if (size > WORD_BYTES) {
    tooLong(-1 - index);
    return false;
  }
  const row = option(id);
  if (row.kind === Kind.PRESENCE) return use(row, 0, -1 - index);
  // Templates like `${GRACE:-}` leave an empty variable if nobody sets a value.
  return load<u8>(equals + 1) === 0 || use(row, equals + 1, -1 - index);
}

/** Applies the environment. Returns false if something in it is refused. */
export function readEnvironment(): bool {
  let index = 0;
  while (true) {
    const size = host.readEnvironment(index, 0, word, BEGINNING_BYTES);
    if (size < 0) return true;
    store<u8>(word + size, 0);
    if (startsWith(word, PREFIX)) {
      if (!variable(index)) return false;
    } else if (same(word, cString("DUMB_INIT_SETSID=0"))) {
      if (!use(option(Id.SINGLE_CHILD), 0, -1 - index)) return false;
    } else if (same(word, cString("DUMB_INIT_DEBUG=1"))) {
      debug = -1 - index;
    }
    index++;
  }
}

/** Warns of a variable that is not an option's, but has nearly the name of one. */
function suspect(name: UserBytes, index: i32): void {
  const id = byName(name) < 0 ? nearest(name) : -1;
  if (id < 0) return;
  note(Reason.MISSPELT_VARIABLE, id, 0, -1 - index);
  reportTwo(Log.VARIABLE_MISSPELT, -1 - index, variableOf(id));
}

/** Warns of misspelt variables. */
export function warnOfMisspelt(): void {
  let index = 0;
  while (true) {
    const size = host.readEnvironment(index, 0, word, NAME_BYTES);
    if (size < 0) return;
    store<u8>(word + size, 0);
    const equals = find(word, char("="));
    if (equals !== 0 && startsWith(word, PREFIX)) {
      store<u8>(equals, 0);
      toOptionName(word + 5);
      suspect(word + 5, index);
    }
    index++;
  }
}
