import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { declaredCalls, definedCalls } from "./door.ts";

const root = join(import.meta.dirname, "../..");
const declared = declaredCalls(readFileSync(join(root, "src/init/linux/host.ts"), "utf8"));

describe("the door to the kernel", () => {
  it("has the same calls on the side of TypeScript and of C", () => {
    const host = join(root, "src/host");
    const sources = readdirSync(host).filter((name) => /\.[ch]$/.test(name));
    expect(Object.keys(declared)).toContain("rt_sigtimedwait");
    expect(definedCalls(sources.map((name) => readFileSync(join(host, name), "utf8")).join("\n"))).toEqual(declared);
  });
});

describe("the check of the door", () => {
  it("reads names and numbers of parameters on both sides", () => {
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
