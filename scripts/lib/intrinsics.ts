import * as as from "assemblyscript";
import { unknownPlace } from "./events.ts";
import { type Area, type Buffer, layOut } from "./layout.ts";
import { isPackable, placeTexts, type Texts } from "./literals.ts";
import { bytesOf, classOf, fieldsNotZero, numberOf, sizeOf, type Sources } from "./sizes.ts";

/*
 * AssemblyScript's strings are UTF-16 with a 20-byte header. The init has hundreds of short ASCII texts, all of them
 * constant, so the build gives the language a few intrinsic functions. Editors and tsc know them from
 * `src/init/text/intrinsics.d.ts`:
 *
 *   cString("abc")   the address of the literal's bytes in static memory, as UTF-8 with a NUL at the end
 *   message("abc")   the address of a packed ASCII text (`pack` in literals.ts), which `put` of text/line.ts prints;
 *                    `{signal}` in it is a placeholder for a value (src/init/report/events.data.ts)
 *   messagePairs()   the address of the pairs of characters for unpacking messages; messagePhrases(): that of the phrases
 *   messageDepth()   the largest number of codes on the stack while a message is unpacked
 *   char("a")        the code of one ASCII character
 *   zeroed(BYTES)    the address of BYTES zeroed bytes of static memory, aligned to 8: a number, or an expression of constants
 *                    with + - * and / (zeroed(OPTIONS * 4)); zeroed(Plan): room for a struct; zeroed(BYTES, Plan): room that
 *                    begins with a struct
 *   zeroedCold(BYTES)  the same, away from the pages that every run touches: for data that few runs need
 *   bytesOf(path)    the size in bytes of a buffer, a table of `memory.data` or a struct
 *   endOf(path)      the address of the first byte after it
 *   check(condition)      in the build for the simulation: traps if the condition does not hold; costs nothing in the executable;
 *                         the build fails if it can tell that the condition never holds
 *   checkRoom(from, end)  the same: traps if the bytes from `from` up to `end` are not within one buffer
 *
 * AssemblyScript's `memory.data(64)` could serve as `zeroed`, but it puts buffers between the constants: their zeros would be in
 * the file, and what is written at run time would be spread over all pages.
 *
 * The calls are replaced by numbers in the syntax tree, after parsing and before compiling. Wrong use is reported like an error
 * of the compiler, with its place in the source.
 */
const INTRINSICS = [
  ...(["cString", "message", "messagePairs", "messagePhrases", "messageDepth", "char"] as const),
  ...(["zeroed", "zeroedCold", "bytesOf", "endOf", "check", "checkRoom"] as const),
];
type Intrinsic = (typeof INTRINSICS)[number];

