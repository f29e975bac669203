/** What the tests know of the machine that they run on: how slow it is, and nothing of its settings. */
import { describe, expect, it, onTestFinished } from "vitest";
import { patience, slowness } from "../patience.ts";
import { forgetMachine } from "../settings.ts";

/** Sets variables for the time of the test that calls it. */
function set(variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  onTestFinished(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  });
  Object.assign(process.env, variables);
}

describe("the tests", () => {
  it("see nothing of what the machine has set for its inits and its Node, but what is meant for the tests", () => {
    const machine = { TINI_GRACE: "1s", TINI_SUBREAPER: "", DUMB_INIT_SETSID: "0", NODE_OPTIONS: "" };
    set({ ...machine, TINI_TS_BINARY: "dist/tini-ts" });
    forgetMachine();
    expect(Object.keys(machine).filter((name) => name in process.env)).toEqual([]);
    expect(process.env["TINI_TS_BINARY"]).toBe("dist/tini-ts");
  });

  it("wait the longer the slower the machine was measured to be, and never without end", () => {
    set({ TEST_SLOWNESS: "1" });
    expect(patience(1000)).toBeGreaterThanOrEqual(1000);
    set({ TEST_SLOWNESS: "14" });
    expect(patience(1000)).toBeGreaterThanOrEqual(14_000);
    set({ TEST_SLOWNESS: "1000" });
    expect(slowness()).toBe(15);
  });
});
