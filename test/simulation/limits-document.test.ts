/* Compares the table of --runtime-hints in docs/limits.md with the program's environment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { latin1 } from "../linux/files.ts";
import { exits } from "./life.ts";
import { tini } from "./scenario.ts";

const GIB = 2 ** 30;

/** The options for the columns of the table. */
const LIMITS: Readonly<Record<string, string>> = {
  "half a CPU": "--cpu-max=0.5",
  "3.7 CPUs": "--cpu-max=3.7",
  "64 MiB": "--memory-max=64M",
  "10 GiB": "--memory-max=10Gi",
};

/** The cells of the table's lines, without the marks of code. */
function readTable(): string[][] {
  const page = readFileSync(join(import.meta.dirname, "../../docs/limits.md"), "utf8");
  const [, table = ""] = /<!-- hints -->\n\n([^]*?)\n\n<!-- \/hints -->/.exec(page) ?? [];
  return table.split("\n").map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

const [heads = [], , ...rows] = readTable();

describe("P44: the table of --runtime-hints in docs/limits.md", () => {
  it("has a column for each limit", () => expect(heads).toEqual(["variable", "says", ...Object.keys(LIMITS)]));

  it.each(Object.entries(LIMITS))("is what the program finds under %s", (head, limit) => {
    const column = heads.indexOf(head);
    const documented = rows.flatMap(([variable = "", , ...cells]) => {
      const value = cells[column - 2] ?? "";
      const [name = "", option = ""] = variable.split(" ");
      return value === "" ? [] : [`${name}=${option}${value}`];
    });
    const world = { cgroups: {}, cpus: 16, memory: 64 * GIB, environment: ["PATH=/bin"] };
    const { environment } = tini(["--runtime-hints", limit], exits(0), world).main;
    const found = environment.map(latin1).filter((entry) => !entry.startsWith("PATH="));
    expect(found.toSorted()).toEqual(documented.toSorted());
  });
});
