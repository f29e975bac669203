/** Options in the environment: TINI_ and an option's name, in capitals with _ for -; and dumb-init's two variables. */
import * as host from "../linux/host";
import { DEBUG } from "../report/report";
import { find, same, startsWith } from "../text/bytes";
import { byName, Id, Kind, option } from "./options";
import { tooLong, wrong } from "./refusals";
import { remember } from "./sources";
import { apply } from "./values";
import { WORD_BYTES, word } from "./word";

/** The verbosity without any option. */
export let baseVerbosity: i32 = 1;

/** Enough of an entry to tell whether it is ours: one more than the longest that must match as a whole. */
const BEGINNING_BYTES: i32 = 19;

/** Makes `FORWARD_TO` in place `forward-to`. */
function toOptionName(variable: usize): void {
  for (; load<u8>(variable) !== 0; variable++) {
    const character = <i32>load<u8>(variable);
    if (character === code("_")) store<u8>(variable, <u8>code("-"));
    else if (character >= code("A") && character <= code("Z")) store<u8>(variable, <u8>(character + 32));
    // Small letters and dashes are no part of a variable's name: TINI_forward-to is not ours.
    else store<u8>(variable, <u8>code("?"));
  }
}

/** Applies one TINI_ variable. False where it is refused. */
function variable(index: i32): bool {
  const size = host.readEnvironment(index, 0, word, WORD_BYTES + 1);
  store<u8>(word + size, 0);
  const equals = find(word, code("="));
  if (equals === 0) return true;
  store<u8>(equals, 0);
  toOptionName(word + 5);
  const id = byName(word + 5);
  if (id < 0) return true;
  const kind = option(id).kind;
  if (kind === Kind.ACTION || kind === Kind.COUNT) return true;
  if (size > WORD_BYTES) {
    tooLong(-1 - index, WORD_BYTES);
    return false;
  }
  remember(id, -1 - index);
  if (apply(id, kind === Kind.PRESENCE ? 0 : equals + 1, true)) return true;
  wrong(option(id), equals + 1, -1 - index);
  return false;
}

/** Applies the environment. False where something in it is refused. */
export function readEnvironment(): bool {
  let index = 0;
  while (true) {
    const size = host.readEnvironment(index, 0, word, BEGINNING_BYTES);
    if (size < 0) return true;
    store<u8>(word + size, 0);
    if (startsWith(word, text("TINI_"))) {
      if (!variable(index)) return false;
    } else if (same(word, text("DUMB_INIT_SETSID=0"))) {
      remember(Id.SINGLE_CHILD, -1 - index);
      apply(Id.SINGLE_CHILD, 0, true);
    } else if (same(word, text("DUMB_INIT_DEBUG=1"))) {
      baseVerbosity = DEBUG;
    }
    index++;
  }
}
