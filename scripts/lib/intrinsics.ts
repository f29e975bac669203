import * as as from "assemblyscript";
import { type Area, type Buffer, layOut } from "./layout.ts";
import { isPackable, placeTexts, type Texts } from "./literals.ts";

/*
 * AssemblyScript's strings are UTF-16 with a 20-byte header. The init has hundreds of short ASCII texts, all of them
 * constant, so the build gives the language six intrinsic functions. Editors and tsc know them from
 * `src/init/text/literals.d.ts`:
 *
 *   cString("abc")   the address of the literal's bytes in static memory, as UTF-8 with a NUL behind
 *   message("abc")   the same of an ASCII text that is packed (`pack` in literals.ts) and printed by `put` of text/line.ts
 *   messagePairs()   the address of the pairs of characters that messages are unpacked with
 *   char("a")        the number of one ASCII character
 *   zeroed(64)       the address of 64 zeroed bytes of static memory, aligned to 8; zeroed(16, Plan) for a struct; the size
 *                    may be made of constants, too: zeroed(OPTIONS * 4)
 *   zeroedCold(64)   the same, away from the page that every run touches: for what few runs need
 *
 * `memory.data(64)` of AssemblyScript would do for the last, but it puts buffers between the constants: their zeros would
 * be in the file, and what is written at run time would lie in as many pages as there are.
 *
 * The calls are replaced by numbers in the syntax tree, between the compiler's parser and the compiler. A use that is not
 * understood is an error of the compiler's own kind, at its place in the source.
 */
const INTRINSICS = ["cString", "message", "messagePairs", "char", "zeroed", "zeroedCold"] as const;
type Intrinsic = (typeof INTRINSICS)[number];

/** A call of an intrinsic, and where it hangs in the tree: more than once where the parser shares a node. */
interface Call {
  name: Intrinsic;
  node: as.CallExpression;
  holders: { holder: Record<string, unknown>; key: string }[];
  source: as.Source;
  /** The variable that is declared with it. */
  variable: string;
}

/** A use of an intrinsic that the build does not understand. */
class Misuse extends Error {
  readonly range: as.Range;

  constructor(message: string, range: as.Range) {
    super(message);
    this.range = range;
  }
}

const isIntrinsic = (name: string): name is Intrinsic => (INTRINSICS as readonly string[]).includes(name);

/** Whether a node gives an intrinsic's name to a function of the source: then a call of it would mean either. */
function hidesIntrinsic(node: unknown): node is { name: as.IdentifierExpression } {
  const declares =
    node instanceof as.ImportDeclaration ||
    (node instanceof as.FunctionDeclaration && !(node instanceof as.MethodDeclaration)) ||
    (node instanceof as.VariableDeclaration && node.initializer instanceof as.FunctionExpression) ||
    (node instanceof as.ParameterNode && node.type instanceof as.FunctionTypeNode);
  return declares && isIntrinsic(node.name.text);
}

/**
 * The calls of intrinsics in a source, in the order of the text.
 *
 * @throws Misuse where the source has a function of such a name itself.
 */
function callsIn(source: as.Source): Call[] {
  const calls = new Map<as.CallExpression, Call>();
  const seen = new Set<object>();
  const visit = (holder: object, outer: string): void => {
    if (seen.has(holder)) return;
    seen.add(holder);
    if (hidesIntrinsic(holder)) {
      const { text, range } = holder.name;
      throw new Misuse(`${text}() is a function of the build: this one needs another name`, range);
    }
    const variable = holder instanceof as.VariableDeclaration ? holder.name.text : outer;
    for (const [key, child] of Object.entries(holder) as [string, unknown][]) {
      // A range knows its source, which is where this began.
      if (key === "range" || typeof child !== "object" || child === null) continue;
      if (child instanceof as.CallExpression && child.expression instanceof as.IdentifierExpression) {
        const name = child.expression.text;
        if (isIntrinsic(name)) {
          const call = calls.get(child) ?? { name, node: child, holders: [], source, variable };
          call.holders.push({ holder: holder as Record<string, unknown>, key });
          calls.set(child, call);
        }
      }
      visit(child, variable);
    }
  };
  visit(source.statements, "?");
  return [...calls.values()].sort((a, b) => a.node.range.start - b.node.range.start);
}

/** The arguments of a call. @throws Misuse where there are fewer or more than that. */
function argumentsOf({ name, node }: Call, least: number, most = least): as.Node[] {
  if (node.typeArguments !== null) throw new Misuse(`${name}() takes no type arguments`, node.range);
  if (node.args.length < least || node.args.length > most) {
    const expected = least === most ? String(least) : `${String(least)} or ${String(most)}`;
    throw new Misuse(
      `${name}() takes ${expected} argument${most === 1 ? "" : "s"}, not ${String(node.args.length)}`,
      node.range,
    );
  }
  return node.args;
}

