import { E2BIG, MACHINE } from "../linux/abi.ts";
import { FILTER_SECTION, type Filter } from "../../scripts/lib/filter.ts";
import { type Kernel, Trap, type UserMemory } from "../linux/kernel.ts";

/** The built init, or a replacement. */
export interface InitExports {
  readonly memory: WebAssembly.Memory;
  start(): number;
  child(): number;
}

/** The functions of the system interface by name. */
export type Host = ReturnType<typeof makeHost>;

/** The parameters of the system interface. */
interface Given {
  readonly kernel: Kernel;
  readonly memory: UserMemory;
  readonly args: readonly Uint8Array[];
  readonly environment: readonly Uint8Array[];
  /** The filter that the build made for it. */
  readonly filter: Filter | null;
  /** Whether the init's child has a copy of its memory, as under an emulator that makes a fork of vfork. */
  readonly copiesMemory: boolean;
  /** The instance that makes the calls, which exists only after these functions do. */
  readonly exports: () => InitExports;
}

/** How many strings can be replaced at the same time, src/host/host.c. */
const REPLACED_LIMIT = 8;
/** How many entries the environment can get: twice the pairs of the auxiliary vector, which Linux has about 20 of. */
const ADDED_LIMIT = 40;
const NOTHING = new Uint8Array();

/** The arguments and the environment, as src/host/host.c keeps them: texts of the init can replace some. */
class Strings {
  readonly #given: Given;
  readonly #newArguments = new Map<number, number>();
  readonly #newEnvironment = new Map<number, number>();
  /** Entries of the environment that are set for good: their addresses. */
  readonly #setEnvironment = new Map<number, number>();
  #replaced = 0;

  constructor(given: Given) {
    this.#given = given;
  }

