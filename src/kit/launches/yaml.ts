/** YAML with the places of its values, as the parsers of launches read it. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type ParsedNode,
  visit,
} from "yaml";
import { Unreadable } from "../files/read.ts";
import type { Source } from "../files/source.ts";
import type { Located, Span } from "../finding.ts";

/** What the aliases of a document stand for. */
class Anchors {
  private readonly document: Document;
  /** By name, in the order of the document; looked for once, where there is an alias at all. */
  private nodes: Map<string, Node[]> | null = null;

  constructor(document: Document) {
    this.document = document;
  }

  /** What an alias stands for, the last such anchor before it; other nodes are themselves. */
  resolve(node: Node | null): Node | null {
    if (!isAlias(node)) return node;
    const start = node.range?.[0] ?? 0;
    const found = this.all()
      .get(node.source)
      ?.findLast(({ range }) => (range?.[0] ?? 0) < start);
    return found ?? null;
  }

  private all(): Map<string, Node[]> {
    if (this.nodes !== null) return this.nodes;
    const nodes = (this.nodes = new Map<string, Node[]>());
    visit(this.document, {
      Value: (_key, node) => {
        if (node.anchor !== undefined) nodes.set(node.anchor, [...(nodes.get(node.anchor) ?? []), node]);
      },
    });
    return nodes;
  }
}

type ItemOf<Shape> = Shape extends readonly (infer Item)[] ? Item : unknown;
/** What a key of a shape holds. */
export type ValueOf<Shape, Key extends PropertyKey> = Key extends keyof Shape ? NonNullable<Shape[Key]> : unknown;

/**
 * A place in a document, or one where there is nothing. `Shape` is the type of what the format has there: a key that it
 * does not know does not compile.
 */
export class Tree<Shape = unknown> {
  private readonly node: Node | null;
  private readonly anchors: Anchors;

  constructor(node: Node | null, anchors: Anchors) {
    this.anchors = anchors;
    this.node = anchors.resolve(node);
  }

  /** Whether something is written here, be it null. */
  get isThere(): boolean {
    return this.node !== null;
  }

  /** Whether something else than null is written here. */
  get hasValue(): boolean {
    return this.node !== null && !(isScalar(this.node) && this.node.value === null);
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  get isList(): boolean {
    return isSeq(this.node);
  }

  /** What the value covers, quotes and all; nothing at the start of the file where there is none. */
  get span(): Span {
    const [start, end] = this.node?.range ?? [0, 0];
    return { offset: start, length: end - start };
  }

  /** The value of a key; `<<` is looked through. */
  get<Key extends keyof Shape & string>(key: Key): Tree<ValueOf<Shape, Key>> {
    return new Tree(this.pair(key)?.value ?? null, this.anchors);
  }

  /** The span from a key to the end of its value. */
  whole(key: keyof Shape & string): Span {
    const pair = this.pair(key);
    const start = pair?.key.range?.[0] ?? 0;
    const end = (pair?.value ?? pair?.key)?.range?.[1] ?? start;
    return { offset: start, length: end - start };
  }

  /** @param seen maps that were looked through before: merge keys may lead round in a circle, in several ways. */
  private pair(key: string, seen = new Set<Node>()): { readonly key: Node; readonly value: Node | null } | null {
    if (!isMap(this.node) || seen.has(this.node)) return null;
    seen.add(this.node);
    const pairs = this.node.items as Pair<ParsedNode, ParsedNode | null>[];
    const found = pairs.findLast((pair) => isScalar(pair.key) && keyText(pair.key) === key);
    if (found !== undefined) return { key: found.key, value: found.value };
    for (const { key: merge, value } of pairs) {
      if (!isScalar(merge) || keyText(merge) !== "<<") continue;
      const tree = new Tree(value, this.anchors);
      for (const one of tree.isList ? tree.items() : [tree]) {
        const inherited = one.pair(key, seen);
        if (inherited !== null) return inherited;
      }
    }
    return null;
  }

  /** The items of a list. */
  items(): Tree<ItemOf<Shape>>[] {
    return isSeq(this.node) ? this.node.items.map((item) => new Tree(item as Node | null, this.anchors)) : [];
  }

  /** The keys of a map and their values, in order; those that `<<` brings come first. */
  entries(
    seen = new Set<Node>(),
  ): { readonly key: Located<string>; readonly value: Tree<ValueOf<Shape, string & keyof Shape>> }[] {
    if (!isMap(this.node) || seen.has(this.node)) return [];
    seen.add(this.node);
    const entries = new Map<string, { key: Located<string>; value: Tree<ValueOf<Shape, string & keyof Shape>> }>();
    for (const { key, value } of this.node.items as Pair<ParsedNode, ParsedNode | null>[]) {
      if (!isScalar(key)) continue;
      const name = keyText(key);
      const tree = new Tree<Shape>(value, this.anchors);
      if (name === "<<") {
        const merged = (tree.isList ? (tree.items() as unknown as Tree<Shape>[]) : [tree]).flatMap((one) =>
          one.entries(seen),
        );
        for (const entry of merged) if (!entries.has(entry.key.value)) entries.set(entry.key.value, entry);
      } else {
        const [offset, end] = key.range;
        entries.set(name, {
          key: { value: name, span: { offset, length: end - offset } },
          value: tree as unknown as Tree<ValueOf<Shape, string & keyof Shape>>,
        });
      }
    }
    return [...entries.values()];
  }

  /** The value as written, without quotes; null where there is none, or a list or map. */
  text(): Located<string> | null {
    if (!isScalar(this.node) || this.node.value === null) return null;
    return { value: keyText(this.node), span: this.span };
  }

  boolean(): Located<boolean> | null {
    const text = this.text();
    if (text === null || !/^(?:true|false|yes|no|on|off)$/i.test(text.value)) return null;
    return { value: /^(?:true|yes|on)$/i.test(text.value), span: text.span };
  }

  number(): Located<number> | null {
    const text = this.text();
    if (text === null || !/^[-+]?\d+(?:\.\d+)?$/.test(text.value)) return null;
    return { value: Number(text.value), span: text.span };
  }

  /** Where a character of the text stands, if the file has the text as it is: on one line, without escapes. */
  isVerbatim(source: Source): boolean {
    const text = this.text();
    return text !== null && source.slice(this.span).replace(/^(["'])(.*)\1$/s, "$2") === text.value;
  }
}

/** A scalar as its author wrote it: 1.50 stays 1.50, yes stays yes. */
function keyText(scalar: { readonly value: unknown; source?: string }): string {
  return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? String(scalar.value));
}

/**
 * The documents of a YAML file.
 *
 * @throws Unreadable where one of them is broken.
 */
export function documentsOf<Shape>(source: Source): Tree<Shape>[] {
  const documents = parseAllDocuments(source.text, { uniqueKeys: false, logLevel: "silent", prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, column } = source.position(error.pos[0]);
      const [reason = ""] = error.message.split("\n");
      throw new Unreadable(`is broken YAML at ${line}:${column}: ${reason}`);
    }
    return new Tree<Shape>(document.contents, new Anchors(document));
  });
}
