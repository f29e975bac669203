/** Where the memory begins (scripts/lib/layout.ts, MEMORY_BASE): a table has of a constant how far behind that it is. */
export const BASE: i32 = 0x400000;

/** The address that a table has as its distance from BASE; 0 is none. */
export function far(distance: i32): usize {
  return distance === 0 ? 0 : <usize>(BASE + distance);
}