/** The value of a string literal, or of several with + between. @throws Misuse where it is anything else. */
function stringOf(node: as.Node, name: string): string {
  if (node instanceof as.StringLiteralExpression) return node.value;
  if (node instanceof as.ParenthesizedExpression) return stringOf(node.expression, name);
  if (node instanceof as.BinaryExpression && node.operator === as.Token.Plus)
    return stringOf(node.left, name) + stringOf(node.right, name);
  if (node instanceof as.TemplateLiteralExpression && node.tag === null && node.parts.length === 1)
    return node.parts[0] ?? "";
  throw new Misuse(`${name}() takes a string literal, or several with + between`, node.range);
}

/** The string that a call is given. @throws Misuse where it is given anything else, or what it cannot take. */
function literalOf(call: Call): string {
  const [argument] = argumentsOf(call, 1) as [as.Node];
  const literal = stringOf(argument, call.name);
  if (call.name === "cString" && literal.includes("\0"))
    throw new Misuse("cString() ends at its first NUL: it must have none", argument.range);
  if (call.name === "message" && !isPackable(literal))
    throw new Misuse("message() takes printable ASCII and line feeds", argument.range);
  if (call.name === "char" && !/^[\0-\x7f]$/.test(literal))
    throw new Misuse("char() takes one ASCII character", argument.range);
  return literal;
}

/** The sources that constants are looked up in, by the paths that imports have. */
type Sources = ReadonlyMap<string, as.Source>;

/** What a source calls `name`: the first value of its constant, or where it is imported from; undefined where nothing. */
function constantIn(source: as.Source, name: string): as.Node | { path: string; name: string } | undefined {
  for (const statement of source.statements) {
    if (statement instanceof as.VariableStatement) {
      const found = statement.declarations.find((declaration) => declaration.name.text === name);
      if (found !== undefined) return isConst(found) ? (found.initializer ?? undefined) : undefined;
    } else if (statement instanceof as.ImportStatement) {
      const found = statement.declarations?.find((declaration) => declaration.name.text === name);
      if (found !== undefined) return { path: statement.internalPath, name: found.foreignName.text };
    } else if (statement instanceof as.ExportStatement) {
      const found = statement.members?.find((member) => member.exportedName.text === name);
      if (found === undefined) continue;
      if (statement.internalPath !== null) return { path: statement.internalPath, name: found.localName.text };
      if (found.localName.text !== name) return constantIn(source, found.localName.text);
    }
  }
  return undefined;
}

/** CommonFlags.Const of the compiler, which does not export it. */
const CONST = 1 << 3;
const isConst = (declaration: as.VariableDeclaration): boolean => (declaration.flags & CONST) !== 0;

/**
 * The value of sums, differences and products of numbers and constants.
 *
 * @param trail the constants whose values are being looked for.
 * @returns NaN where it is made of anything else.
 */
function numberOf(node: as.Node, source: as.Source, sources: Sources, trail: readonly as.Node[] = []): number {
  if (node instanceof as.IntegerLiteralExpression) return node.value.toNumber();
  if (node instanceof as.ParenthesizedExpression) return numberOf(node.expression, source, sources, trail);
  if (node instanceof as.BinaryExpression) {
    const [left, right] = [numberOf(node.left, source, sources, trail), numberOf(node.right, source, sources, trail)];
    if (node.operator === as.Token.Plus) return left + right;
    if (node.operator === as.Token.Minus) return left - right;
    return node.operator === as.Token.Asterisk ? left * right : NaN;
  }
  if (!(node instanceof as.IdentifierExpression)) return NaN;
  let home = source;
  let found = constantIn(home, node.text);
  // Each step is another file, or the sources import in a circle.
  for (let steps = 0; found !== undefined && "path" in found && steps < sources.size; steps++) {
    const next = sources.get(found.path);
    if (next === undefined) return NaN;
    home = next;
    found = constantIn(home, found.name);
  }
  if (found === undefined || "path" in found || trail.includes(found)) return NaN;
  return numberOf(found, home, sources, [...trail, found]);
}

/** The buffer that a call asks for. @throws Misuse where its size is not known. */
function bufferOf(call: Call, sources: Sources): Buffer {
  const [bytes, type] = argumentsOf(call, 1, call.name === "zeroed" ? 2 : 1) as [as.Node, as.Node?];
  const size = numberOf(bytes, call.source, sources);
  if (!Number.isSafeInteger(size) || size <= 0) {
    const message = `${call.name}() takes a positive number of bytes, made of numbers and constants with + - *`;
    throw new Misuse(message, bytes.range);
  }
  if (type !== undefined && !(type instanceof as.IdentifierExpression))
    throw new Misuse("zeroed() takes the name of a class", type.range);
  const name = `${call.source.normalizedPath}: ${call.variable}`;
  return { name, size, type: type?.text, isSeldom: call.name === "zeroedCold" };
}

