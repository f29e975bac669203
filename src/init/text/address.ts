/** Where the memory begins (scripts/lib/layout.ts, MEMORY_BASE). Tables have the addresses of constants as offsets from here. */
export const BASE: i32 = 0x400000;

/** The address that a table has as an offset from BASE; 0 for none. */
export function atOffset(offset: i32): usize {
  return offset === 0 ? 0 : <usize>(BASE + offset);
}