  #check(address: number): void {
    const found = this.#given.memory.text(address >>> 0);
    if (typeof found === "string") throw new Trap(found);
    if (found === null) throw new Trap("a string at the address 0");
  }

  #copy(
    string: Uint8Array | undefined,
    offset: number,
    buffer: number,
    size: number,
    replacement: number | undefined,
  ): number {
    if (!string) return -1;
    if (replacement !== undefined) return this.#copyReplaced(replacement + offset, buffer, size);
    // In C this would read beyond the string.
    if (offset < 0 || offset > string.length) throw new Trap(`offset ${offset} lies behind the string`);
    const part = string.subarray(offset, offset + (size >>> 0));
    const target = this.#target(buffer, size);
    if (part.length > 0 && !target) throw new Trap("a copy to the address 0");
    target?.set(part);
    return part.length;
  }

  /** Copies a string that lies in the init's own memory, byte by byte as C does: it may lie over its copy. */
  #copyReplaced(from: number, buffer: number, size: number): number {
    const memory = new Uint8Array(this.#given.exports().memory.buffer);
    const target = this.#target(buffer, size);
    let count = 0;
    for (; count < size && memory[from + count]; count++) if (target) target[count] = memory[from + count] ?? 0;
    return count;
  }

  #target(buffer: number, size: number): Uint8Array | null {
    const found = this.#given.memory.at(buffer >>> 0, size >>> 0);
    if (typeof found === "string") throw new Trap(found);
    return found;
  }

  #replace(replaced: Map<number, number>, count: number, index: number, text: number): number {
    if (index < 0 || index >= count) throw new Trap(`there is no string ${index} to replace`);
    this.#check(text);
    if (++this.#replaced > REPLACED_LIMIT) throw new Trap("too many strings are replaced at a time");
    replaced.set(index, text);
    return 0;
  }

  get #environmentSize(): number {
    return Math.max(this.#given.environment.length, ...[...this.#setEnvironment.keys()].map((index) => index + 1));
  }

  #strings(strings: readonly Uint8Array[], replaced: ReadonlyMap<number, number>): Uint8Array[] {
    return strings.map((string, index) => {
      const address = replaced.get(index);
      if (address === undefined) return string;
      const found = this.#given.memory.text(address);
      if (typeof found === "string") throw new Trap(found);
      return found?.slice() ?? NOTHING;
    });
  }

  readArgument(index: number, offset: number, buffer: number, size: number): number {
    return this.#copy(this.#given.args[index], offset, buffer, size, this.#newArguments.get(index));
  }

  replaceArgument(index: number, text: number): number {
    return this.#replace(this.#newArguments, this.#given.args.length, index, text);
  }

  readEnvironment(index: number, offset: number, buffer: number, size: number): number {
    // In C the entry after the last one is NULL, and what follows is not the environment any more.
    if (index < 0 || index > this.#environmentSize) throw new Trap("an entry behind the environment's end");
    const replacement = this.#newEnvironment.get(index) ?? this.#setEnvironment.get(index);
    const string = index < this.#environmentSize ? (this.#given.environment[index] ?? NOTHING) : undefined;
    return this.#copy(string, offset, buffer, size, replacement);
  }

  setEnvironment(index: number, text: number): number {
    if (index < 0 || index > this.#environmentSize) throw new Trap(`there is no entry ${index} to set`);
    this.#check(text);
    if (index - this.#given.environment.length >= ADDED_LIMIT) return -E2BIG;
    this.#setEnvironment.set(index, text);
    return 0;
  }

  replaceEnvironment(index: number, text: number): number {
    return this.#replace(this.#newEnvironment, this.#environmentSize, index, text);
  }

  restoreReplaced(): void {
    this.#newArguments.clear();
    this.#newEnvironment.clear();
    this.#replaced = 0;
  }

  /** The arguments from `first` on, as execve passes them. */
  argumentsFrom(first: number): Uint8Array[] {
    if (first < 0 || first > this.#given.args.length) throw new Trap(`execve with the arguments from ${first} on`);
    return this.#strings(this.#given.args, this.#newArguments).slice(first);
  }

  /** The environment, as execve passes it. */
  environment(): Uint8Array[] {
    const own = Array.from({ length: this.#environmentSize }, (_, index) => this.#given.environment[index] ?? NOTHING);
    return this.#strings(own, new Map([...this.#setEnvironment, ...this.#newEnvironment]));
  }
}

/** The filter that the build made for a module's init (scripts/build.ts); null if it has none. */
export function filterOf(module: WebAssembly.Module): Filter | null {
  const section = WebAssembly.Module.customSections(module, FILTER_SECTION).at(-1);
  return section === undefined ? null : (JSON.parse(new TextDecoder().decode(section)) as Filter);
}

/**
 * The system interface of the init, `src/init/linux/host.ts`, as `src/host/host.c` has it: the system calls of the
 * simulated kernel, and the layer between those and the init.
 */
export function makeHost(given: Given) {
  const { kernel } = given;
  const { calls } = kernel;
  const strings = new Strings(given);
  kernel.abi = given.filter;
  /** The signal that a handler of `catchSignal` ran for last. */
  let caught = 0;
  const child = (): number => given.exports().child();
  const sparingMemory = (vfork: () => number): number => {
    if (!given.copiesMemory) return vfork();
    const { memory } = given.exports();
    const before = new Uint8Array(memory.buffer).slice();
    try {
      return vfork();
    } finally {
      new Uint8Array(memory.buffer).set(before);
    }
  };
  return {
    ...calls,
    argumentCount: () => given.args.length,
    readArgument: strings.readArgument.bind(strings),
    replaceArgument: strings.replaceArgument.bind(strings),
    readEnvironment: strings.readEnvironment.bind(strings),
    setEnvironment: strings.setEnvironment.bind(strings),
    replaceEnvironment: strings.replaceEnvironment.bind(strings),
    restoreReplaced: strings.restoreReplaced.bind(strings),
    vfork: () => sparingMemory(() => calls.vfork(child)),
    vforkInto: (fd: number) => sparingMemory(() => calls.vforkInto(fd, child)),
    execve: (path: number, first: number) => calls.execve(path, strings.argumentsFrom(first), strings.environment()),
    execveat: (fd: number, first: number) => calls.execveat(fd, strings.argumentsFrom(first), strings.environment()),
    filterCalls: () => calls.filterCalls(given.filter?.program ?? []),
    catchSignal: (signal: number) => calls.catchSignal(signal, () => (caught = signal)),
    takeCaught: () => {
      const last = caught;
      caught = 0;
      return last;
    },
    machine: () => MACHINE,
  };
}
