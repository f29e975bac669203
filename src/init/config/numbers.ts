/** Parses the numbers in values. */

/** Stands for "not a value": no option has a value like this. */
export const NONE: i32 = i32.MIN_VALUE;
/** A bound for the product of a number and its unit. */
const LARGEST: i64 = 1 << 58;

export function isDigit(character: i32): bool {
  return character >= char("0") && character <= char("9");
}

/** The number, which may have a fraction if `unit` is more than 1, times `unit`; -1 if it is not a number. */
export function scaled(from: usize, to: usize, unit: i64): i64 {
  let digits: i64 = 0;
  let point: i64 = 0;
  if (from >= to || !isDigit(load<u8>(from)) || load<u8>(to - 1) === char(".")) return -1;
  for (; from < to; from++) {
    const character = <i32>load<u8>(from);
    if (character === char(".") && point === 0 && unit > 1) {
      point = 1;
    } else {
      digits = digits * 10 + (character - char("0"));
      point *= 10;
      if (!isDigit(character) || digits > LARGEST / unit || point > LARGEST) return -1;
    }
  }
  return (digits * unit) / max<i64>(point, 1);
}

/** `value` if it is in the range from `least` to `most`, else NONE. */
export function within(value: i64, least: i32, most: i32): i32 {
  return value < least || value > most ? NONE : <i32>value;
}

/** A whole number, with or without a minus sign, from `least` to `most`; else NONE. */
export function signed(from: usize, to: usize, least: i32, most: i32): i32 {
  const isNegative = load<u8>(from) === char("-");
  const value = scaled(isNegative ? from + 1 : from, to, 1);
  return value < 0 ? NONE : within(isNegative ? -value : value, least, most);
}

/** An octal number up to 0777, else NONE. */
export function octal(from: usize, to: usize): i32 {
  if (from === to) return NONE;
  let value = 0;
  for (; from < to; from++) {
    const digit = <i32>load<u8>(from) - char("0");
    value = (value << 3) | digit;
    if (digit < 0 || digit > 7 || value > 0o777) return NONE;
  }
  return value;
}