/** Places the buffers of calls. @throws Misuse at the first one without room. */
function place(calls: readonly Call[], buffers: readonly Buffer[], isGuarded: boolean): Area[] {
  try {
    return layOut(buffers, isGuarded);
  } catch (error) {
    const fits = (count: number): boolean => {
      try {
        return layOut(buffers.slice(0, count), isGuarded).length === count;
      } catch {
        return false;
      }
    };
    const call = calls.find((_, index) => !fits(index + 1));
    if (call === undefined) throw error;
    throw new Misuse(`${call.name}(): ${(error as Error).message}`, call.node.range);
  }
}

const integer = (value: number, range: as.Range): as.Node =>
  as.Node.createIntegerLiteralExpression(i64_new(value), range);

/** A call of one of the compiler's own functions. */
const callOf = (name: string, types: as.Node[] | null, args: as.Node[], range: as.Range): as.Node =>
  as.Node.createCallExpression(as.Node.createIdentifierExpression(name, range), types, args, range);

/** `address`, if a struct of that type is not larger than its room; an error of the compiler at `range` otherwise. */
function checked(address: as.Node, type: string, size: number, range: as.Range): as.Node {
  const message = `"${type} is larger than these ${String(size)} bytes"`;
  // The compiler says the text at the literal's place in the source: this is one.
  const place = new as.Range(1, message.length - 1);
  place.source = new as.Source(range.source.sourceKind, range.source.normalizedPath, message);
  const literal = as.Node.createStringLiteralExpression(message, place);
  const typeNode = as.Node.createNamedType(as.Node.createSimpleTypeName(type, range), null, false, range);
  const fits = as.Node.createBinaryExpression(
    as.Token.LessThan_Equals,
    callOf("offsetof", [typeNode], [], range),
    integer(size, range),
    range,
  );
  const error = callOf("ERROR", null, [literal], range);
  return as.Node.createParenthesizedExpression(as.Node.createTernaryExpression(fits, address, error, range), range);
}

/** The number that a call stands for. */
function valueOf(call: Call, texts: Texts, literal: string): number {
  switch (call.name) {
    case "cString":
      return texts.plain(literal);
    case "message":
      return texts.packed(literal);
    case "messagePairs":
      return texts.pairs;
    case "char":
      return literal.charCodeAt(0);
    default:
      throw new Error(`${call.name}() has no literal`);
  }
}

/** Replaces the intrinsics of a parsed program by what they stand for. Hooks of asc's `transforms`. */
export class Intrinsics {
  /** What must stand in the memory before the first instruction, once the program is parsed. */
  texts: Texts = placeTexts([], [], false);
  /** The buffers, in the order of the files and of the text. */
  buffers: readonly Area[] = [];
  private readonly isGuarded: boolean;

  /** @param isGuarded see `layOut`. */
  constructor(isGuarded = false) {
    this.isGuarded = isGuarded;
  }

  /** Called between parsing and compiling. Addresses depend on nothing but the names of the files and what is in them. */
  afterParse(parser: as.Parser): void {
    try {
      this.expand(parser.sources.filter((source) => !source.isLibrary));
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      const { User_defined_0 } = as.DiagnosticCode;
      parser.diagnostics.push(
        as.DiagnosticMessage.create(User_defined_0, as.DiagnosticCategory.Error, error.message).withRange(error.range),
      );
    }
  }

  /** Called before compiling: the compiler's own constants begin behind the texts. */
  afterInitialize(program: as.Program): void {
    program.options.memoryBase = this.texts.address + this.texts.bytes.length;
  }

  private expand(unsorted: as.Source[]): void {
    const sources = new Map(
      unsorted
        .sort((a, b) => (a.normalizedPath < b.normalizedPath ? -1 : 1))
        .map((source) => [source.internalPath, source]),
    );
    const calls = [...sources.values()].flatMap(callsIn);
    const replace = ({ holders }: Call, value: as.Node): void => {
      for (const { holder, key } of holders) holder[key] = value;
    };

    const zeroed = calls.filter(({ name }) => name === "zeroed" || name === "zeroedCold");
    const buffers = zeroed.map((call) => bufferOf(call, sources));
    const areas = place(zeroed, buffers, this.isGuarded);
    this.buffers = areas;
    for (const [index, call] of zeroed.entries()) {
      const { start = NaN, size = NaN } = areas[index] ?? {};
      const { range } = call.node;
      const type = buffers[index]?.type;
      const address = integer(start, range);
      replace(call, type === undefined ? address : checked(address, type, size, range));
    }

    const literals = calls
      .filter(({ name }) => name !== "zeroed" && name !== "zeroedCold")
      .map((call) => {
        if (call.name === "messagePairs") argumentsOf(call, 0);
        return { call, literal: call.name === "messagePairs" ? "" : literalOf(call) };
      });
    const given = (to: Intrinsic): string[] =>
      literals.filter(({ call }) => call.name === to).map(({ literal }) => literal);
    this.texts = placeTexts(given("cString"), given("message"), given("messagePairs").length > 0);
    for (const { call, literal } of literals)
      replace(call, integer(valueOf(call, this.texts, literal), call.node.range));
  }
}
