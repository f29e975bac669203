import { readFileSync } from "node:fs";
import { join } from "node:path";
import { live, type Life as LinuxLife, type World as LinuxWorld } from "../linux/life.ts";
import type { Filter } from "../../scripts/lib/filter.ts";
import type { Linux } from "../linux/linux.ts";
import { filterOf, type Host, type InitExports, makeHost } from "./host.ts";
import { InitMemory } from "./memory.ts";

export { exits, exitStatus, failing, NOT_PID_1, PARENT } from "../linux/life.ts";

/** The world that the init starts in. Defaults are those of a plain container. */
export interface World extends LinuxWorld {
  /** Whether the init's child has a copy of its memory, as under qemu's user mode. */
  readonly copiesMemory?: boolean;
  /** A replacement for build/init.checked.wasm, for the simulation's own tests. */
  readonly init?: (host: Host, linux: Linux, memory: InitMemory) => InitExports;
  /** The same as a module that has the init's imports and exports. */
  readonly module?: WebAssembly.Module;
}

/** The result of a life. */
export interface Life extends LinuxLife {
  /** The init's memory at the end. */
  readonly memory: Uint8Array;
  /** How many bytes of each of its buffers were used, by the buffer's file and variable. */
  readonly used: ReadonlyMap<string, number>;
}

const modules = new Map<string, WebAssembly.Module>();

/** A module that the build made, by its path in the project. @throws Error that says how to make it. */
export function moduleAt(path: string): WebAssembly.Module {
  const known = modules.get(path);
  if (known) return known;
  let binary: Uint8Array<ArrayBuffer>;
  try {
    binary = new Uint8Array(readFileSync(join(import.meta.dirname, "../..", path)));
  } catch {
    throw new Error(`${path} is missing: make it with npm run build`);
  }
  const module = new WebAssembly.Module(binary);
  modules.set(path, module);
  return module;
}

const filters = new WeakMap<WebAssembly.Module, Filter | null>();

/** The filter of a module, which is read once; those that a test makes itself have that of the init that the build made. */
function filterIn(module: WebAssembly.Module): Filter | null {
  const known = filters.get(module);
  if (known !== undefined) return known;
  const filter = filterOf(module) ?? filterOf(initModule());
  filters.set(module, filter);
  return filter;
}

/** The init as the simulation runs it: the executable's source with its buffers apart, and all assertions. */
export const initModule = (): WebAssembly.Module => moduleAt("build/init.checked.wasm");

/** Sets up a world, runs the init in it to its end, and returns the result. */
export function simulate(world: World): Life {
  const module = world.module ?? initModule();
  const memory = new InitMemory(world.init ? null : module);
  let exports: InitExports | null = null;
  const loaded = (): InitExports => {
    if (!exports) throw new Error("the init made a system call before it was started");
    return exports;
  };
  const life = live(world, (kernel, init) => {
    const host = makeHost({
      kernel,
      memory,
      args: init.args,
      environment: init.environment,
      filter: world.init ? null : filterIn(module),
      copiesMemory: world.copiesMemory ?? false,
      exports: loaded,
    });
    exports =
      world.init?.(host, kernel.linux, memory) ??
      (new WebAssembly.Instance(module, { host, env: memory.checks }).exports as InitExports);
    memory.begin(exports.memory);
    return { memory, start: () => loaded().start(), damage: () => memory.damage() };
  });
  return Object.assign(life, { memory: new Uint8Array(loaded().memory.buffer), used: memory.used() });
}
