import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withoutSections } from "../../scripts/lib/elf.ts";
import { programHeaders } from "./elf.ts";

/** An executable with section headers. */
const original = readFileSync("/bin/true");

describe("the cut of an executable's section headers", () => {
  const cut = Buffer.from(withoutSections(original));

  it("leaves all that is loaded as it was, and declares no sections", () => {
    expect(cut.readBigUInt64LE(0x28)).toBe(0n);
    expect([0x3a, 0x3c, 0x3e].map((offset) => cut.readUInt16LE(offset))).toEqual([0, 0, 0]);
    expect(cut.length).toBeLessThan(original.length);
    expect(programHeaders(cut)).toEqual(programHeaders(original));
    expect(cut.subarray(0x40).equals(original.subarray(0x40, cut.length))).toBe(true);
  });

  it("does the same with a part of a larger buffer, and leaves what it was given alone", () => {
    const larger = Buffer.concat([Buffer.alloc(24, 7), original]);
    const part = larger.subarray(24);
    expect(cut.equals(withoutSections(part))).toBe(true);
    expect(part.equals(readFileSync("/bin/true"))).toBe(true);
  });

  it("does it once: a file without sections stays as it is", () => {
    expect(cut.equals(withoutSections(Buffer.from(cut)))).toBe(true);
  });
});
