/* Where things lie in the init's linear memory. */

/**
 * Where the linear memory lies: at the same addresses in WebAssembly and in the process, so that an access is one
 * instruction, and whatever lies outside is not mapped (src/host/link.ld). Before the constants stand the ELF headers.
 */
export const MEMORY_BASE = 0x400000;
export const MEMORY_END = MEMORY_BASE + 0x20000;
export const ELF_HEADERS_BYTES = 0xf0;
/** Where the zeroed buffers begin: constants must end before. */
export const ZEROED_BASE = MEMORY_BASE + 0x6000;
/**
 * Where the page is that everything lies on that each life touches: the structs first, within reach of short offsets
 * (src/host/host.c), then what is not larger than SMALL_BYTES, then the beginning of the one long text's memory.
 */
export const HOT_BASE = MEMORY_END - 0x2000;
const SMALL_BYTES = 511;
const LONG_BYTES = 4096;
const PAGE_BYTES = 4096;
/** The least of the long text's memory that must be on that page: most words and paths are no longer. */
const LONG_BEGINNING_BYTES = 128;
const ALIGNMENT = 8;
/** The least that lies unused before and behind each buffer of a guarded memory. */
export const GUARD_BYTES = 64;

/** A buffer that a source wants. */
export interface Buffer {
  /** The file and the variable. */
  name: string;
  size: number;
  /** The struct that it is for. */
  type?: string | undefined;
  /** Whether the build reckoned the size from the struct's fields. */
  isExact?: boolean;
  /** Whether few lives need it. */
  isSeldom: boolean;
}

/** A piece of memory that belongs together. */
export interface Area {
  name: string;
  /** The address of its first byte. */
  start: number;
  size: number;
}

/** The name of the area of all constants. */
export const CONSTANTS = "constants";
/** The section of a checked module that says what lies where in its memory (compile.ts). */
export const MEMORY_SECTION = "memory";

type Region = "structs" | "small" | "long" | "large";

function regionOf({ size, type, isSeldom }: Buffer): Region {
  if (isSeldom) return "large";
  if (type !== undefined) return "structs";
  return size <= SMALL_BYTES ? "small" : size > LONG_BYTES ? "long" : "large";
}

const round = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** What is larger has hardly more accesses than a small struct, and would keep others out of the reach of short offsets. */
const REACHED_BYTES = 64;

/** The buffers in the order in which they lie: of the structs, the largest first that are not larger than REACHED_BYTES. */
function inReach(buffers: readonly Buffer[]): Buffer[] {
  const rank = ({ size, type }: Buffer): number => (type === undefined ? 0 : size > REACHED_BYTES ? 0 : size);
  return buffers.toSorted((a, b) => rank(b) - rank(a));
}

/** Places buffers so that what each life touches lies on one page. */
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

/** Places buffers with something unused around each, which begins with the first byte behind a buffer. */
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
 * @param isGuarded for the tests: at least GUARD_BYTES that belong to nobody lie around each buffer.
 * @throws Error where the buffers do not fit into the memory.
 */
export function layOut(buffers: readonly Buffer[], isGuarded = false): Area[] {
  return isGuarded ? placeApart(buffers) : placeTightly(buffers);
}
