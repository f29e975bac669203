/** The checks of the init's memory: each finds the fault that it is made for. */
import { describe, expect, it } from "vitest";
import { type Area, CONSTANTS, MEMORY_BASE, MEMORY_END, MEMORY_SECTION } from "../../scripts/lib/layout.ts";
import { withSection } from "../../scripts/lib/data.ts";
import { run } from "./bare.ts";
import { InitMemory } from "./memory.ts";

const START = MEMORY_BASE + 1000;
const AREAS: Area[] = [
  { name: "b: second", start: START + 100, size: 3 },
  { name: "a: first", start: START, size: 8 },
  { name: CONSTANTS, start: MEMORY_BASE + 240, size: 10 },
];

/** A module without code and with this memory layout. */
const module = new WebAssembly.Module(
  withSection(
    Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    MEMORY_SECTION,
    new TextEncoder().encode(JSON.stringify(AREAS)),
  ) as Uint8Array<ArrayBuffer>,
);

/** A memory as a life begins with it. */
function begin() {
  const memory = new WebAssembly.Memory({ initial: MEMORY_END / 65536 });
  const watched = new InitMemory(module);
  watched.begin(memory);
  return { bytes: new Uint8Array(memory.buffer), watched };
}

describe("what the init writes", () => {
  it.each([
    [0, "0x0, below all memory"],
    [1, "0x1, below all memory"],
    [8191, "0x1fff, below all memory"],
    [MEMORY_BASE - 1, "0x3fffff, below all memory"],
    [MEMORY_BASE, "0x400000, below all memory"],
    [MEMORY_BASE + 245, "0x4000f5, byte 5 of constants"],
    [MEMORY_BASE + 250, "0x4000fa, 0 bytes behind the end of constants"],
    [START - 1, "0x4003e7, 749 bytes behind the end of constants"],
    [START + 8, "0x4003f0, 0 bytes behind the end of a: first"],
    [START + 99, "0x40044b, 91 bytes behind the end of a: first"],
    [START + 103, "0x40044f, 0 bytes behind the end of b: second"],
    [MEMORY_END - 1, "0x41ffff, 129968 bytes behind the end of b: second"],
  ])("at %i is found: nothing there is its own to write", (address, place) => {
    const { bytes, watched } = begin();
    expect(watched.damage()).toEqual([]);
    bytes[address] = (bytes[address] ?? 0) ^ 1;
    expect(watched.damage()).toEqual([place]);
  });

  it("to its buffers is its own matter", () => {
    const { bytes, watched } = begin();
    bytes.fill(7, START, START + 8).fill(7, START + 100, START + 103);
    expect(watched.damage()).toEqual([]);
  });

  it("is reported in few lines", () => {
    const { bytes, watched } = begin();
    bytes.fill(0, START + 8, START + 100);
    expect(watched.damage()).toHaveLength(6);
    expect(watched.damage()[5]).toBe("and 87 bytes more");
  });

  it("ends the test of any life that wrote to NULL", () => {
    expect(() => run((_host, { view }) => (view.setUint8(3, 0), 0))).toThrow(/used memory that is not its own:\n0x3,/);
    expect(run((_host, { view, buffer }) => (view.setUint8(buffer, 0), 0)).code).toBe(0);
  });
});

describe("what the kernel is given", () => {
  it.each([
    [START, 8],
    [START + 4, 4],
    [START + 8, 0],
    [START + 100, 3],
  ])("%i with %i bytes lies within one buffer, or is none", (address, size) => {
    const found = begin().watched.at(address, size);
    if (size > 0) expect(found).toHaveLength(size);
    else expect(found).toMatch(/out of bounds/);
  });

  it.each([
    [START, 9, "9 bytes at 0x4003e8, byte 0 of a: first"],
    [START + 7, 2, "2 bytes at 0x4003ef, byte 7 of a: first"],
    [START + 8, 1, "1 bytes at 0x4003f0, 0 bytes behind the end of a: first"],
    [START - 1, 1, "1 bytes at 0x4003e7, 749 bytes behind the end of constants"],
    [START, 103, "103 bytes at 0x4003e8, byte 0 of a: first"],
    [1, 1, "1 bytes at 0x1, below all memory"],
    [START, 0xffffffff, "4294967295 bytes at 0x4003e8, byte 0 of a: first"],
  ])("%i with %i bytes is out of bounds", (address, size, what) => {
    expect(begin().watched.at(address, size)).toBe(`access out of bounds: ${what}`);
  });

  it("is a text that ends within its buffer", () => {
    const { bytes, watched } = begin();
    bytes.set([65, 66, 0], START + 100);
    expect(watched.text(START + 100)).toEqual(Uint8Array.of(65, 66));
    bytes[START + 102] = 67;
    expect(watched.text(START + 100)).toBe("a text without an end at 0x40044c, byte 0 of b: second");
    expect(watched.text(START + 50)).toBe("a text without an end at 0x40041a, 42 bytes behind the end of a: first");
    expect(watched.text(0)).toBeNull();
  });
});

describe("each access of the init", () => {
  it.each([
    ["load_ptr", 1, 0, START],
    ["load_ptr", 8, 0, START],
    ["store_ptr", 4, 4, START],
    ["store_ptr", 1, 102, START],
    ["load_ptr", 1, START, 0],
  ] as const)("%s of %i bytes, %i behind %i, is right within one buffer", (check, size, offset, address) => {
    expect(begin().watched.checks[check](1, size, offset, address)).toBe(address);
  });

  it.each([
    ["load_ptr", 1, 0, 0, "reads 1 bytes at 0x0, below all memory"],
    ["load_ptr", 8, 16, 0, "reads 8 bytes at 0x10, below all memory"],
    ["store_ptr", 1, 0, MEMORY_BASE - 1, "writes 1 bytes at 0x3fffff, below all memory"],
    ["load_ptr", 1, 0, START + 8, "reads 1 bytes at 0x4003f0, 0 bytes behind the end of a: first"],
    ["store_ptr", 8, 1, START, "writes 8 bytes at 0x4003e9, byte 1 of a: first"],
    ["load_ptr", 1, 0, MEMORY_END, "reads 1 bytes at 0x420000, 129969 bytes behind the end of b: second"],
    ["load_ptr", 1, 0, -1, "reads 1 bytes at 0xffffffff, 4290771888 bytes behind the end of b: second"],
  ] as const)("%s of %i bytes, %i behind %i, ends the life", (check, size, offset, address, what) => {
    const { watched } = begin();
    expect(() => watched.checks[check](1, size, offset, address)).toThrow(`the init ${what}`);
    expect(watched.damage()).toEqual([what]);
  });
});
