/** The types of addresses: tsc refuses one kind of memory where another is wanted (src/init/text/views.ts). */
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const init = join(import.meta.dirname, "../../src/init");

/** What is taken, and what is not. */
const TAKEN = [
  'line.put(message("a"))',
  'line.put(cString("a"))',
  "line.quotedText(user)",
  "line.quoted(buffer, 1)",
  'copy(buffer, endOf(buffer), cString("a"))',
  "copy(user, endOf(user), user)",
  'unpack(buffer, endOf(buffer), message("a"))',
  'host.open(cString("/"), 0)',
  "host.open(user, 0)",
  "host.read(0, buffer, 1)",
  'appendOne(message("a"), 0)',
  'cgroup.join(user, message("cgroup.procs"))',
  // A view knows no constant addresses, and an address that was reckoned may be of anything.
  "line.quotedText(buffer + 1)",
];
const REFUSED = [
  "line.put(user)",
  "line.put(buffer)",
  'line.quotedText(message("a"))',
  'line.quoted(message("a"), 1)',
  'line.choice(message("a|b"), 1)',
  'copy(buffer, endOf(buffer), message("a"))',
  'copy(cString("a"), endOf(buffer), user)',
  'copy(message("a"), endOf(buffer), user)',
  "unpack(buffer, endOf(buffer), user)",
  'unpack(cString("a"), endOf(buffer), message("a"))',
  'length(message("a"))',
  'same(user, message("a"))',
  'zero(cString("a"), 1)',
  'decimal(cString("a"), 1)',
  'host.open(message("a"), 0)',
  'host.read(0, cString("a"), 1)',
  "appendOne(user, 1)",
  "appendTwo(buffer, 1, 1)",
  'cgroup.join(message("a"), message("a"))',
  "cgroup.join(user, user)",
  "const text: Text = user",
  "const mine: Buffer = user",
];

/** The lines of a source beside main.ts on which tsc finds something, in their order. */
function wrongLines(source: string): number[] {
  const config = ts.readConfigFile(join(init, "tsconfig.json"), (path) => ts.sys.readFile(path)).config as object;
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, init);
  const path = join(init, "mix.ts");
  const host = ts.createCompilerHost(options);
  const base = ts.createCompilerHost(options);
  host.readFile = (name) => (name === path ? source : base.readFile(name));
  host.fileExists = (name) => name === path || base.fileExists(name);
  host.getSourceFile = (name, version, ...rest) =>
    name === path ? ts.createSourceFile(name, source, version) : base.getSourceFile(name, version, ...rest);
  const ambient = fileNames.filter((name) => name.endsWith(".d.ts") || dirname(name) !== init);
  const program = ts.createProgram([...ambient, path], options, host);
  const file = program.getSourceFile(path);
  if (file === undefined) throw new Error("tsc did not read the mix");
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return [...new Set(found.map(({ start = 0 }) => file.getLineAndCharacterOfPosition(start).line))];
}

const HEAD =
  'import * as cgroup from "./linux/cgroup"; import * as host from "./linux/host"; import { appendOne, appendTwo } from "./report/report"; ' +
  'import { copy, length, same, zero } from "./text/bytes"; import * as line from "./text/line"; import { decimal } from "./text/number"; ' +
  'import { unpack } from "./text/packed"; import { Buffer, Text, UserBytes } from "./text/views"; ' +
  "declare const buffer: Buffer, user: UserBytes; export { copy, length, same, zero, decimal, unpack, appendOne, appendTwo, line, cgroup, host }; export type { Text };";

describe("an address of one kind of memory where another is wanted", () => {
  const uses = [...TAKEN, ...REFUSED];
  const wrong = new Set(wrongLines([HEAD, ...uses.map((use) => `{ ${use}; }`)].join("\n")));

  it("the test's own imports are right", () => {
    expect(wrong.has(0)).toBe(false);
  });
  it.each(TAKEN)("%s is taken", (use) => {
    expect(wrong.has(1 + uses.indexOf(use))).toBe(false);
  });
  it.each(REFUSED)("%s is refused by tsc", (use) => {
    expect(wrong.has(1 + uses.indexOf(use))).toBe(true);
  });
});
