import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Disk } from "../linux/files.ts";
import { Kernel } from "../linux/kernel.ts";
import { Linux } from "../linux/linux.ts";
import { makeHost } from "../simulation/host.ts";
import { InitMemory } from "../simulation/memory.ts";
import { declaredCalls, definedCalls } from "./system-interface.ts";

const root = join(import.meta.dirname, "../..");
const declared = declaredCalls(readFileSync(join(root, "src/init/linux/host.ts"), "utf8"));

describe("the system interface", () => {
  it("has the same functions in TypeScript and in C", () => {
    const host = join(root, "src/host");
    const sources = readdirSync(host).filter((name) => /\.[ch]$/.test(name));
    expect(Object.keys(declared)).toContain("rt_sigtimedwait");
    expect(definedCalls(sources.map((name) => readFileSync(join(host, name), "utf8")).join("\n"))).toEqual(declared);
  });
});

describe("the simulated system interface", () => {
  it("has the same functions as well", () => {
    const linux = new Linux();
    const init = linux.add("init", null, 1);
    const kernel = new Kernel({
      ...{ linux, init, disk: new Disk({}), cgroups: null, proc: false, dev: false, fault: () => 0, rewrite: null },
    });
    const host = makeHost({
      ...{ kernel, memory: new InitMemory(null), args: [], environment: [], copiesMemory: false, filter: null },
      exports: () => {
        throw new Error("nothing is run");
      },
    });
    expect(Object.fromEntries(Object.entries(host).map(([name, { length }]) => [name, length]))).toEqual(declared);
  });
});

describe("the check of the system interface", () => {
  it("reads the names and the numbers of parameters on both sides", () => {
    expect(
      declaredCalls(`
/** kill(2). */
export declare function kill(pid: i32, signal: i32): i32;
export declare function getpid(): i32;
`),
    ).toEqual({ kill: 2, getpid: 0 });
    expect(
      definedCalls(`
HOST w2c_host_getpid(void) { return 1; }
static uint32_t copy(char **strings) { return 0; }
void w2c_host_kill(uint32_t pid,
                   uint32_t signal) {
  w2c_host_getpid();
}
`),
    ).toEqual({ kill: 2, getpid: 0 });
  });
});
