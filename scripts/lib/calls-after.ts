/*
 * Which imported functions a module can still call once it has called a certain one (the marker): the paths through its
 * code are followed from its entry. Structured control flow is simple: a branch leads to the end of a block, or back to the beginning of a loop.
 */
import type { Instruction, Module, ModuleFunction } from "./module-text.ts";

/** A call of an imported function at one place in the code. */
export interface OuterCall {
  /** The name that the function is imported by. */
  readonly name: string;
  /** Its arguments: constants as numbers, others as null. */
  readonly values: readonly (number | null)[];
}

const UNARY = /^(?:[if](?:32|64)\.(?:load\w*|eqz|clz|ctz|popcnt|extend\w*|wrap\w*)|local\.tee)$/;
const BINARY = /^[if](?:32|64)\.(?:add|sub|mul|div|rem|and|or|xor|shl|shr|rotl|rotr|eq|ne|lt|gt|le|ge)(?:_[su])?$/;

/** How many values an instruction pops from the stack, and how many it pushes; not for calls and blocks. */
function effectOf({ operation }: Instruction): [takes: number, leaves: number] {
  if (/^(?:local|global)\.get$|\.const$|^memory\.size$/.test(operation)) return [0, 1];
  if (UNARY.test(operation)) return [1, 1];
  if (BINARY.test(operation)) return [2, 1];
  if (/^(?:local|global)\.set$|^drop$|^br_if$|^br_table$/.test(operation)) return [1, 0];
  if (/^[if](?:32|64)\.store\w*$/.test(operation)) return [2, 0];
  if (/^memory\.(?:copy|fill)$/.test(operation)) return [3, 0];
  if (operation === "select") return [3, 1];
  if (/^(?:nop|br|return|unreachable|local)$/.test(operation)) return [0, 0];
  throw new Error(`calls-after.ts does not know the instruction ${operation}`);
}

/** A block, a loop or an `if` that the code is in. */
interface Frame {
  readonly kind: string;
  readonly label: string | undefined;
  readonly hasResult: boolean;
  /** How many values are on the stack below it. */
  readonly height: number;
  /** For a loop: its index among the function's loops, in the order of the text. */
  readonly loop: number;
  /** Whether a path with the marker leads into it, and whether one leads to its end. */
  readonly entered: boolean;
  left: boolean;
  hasElse: boolean;
}

/** A walk through a function's code: the calls in it, and the stack at each. */
class Walk {
  readonly #after: Search;
  readonly #loops: Set<number>;
  readonly #frames: Frame[] = [];
  #stack: (number | null)[] = [];
  #count = 0;
  /** Whether a path with the marker leads here, or to the function's end. */
  #isAfter: boolean;
  isAfterEnd = false;

  /** @param loops the loops whose beginning such a path leads back to; the walk adds to them. */
  constructor(after: Search, isAfter: boolean, loops: Set<number>) {
    this.#after = after;
    this.#isAfter = isAfter;
    this.#loops = loops;
  }

  through(body: readonly Instruction[]): void {
    for (const instruction of body) this.#step(instruction);
    this.isAfterEnd ||= this.#isAfter;
  }

