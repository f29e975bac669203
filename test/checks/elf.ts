/** A program header of an ELF file (elf(5)). */
export interface ProgramHeader {
  type: number;
  flags: number;
  /** Its offset in the file, and its size there in bytes. */
  offset: number;
  fileSize: number;
}

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_GNU_STACK = 0x6474e551;
export const PF_X = 1;
export const PF_W = 2;

/** Reads the program headers of a 64-bit little-endian ELF file. */
export function programHeaders(elf: Buffer): ProgramHeader[] {
  if (elf.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") throw new Error("not a 64-bit little-endian ELF file");
  const offset = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => ({
    type: elf.readUInt32LE(offset + index * size),
    flags: elf.readUInt32LE(offset + index * size + 4),
    offset: Number(elf.readBigUInt64LE(offset + index * size + 8)),
    fileSize: Number(elf.readBigUInt64LE(offset + index * size + 32)),
  }));
}
