/**
 * What must not be in a log line: invalid UTF-8, control characters, invisible characters, and characters that change the order
 * in which others are displayed.
 */

/**
 * Ranges of code points, in order: the first one, and in the lower 12 bits how many follow. They are Unicode's
 * Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and Bidi_Control, the control characters beyond ASCII, the line and
 * paragraph separators, and the interlinear annotation characters.
 */
// prettier-ignore
const hidden: usize = memory.data<u32>([
  0x80 << 12 | 0x1f,
  0xad << 12 | 0x0,
  0x34f << 12 | 0x0,
  0x61c << 12 | 0x0,
  0x115f << 12 | 0x1,
  0x17b4 << 12 | 0x1,
  0x180b << 12 | 0x4,
  0x200b << 12 | 0x4,
  0x2028 << 12 | 0x6,
  0x2060 << 12 | 0xf,
  0x3164 << 12 | 0x0,
  0xfe00 << 12 | 0xf,
  0xfeff << 12 | 0x0,
  0xffa0 << 12 | 0x0,
  0xfff0 << 12 | 0xb,
  0x1bca0 << 12 | 0x3,
  0x1d173 << 12 | 0x7,
  0xe0000 << 12 | 0xfff,
]);

/** The size in bytes of the character that was decoded last, and its code point; below 0 if it is invalid. */
let size: i32 = 0;
export let codePoint: i32 = 0;

function isHidden(codePoint: i32): bool {
  if (codePoint < 128) return codePoint < 32 || codePoint === 127;
  for (let range = hidden; range < endOf(hidden); range += sizeof<u32>()) {
    const ends = load<u32>(range);
    if (<u32>codePoint - (ends >> 12) <= (ends & 0xfff)) return true;
  }
  return false;
}

/** The code point at `at`, where `length` bytes remain; -1 if it is not valid UTF-8 (RFC 3629). Sets `size`. */
function decode(at: usize, length: i32): i32 {
  const first = <i32>load<u8>(at);
  size = 1;
  if (first < 0x80) return first;
  const bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes > length) return -1;
  let codePoint = first & (0x7f >> bytes);
  for (let i = 1; i < bytes; i++) {
    const next = <i32>load<u8>(at + i);
    if ((next & 0xc0) !== 0x80) return -1;
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  const isLonger = codePoint < (bytes === 4 ? 0x10000 : bytes === 3 ? 0x800 : 0x80);
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  if (isLonger || isSurrogate || codePoint > 0x10ffff) return -1;
  size = bytes;
  return codePoint;
}

/** The size in bytes of the character at `at`, where `length` bytes remain; negated if it must not be displayed. */
export function measure(at: usize, length: i32): i32 {
  codePoint = decode(at, length);
  return codePoint < 0 || isHidden(codePoint) ? -size : size;
}
