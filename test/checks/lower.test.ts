import { describe, expect, it } from "vitest";
import { ZEROED_BASE } from "../../scripts/lib/literals.ts";
import { lower } from "../../scripts/lib/lower.ts";

/** A number below 2^21 as LEB128 in three bytes. */
const leb = (value: number) => [(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14];

/** A module that has nothing but data, at these addresses; `offset` is the instruction that gives the address. */
function moduleWith(segments: [number, number[]][], offset = 0x41, flags = 0): Uint8Array {
  const section = segments.flatMap(([address, bytes]) => [
    ...[flags, offset, ...leb(address), 0x0b],
    ...[...leb(bytes.length), ...bytes],
  ]);
  const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...head, 11, ...leb(section.length + 3), ...leb(segments.length), ...section]);
}

/** What wasm2c writes of the memory, and what lower() looks for. */
const parts = {
  data: "static const u8 data_segment_data_w2c_init_d0[] = {\n  0x01, 0x02,\n};\n",
  address: "#define MEM_ADDR(mem, addr, n) &((mem)->data[addr])\n",
  check: "#define RANGE_CHECK(mem, offset, len) if (offset + (u64)len > mem->size) TRAP(OOB);\n",
  otherCheck: "#define CHECK(mem, a, t) if (a + sizeof(t) > (mem)->size) TRAP(OOB);\n",
  copy: "static void init_memories(w2c_init* instance) {\n  LOAD_DATA(instance->w2c_memory, 16u, d0, 2);\n}\n",
  instantiate: "void wasm2c_init_instantiate(w2c_init* instance) {\n  init_memories(instance);\n  init_globals();\n}\n",
};
const written = (changes: Partial<typeof parts> = {}) => Object.values({ ...parts, ...changes }).join("");
const wasm = moduleWith([[16, [1, 2]]]);

describe("the C of wasm2c", () => {
  it("gets the memory's image as it is, in place of the copies, and constant bounds", () => {
    const c = lower(
      written(),
      moduleWith([
        [4, [7, 8]],
        [9, [9]],
      ]),
    );
    expect(c).toContain("initial_memory[] = {0,0,0,0,7,8,0,0,0,9};");
    expect(c).not.toMatch(/init_memories|data_segment_data|->data|->size/);
    expect(c.match(/> WASM_RT_MEMORY_BYTES\)/g)).toHaveLength(2);
    expect(c).toContain("  init_globals();");
  });

  it.each(Object.keys(parts).filter((part) => part !== "data" && part !== "instantiate") as (keyof typeof parts)[])(
    "is refused where %s is not there, or there twice",
    (part) => {
      expect(() => lower(written({ [part]: "" }), wasm)).toThrow(/^wasm2c wrote .* 0 times, 1 were expected$/);
      expect(() => lower(written({ [part]: parts[part] + parts[part] }), wasm)).toThrow(/ 2 times, 1 were expected$/);
    },
  );

  it("is refused where the constants would reach the zeroed buffers", () => {
    expect(() => lower(written(), moduleWith([[ZEROED_BASE - 1, [1]]]))).not.toThrow();
    expect(() => lower(written(), moduleWith([[ZEROED_BASE - 1, [1, 2]]]))).toThrow(
      `the constants end at ${ZEROED_BASE + 1}, behind ZEROED_BASE`,
    );
  });

  it("is refused where the data is not what the init has: passive segments, computed addresses, a torn module", () => {
    expect(() => lower(written(), moduleWith([[16, [1]]], 0x41, 1))).toThrow("an active data segment was expected");
    const global = 0x23;
    expect(() => lower(written(), moduleWith([[16, [1]]], global))).toThrow("an active data segment was expected");
    expect(() => lower(written(), wasm.subarray(0, 14))).toThrow("the WebAssembly module ends too early");
  });
});
