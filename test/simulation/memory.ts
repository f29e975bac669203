/*
 * Checks of the init's linear memory: unused memory and constants must not change during a life, and each access of the
 * init and of the kernel must lie within one buffer.
 */
import { type Area, CONSTANTS, MEMORY_BASE, MEMORY_END, MEMORY_SECTION } from "../../scripts/lib/layout.ts";
import { Trap, type UserMemory } from "../linux/kernel.ts";

/** The fill byte of unused memory: it ends no text, and no address, descriptor or pid looks like it. */
const UNUSED = 0xa5;
/**
 * How many bytes after the address 0, and before the memory's base, are filled and checked: NULL and too low addresses
 * lead there. All 4 MiB would cost more than the life itself.
 */
const LOW_BYTES = 16384;
/** The largest number of damaged places to report. */
const TOLD = 5;

const hex = (address: number): string => `0x${address.toString(16)}`;

/** A piece of memory: its first address, and the one after its last. */
type Piece = readonly [from: number, to: number];

/** The memory layout of a module. */
interface Layout {
  /** By their addresses. */
  readonly areas: readonly Area[];
  /** For each byte from the base on the index in `areas` of its owner, plus 1; 0 if it is unused. */
  readonly owners: Uint8Array;
  /** The unused memory. */
  readonly unused: readonly Piece[];
  /** The unused memory and the constants, which must not change. */
  readonly kept: readonly Piece[];
  /** The memory at the beginning of a life, from the base on; null until the first has begun. */
  before: Uint8Array | null;
}

function mapOf(areas: readonly Area[]): Layout {
  if (areas.length > 254) throw new Error("too many areas for a byte");
  const ends = [MEMORY_BASE, ...areas.map(({ start, size }) => start + size)];
  const starts = [...areas.map(({ start }) => start), MEMORY_END];
  const low: Piece[] = [
    [0, LOW_BYTES],
    [MEMORY_BASE - LOW_BYTES, MEMORY_BASE],
  ];
  const unused = [...low, ...ends.map((end, index): Piece => [end, starts[index] ?? end])];
  const owners = new Uint8Array(MEMORY_END - MEMORY_BASE);
  for (const [index, { start, size }] of areas.entries())
    owners.fill(index + 1, start - MEMORY_BASE, start - MEMORY_BASE + size);
  const constants = areas.filter(({ name }) => name === CONSTANTS);
  const kept = [...unused, ...constants.map(({ start, size }): Piece => [start, start + size])];
  return { areas, owners, unused, kept, before: null };
}

const maps = new WeakMap<WebAssembly.Module, Layout>();

/** The layout in a checked module (scripts/lib/compile.ts); in another, everything from the base on is one area. */
function mapIn(module: WebAssembly.Module | null): Layout {
  const known = module && maps.get(module);
  if (known) return known;
  const section = module ? WebAssembly.Module.customSections(module, MEMORY_SECTION).at(-1) : undefined;
  const areas = section
    ? (JSON.parse(new TextDecoder().decode(section)) as Area[])
    : [{ name: "memory", start: MEMORY_BASE, size: MEMORY_END - MEMORY_BASE }];
  const map = mapOf(areas.toSorted((a, b) => a.start - b.start));
  if (module) maps.set(module, map);
  return map;
}

/** The hooks for values that are read and written: they pass unchanged. */
const VALUES = {
  ...Object.fromEntries(
    ["i32", "i64", "f32", "f64"].flatMap((type) =>
      ["load", "store"].map((what) => [`${what}_val_${type}`, (_place: number, value: unknown) => value]),
    ),
  ),
  memory_grow_pre: (_place: number, pages: number) => pages,
  memory_grow_post: (_place: number, pages: number) => pages,
};

/** An access to memory that the init must not make. */
export class BadAccess extends Trap {
  override name = "BadAccess";
}

/** One life's memory. */
export class InitMemory implements UserMemory {
  #bytes: Buffer = Buffer.alloc(0);
  readonly #map: Layout;
  /** The end of what was used of each area, by its number in the map's `owners`. */
  readonly #ends = new Uint32Array(256);
  /** The accesses of the init outside of its buffers, as text. */
  readonly #accesses: string[] = [];
  /** The functions that a checked module imports from "env": they are called before each access to memory. */
  readonly checks = {
    load_ptr: (_place: number, size: number, offset: number, address: number): number =>
      this.#access("reads", size, offset, address),
    store_ptr: (_place: number, size: number, offset: number, address: number): number =>
      this.#access("writes", size, offset, address),
    check_room: (from: number, end: number): void => {
      this.#access("may use", (end - from) >>> 0, 0, from);
    },
    ...VALUES,
  };

