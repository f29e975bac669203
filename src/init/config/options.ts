/** The option table as the init reads it: its rows are made from options.data.ts by the build (scripts/lib/options.ts). */
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
  OPTIONS,
  Restart,
  RestartLeaves,
  Section,
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
  /** WORD: its words. DURATION: the word for none, or 0. FLAG and PRESENCE: what yes sets. Others: what usage calls the value. */
  get detail(): Text {
    const half = <i32>this.detailHalf;
    return half <= MOST_YES ? <usize>half : atOffset(half);
  }
  /** One line that says what it does. */
  get help(): Message {
    return atOffset(this.helpHalf);
  }
  /** What holds where nobody sets it, as a user would set it; 0 where that is 0. */
  get defaultValue(): Text {
    return atOffset(this.defaultHalf);
  }
  /** The option that it sets: itself, or the one that it stands for a value of. */
  get sets(): Id {
    return <Id>(<i32>this.setsByte);
  }
}
const ROW_BYTES: usize = offsetof<Option>();
/** The largest number that yes sets, in place of an address. */
const MOST_YES: i32 = 2;

/** The row of an option. */
export function option(id: i32): Option {
  check(id >= 0 && id < OPTIONS);
  return changetype<Option>(ROWS + <usize>id * ROW_BYTES);
}

/** The place of a row in the table. */
export function idOf(row: Option): i32 {
  check(changetype<usize>(row) >= ROWS && changetype<usize>(row) < ROWS + <usize>OPTIONS * ROW_BYTES);
  return <i32>((changetype<usize>(row) - ROWS) / ROW_BYTES);
}

/** NAMES unpacked, once somebody asks. */
const unpacked: Buffer = zeroedCold(NAMES_BYTES);

/** The long names, without dashes, in the order of the rows, with bars between. */
export function names(): Text {
  if (load<u8>(unpacked) === 0) unpack(unpacked, endOf(unpacked), NAMES);
  return <Text>unpacked;
}

/** Where an option's name begins among `names`: one byte behind the end of the one before. */
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

/** Whether an option can be said several times. */
export function isList(row: Option): bool {
  return row.kind >= Kind.SIGNALS;
}

/** Whether an option has a place in the environment and in a file. */
export function isSetting(row: Option): bool {
  return row.kind > Kind.COUNT;
}
