/**
 * What may not stand in a log line as it is: what is no UTF-8, what controls a terminal, what shows nothing, and what changes
 * the order in which others are shown.
 */

/**
 * Code points from and to, in their order: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and
 * Bidi_Control, its control characters beyond ASCII, line and paragraph separator, and interlinear annotation.
 */
// prettier-ignore
const hidden: usize = memory.data<u32>([
  0x80, 0x9f,
  0xad, 0xad,
  0x34f, 0x34f,
  0x61c, 0x61c,
  0x115f, 0x1160,
  0x17b4, 0x17b5,
  0x180b, 0x180f,
  0x200b, 0x200f,
  0x2028, 0x202e,
  0x2060, 0x206f,
  0x3164, 0x3164,
  0xfe00, 0xfe0f,
  0xfeff, 0xfeff,
  0xffa0, 0xffa0,
  0xfff0, 0xfffb,
  0x1bca0, 0x1bca3,
  0x1d173, 0x1d17a,
  0xe0000, 0xe0fff,
]);
const RANGES: i32 = 18;
const RANGE_BYTES: usize = 8;

/** The bytes of the character that `measure` has measured. */
let size: i32 = 0;

function isHidden(codePoint: i32): bool {
  if (codePoint < 32 || codePoint === 127) return true;
  for (let i = 0; i < RANGES; i++) {
    const range = hidden + <usize>i * RANGE_BYTES;
    if (codePoint >= load<i32>(range) && codePoint <= load<i32>(range + 4)) return true;
  }
  return false;
}

/** The code point that begins at `at`, of which there are `length` bytes; -1 where that is no UTF-8 (RFC 3629). Sets `size`. */
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

/** How many bytes the character that begins at `at` has, of the `length` that there are; below 0 where it is none to be shown. */
export function measure(at: usize, length: i32): i32 {
  const codePoint = decode(at, length);
  return codePoint < 0 || isHidden(codePoint) ? -size : size;
}