/** A call of an intrinsic, and its parents in the tree: several if the parser shares a node. */
interface Call {
  name: Intrinsic;
  node: as.CallExpression;
  holders: { holder: Record<string, unknown>; key: string }[];
  source: as.Source;
  /** The variable that it initializes. */
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

/** Whether a node gives an intrinsic's name to a function of the source: then a call would be ambiguous. */
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
 * @throws Misuse if the source has a function with such a name itself.
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

/** The arguments of a call. @throws Misuse if there are too few or too many. */
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

/** The value of a string literal, or of several joined by +. @throws Misuse if it is anything else. */
function stringOf(node: as.Node, name: string): string {
  if (node instanceof as.StringLiteralExpression) return node.value;
  if (node instanceof as.ParenthesizedExpression) return stringOf(node.expression, name);
  if (node instanceof as.BinaryExpression && node.operator === as.Token.Plus)
    return stringOf(node.left, name) + stringOf(node.right, name);
  if (node instanceof as.TemplateLiteralExpression && node.tag === null && node.parts.length === 1)
    return node.parts[0] ?? "";
  throw new Misuse(`${name}() takes a string literal, or several with + between`, node.range);
}

/** The string argument of a call. @throws Misuse if it is not a string, or one that the intrinsic cannot take. */
function literalOf(call: Call): string {
  const [argument] = argumentsOf(call, 1) as [as.Node];
  const literal = stringOf(argument, call.name);
  if (call.name === "cString" && literal.includes("\0"))
    throw new Misuse("cString() ends at its first NUL: it must have none", argument.range);
  if (call.name === "message" && !isPackable(literal))
    throw new Misuse("message() takes printable ASCII and line feeds", argument.range);
  const unknown = call.name === "message" ? unknownPlace(literal) : undefined;
  if (unknown !== undefined)
    throw new Misuse(`message() has a place for {${unknown}}, which is no field`, argument.range);
  if (call.name === "char" && !/^[\0-\x7f]$/.test(literal))
    throw new Misuse("char() takes one ASCII character", argument.range);
  return literal;
}

/** The buffer that a call asks for. @throws Misuse if its size is unknown. */
function bufferOf(call: Call, sources: Sources): Buffer {
  const [bytes, type] = argumentsOf(call, 1, call.name === "zeroed" ? 2 : 1) as [as.Node, as.Node?];
  const size = sizeOf(bytes, call.source, sources);
  if (!Number.isSafeInteger(size) || size <= 0) {
    const message = `${call.name}() takes a positive number of bytes, made of numbers and constants with + - * /, or a struct`;
    throw new Misuse(message, bytes.range);
  }
  if (type !== undefined && !(type instanceof as.IdentifierExpression))
    throw new Misuse("zeroed() takes the name of a class", type.range);
  const name = `${call.source.normalizedPath}: ${call.variable}`;
  const own = classOf(bytes, call.source, sources)?.name.text;
  for (const field of fieldsNotZero(type ?? bytes, call.source, sources))
    throw new Misuse("a struct in zeroed memory begins with zeros: this field does not", field.range);
  return { name, size, type: type?.text ?? own, isExact: own !== undefined, isSeldom: call.name === "zeroedCold" };
}

/** The size of the argument of `bytesOf` or `endOf`. @throws Misuse if it is unknown. */
function askedSize(call: Call, sources: Sources): number {
  const [what] = argumentsOf(call, 1) as [as.Node];
  const size = bytesOf(what, call.source, sources);
  if (!Number.isSafeInteger(size) || size <= 0)
    throw new Misuse(`${call.name}() takes the name of a buffer, a table or a struct`, what.range);
  return size;
}

/** What the module of the checked build imports for `checkRoom`. */
const CHECK_ROOM = '@global @external("env", "check_room") declare function checkRoom(from: usize, end: usize): void;';

/** The replacement of a check. @throws Misuse if its condition is constant and false. */
function checkOf(call: Call, sources: Sources, isChecked: boolean): as.Node {
  const { node, name, source } = call;
  const [condition] = argumentsOf(call, name === "check" ? 1 : 2) as [as.Node];
  if (name === "check" && numberOf(condition, source, sources) === 0)
    throw new Misuse("check() is of constants for which it does not hold", node.range);
  if (!isChecked) return integer(0, node.range);
  return name === "check" ? callOf("assert", null, [condition], node.range) : node;
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

/** `address`, if a struct fits into its room, or fills it exactly; an error of the compiler at `range` otherwise. */
function checked(address: as.Node, { type = "", size, isExact }: Buffer, range: as.Range): as.Node {
  const message = isExact
    ? `"the compiler gives ${type} other than ${String(size)} bytes"`
    : `"${type} is larger than these ${String(size)} bytes"`;
  // The compiler quotes the source at the literal's range in its message: so the literal is this one.
  const place = new as.Range(1, message.length - 1);
  place.source = new as.Source(range.source.sourceKind, range.source.normalizedPath, message);
  const literal = as.Node.createStringLiteralExpression(message, place);
  const typeNode = as.Node.createNamedType(as.Node.createSimpleTypeName(type, range), null, false, range);
  const fits = as.Node.createBinaryExpression(
    isExact ? as.Token.Equals_Equals : as.Token.LessThan_Equals,
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
    case "messagePhrases":
      return texts.phrases;
    case "messagePairs":
      return texts.pairs;
    case "char":
      return literal.charCodeAt(0);
    default:
      throw new Error(`${call.name}() has no literal`);
  }
}

/** Replaces the intrinsics in a parsed program. Hooks of asc's `transforms`. */
export class Intrinsics {
  /** The memory's initial content, once the program is parsed. */
  texts: Texts = placeTexts([], [], false);
  /** The buffers, in the order of the files and of the text. */
  buffers: readonly Area[] = [];
  private readonly isChecked: boolean;

  /** @param isChecked for the tests: buffers are guarded (`layOut`), and checks are compiled. */
  constructor(isChecked = false) {
    this.isChecked = isChecked;
  }

  /** Called after parsing. Addresses depend only on the names and contents of the files. */
  afterParse(parser: as.Parser): void {
    try {
      this.expand(parser.sources.filter((source) => !source.isLibrary));
      if (this.isChecked) parser.parseFile(CHECK_ROOM, "checks.ts", false);
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      const { User_defined_0 } = as.DiagnosticCode;
      parser.diagnostics.push(
        as.DiagnosticMessage.create(User_defined_0, as.DiagnosticCategory.Error, error.message).withRange(error.range),
      );
    }
  }

  /** Called before compiling: the compiler's own constants begin after the texts. */
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

    const isNumber = ({ name }: Call): boolean => ["messagePairs", "messagePhrases", "messageDepth"].includes(name);
    const literals = calls
      .filter(({ name }) =>
        ["cString", "message", "char", "messagePairs", "messagePhrases", "messageDepth"].includes(name),
      )
      .map((call) => {
        if (isNumber(call)) argumentsOf(call, 0);
        return { call, literal: isNumber(call) ? "" : literalOf(call) };
      });
    const given = (to: Intrinsic): string[] =>
      literals.filter(({ call }) => call.name === to).map(({ literal }) => literal);
    this.texts = placeTexts(given("cString"), given("message"), given("messagePairs").length > 0);
    // messageDepth() may be the size of a buffer.
    for (const call of calls.filter(({ name }) => name === "messageDepth"))
      replace(call, integer(this.texts.depth, call.node.range));

    const isBuffer = ({ name }: Call): boolean => name === "zeroed" || name === "zeroedCold";
    const isSize = ({ name }: Call): boolean => name === "bytesOf" || name === "endOf";
    const zeroed = calls.filter(isBuffer);
    // Sizes are read from the declarations of the buffers, so before those are replaced.
    const sizes = calls.filter(isSize).map((call) => ({ call, size: askedSize(call, sources) }));
    const buffers = zeroed.map((call) => bufferOf(call, sources));
    const areas = place(zeroed, buffers, this.isChecked);
    this.buffers = areas;
    for (const [index, call] of zeroed.entries()) {
      const { range } = call.node;
      const buffer = buffers[index];
      const address = integer(areas[index]?.start ?? NaN, range);
      replace(call, buffer?.type === undefined ? address : checked(address, buffer, range));
    }
    for (const { call, size } of sizes) {
      const { args, range } = call.node;
      const bytes = integer(size, range);
      const [start = bytes] = args;
      const end = as.Node.createBinaryExpression(as.Token.Plus, start, bytes, range);
      replace(call, call.name === "bytesOf" ? bytes : as.Node.createParenthesizedExpression(end, range));
    }

    const isCheck = ({ name }: Call): boolean => name === "check" || name === "checkRoom";
    for (const call of calls.filter(isCheck)) replace(call, checkOf(call, sources, this.isChecked));

    for (const { call, literal } of literals)
      if (call.name !== "messageDepth") replace(call, integer(valueOf(call, this.texts, literal), call.node.range));
  }
}
