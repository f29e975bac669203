import { readModule } from "../../scripts/lib/module-text.ts";

/** A WebAssembly module's functions, as far as the rules on allocation and recursion need. */
export interface CallGraph {
  /** The exported functions. */
  roots: string[];
  /** The functions that each function calls; none for imports. */
  calls: Map<string, string[]>;
  /** The forbidden instructions that each function has. */
  instructions: Map<string, string[]>;
}

/** Growing is allocating; a call through a table could reach anything. */
const FORBIDDEN_INSTRUCTIONS = ["memory.grow", "call_indirect", "return_call_indirect", "call_ref"];

/** The runtime's functions, `__new` and `__alloc` among them, and the heap's. */
const ALLOCATION = /^~lib\/(?:rt\/|memory\/heap\.)/;

/** Reads the call graph from the text of a module as the compiler writes it. */
export function readCallGraph(text: string): CallGraph {
  const { functions, exported, first } = readModule(text);
  const graph: CallGraph = { roots: [...exported.values()], calls: new Map(), instructions: new Map() };
  if (first !== undefined) graph.roots.push(first);
  for (const [name, { body }] of functions) {
    const isCall = (operation: string): boolean => operation === "call" || operation === "return_call";
    const calls = body.filter(({ operation }) => isCall(operation)).map(({ words }) => words[0]?.slice(1) ?? "");
    graph.calls.set(name, calls);
    const operations = body.map(({ operation }) => operation);
    const forbidden = operations.filter((operation) => FORBIDDEN_INSTRUCTIONS.includes(operation));
    graph.instructions.set(name, forbidden);
  }
  return graph;
}

/**
 * Looks for a path from an export to an allocation, an indirect call or a recursion.
 *
 * @returns the first path found, as names of functions, or null.
 */
export function forbiddenPath(graph: CallGraph): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | null => {
    const way = [...path, name];
    if (path.includes(name)) return [...way, "(recursion)"];
    if (ALLOCATION.test(name)) return [...way, "(allocation)"];
    const [instruction] = graph.instructions.get(name) ?? [];
    if (instruction !== undefined) return [...way, `(${instruction})`];
    if (done.has(name)) return null;
    for (const callee of graph.calls.get(name) ?? []) {
      const found = visit(callee, way);
      if (found !== null) return found;
    }
    done.add(name);
    return null;
  };
  for (const root of graph.roots) {
    const found = visit(root, []);
    if (found !== null) return found;
  }
  return null;
}
