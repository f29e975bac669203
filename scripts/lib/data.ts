import { readUnsigned, signedLeb, unsignedLeb } from "./leb.ts";

/** Numbers of WebAssembly's binary format: section ids, and opcodes in a segment's address. */
const CUSTOM_SECTION = 0;
const CODE_SECTION = 10;
const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;
const I32_CONST = 0x41;
const END = 0x0b;
const HEADER_BYTES = 8;

/** A piece of a WebAssembly module's initial memory. */
export interface Segment {
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

/** Reads the data section: where each segment lies in memory, and its bytes. */
export function dataSegments(wasm: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (const module = new Reader(wasm, HEADER_BYTES); !module.atEnd;) {
    const id = module.byte();
    const section = new Reader(module.take(module.unsigned()), 0);
    if (id !== DATA_SECTION) continue;
    for (let count = section.unsigned(); count > 0; count--) {
      if (section.unsigned() !== 0 || section.byte() !== I32_CONST)
        throw new Error("an active data segment was expected");
      // The address is a signed LEB128; one that is not negative reads the same as unsigned.
      const address = section.unsigned();
      if (section.byte() !== END) throw new Error("a constant address was expected");
      segments.push({ address, bytes: section.take(section.unsigned()) });
    }
  }
  return segments;
}

/**
 * Adds a piece of initial memory to a WebAssembly module.
 *
 * @throws Error if the module is truncated, or has more than 126 pieces already.
 */
export function withData(wasm: Uint8Array, address: number, bytes: Uint8Array): Uint8Array {
  const segment = [0, I32_CONST, ...signedLeb(address), END, ...unsignedLeb(bytes.length), ...bytes];
  let behindCode = wasm.length;
  for (let offset = HEADER_BYTES; offset < wasm.length;) {
    const id = wasm[offset];
    const [size, start] = readUnsigned(wasm, offset + 1);
    const end = start + size;
    if (id === DATA_COUNT_SECTION) {
      // The count stays one byte: nothing after it may move, because the source map has its offsets.
      const [count, behind] = readUnsigned(wasm, start);
      if (behind !== start + 1 || count > 0x7e) throw new Error(`the module has ${String(count)} pieces of data`);
      wasm = wasm.slice();
      wasm[start] = count + 1;
    }
    if (id === DATA_SECTION) {
      const [count, segments] = readUnsigned(wasm, start);
      const body = [...unsignedLeb(count + 1), ...segment, ...wasm.subarray(segments, end)];
      return Uint8Array.from([
        ...wasm.subarray(0, offset),
        ...[DATA_SECTION, ...unsignedLeb(body.length), ...body],
        ...wasm.subarray(end),
      ]);
    }
    if (id === CODE_SECTION) behindCode = end;
    offset = end;
  }
  const body = [...unsignedLeb(1), ...segment];
  return Uint8Array.from([
    ...wasm.subarray(0, behindCode),
    ...[DATA_SECTION, ...unsignedLeb(body.length), ...body],
    ...wasm.subarray(behindCode),
  ]);
}

/** Adds a custom section with this name to a WebAssembly module. */
export function withSection(wasm: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const title = new TextEncoder().encode(name);
  const body = [...unsignedLeb(title.length), ...title, ...content];
  return Uint8Array.from([...wasm, CUSTOM_SECTION, ...unsignedLeb(body.length), ...body]);
}
