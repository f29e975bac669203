/* What the build computes from the syntax tree: the values of constants, and the sizes of buffers, tables and structs. */
import * as as from "assemblyscript";

/** The sources for looking up constants, by their paths as in imports. */
export type Sources = ReadonlyMap<string, as.Source>;

/** A declaration, and its source. */
interface Found {
  node: as.Node;
  home: as.Source;
}

/** CommonFlags.Const of the compiler, which does not export it. */
const CONST = 1 << 3;
const isConst = (declaration: as.VariableDeclaration): boolean => (declaration.flags & CONST) !== 0;

/** The declaration of `name` in a source: a constant's initializer, a class, an enum, or an import; undefined if there is none. */
function declaredIn(source: as.Source, name: string): as.Node | { path: string; name: string } | undefined {
  for (const statement of source.statements) {
    if (statement instanceof as.ClassDeclaration || statement instanceof as.EnumDeclaration) {
      if (statement.name.text === name) return statement;
    } else if (statement instanceof as.VariableStatement) {
      const found = statement.declarations.find((declaration) => declaration.name.text === name);
      if (found !== undefined) return isConst(found) ? (found.initializer ?? undefined) : undefined;
    } else if (statement instanceof as.ImportStatement) {
      const found = statement.declarations?.find((declaration) => declaration.name.text === name);
      if (found !== undefined) return { path: statement.internalPath, name: found.foreignName.text };
    } else if (statement instanceof as.ExportStatement) {
      const found = statement.members?.find((member) => member.exportedName.text === name);
      if (found === undefined) continue;
      if (statement.internalPath !== null) return { path: statement.internalPath, name: found.localName.text };
      if (found.localName.text !== name) return declaredIn(source, found.localName.text);
    }
  }
  return undefined;
}

/** The path of the file that a source imports as a whole by that name: `import * as cgroup`. */
function wholeFile(source: as.Source, name: string): string | undefined {
  const found = source.statements.find(
    (statement) => statement instanceof as.ImportStatement && statement.namespaceName?.text === name,
  );
  return (found as as.ImportStatement | undefined)?.internalPath;
}

/** What a name means, through the imports, or a member of a file that is imported as a whole; undefined if it is unknown. */
function lookUp(name: as.Node, source: as.Source, sources: Sources): Found | undefined {
  let home = source;
  let found: ReturnType<typeof declaredIn>;
  if (name instanceof as.IdentifierExpression) {
    found = declaredIn(home, name.text);
  } else if (name instanceof as.PropertyAccessExpression && name.expression instanceof as.IdentifierExpression) {
    const path = wholeFile(home, name.expression.text);
    if (path !== undefined) found = { path, name: name.property.text };
  }
  // Each step leads to another file, unless imports are circular.
  for (let steps = 0; found !== undefined && "path" in found && steps < sources.size; steps++) {
    const next = sources.get(found.path);
    if (next === undefined) return undefined;
    home = next;
    found = declaredIn(home, found.name);
  }
  return found === undefined || "path" in found ? undefined : { node: found, home };
}

/** The value of an operation; NaN for any other operator, or a division with a remainder. */
function operate(operator: number, left: number, right: number): number {
  switch (operator) {
    case as.Token.Plus:
      return left + right;
    case as.Token.Minus:
      return left - right;
    case as.Token.Asterisk:
      return left * right;
    case as.Token.Slash:
      return left % right === 0 ? left / right : NaN;
    case as.Token.LessThan_Equals:
      return compare(left, right, left <= right);
    case as.Token.LessThan:
      return compare(left, right, left < right);
    case as.Token.Equals_Equals_Equals:
      return compare(left, right, left === right);
    default:
      return NaN;
  }
}

const compare = (left: number, right: number, holds: boolean): number =>
  Number.isNaN(left) || Number.isNaN(right) ? NaN : Number(holds);

const isCallOf = (node: as.Node, ...names: string[]): node is as.CallExpression =>
  node instanceof as.CallExpression &&
  node.expression instanceof as.IdentifierExpression &&
  names.includes(node.expression.text);

/** The value of an enum's member, if the members count from 0; undefined for anything else. */
function enumValue(
  { expression, property }: as.PropertyAccessExpression,
  source: as.Source,
  sources: Sources,
): number | undefined {
  const found = lookUp(expression, source, sources)?.node;
  if (!(found instanceof as.EnumDeclaration) || found.values.some(({ initializer }) => initializer !== null))
    return undefined;
  const index = found.values.findIndex(({ name }) => name.text === property.text);
  return index < 0 ? undefined : index;
}

/**
 * The value of sums, differences, products and quotients of numbers, constants, members of enums, `bytesOf()`,
 * `sizeof<T>()` and `max()`; a comparison is 1 or 0.
 *
 * @param trail the constants that are being evaluated, against circles.
 * @returns NaN for anything else.
 */
