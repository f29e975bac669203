/*
 * Describes the init's variables to gdb. In the C they are fields of the state, whose address is in a register, and have the
 * names of wasm2c. C cannot declare a variable relative to a register; so the debug build gets the DWARF for one (DWARF 4,
 * dwarfstd.org): for each file a variable of its name, a struct with the variables of the file, for `print death` and
 * `print death.known`. None of this adds code or data.
 */

/** The abbreviations: the tag, whether it has children, and the attributes with their forms (DWARF 4, section 7.5). */
const UNIT = { code: 1, tag: 0x11, children: 1, attributes: [0x03, 0x08, 0x13, 0x0b] }; // name, language
const BASE = { code: 2, tag: 0x24, children: 0, attributes: [0x03, 0x08, 0x0b, 0x0b, 0x3e, 0x0b] }; // name, size, encoding
const STRUCT = { code: 3, tag: 0x13, children: 1, attributes: [0x03, 0x08, 0x0b, 0x0f] }; // name, size
const MEMBER = { code: 4, tag: 0x0d, children: 0, attributes: [0x03, 0x08, 0x49, 0x13, 0x38, 0x0f] }; // name, type, offset
const VARIABLE = { code: 5, tag: 0x34, children: 0, attributes: [0x03, 0x08, 0x49, 0x13, 0x02, 0x18] }; // name, type, location

/** DW_LANG_C99, and DW_OP_breg0: the first of the operations for an offset from a register. */
const LANGUAGE = 0x0c;
const BREG0 = 0x70;

/** The size and the encoding (DW_ATE: 2 boolean, 5 signed, 7 unsigned) of a variable. Those of WebAssembly have 4 or 8 bytes. */
function formatOf(type: string): { size: number; encoding: number } {
  const size = type.endsWith("64") ? 8 : 4;
  return { size, encoding: type === "bool" ? 2 : type.startsWith("i") ? 5 : 7 };
}

/** A variable of the init: its path in the program, "supervision/death/known", and where it is in the state. */
interface Variable {
  path: string;
  file: string;
  name: string;
  type: string;
  offset: number;
}

/** The variables that the optimizer left, from wasm2c's header: the first fields of `w2c_init`. */
function variablesOf(header: string, types: ReadonlyMap<string, string>): Variable[] {
  const fields = /^typedef struct w2c_init \{\n([^}]*)\} w2c_init;/m.exec(header)?.[1] ?? "";
  let end = 0;
  return [...fields.matchAll(/^ {2}u(32|64) w2c_(\w+);$/gm)].map(([, bits, mangled = ""]) => {
    const path = mangled.replaceAll("0x2F", "/");
    const type = types.get(path);
    if (type === undefined) throw new Error(`wasm2c's header has a variable ${path}, which the init does not have`);
    const { size } = formatOf(type);
    if (size !== Number(bits) / 8) throw new Error(`${path} is of type ${type}, and has ${String(bits)} bits`);
    const offset = Math.ceil(end / size) * size;
    end = offset + size;
    const [name = "", file = ""] = path.split("/").reverse();
    return { path, file, name, type, offset };
  });
}

/**
 * C with the DWARF of the init's variables, to be appended to that of the program.
 *
 * @param header wasm2c's header.
 * @param types the type of each variable of the init, by its path.
 * @param register the DWARF number of the CPU's STATE_REGISTER (src/host).
 * @throws Error if the header is not as expected.
 */
export function variablesSource(header: string, types: ReadonlyMap<string, string>, register: number): string {
  const variables = variablesOf(header, types);
  if (variables.length === 0) throw new Error("wasm2c's header has no variables where they are expected");
  const size = Math.max(...variables.map(({ offset, type }) => offset + formatOf(type).size));
  const begin = ({ code }: { code: number }, name: string) => [`.uleb128 ${String(code)}`, `.asciz "${name}"`];
  const reference = (label: string) => `.4byte .Lvariables_${label} - .Lvariables_unit`;
  const abbreviations = [UNIT, BASE, STRUCT, MEMBER, VARIABLE].map(
    ({ code, tag, children, attributes }) => `.byte ${[code, tag, children, ...attributes, 0, 0].join(", ")}`,
  );
  const bases = [...new Set(variables.map(({ type }) => type))].flatMap((type) => {
    const { size: bytes, encoding } = formatOf(type);
    return [`.Lvariables_${type}:`, ...begin(BASE, type), `.byte ${String(bytes)}, ${String(encoding)}`];
  });
  const files = [...Map.groupBy(variables, ({ file }) => file)].flatMap(([file, members]) => [
    `.Lvariables_of_${file}:`,
    ...begin(STRUCT, `${file}.ts`),
    `.uleb128 ${String(size)}`,
    ...members.flatMap(({ name, type, offset }) => [
      ...begin(MEMBER, name),
      reference(type),
      `.uleb128 ${String(offset)}`,
    ]),
    ".byte 0",
    ...begin(VARIABLE, file.replaceAll("-", "_")),
    reference(`of_${file}`),
    ".uleb128 2f - 1f",
    `1: .byte ${String(BREG0 + register)}`,
    ".sleb128 -SHORT_OFFSETS",
    "2:",
  ]);
  const assembly = [
    '.pushsection .debug_abbrev, "", %progbits',
    ".Lvariables_abbreviations:",
    ...abbreviations,
    ".byte 0",
    ".popsection",
    '.pushsection .debug_info, "", %progbits',
    ".Lvariables_unit:",
    ".4byte .Lvariables_end - .Lvariables_version",
    ".Lvariables_version:",
    ".2byte 4",
    ".4byte .Lvariables_abbreviations",
    ".byte __SIZEOF_POINTER__",
    ...begin(UNIT, "src/init"),
    `.byte ${String(LANGUAGE)}`,
    ...bases,
    ...files,
    ".byte 0",
    ".Lvariables_end:",
    ".popsection",
  ];
  // The C compiler inserts the values of the macros.
  const macro = /SHORT_OFFSETS|__SIZEOF_POINTER__/g;
  const lines = assembly.map((line) => JSON.stringify(`${line}\n`).replaceAll(macro, (name) => `" NUMBER(${name}) "`));
  const checks = variables.map(
    ({ path, offset }) =>
      `_Static_assert(offsetof(w2c_init, w2c_${path.replaceAll("/", "0x2F")}) == ${String(offset)}, "${path}");`,
  );
  return [
    ...checks,
    '_Static_assert(offsetof(struct state, module) == 0, "the variables come first");',
    "#define TEXT(number) #number",
    "#define NUMBER(macro) TEXT(macro)",
    ...["__asm__(", ...lines, ");", ""],
  ].join("\n");
}