  #step(instruction: Instruction): void {
    const { operation, words } = instruction;
    switch (operation) {
      case "block":
      case "loop":
      case "if":
        this.#enter(operation, words);
        return;
      case "else":
        this.#alternate();
        return;
      case "end":
        this.#leave();
        return;
      case "call":
        this.#call(words[0]?.slice(1) ?? "");
        return;
    }
    const [takes, leaves] = effectOf(instruction);
    for (let i = 0; i < takes; i++) this.#stack.pop();
    for (let i = 0; i < leaves; i++) this.#stack.push(operation === "i32.const" ? Number(words[0]) : null);
    if (operation.startsWith("br")) for (const word of words) if (word.startsWith("$")) this.#branch(word);
    if (operation === "return") this.isAfterEnd ||= this.#isAfter;
    if (["br", "br_table", "return", "unreachable"].includes(operation)) this.#isAfter = false;
  }

  #enter(kind: string, words: readonly string[]): void {
    if (kind === "if") this.#stack.pop();
    const loop = kind === "loop" ? this.#count++ : -1;
    this.#isAfter ||= this.#loops.has(loop);
    this.#frames.push({
      ...{ kind, label: words.find((word) => word.startsWith("$")), hasResult: words.includes("(result") },
      ...{ height: this.#stack.length, loop, entered: this.#isAfter, left: false, hasElse: false },
    });
  }

  #alternate(): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new Error("an else without its if");
    frame.left ||= this.#isAfter;
    frame.hasElse = true;
    this.#isAfter = frame.entered;
    this.#stack.length = Math.min(this.#stack.length, frame.height);
  }

  #leave(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) throw new Error("an end without its beginning");
    this.#isAfter ||= frame.left || (frame.kind === "if" && !frame.hasElse && frame.entered);
    this.#stack.length = Math.min(this.#stack.length, frame.height);
    if (frame.hasResult) this.#stack.push(null);
  }

  #branch(label: string): void {
    const frame = this.#frames.findLast((each) => each.label === label);
    if (frame === undefined) throw new Error(`there is no ${label} to branch to`);
    if (!this.#isAfter) return;
    if (frame.kind === "loop") this.#loops.add(frame.loop);
    else frame.left = true;
  }

  #call(name: string): void {
    const { parameters, hasResult } = this.#after.functionOf(name);
    const values = Array.from({ length: parameters }, () => this.#stack.pop() ?? null).reverse();
    if (hasResult) this.#stack.push(null);
    this.#isAfter = this.#after.call(name, values, this.#isAfter);
  }
}

/** The search through a module. */
class Search {
  readonly found = new Map<string, OuterCall>();
  isMade = false;
  readonly #module: Module;
  readonly #marker: string;
  /** Whether the marker is called when a function returns that was entered before it; and the functions entered after it. */
  readonly #ends = new Map<string, boolean>();
  readonly #seen = new Set<string>();

  constructor(module: Module, marker: string) {
    this.#module = module;
    this.#marker = marker;
  }

  functionOf(name: string): ModuleFunction {
    const found = this.#module.functions.get(name);
    if (found === undefined) throw new Error(`${name} is called, and is no function`);
    return found;
  }

  /** Follows a call of a function. Returns whether the marker was called when it returns. */
  call(name: string, values: readonly (number | null)[], isAfter: boolean): boolean {
    const { imported } = this.functionOf(name);
    if (imported !== undefined) {
      if (isAfter) this.found.set(`${imported} ${values.join()}`, { name: imported, values });
      const isMarker = imported === this.#marker;
      this.isMade ||= isMarker;
      return isAfter || isMarker;
    }
    if (isAfter) {
      if (this.#seen.has(name)) return true;
      this.#seen.add(name);
      this.#walk(name, true);
      return true;
    }
    const known = this.#ends.get(name);
    if (known !== undefined) return known;
    const ends = this.#walk(name, false);
    this.#ends.set(name, ends);
    return ends;
  }

  #walk(name: string, isAfter: boolean): boolean {
    const { body } = this.functionOf(name);
    const loops = new Set<number>();
    while (true) {
      const before = loops.size;
      const walk = new Walk(this, isAfter, loops);
      walk.through(body);
      if (loops.size === before) return walk.isAfterEnd;
    }
  }
}

/**
 * The calls of imported functions that a module can make after a first call of `marker`, starting from its export `entry`.
 *
 * @throws Error if it never calls `marker`.
 */
export function callsAfter(module: Module, entry: string, marker: string): OuterCall[] {
  const search = new Search(module, marker);
  const name = module.exported.get(entry);
  if (name === undefined) throw new Error(`there is no ${entry}()`);
  search.call(name, [], false);
  if (!search.isMade) throw new Error(`${entry}() never calls ${marker}()`);
  return [...search.found.values()];
}
