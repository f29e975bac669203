import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { FILE_LIMIT_BYTES } from "../sizes.ts";
import { build, ownArch, TOOLKIT_OFFSET } from "../../scripts/build.ts";
import { withoutSections } from "../../scripts/lib/elf.ts";
import { PF_W, PF_X, programHeaders, PT_DYNAMIC, PT_GNU_STACK, PT_INTERP, PT_LOAD } from "./elf.ts";

const root = join(import.meta.dirname, "../..");
const shipped = join(root, "dist/tini-ts");

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tini-ts-build-"));
  await build({ debug: true, archs: ["arm64"], full: true, outputDirectory: directory });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("the executable", () => {
  const headers = () => programHeaders(readFileSync(shipped));

  it("is the same to the byte in two builds", () => {
    expect(readFileSync(join(directory, "tini-ts")).equals(readFileSync(shipped))).toBe(true);
  });

  it("is static: it has no interpreter and nothing to link", () => {
    const types = headers().map(({ type }) => type);
    expect(types).toContain(PT_LOAD);
    const dynamic = programHeaders(readFileSync(process.execPath)).map(({ type }) => type);
    for (const kind of [PT_INTERP, PT_DYNAMIC])
      expectAbsent((all: readonly number[]) => all.filter((type) => type === kind), types, dynamic);
  });

  it("has no memory that is writable and executable, the stack included", () => {
    const both = PF_W | PF_X;
    expect(headers().filter(({ type, flags }) => type === PT_LOAD && (flags & both) === both)).toEqual([]);
    const stack = headers().find(({ type }) => type === PT_GNU_STACK);
    expect(stack).toBeDefined();
    expect((stack?.flags ?? PF_X) & PF_X).toBe(0);
  });

  it(`has at most ${FILE_LIMIT_BYTES} bytes`, () => {
    expect(readFileSync(shipped).length).toBeLessThanOrEqual(FILE_LIMIT_BYTES);
  });

  it("names the version of package.json", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(execFileSync(shipped, ["--version"], { encoding: "utf8" })).toBe(`tini version 0.19.0_tini-ts-${version}\n`);
  });
});

describe("the parts of the toolkit's packages", () => {
  it("hold the executable of the other CPU", () => {
    const file = join(directory, "tini-ts-arm64");
    if (ownArch() !== "arm64") expect(readFileSync(file).readUInt16LE(0x12)).toBe(183); // e_machine, man 5 elf
  });

  it("hold the init of the full executable, which ends before the toolkit begins", () => {
    const begin = Number(/TOOLKIT_OFFSET: u64 = (\d+)/.exec(readFileSync(join(root, "src/init/full.ts"), "utf8"))?.[1]);
    expect(begin).toBe(TOOLKIT_OFFSET);
    expect(statSync(join(directory, "tini-ts-full")).size).toBeLessThan(begin);
  });
});

describe("the debug build", () => {
  it("is the shipped executable, once it is stripped", () => {
    const stripped = join(directory, "stripped");
    execFileSync("strip", ["-o", stripped, join(directory, "tini-ts.debug")]);
    expect(Buffer.from(withoutSections(readFileSync(stripped))).equals(readFileSync(shipped))).toBe(true);
  });
});
