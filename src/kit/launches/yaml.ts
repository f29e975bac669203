/** YAML with the places of its values, as the parsers of launches read it. */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  Parser,
  visit,
  type YAMLMap,
} from "yaml";
import { Unreadable } from "../files/read.ts";
import type { Source } from "../files/source.ts";
import type { Located, Span } from "../finding.ts";
import { Budget } from "./budget.ts";

type MapPair = Pair<ParsedNode, ParsedNode | null>;

/**
 * What is visited of one document, items of lists and maps and characters of texts: with aliases it may be more than it
 * has. Rules ask for a value some ten times.
 */
const mostVisited = (text: string) => 64 * text.length + (1 << 18);

/** What the aliases and keys of a document stand for. */
class Index {
  private readonly document: Document;
  /** By name, in the order of the document; looked for once, where there is an alias at all. */
  private anchors: Map<string, Node[]> | null = null;
  private readonly maps = new WeakMap<Node, { readonly keys: Map<string, MapPair>; readonly merges: MapPair[] }>();
  readonly budget: Budget;

  constructor(document: Document, source: Source) {
    this.document = document;
    this.budget = new Budget(mostVisited(source.text));
  }

  /** What an alias stands for, the last such anchor before it; other nodes are themselves. */
  resolve(node: Node | null): Node | null {
    if (!isAlias(node)) return node;
    const start = node.range?.[0] ?? 0;
    const found = this.all().get(node.source) ?? [];
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((found[middle]?.range?.[0] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return found[low - 1] ?? null;
  }

  /** The pairs of a map by their keys, of two alike the last; and its merge keys apart. */
  pairsOf(map: YAMLMap): { readonly keys: ReadonlyMap<string, MapPair>; readonly merges: readonly MapPair[] } {
    let found = this.maps.get(map);
    if (found === undefined) {
      found = { keys: new Map<string, MapPair>(), merges: [] };
      for (const pair of map.items as MapPair[]) {
        if (!isScalar(pair.key)) continue;
        const key = keyText(pair.key);
        if (key === "<<") found.merges.push(pair);
        found.keys.set(key, pair);
      }
      this.maps.set(map, found);
    }
    return found;
  }

  private all(): Map<string, Node[]> {
    if (this.anchors !== null) return this.anchors;
    const nodes = (this.anchors = new Map<string, Node[]>());
    visit(this.document, {
      Value: (_key, node) => {
        if (node.anchor === undefined) return;
        const same = nodes.get(node.anchor);
        if (same === undefined) nodes.set(node.anchor, [node]);
        else same.push(node);
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
  private readonly index: Index;

  constructor(node: Node | null, index: Index) {
    this.index = index;
    this.node = index.resolve(node);
  }

  /** Counts what is looked at, since aliases may make a small file endless. @throws Unreadable where it is too much. */
  visit(amount: number): void {
    this.index.budget.spend(amount);
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
    return new Tree(this.pair(key)?.value ?? null, this.index);
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
    const { keys, merges } = this.index.pairsOf(this.node);
    const found = keys.get(key);
    if (found !== undefined) return { key: found.key, value: found.value };
    for (const { value } of merges) {
      const tree = new Tree(value, this.index);
      for (const one of tree.isList ? tree.items() : [tree]) {
        const inherited = one.pair(key, seen);
        if (inherited !== null) return inherited;
      }
    }
    return null;
  }

  /** The items of a list. */
  items(): Tree<ItemOf<Shape>>[] {
    if (!isSeq(this.node)) return [];
    this.visit(this.node.items.length);
    return this.node.items.map((item) => new Tree(item as Node | null, this.index));
  }

  /** The keys of a map and their values, in order; those that `<<` brings come first. */
  entries(
    seen = new Set<Node>(),
  ): { readonly key: Located<string>; readonly value: Tree<ValueOf<Shape, string & keyof Shape>> }[] {
    if (!isMap(this.node) || seen.has(this.node)) return [];
    seen.add(this.node);
    this.visit(this.node.items.length);
    const entries = new Map<string, { key: Located<string>; value: Tree<ValueOf<Shape, string & keyof Shape>> }>();
    for (const { key, value } of this.node.items as MapPair[]) {
      if (!isScalar(key)) continue;
      const name = keyText(key);
      const tree = new Tree<Shape>(value, this.index);
      if (name === "<<") {
        const merged = (tree.isList ? (tree.items() as unknown as Tree<Shape>[]) : [tree]).flatMap((one) =>
          one.entries(seen),
        );
        this.visit(merged.length);
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
    const value = keyText(this.node);
    this.visit(value.length);
    return { value, span: this.span };
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

/** A larger document is none that somebody wrote; its tree takes some 140 times the room of its text. */
const LARGEST_DOCUMENT = 4 << 20;

/** @throws Unreadable where one of the documents is too large. */
function checkSizes(source: Source): void {
  if (source.text.length <= LARGEST_DOCUMENT) return;
  let start = 0;
  for (const { index } of [...source.text.matchAll(/^---(?=\s|$)/gm), { index: source.text.length }]) {
    if (index - start > LARGEST_DOCUMENT) {
      const { line } = source.position(start);
      throw new Unreadable(`has a document larger than ${LARGEST_DOCUMENT >> 20} MiB, at line ${line}`);
    }
    start = index;
  }
}

/**
 * The documents of a YAML file, each read when it is asked for: the tree of one takes many times the room of its text.
 *
 * @throws Unreadable where one of them is broken.
 */
export function* documentsOf<Shape>(source: Source): Generator<Tree<Shape>, void> {
  checkSizes(source);
  const composer = new Composer({ uniqueKeys: false, logLevel: "silent", prettyErrors: false });
  for (const document of composer.compose(new Parser().parse(source.text))) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, column } = source.position(error.pos[0]);
      const [reason = ""] = error.message.split("\n");
      throw new Unreadable(`is broken YAML at ${line}:${column}: ${reason}`);
    }
    yield new Tree<Shape>(document.contents, new Index(document, source));
  }
}

/**
 * The variables of a map from names to values. A value is null where `known` cannot tell what it will be.
 *
 * @param known a text as it is, or null.
 */
export function environmentOf(
  tree: Tree<Record<string, string>>,
  known: (text: Located<string> | null) => Located<string> | null,
): Map<string, Located<string | null>> {
  return new Map(
    tree.entries().map(({ key, value }) => {
      const text = value.text();
      return [key.value, { value: known(text)?.value ?? null, span: text?.span ?? key.span }];
    }),
  );
}
