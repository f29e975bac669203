import { join } from "node:path";
import asc from "assemblyscript/asc";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";
import { type CallGraph, forbiddenPath, readCallGraph } from "./call-graph.ts";

describe.each(["main.ts", "full.ts"])("the init that begins with %s", (entry) => {
  let graph: CallGraph;
  beforeAll(async () => {
    // Unoptimised, so that nothing is inlined away: the graph is as the source has it.
    const baseDirectory = join(import.meta.dirname, "../../src/init");
    graph = readCallGraph((await compile({ baseDirectory, entry, optimize: false })).text);
  });

  it("is entered by start() and child() alone: nothing runs before them", () => {
    expect(graph.roots.map((name) => name.replace(/.*\//, "")).toSorted()).toEqual(["child", "start"]);
  });

  it("never allocates, never recurses and calls nothing through a table", () => {
    expect(forbiddenPath(graph)?.join(" -> ") ?? null).toBeNull();
  });

  it("is read completely: every function that is called is known", () => {
    const called = [...graph.calls.values()].flat();
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((name) => !graph.calls.has(name))).toEqual([]);
  });
});

describe("the check of the call graph", () => {
  /** Compiles a program as the init is, but one that allocates too, which the build would refuse. */
  const way = async (source: string) => {
    let text = "";
    const { error } = await asc.main(
      [
        "main.ts",
        "--outFile",
        "main.wasm",
        "--textFile",
        "main.wat",
        "--debug",
        "--runtime",
        "stub",
        "--use",
        "abort=",
      ],
      {
        readFile: (name) => (name === "main.ts" ? source : null),
        writeFile: (name, contents) => {
          if (name === "main.wat") text = String(contents);
        },
      },
    );
    if (error !== null) throw error;
    return forbiddenPath(readCallGraph(text));
  };

  it("lets a program pass that only computes", async () => {
    expect(
      await way(`
        function digits(n: u32): i32 { let count = 1; while (n > 9) { n /= 10; count++; } return count; }
        export function start(): i32 { return digits(4711) + digits(load<u32>(memory.data(4))); }
      `),
    ).toBeNull();
  });

  it("names the way to an object that is made", async () => {
    expect(
      await way(`
        class Child { pid: i32 = 0; }
        function reap(): Child { return new Child(); }
        function loop(): i32 { return reap().pid; }
        export function start(): i32 { return loop(); }
      `),
    ).toEqual([
      "main/start",
      "main/loop",
      "main/reap",
      "main/Child#constructor",
      expect.stringMatching(/^~lib\/rt\/.*__new$/),
      "(allocation)",
    ]);
  });

  it("finds a string that is put together", async () => {
    const found = await way("export function start(n: i32): i32 { return `pid ${n}`.length; }");
    expect(found?.[0]).toBe("main/start");
    expect(found?.at(-1)).toBe("(allocation)");
  });

  it("finds memory that is grown", async () => {
    expect(await way("export function start(): i32 { return memory.grow(1); }")).toEqual([
      "main/start",
      "(memory.grow)",
    ]);
  });

  it("finds memory that is taken from the heap by hand", async () => {
    const found = await way("export function start(): usize { return heap.alloc(16); }");
    expect(found?.at(-1)).toBe("(allocation)");
  });

  it("names the functions of a recursion", async () => {
    expect(
      await way(`
        function even(n: i32): bool { return n === 0 ? true : odd(n - 1); }
        function odd(n: i32): bool { return n === 0 ? false : even(n - 1); }
        export function start(n: i32): i32 { return even(n) ? 1 : 0; }
      `),
    ).toEqual(["main/start", "main/even", "main/odd", "main/even", "(recursion)"]);
  });

  it("finds a call through a table", async () => {
    expect(
      await way(`
        function one(): i32 { return 1; }
        function two(): i32 { return 2; }
        export function start(n: i32): i32 { const f = n > 0 ? one : two; return f(); }
      `),
    ).toEqual(["main/start", "(call_indirect)"]);
  });

  it("sees what runs before the first call from outside", async () => {
    const found = await way(`
      const names = new Array<i32>(n());
      function n(): i32 { return load<i32>(0); }
      export function start(): i32 { return names.length; }
    `);
    expect(found?.[0]).toBe("~start");
    expect(found?.at(-1)).toBe("(allocation)");
  });
});