  /** @param module the module with the memory; null if a test takes its place. */
  constructor(module: WebAssembly.Module | null) {
    this.#map = mapIn(module);
  }

  /** Begins a life with the memory as it was instantiated. */
  begin(memory: WebAssembly.Memory): void {
    this.#bytes = Buffer.from(memory.buffer);
    for (const [from, to] of this.#map.unused) this.#bytes.fill(UNUSED, from, to);
    this.#map.before ??= new Uint8Array(this.#bytes.subarray(MEMORY_BASE, MEMORY_END));
  }

  #use(area: number, end: number): void {
    if (end > (this.#ends[area] ?? 0)) this.#ends[area] = end;
  }

  /** How many bytes of each buffer were used: up to the last one that the init or the kernel accessed. */
  used(): Map<string, number> {
    return new Map(
      this.#map.areas.map(({ name, start }, index) => [name, Math.max((this.#ends[index + 1] ?? 0) - start, 0)]),
    );
  }

  /** Checks an access of the init: all bytes must belong to one area. Returns the address. @throws BadAccess */
  #access(what: string, size: number, offset: number, base: number): number {
    const address = (base >>> 0) + offset;
    const { owners } = this.#map;
    const first = owners[address - MEMORY_BASE] ?? 0;
    if (first !== 0 && owners[address - MEMORY_BASE + size - 1] === first) {
      this.#use(first, address + size);
      return base;
    }
    const found = `${what} ${size} bytes at ${this.#nameOf(address)}`;
    this.#accesses.push(found);
    throw new BadAccess(`the init ${found}`);
  }

  /** The area that an address lies in; undefined if it lies in none. */
  #areaOf(address: number): Area | undefined {
    return this.#map.areas[(this.#map.owners[address - MEMORY_BASE] ?? 0) - 1];
  }

  /** A view of memory; not a Buffer, whose `slice` would be a view as well. */
  #piece(from: number, to: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, from, to - from);
  }

  /** `size` bytes for the kernel; null at the address 0; a sentence if they do not lie within one buffer. */
  at(address: number, size: number): Uint8Array | string | null {
    if (address === 0) return null;
    const area = this.#areaOf(address);
    if (!area || address + size > area.start + area.size)
      return `access out of bounds: ${size} bytes at ${this.#nameOf(address)}`;
    this.#use(this.#map.owners[address - MEMORY_BASE] ?? 0, address + size);
    return this.#piece(address, address + size);
  }

  /** The text at an address without its NUL; null at the address 0; a sentence if it does not end within its buffer. */
  text(address: number): Uint8Array | string | null {
    if (address === 0) return null;
    const area = this.#areaOf(address);
    const rest = this.#piece(address, area ? area.start + area.size : address);
    const end = rest.indexOf(0);
    return end < 0 ? `a text without an end at ${this.#nameOf(address)}` : rest.subarray(0, end);
  }

  /** Describes an address: the buffer that it lies in, or after. */
  #nameOf(address: number): string {
    const area = this.#map.areas.findLast(({ start }) => start <= address);
    if (!area) return `${hex(address)}, below all memory`;
    const behind = address - area.start - area.size;
    return behind >= 0
      ? `${hex(address)}, ${behind} bytes behind the end of ${area.name}`
      : `${hex(address)}, byte ${address - area.start} of ${area.name}`;
  }

  /** Descriptions of the addresses that must not have changed; otherwise of the wrong accesses; empty if there are none. */
  damage(): string[] {
    const found: number[] = [];
    const before = (address: number): number =>
      address < MEMORY_BASE ? UNUSED : (this.#map.before?.[address - MEMORY_BASE] ?? UNUSED);
    for (const [from, to] of this.#map.kept) {
      const expected = from < MEMORY_BASE ? LOW : this.#map.before;
      const start = from < MEMORY_BASE ? 0 : from - MEMORY_BASE;
      if (expected && this.#bytes.compare(expected, start, start + to - from, from, to) === 0) continue;
      for (let at = from; at < to; at++) if (this.#bytes[at] !== before(at)) found.push(at);
    }
    if (found.length === 0) return this.#accesses;
    const told = found.slice(0, TOLD).map((address) => this.#nameOf(address));
    return found.length > TOLD ? [...told, `and ${found.length - TOLD} bytes more`] : told;
  }
}

const LOW = new Uint8Array(LOW_BYTES).fill(UNUSED);
