/*
 * The init's linear memory, watched: what belongs to nobody must be after a life as it was before, and so must the
 * constants; and what the kernel reads and writes must lie within one buffer.
 */
import { type Area, CONSTANTS, MEMORY_BASE, MEMORY_END, MEMORY_SECTION } from "../../scripts/lib/layout.ts";

/** What stands in unused memory: no text ends there, and no address, descriptor or pid looks so. */
const UNUSED = 0xa5;
/**
 * So much behind the address 0, and before the memory's base, is filled with that and looked at: whoever misses a buffer
 * or has none comes there. All 4 MiB would cost more than the life itself.
 */
const LOW_BYTES = 16384;
/** So many places are told of. */
const TOLD = 5;

const hex = (address: number): string => `0x${address.toString(16)}`;

/** A piece of memory: its first address, and the one behind its last. */
type Piece = readonly [from: number, to: number];

/** What a module says of its memory. */
interface Map {
  /** By their addresses. */
  readonly areas: readonly Area[];
  /** The place in `areas`, plus 1, of whom each byte from the base on belongs to; 0 is nobody. */
  readonly owners: Uint8Array;
  /** What belongs to nobody. */
  readonly unused: readonly Piece[];
  /** That, and the constants: what must not change. */
  readonly kept: readonly Piece[];
  /** The memory as a life begins, from the base on; null until the first has begun. */
  before: Uint8Array | null;
}

function mapOf(areas: readonly Area[]): Map {
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

const maps = new WeakMap<WebAssembly.Module, Map>();

/** What a checked module says of its memory (scripts/lib/compile.ts); of another, all from the base on is one. */
function mapIn(module: WebAssembly.Module | null): Map {
  const known = module && maps.get(module);
  if (known) return known;
  const [section] = module ? WebAssembly.Module.customSections(module, MEMORY_SECTION) : [];
  const areas = section
    ? (JSON.parse(new TextDecoder().decode(section)) as Area[])
    : [{ name: "memory", start: MEMORY_BASE, size: MEMORY_END - MEMORY_BASE }];
  const map = mapOf(areas.toSorted((a, b) => a.start - b.start));
  if (module) maps.set(module, map);
  return map;
}

/** One life's memory. */
export class InitMemory {
  readonly #bytes: Buffer;
  readonly #map: Map;

  /** @param module what the memory belongs to; null where a test stands for it. */
  constructor(memory: WebAssembly.Memory, module: WebAssembly.Module | null) {
    this.#bytes = Buffer.from(memory.buffer);
    this.#map = mapIn(module);
    for (const [from, to] of this.#map.unused) this.#bytes.fill(UNUSED, from, to);
    this.#map.before ??= new Uint8Array(this.#bytes.subarray(MEMORY_BASE, MEMORY_END));
  }

  /** The area that an address lies in; undefined where it lies in none. */
  #areaOf(address: number): Area | undefined {
    return this.#map.areas[(this.#map.owners[address - MEMORY_BASE] ?? 0) - 1];
  }

  /** `size` bytes for the kernel, null at the address 0; why not, where they do not lie within one buffer. */
  at(address: number, size: number): Uint8Array | string | null {
    if (address === 0) return null;
    const area = this.#areaOf(address);
    if (!area || address + size > area.start + area.size)
      return `access out of bounds: ${size} bytes at ${this.#nameOf(address)}`;
    return this.#bytes.subarray(address, address + size);
  }

  /** The text at an address without its NUL, null at the address 0; why not, where it does not end within its buffer. */
  text(address: number): Uint8Array | string | null {
    if (address === 0) return null;
    const area = this.#areaOf(address);
    const rest = this.#bytes.subarray(address, area ? area.start + area.size : address);
    const end = rest.indexOf(0);
    return end < 0 ? `a text without an end at ${this.#nameOf(address)}` : rest.subarray(0, end);
  }

  /** An address in words: the buffer that it lies in, or behind. */
  #nameOf(address: number): string {
    const area = this.#map.areas.findLast(({ start }) => start <= address);
    if (!area) return `${hex(address)}, below all memory`;
    const behind = address - area.start - area.size;
    return behind >= 0
      ? `${hex(address)}, ${behind} bytes behind the end of ${area.name}`
      : `${hex(address)}, byte ${address - area.start} of ${area.name}`;
  }

  /** What was changed that must not be: the addresses in words, in their order; empty where all is well. */
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
    const told = found.slice(0, TOLD).map((address) => this.#nameOf(address));
    return found.length > TOLD ? [...told, `and ${found.length - TOLD} bytes more`] : told;
  }
}

const LOW = new Uint8Array(LOW_BYTES).fill(UNUSED);
