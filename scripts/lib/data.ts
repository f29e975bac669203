import { readUnsigned, signedLeb, unsignedLeb } from "./leb.ts";

/** What WebAssembly's binary format calls them (section ids, and the instruction of a segment's address). */
const CODE_SECTION = 10;
const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;
const I32_CONST = 0x41;
const END = 0x0b;
const HEADER_BYTES = 8;

/**
 * Adds a piece of initial memory to a WebAssembly module.
 *
 * @throws Error where the module is torn, or has more than 126 pieces already.
 */
export function withData(wasm: Uint8Array, address: number, bytes: Uint8Array): Uint8Array {
  const segment = [0, I32_CONST, ...signedLeb(address), END, ...unsignedLeb(bytes.length), ...bytes];
  let behindCode = wasm.length;
  for (let offset = HEADER_BYTES; offset < wasm.length;) {
    const id = wasm[offset];
    const [size, start] = readUnsigned(wasm, offset + 1);
    const end = start + size;
    if (id === DATA_COUNT_SECTION) {
      // One byte before and after: what lies behind must not move, because the source map says where it is.
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
