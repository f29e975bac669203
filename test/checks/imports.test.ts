import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importsFromElsewhere, wrongImports } from "./imports.ts";

const root = join(import.meta.dirname, "../..");
const init = join(root, "src/init");

describe("the imports of the init", () => {
  it("point one way, and name of another module only its entry file", () => {
    const paths = readdirSync(init, { recursive: true, encoding: "utf8" }).filter((path) => /(?<!\.d)\.ts$/.test(path));
    expect(paths).toContain("main.ts");
    expect(wrongImports(new Map(paths.map((path) => [path, readFileSync(join(init, path), "utf8")])))).toEqual([]);
  });
});

describe("the imports of the Linux model", () => {
  it("stay in test/linux: it knows neither this program nor any other", () => {
    const folder = join(root, "test/linux");
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    expect(paths).toContain("linux.ts");
    expect(
      importsFromElsewhere(new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]))),
    ).toEqual([]);
  });

  it.each([
    `import { MEMORY_BASE } from "../../scripts/lib/layout.ts";`,
    `import type {\n  Life,\n} from "../simulation/life.ts";`,
    `export * from "../../src/init/linux/constants.ts";`,
    `import "node:fs";`,
    `const { read } = await import("../simulation/memory.ts");`,
    `const fs = require('node:fs');`,
    `import { gone } from "./gone.ts";`,
  ])("are refused with %j", (line) => {
    const sources = (more: string) =>
      new Map([
        ["linux.ts", `import { bit } from "./abi.ts";\nimport { Files } from "./files/files.ts";\n${more}\n`],
        ["abi.ts", "export const bit = 1;\n"],
        ["files/files.ts", `import { bit } from "../abi.ts";\n`],
      ]);
    expect(importsFromElsewhere(sources(""))).toEqual([]);
    expect(importsFromElsewhere(sources(line))).toHaveLength(1);
  });
});

describe("the check of the imports", () => {
  const modules = {
    "main.ts": `import { configure } from "./config/config";\nimport { supervise } from "./supervision/supervision";`,
    "config/config.ts": `import { value } from "./values";\nimport { Line } from "../text/line";`,
    "config/values.ts": "",
    "workload/workload.ts": `import * as host from "../linux/host";`,
    "supervision/supervision.ts": `import {\n  a,\n  b,\n} from "../report/report";`,
    "supervision/reaper.ts": "",
    "report/report.ts": "",
    "linux/host.ts": "",
    "text/line.ts": "",
  };
  const check = (changes: Record<string, string>) => wrongImports(new Map(Object.entries({ ...modules, ...changes })));

  it("accepts imports that point down", () => {
    expect(check({})).toEqual([]);
  });

  it("finds an import that points up", () => {
    expect(check({ "report/report.ts": `import { b } from "../config/config";` })).toEqual([
      "report/report.ts imports config/config.ts: that is up",
    ]);
    expect(check({ "text/line.ts": `import {\n  b,\n} from "../linux/host";` })).toEqual([
      "text/line.ts imports linux/host.ts: that is up",
    ]);
  });

  it("finds an import within a layer", () => {
    expect(check({ "workload/workload.ts": `export { c } from "../supervision/supervision";` })).toEqual([
      "workload/workload.ts imports supervision/supervision.ts: that is the same layer",
    ]);
  });

  it("finds an import past the entry file of a module", () => {
    expect(check({ "main.ts": `import { reap } from "./supervision/reaper";` })).toEqual([
      "main.ts imports supervision/reaper.ts: the entry file of that module is supervision/supervision.ts",
    ]);
  });

  it("finds a cycle within a module, however long", () => {
    expect(check({ "config/values.ts": `import { a } from "./config";` })).toEqual([
      "config/config.ts imports config/values.ts imports config/config.ts: that is a cycle",
    ]);
    const chain = { "text/a.ts": `import { b } from "./b";`, "text/b.ts": `export { c } from "./c";` };
    expect(check({ ...chain, "text/c.ts": "" })).toEqual([]);
    expect(check({ ...chain, "text/c.ts": `import { a } from "./a";` })).toEqual([
      "text/a.ts imports text/b.ts imports text/c.ts imports text/a.ts: that is a cycle",
    ]);
  });

  it("finds a file that is in no module, and an import of a file that does not exist", () => {
    expect(check({ "misc/helpers.ts": `import "../text/lines";` })).toEqual([
      "misc/helpers.ts is in no module: full, main, answers, limits, workload, supervision, health, config, report, linux, text",
      "misc/helpers.ts imports text/lines.ts, which is not there",
    ]);
  });
});