export function numberOf(node: as.Node, source: as.Source, sources: Sources, trail: readonly as.Node[] = []): number {
  if (node instanceof as.IntegerLiteralExpression) return node.value.toNumber();
  if (node instanceof as.ParenthesizedExpression) return numberOf(node.expression, source, sources, trail);
  if (node instanceof as.BinaryExpression) {
    const [left, right] = [numberOf(node.left, source, sources, trail), numberOf(node.right, source, sources, trail)];
    return operate(node.operator, left, right);
  }
  if (isCallOf(node, "bytesOf")) return node.args[0] ? bytesOf(node.args[0], source, sources, trail) : NaN;
  if (isCallOf(node, "sizeof")) return typeBytes(node.typeArguments?.[0] ?? null);
  if (isCallOf(node, "max")) return Math.max(...node.args.map((each) => numberOf(each, source, sources, trail)));
  if (node instanceof as.PropertyAccessExpression) {
    const value = enumValue(node, source, sources);
    if (value !== undefined) return value;
  }
  const found = lookUp(node, source, sources);
  if (found === undefined || trail.includes(found.node)) return NaN;
  return numberOf(found.node, found.home, sources, [...trail, found.node]);
}

/** The size in bytes of each type of the language. An enum is an i32. */
const TYPE_BYTES: Readonly<Record<string, number>> = {
  ...{ bool: 1, i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, usize: 4, i64: 8, u64: 8 },
};
const ENUM_BYTES = 4;
const typeBytes = (type: as.Node | null): number =>
  type instanceof as.NamedTypeNode ? (TYPE_BYTES[type.name.identifier.text] ?? ENUM_BYTES) : NaN;

/** The size of a struct's fields in bytes, with each field at a multiple of its size, as the compiler places them. */
function structBytes(struct: as.ClassDeclaration): number {
  let end = 0;
  for (const member of struct.members) {
    if (!(member instanceof as.FieldDeclaration)) continue;
    const size = typeBytes(member.type);
    end = Math.ceil(end / size) * size + size;
  }
  return end;
}

/**
 * The size in bytes of what a name stands for: a buffer of `zeroed` or `zeroedCold`, a table of `memory.data`, a text of
 * `cString`, a struct, or another name for one of them. NaN if that is unknown.
 */
export function bytesOf(node: as.Node, source: as.Source, sources: Sources, trail: readonly as.Node[] = []): number {
  if (node instanceof as.ClassDeclaration) return structBytes(node);
  if (node instanceof as.AssertionExpression) return bytesOf(node.expression, source, sources, trail);
  if (isCallOf(node, "changetype", "zeroed", "zeroedCold")) {
    const [argument] = node.args;
    if (argument === undefined) return NaN;
    if (isCallOf(node, "changetype")) return bytesOf(argument, source, sources, trail);
    return sizeOf(argument, source, sources, trail);
  }
  if (isCallOf(node, "cString")) {
    const [text] = node.args;
    return text instanceof as.StringLiteralExpression ? Buffer.byteLength(text.value) + 1 : NaN;
  }
  if (node instanceof as.CallExpression) {
    const [table] = node.args;
    const isTable = node.expression instanceof as.PropertyAccessExpression && node.expression.property.text === "data";
    if (!isTable || !(table instanceof as.ArrayLiteralExpression)) return NaN;
    return table.elementExpressions.length * typeBytes(node.typeArguments?.[0] ?? null);
  }
  const found = lookUp(node, source, sources);
  if (found === undefined || trail.includes(found.node)) return NaN;
  return bytesOf(found.node, found.home, sources, [...trail, found.node]);
}

/** The class of a name; undefined if it is not a class. */
export function classOf(node: as.Node, source: as.Source, sources: Sources): as.ClassDeclaration | undefined {
  const found = lookUp(node, source, sources)?.node;
  return found instanceof as.ClassDeclaration ? found : undefined;
}

/** The fields of a struct with an initializer other than 0, false or the first member of an enum. */
export function fieldsNotZero(node: as.Node, source: as.Source, sources: Sources): as.FieldDeclaration[] {
  const found = lookUp(node, source, sources);
  if (!(found?.node instanceof as.ClassDeclaration)) return [];
  return found.node.members
    .filter((member) => member instanceof as.FieldDeclaration)
    .filter(
      ({ initializer }) =>
        initializer !== null &&
        !(initializer instanceof as.FalseExpression) &&
        numberOf(initializer, found.home, sources) !== 0,
    );
}

/** The size in a call of `zeroed`: a number, or that of a struct. NaN if it is unknown. */
export function sizeOf(node: as.Node, source: as.Source, sources: Sources, trail: readonly as.Node[] = []): number {
  const struct = classOf(node, source, sources);
  return struct ? structBytes(struct) : numberOf(node, source, sources, trail);
}
