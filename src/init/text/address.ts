/** Where our memory begins (scripts/lib/layout.ts, MEMORY_BASE). Tables hold the addresses of constants as offsets from here. */
export const BASE: i32 = 0x400000;

/** The address for an offset in a table; 0 for 0, which is no address. */
export function atOffset(offset: i32): usize {
  return offset === 0 ? 0 : <usize>(BASE + offset);
}
