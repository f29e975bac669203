import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { ELF_HEADERS_BYTES, MEMORY_BASE, ZEROED_BASE } from "../../scripts/lib/layout.ts";
import { lower, lowerHeader } from "../../scripts/lib/lower.ts";

/** A number below 2^27 as LEB128 in four bytes. */
const leb = (value: number) => [
  ...[(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, ((value >> 14) & 0x7f) | 0x80],
  value >> 21,
];

/** A module that has nothing but data, at these addresses; `offset` is the instruction that gives the address. */
function moduleWith(segments: [number, number[]][], offset = 0x41, flags = 0): Uint8Array {
  const section = segments.flatMap(([address, bytes]) => [
    ...[flags, offset, ...leb(address), 0x0b],
    ...[...leb(bytes.length), ...bytes],
  ]);
  const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...head, 11, ...leb(section.length + 4), ...leb(segments.length), ...section]);
}

const START = MEMORY_BASE + ELF_HEADERS_BYTES;

/** What wasm2c writes, as far as lower() looks for it. */
const parts = {
  data: "static const u8 data_segment_data_w2c_init_d0[] = {\n  0x01, 0x02,\n};\n",
  load: "static inline t3 name(wasm_rt_memory_t* mem, u64 addr) {}\n",
  address: "#define MEM_ADDR(mem, addr, n) &((mem)->data[addr])\n",
  copy: "static void init_memories(w2c_init* instance) {\n  LOAD_DATA(instance->w2c_memory, 16u, d0, 2);\n}\n",
  globals: "static void init_globals(w2c_init* instance) {\n  instance->w2c_a = 0u;\n  instance->w2c_b = 7u;\n}\n",
  dataInstances: "static void init_data_instances(w2c_init *instance) {\n}\n",
  imports: "static void init_instance_import(w2c_init* instance, struct w2c_host* h) {\n  instance->h = h;\n}\n",
  instantiate: "void wasm2c_init_instantiate(w2c_init* instance, struct w2c_host* h) {\n  init_globals(instance);\n}\n",
  free: "void wasm2c_init_free(w2c_init* instance) {\n}\n",
  memory: "wasm_rt_memory_t* w2c_init_memory(w2c_init* instance) {\n  return &instance->w2c_memory;\n}\n",
  prototypes: "static u32 one(w2c_init*, u32);\nstatic u32 none(w2c_init*);\n",
  code:
    "static u32 one(w2c_init* instance, u32 a) {\n  return none(instance) + w2c_host_x(instance->w2c_host_instance, a)" +
    " + w2c_host_y(instance->w2c_host_instance) + one(instance, instance->w2c_b);\n}\n",
};
const written = (changes: Partial<typeof parts> = {}) => Object.values({ ...parts, ...changes }).join("");
const wasm = moduleWith([[START, [1, 2]]]);

describe("the C of wasm2c", () => {
  it("gets the memory's image as it is, addresses as they are, and one instance that is not passed around", () => {
    const segments: [number, number[]][] = [
      [START + 4, [7, 8]],
      [START + 9, [9]],
    ];
    const c = lower(written(), moduleWith(segments));
    expect(c).toContain("initial_memory[] = {0,0,0,0,7,8,0,0,0,9};");
    for (const left of [
      /init_memories/,
      /data_segment_data/,
      /->data/,
      /w2c_host_instance/,
      /w2c_init\b/,
      /instantiate/,
    ])
      expectAbsent(left, c, written());
    expectAbsent(/w2c_a/, c, written());
    expect(c).toContain("MEM_ADDR(mem, addr, n) (u8*)ADDRESS(addr)\n");
    expect(c).toContain("static inline __attribute__((always_inline)) t3 name(");
    expect(c).toContain("static void init_globals(void) {\n  instance->w2c_b = 7u;\n}");
    expect(c).toContain("static u32 one(u32);\nstatic u32 none(void);\n");
    expect(c).toContain("return none() + w2c_host_x(a) + w2c_host_y() + one(instance->w2c_b);");
  });

  it("has a matching header", () => {
    const header = [
      ...["typedef struct w2c_init {", "  struct w2c_host* w2c_host_instance;", "  u32 w2c_a;", "} w2c_init;"],
      ...["void wasm2c_init_instantiate(w2c_init*, struct w2c_host*);", "void wasm2c_init_free(w2c_init*);"],
      ...["u32 w2c_host_x(struct w2c_host*, u32);", "u32 w2c_host_y(struct w2c_host*);"],
      ...["wasm_rt_memory_t* w2c_init_memory(w2c_init* instance);", "u32 w2c_init_start(w2c_init*);", ""],
    ];
    expect(lowerHeader(header.join("\n"))).toBe(
      "typedef struct w2c_init {\n  u32 w2c_a;\n} w2c_init;\n" +
        "u32 w2c_host_x(u32);\nu32 w2c_host_y(void);\nu32 w2c_init_start(void);\n",
    );
  });

  it.each(["address", "copy", "dataInstances", "imports", "instantiate", "free", "memory"] as const)(
    "is refused where %s is not there, or there twice",
    (part) => {
      expect(() => lower(written({ [part]: "" }), wasm)).toThrow(/^wasm2c wrote .* 0 times, 1 were expected$/);
      expect(() => lower(written({ [part]: parts[part] + parts[part] }), wasm)).toThrow(/ 2 times, 1 were expected$/);
    },
  );

  it("is refused where the constants would reach the zeroed buffers, or lie before the memory", () => {
    expect(() => lower(written(), moduleWith([[ZEROED_BASE - 1, [1]]]))).not.toThrow();
    expect(() => lower(written(), moduleWith([[ZEROED_BASE - 1, [1, 2]]]))).toThrow(
      `the constants end at ${ZEROED_BASE + 1}, behind ZEROED_BASE`,
    );
    expect(() => lower(written(), moduleWith([[START - 1, [1]]]))).toThrow(`at ${START - 1}, before the memory`);
  });

  it("is refused where the data is not what the init has: passive segments, computed addresses, a torn module", () => {
    expect(() => lower(written(), moduleWith([[START, [1]]], 0x41, 1))).toThrow("an active data segment was expected");
    const global = 0x23;
    expect(() => lower(written(), moduleWith([[START, [1]]], global))).toThrow("an active data segment was expected");
    expect(() => lower(written(), wasm.subarray(0, 16))).toThrow("the WebAssembly module ends too early");
  });
});
