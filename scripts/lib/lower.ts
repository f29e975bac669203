import { ZEROED_BASE } from "./literals.ts";

/** A piece of a WebAssembly module's initial memory. */
interface Segment {
  address: number;
  bytes: Uint8Array;
}

/** Reads unsigned LEB128 numbers and byte runs from a WebAssembly module. */
class Reader {
  private offset: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.offset++];
    if (value === undefined) throw new Error("the WebAssembly module ends too early");
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return taken;
  }
}

const DATA_SECTION = 11;
const I32_CONST = 0x41;
const END = 0x0b;

/** Reads the data section: where each segment lies in memory, and its bytes. */
function dataSegments(wasm: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (const module = new Reader(wasm, 8); !module.atEnd;) {
    const id = module.byte();
    const section = new Reader(module.take(module.unsigned()), 0);
    if (id !== DATA_SECTION) continue;
    for (let count = section.unsigned(); count > 0; count--) {
      if (section.unsigned() !== 0 || section.byte() !== I32_CONST)
        throw new Error("an active data segment was expected");
      // The address is a signed LEB128; addresses below 64 KiB read the same as unsigned, but for the sign bit's byte.
      const address = section.unsigned();
      if (section.byte() !== END) throw new Error("a constant address was expected");
      segments.push({ address, bytes: section.take(section.unsigned()) });
    }
  }
  return segments;
}

/** Replaces what must be there exactly `times` times: a new wasm2c that writes other C must not go unnoticed. */
function replaceExactly(c: string, what: string | RegExp, by: string, times: number): string {
  const parts = c.split(what);
  if (parts.length !== times + 1) {
    throw new Error(`wasm2c wrote ${String(what)} ${String(parts.length - 1)} times, ${String(times)} were expected`);
  }
  return parts.join(by);
}

/**
 * Fits wasm2c's C to one instance in static memory:
 * - the linear memory's beginning is the initial image itself (`initial_memory`, a section of its own that the linker
 *   script puts right before the zeroed rest) instead of code and constants that are copied at every start;
 * - the memory's size is a constant, so each bounds check is one comparison with it.
 *
 * The checks themselves are untouched.
 */
export function lower(c: string, wasm: Uint8Array): string {
  const segments = dataSegments(wasm);
  const length = Math.max(0, ...segments.map(({ address, bytes }) => address + bytes.length));
  if (length > ZEROED_BASE) throw new Error(`the constants end at ${String(length)}, behind ZEROED_BASE`);
  const image = new Uint8Array(length);
  for (const { address, bytes } of segments) image.set(bytes, address);

  const withoutCopies = replaceExactly(c, /static void init_memories\(w2c_init\* instance\) \{[^}]*\}/, "", 1)
    .replaceAll(/static const u8 data_segment_data_w2c_init_d\d+\[\] = \{[^}]*\};/g, "")
    .replace("  init_memories(instance);\n", "");
  const inStaticMemory = replaceExactly(withoutCopies, "&((mem)->data[addr])", "&linear_memory[addr]", 1);
  const withConstantSize = ["> mem->size)", "> (mem)->size)"].reduce(
    (text, size) => replaceExactly(text, size, "> WASM_RT_MEMORY_BYTES)", 1),
    inStaticMemory,
  );
  return `${withConstantSize}
/* The linear memory as it is before the first instruction. */
__attribute__((section(".memory.initial"), aligned(16), used)) static u8 initial_memory[] = {${image.join(",")}};
`;
}
