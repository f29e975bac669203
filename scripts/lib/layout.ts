/* The layout of the init's linear memory. */

/**
 * The start of the linear memory. It has the same addresses in WebAssembly and in the process, so that an access is one
 * instruction, and nothing outside it is mapped (src/host/link.ld). It begins with the ELF headers, then come the constants.
 */
export const MEMORY_BASE = 0x400000;
export const MEMORY_END = MEMORY_BASE + 0x20000;
export const ELF_HEADERS_BYTES = 0x120;
/** Where the zeroed buffers begin: constants must end before. */
export const ZEROED_BASE = MEMORY_BASE + 0x6000;
/**
 * The page with everything that each run touches: first the structs, within reach of short offsets (src/host/host.c), then
 * buffers of up to SMALL_BYTES, then the first part of the long text's buffer.
 */
export const HOT_BASE = MEMORY_END - 0x2000;
const SMALL_BYTES = 511;
const LONG_BYTES = 4096;
const PAGE_BYTES = 4096;
/** How much of the long text's buffer must be on that page: most words and paths are no longer. */
const LONG_BEGINNING_BYTES = 128;
const ALIGNMENT = 8;
/** The least amount of unused memory before and after each buffer of a guarded memory. */
export const GUARD_BYTES = 64;

/** A buffer that a source declares. */
export interface Buffer {
  /** The file and the variable. */
  name: string;
  size: number;
  /** The struct that it is for. */
  type?: string | undefined;
  /** Whether the size was computed from the struct's fields. */
  isExact?: boolean;
  /** Whether few runs need it. */
  isSeldom: boolean;
}

/** A contiguous piece of memory. */
export interface Area {
  name: string;
  /** The address of its first byte. */
  start: number;
  size: number;
}

/** The name of the area of all constants. */
export const CONSTANTS = "constants";
/** The section of a checked module with the layout of its memory (compile.ts). */
export const MEMORY_SECTION = "memory";

type Region = "structs" | "small" | "long" | "large";

function regionOf({ size, type, isSeldom }: Buffer): Region {
  if (isSeldom) return "large";
  if (type !== undefined) return "structs";
  return size <= SMALL_BYTES ? "small" : size > LONG_BYTES ? "long" : "large";
}

const round = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** Larger structs are hardly accessed more often than small ones, and would push those out of reach of short offsets. */
const REACHED_BYTES = 64;

/**
 * The buffers in the order of their addresses; among structs of up to REACHED_BYTES, the largest first. What few lives need and
 * is as large as a page comes last: between others it would part those that are on one page.
 */
function inReach(buffers: readonly Buffer[]): Buffer[] {
  const rank = ({ size, type, isSeldom }: Buffer): number =>
    isSeldom && size >= PAGE_BYTES ? -1 : type === undefined || size > REACHED_BYTES ? 0 : size;
  return buffers.toSorted((a, b) => rank(b) - rank(a));
}

/** Places buffers so that what each run touches is on one page. */
function placeTightly(buffers: readonly Buffer[]): Area[] {
  const total = (region: Region): number =>
    buffers.filter((buffer) => regionOf(buffer) === region).reduce((sum, { size }) => sum + round(size), 0);
  const small = HOT_BASE + total("structs");
  const crowd = small + total("small") + LONG_BEGINNING_BYTES - (HOT_BASE + PAGE_BYTES);
  if (crowd > 0) throw new Error(`${String(crowd)} bytes too many for the one page; zeroedCold() is elsewhere`);
  const next = { structs: HOT_BASE, small, long: small + total("small"), large: ZEROED_BASE };
  const starts = new Map<Buffer, number>();
  for (const buffer of inReach(buffers)) {
    const region = regionOf(buffer);
    starts.set(buffer, next[region]);
    next[region] += round(buffer.size);
  }
  const areas = buffers.map((buffer) => ({ name: buffer.name, start: starts.get(buffer) ?? NaN, size: buffer.size }));
  const excess = Math.max(next.large - HOT_BASE, next.long - MEMORY_END);
  if (excess > 0) throw new Error(`the zeroed buffers are ${String(excess)} bytes too many`);
  return areas;
}

/** Places buffers with unused memory around each, right from the first byte after it. */
function placeApart(buffers: readonly Buffer[]): Area[] {
  let next = ZEROED_BASE + GUARD_BYTES;
  const areas = buffers.map(({ name, size }) => {
    const start = next;
    next = round(start + size) + GUARD_BYTES;
    return { name, start, size };
  });
  if (next > MEMORY_END) throw new Error(`the guarded buffers are ${String(next - MEMORY_END)} bytes too many`);
  return areas;
}

/**
 * Gives each buffer its place.
 *
 * @param isGuarded for the tests: at least GUARD_BYTES around each buffer stay unused.
 * @throws Error if the buffers do not fit into the memory.
 */
export function layOut(buffers: readonly Buffer[], isGuarded = false): Area[] {
  return isGuarded ? placeApart(buffers) : placeTightly(buffers);
}
