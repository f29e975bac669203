/** Writes a decimal number as a text. Returns the address of the NUL behind it. */
export function decimal(to: usize, value: u64): usize {
  let end = to;
  for (let rest = value; rest >= 10; rest /= 10) end++;
  for (let at = end; at >= to; value /= 10) store<u8>(at--, <u8>(48 + (value % 10)));
  store<u8>(++end, 0);
  return end;
}
