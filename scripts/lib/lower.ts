import { dataSegments } from "./data.ts";
import { ELF_HEADERS_BYTES, MEMORY_BASE, ZEROED_BASE } from "./layout.ts";

/** Texts that wasm2c writes, and their replacements; `times` is how often each must occur, "any" for once or more. */
const replacements: { what: RegExp; by: string; times: number | "any" }[] = [
  // The initial memory is part of the executable, instead of being copied at every start.
  { what: /static void init_memories\(w2c_init\* instance\) \{[^}]*\}/g, by: "", times: 1 },
  { what: /static const u8 data_segment_data_w2c_init_d\d+\[\] = \{[^}]*\};/g, by: "", times: "any" },
  { what: /void wasm2c_init_instantiate\(w2c_init\* instance,[^]*?\n\}\n/g, by: "", times: 1 },
  { what: /void wasm2c_init_free\(w2c_init\* instance\) \{[^]*?\n\}\n/g, by: "", times: 1 },
  { what: /static void init_data_instances\(w2c_init \*instance\) \{[^]*?\n\}\n/g, by: "", times: 1 },
  { what: /static void init_instance_import\([^]*?\n\}\n/g, by: "", times: 1 },
  // Addresses are the process's own; for constant ones, the host has a shorter form.
  { what: /&\(\(mem\)->data\[addr\]\)/g, by: "(u8*)ADDRESS(addr)", times: 1 },
  {
    what: /static inline (?=(?:t3|void|return_type) name)/g,
    by: "static inline __attribute__((always_inline)) ",
    times: "any",
  },
  // The host zeroes the variables.
  { what: /^ {2}instance->w2c_\w+ = 0u(?:ll)?;\n/gm, by: "", times: "any" },
  // There is one instance, which the host declares as `instance`.
  { what: /^wasm_rt_memory_t\* w2c_init_memory\([^]*?\n\}\n/gm, by: "", times: 1 },
  { what: /\(w2c_init\* instance\)/g, by: "(void)", times: "any" },
  { what: /\(w2c_init\* instance, /g, by: "(", times: "any" },
  { what: /\(w2c_init\*\)/g, by: "(void)", times: "any" },
  { what: /\(w2c_init\*, /g, by: "(", times: "any" },
  { what: /\(instance(?:->w2c_host_instance)?\)/g, by: "()", times: "any" },
  { what: /\(instance(?:->w2c_host_instance)?, /g, by: "(", times: "any" },
];

/** The same for wasm2c's header. */
const headerReplacements: typeof replacements = [
  { what: /^void wasm2c_init_(?:instantiate|free)\(.*\n/gm, by: "", times: 2 },
  { what: /^wasm_rt_memory_t\* w2c_init_memory\(.*\n/gm, by: "", times: 1 },
  { what: /^ {2}struct w2c_host\* w2c_host_instance;\n/gm, by: "", times: 1 },
  { what: /\((?:w2c_init|struct w2c_host)\*(?: instance)?\);/g, by: "(void);", times: "any" },
  { what: /\((?:w2c_init|struct w2c_host)\*, /g, by: "(", times: "any" },
];

/** Makes the replacements, and checks that each text occurs, so that a changed wasm2c does not go unnoticed. */
function replace(c: string, list: typeof replacements): string {
  return list.reduce((text, { what, by, times }) => {
    const found = text.match(what)?.length ?? 0;
    if (times === "any" ? found === 0 : found !== times)
      throw new Error(`wasm2c wrote ${String(what)} ${String(found)} times, ${String(times)} were expected`);
    return text.replace(what, by);
  }, c);
}

/**
 * Fits wasm2c's C to one instance in static memory: the linear memory's initial image is a piece of the executable
 * (`initial_memory`, a section of its own that the linker script puts where the module expects it), and functions do
 * not pass the instance to each other. Bounds are checked by the processor: see wasm-rt.h.
 *
 * @throws Error if wasm2c wrote something unexpected.
 */
export function lower(c: string, wasm: Uint8Array): string {
  const segments = dataSegments(wasm);
  const start = MEMORY_BASE + ELF_HEADERS_BYTES;
  const end = Math.max(start, ...segments.map(({ address, bytes }) => address + bytes.length));
  if (end > ZEROED_BASE) throw new Error(`the constants end at ${String(end)}, behind ZEROED_BASE`);
  const image = new Uint8Array(end - start);
  for (const { address, bytes } of segments) {
    if (address < start) throw new Error(`a constant lies at ${String(address)}, before the memory`);
    image.set(bytes, address - start);
  }
  return `${replace(c, replacements)}
/* The linear memory as it is before the first instruction. */
__attribute__((section(".memory.initial"), aligned(16), used)) static u8 initial_memory[] = {${image.join(",")}};
`;
}

/** Fits wasm2c's header to the result of `lower`. */
export function lowerHeader(h: string): string {
  return replace(h, headerReplacements);
}
