/** The option table as the init reads it. The build makes its rows from options.data.ts (scripts/lib/options.ts). */
import { atOffset } from "../text/address";
import { indexIn, length } from "../text/bytes";
import { unpack } from "../text/packed";
import { Id, Kind, NAMES, NAMES_BYTES, OPTIONS, ROWS, Section } from "./options.data";
import { Buffer, Message, Readable, Text } from "../text/views";

export {
  ForwardTo,
  Healthcheck,
  Id,
  Isolate,
  Kind,
  Limits,
  LogFormat,
  OPTIONS,
  Restart,
  RestartLeaves,
  Section,
  Summary,
  Wait,
} from "./options.data";

/** One row. */
@unmanaged
export class Option {
  private letterByte: u8 = 0;
  private kindByte: u8 = 0;
  private sectionByte: u8 = 0;
  private setsByte: u8 = 0;
  private detailHalf: u16 = 0;
  private helpHalf: u16 = 0;
  private defaultHalf: u16 = 0;

  /** The short name, or 0. */
  get letter(): i32 {
    return this.letterByte;
  }
  get kind(): Kind {
    return <Kind>(<i32>this.kindByte);
  }
  get section(): Section {
    return <Section>(<i32>this.sectionByte);
  }
  /** WORD and RESTART: its words. DURATION: the word for none, or 0. FLAG and PRESENCE: what yes sets. Others: what the usage calls the value. */
  get detail(): Text {
    const half = <i32>this.detailHalf;
    return half <= MOST_YES ? <usize>half : atOffset(half);
  }
  /** What it does, in one line. */
  get help(): Message {
    return atOffset(this.helpHalf);
  }
  /** The default, as a user would write it; 0 if the value is then 0. */
  get defaultValue(): Text {
    return atOffset(this.defaultHalf);
  }
  /** The option that it sets: itself, or the one that it is an alias for a value of. */
  get sets(): Id {
    return <Id>(<i32>this.setsByte);
  }
}
const ROW_BYTES: usize = offsetof<Option>();
/** `detail` is a number up to this one, which yes sets, or an offset. */
const MOST_YES: i32 = 2;

/** The row of an option. */
export function option(id: i32): Option {
  check(id >= 0 && id < OPTIONS);
  return changetype<Option>(ROWS + <usize>id * ROW_BYTES);
}

/** The index of a row in the table. */
export function idOf(row: Option): i32 {
  check(changetype<usize>(row) >= ROWS && changetype<usize>(row) < ROWS + <usize>OPTIONS * ROW_BYTES);
  return <i32>((changetype<usize>(row) - ROWS) / ROW_BYTES);
}

/** NAMES, unpacked at first use. */
const unpacked: Buffer = zeroedCold(NAMES_BYTES);

/** The long names without dashes, in the order of the rows, separated by bars. */
export function names(): Text {
  if (load<u8>(unpacked) === 0) unpack(unpacked, endOf(unpacked), NAMES);
  return <Text>unpacked;
}

/** Where an option's name begins in `names`: one byte after the end of the one before. */
export function nameOf(id: i32): usize {
  check(id >= 0 && id <= OPTIONS);
  let name = names();
  for (; id > 0; name++) if (load<u8>(name) === char("|") || load<u8>(name) === 0) id--;
  return name;
}

/** The option with a long name, or -1. */
export function byName(name: Readable): i32 {
  return indexIn(name, name + length(name), names());
}

/** The option with a letter, or -1. */
export function byLetter(letter: i32): i32 {
  for (let id = 0; id < OPTIONS; id++) if (letter !== 0 && option(id).letter === letter) return id;
  return -1;
}

/** Whether an option is a flag, with a `--no-` form. */
export function isFlag(row: Option): bool {
  return row.kind === Kind.FLAG || row.kind === Kind.PRESENCE;
}

/** Whether an option is a list, which may be given several times. */
export function isList(row: Option): bool {
  return row.kind >= Kind.SIGNALS;
}

/** Whether an option can also be set in the environment and in a file. */
export function isSetting(row: Option): bool {
  return row.kind > Kind.COUNT;
}
