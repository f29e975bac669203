/*
 * The part of AssemblyScript's syntax tree that the build uses. tsconfig.json uses it instead of the package's own
 * declarations, for the reason in asc.d.ts.
 */

/** A 64-bit integer of the compiler. */
export interface Long {
  toNumber(): number;
}

declare global {
  /** Makes a 64-bit integer of its two halves. The compiler defines it when it is loaded. */
  function i64_new(low: number, high?: number): Long;
}

export declare class Range {
  constructor(start: number, end: number);
  /** Offsets in the source's text. */
  start: number;
  end: number;
  source: Source;
}

export declare class Node {
  range: Range;
  static createSimpleTypeName(name: string, range: Range): Node;
  static createNamedType(name: Node, typeArguments: Node[] | null, isNullable: boolean, range: Range): Node;
  static createIdentifierExpression(name: string, range: Range): IdentifierExpression;
  static createIntegerLiteralExpression(value: Long, range: Range): IntegerLiteralExpression;
  static createStringLiteralExpression(value: string, range: Range): StringLiteralExpression;
  static createParenthesizedExpression(expression: Node, range: Range): ParenthesizedExpression;
  static createBinaryExpression(operator: number, left: Node, right: Node, range: Range): BinaryExpression;
  static createTernaryExpression(condition: Node, ifThen: Node, ifElse: Node, range: Range): Node;
  static createCallExpression(
    expression: Node,
    typeArguments: Node[] | null,
    args: Node[],
    range: Range,
  ): CallExpression;
}

export declare class Source extends Node {
  constructor(kind: number, normalizedPath: string, text: string);
  sourceKind: number;
  /** The path with its ending, relative to the base directory; the standard library's begins with `~lib/`. */
  normalizedPath: string;
  /** The same without its ending, as imports have it. */
  internalPath: string;
  isLibrary: boolean;
  text: string;
  statements: Node[];
}

export declare class IdentifierExpression extends Node {
  text: string;
}
export declare class FalseExpression extends IdentifierExpression {}
export declare class StringLiteralExpression extends Node {
  value: string;
}
export declare class TemplateLiteralExpression extends Node {
  tag: Node | null;
  parts: string[];
}
export declare class IntegerLiteralExpression extends Node {
  value: Long;
}
export declare class ParenthesizedExpression extends Node {
  expression: Node;
}
export declare class BinaryExpression extends Node {
  operator: number;
  left: Node;
  right: Node;
}
export declare class PropertyAccessExpression extends Node {
  expression: Node;
  property: IdentifierExpression;
}
/** A cast: `<Text>buffer`, `buffer as Text`. */
export declare class AssertionExpression extends Node {
  expression: Node;
}
export declare class ArrayLiteralExpression extends Node {
  elementExpressions: Node[];
}
export declare class NamedTypeNode extends Node {
  name: { identifier: IdentifierExpression };
}
export declare class CallExpression extends Node {
  expression: Node;
  typeArguments: Node[] | null;
  args: Node[];
}

/** A node that declares a name: a variable, function, class, import and so on. */
export declare class DeclarationStatement extends Node {
  name: IdentifierExpression;
}
export declare class ClassDeclaration extends DeclarationStatement {
  members: Node[];
}
export declare class EnumDeclaration extends DeclarationStatement {
  values: EnumValueDeclaration[];
}
export declare class EnumValueDeclaration extends DeclarationStatement {
  initializer: Node | null;
}
export declare class FieldDeclaration extends DeclarationStatement {
  initializer: Node | null;
  type: Node | null;
}
export declare class FunctionDeclaration extends DeclarationStatement {}
export declare class MethodDeclaration extends FunctionDeclaration {
  isGeneric: boolean;
}
export declare class FunctionExpression extends Node {
  declaration: FunctionDeclaration;
}
export declare class FunctionTypeNode extends Node {
  returnType: Node;
}
export declare class ParameterNode extends Node {
  name: IdentifierExpression;
  type: Node;
}
export declare class VariableDeclaration extends DeclarationStatement {
  initializer: Node | null;
  /** The compiler's CommonFlags. */
  flags: number;
}
export declare class VariableStatement extends Node {
  declarations: VariableDeclaration[];
}
export declare class ImportDeclaration extends DeclarationStatement {
  foreignName: IdentifierExpression;
}
export declare class ImportStatement extends Node {
  declarations: ImportDeclaration[] | null;
  /** Of `import * as name`. */
  namespaceName: IdentifierExpression | null;
  internalPath: string;
}
export declare class ExportMember extends Node {
  localName: IdentifierExpression;
  exportedName: IdentifierExpression;
}
export declare class ExportStatement extends Node {
  /** Null for `export *`. */
  members: ExportMember[] | null;
  internalPath: string | null;
}

export declare class DiagnosticMessage {
  range: Range | null;
  message: string;
  static create(code: number, category: number, argument: string): DiagnosticMessage;
  withRange(range: Range): this;
}

export interface Parser {
  parseFile(text: string, path: string, isEntry: boolean): void;
  sources: Source[];
  diagnostics: DiagnosticMessage[];
}

export interface Program {
  parser: Parser;
  options: { memoryBase: number };
  /** The program's declarations, by their paths in the program: "supervision/supervisee/supervisee". */
  elementsByName: Map<string, Element>;
}

/** The compiler's representation of a declaration. */
export declare class Element {
  name: string;
  internalName: string;
  members: Map<string, Element> | null;
  /** Resolves a name in the element's scope; null if it is unknown. */
  lookup(name: string): Element | null;
}
export declare class Class extends Element {}
export declare class Enum extends Element {}
export declare class EnumValue extends Element {
  constantIntegerValue: Long;
}
export declare class Global extends Element {
  type: Type;
}
export declare class PropertyPrototype extends Element {
  fieldDeclaration: { type: { name?: { identifier: IdentifierExpression } } | null } | null;
  /** Null if nothing uses it. */
  instance: { isField: boolean; memoryOffset: number; type: Type } | null;
}
export interface Type {
  /** The class that it is a reference to; null if it is not a reference. */
  classReference: Class | null;
  toString(): string;
}

/** The WebAssembly that the compiler makes. */
export interface Module {
  emitText(): string;
}

/** Turns a tree back into source. */
export declare const ASTBuilder: { build(node: Node): string };
export declare function newOptions(): object;
export declare function newProgram(options: object): Program;
/** Reads a source into the program, by its path. */
export declare function parse(program: Program, text: string, path: string, isEntry: boolean): void;

export declare const DiagnosticCode: { User_defined_0: number };
export declare const DiagnosticCategory: { Error: number };
export declare const Token: { Plus: number; Minus: number; Asterisk: number; Slash: number } & {
  LessThan: number;
  LessThan_Equals: number;
  Equals_Equals: number;
  Equals_Equals_Equals: number;
};
