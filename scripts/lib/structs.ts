import * as as from "assemblyscript";

/*
 * Describes the linear memory to gdb. In the executable, it is numbers at addresses; so the debug build gets, besides its code,
 * a C struct for each class of the init that a constant is a view of, and a symbol for each of these constants, for
 * `print supervisee`. None of this adds code or data.
 */

/** The C type of each type that a field can have. */
const C_TYPES: Readonly<Record<string, string>> = {
  bool: "_Bool",
  i8: "int8_t",
  u8: "uint8_t",
  i16: "int16_t",
  u16: "uint16_t",
  i32: "int32_t",
  u32: "uint32_t",
  i64: "int64_t",
  u64: "uint64_t",
  // An address in the linear memory.
  usize: "uint32_t",
};

/** The fields of a class, in the order of their offsets. */
function fieldsOf(type: as.Class): { name: string; place: number; cType: string; enumeration: as.Enum | null }[] {
  const fields = [...(type.members ?? [])].flatMap(([name, property]) => {
    if (!(property instanceof as.PropertyPrototype) || !property.instance?.isField) return [];
    const { instance } = property;
    const [place, written] = [instance.memoryOffset, instance.type.toString()];
    const said = property.fieldDeclaration?.type?.name?.identifier.text;
    const meant = said === undefined ? null : type.lookup(said);
    const cType = C_TYPES[written];
    if (cType === undefined)
      throw new Error(`${type.name}.${name} is of type ${written}, which gdb is told nothing of`);
    return [{ name, place, cType, enumeration: meant instanceof as.Enum ? meant : null }];
  });
  return fields.sort((a, b) => a.place - b.place);
}

/** A C enum whose members are prefixed with its name: State_RUNNING. */
function enumSource(enumeration: as.Enum): string {
  const members = [...(enumeration.members ?? [])].flatMap(([name, member]) =>
    member instanceof as.EnumValue
      ? `${enumeration.name}_${name} = ${String(member.constantIntegerValue.toNumber())}`
      : [],
  );
  return `enum ${enumeration.name} { ${members.join(", ")} };`;
}

/** A C struct with each field at the offset that AssemblyScript gave it, which the C compiler checks. */
function structSource(type: as.Class): string {
  const fields = fieldsOf(type);
  const declared = fields.map(
    ({ name, cType, enumeration }) => `  ${enumeration ? `enum ${enumeration.name}` : cType} ${name};`,
  );
  const checks = fields.map(
    ({ name, place }) =>
      `_Static_assert(offsetof(struct ${type.name}, ${name}) == ${String(place)}, "${type.name}.${name}");`,
  );
  return [`struct ${type.name} {`, ...declared, "};", ...checks].join("\n");
}

/** Collects the structs of a program. Hooks of asc's `transforms`. */
export class Structs {
  /** Their C, to be appended to that of the program; set once it is compiled. */
  source = "";
  /** The types of the program's variables and constants, by their paths, for variables.ts. */
  types: ReadonlyMap<string, string> = new Map();
  #program: as.Program | null = null;

  /** Called before compiling. */
  afterInitialize(program: as.Program): void {
    this.#program = program;
  }

  /** Called after compiling and before optimizing, which removes the constants. */
  afterCompile(module: as.Module): void {
    const elements = [...(this.#program?.elementsByName.values() ?? [])].filter(
      (element) => element instanceof as.Global,
    );
    this.types = new Map(elements.map(({ internalName, type }) => [internalName, type.toString()]));
    const globals = elements.flatMap(({ name, internalName, type: { classReference } }) =>
      classReference === null ? [] : [{ name, path: internalName, type: classReference }],
    );
    const addresses = new Map(
      [...module.emitText().matchAll(/\(global \$(\S+) i32 \(i32\.const (\d+)\)\)/g)].map(
        ([, path = "", address = ""]) => [path, Number(address)],
      ),
    );
    const types = [...new Set(globals.map(({ type }) => type))];
    const enumerations = types.flatMap((type) => fieldsOf(type).flatMap(({ enumeration }) => enumeration ?? []));
    const symbols = globals.map(({ name, path, type }) => {
      const address = addresses.get(path);
      if (address === undefined) throw new Error(`${path} is no constant address`);
      // The compiler omits a name that nothing uses; this use of it is discarded by the linker.
      return `extern struct ${type.name} ${name};
__asm__(".globl ${name}\\n.set ${name}, ${String(address)}");
static struct ${type.name} *const use_${name} __attribute__((used, section(".discarded"))) = &${name};`;
    });
    this.source = [...new Set(enumerations).values().map(enumSource), ...types.map(structSource), ...symbols, ""].join(
      "\n",
    );
  }
}
