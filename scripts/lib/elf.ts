/** Places in a little-endian ELF file (man 5 elf) of 64 bits: the header's fields, and those of a program header. */
const WIDE = {
  header: { phoff: 0x20, shoff: 0x28, phentsize: 0x36, phnum: 0x38, shentsize: 0x3a, shnum: 0x3c, shstrndx: 0x3e },
  programHeader: { offset: 0x08, filesz: 0x20 },
};
/** The same of 32 bits. */
const NARROW = {
  header: { phoff: 0x1c, shoff: 0x20, phentsize: 0x2a, phnum: 0x2c, shentsize: 0x2e, shnum: 0x30, shstrndx: 0x32 },
  programHeader: { offset: 0x04, filesz: 0x10 },
};

/** The place of the class (32 or 64 bits) in the header, and its value for 64 bits. */
const CLASS = 4;
const CLASS_64 = 2;

/**
 * An executable without its section headers, which only linkers and debuggers need (the debug build keeps them): everything
 * after the last segment is cut off, and the header declares no sections.
 */
export function withoutSections(elf: Uint8Array): Uint8Array {
  const file = new Uint8Array(elf);
  const view = new DataView(file.buffer);
  const isWide = view.getUint8(CLASS) === CLASS_64;
  const { header, programHeader } = isWide ? WIDE : NARROW;
  const word = (place: number): number =>
    isWide ? Number(view.getBigUint64(place, true)) : view.getUint32(place, true);
  let end = 0;
  for (let i = 0; i < view.getUint16(header.phnum, true); i++) {
    const start = word(header.phoff) + i * view.getUint16(header.phentsize, true);
    end = Math.max(end, word(start + programHeader.offset) + word(start + programHeader.filesz));
  }
  if (isWide) view.setBigUint64(header.shoff, 0n, true);
  else view.setUint32(header.shoff, 0, true);
  for (const field of [header.shentsize, header.shnum, header.shstrndx]) view.setUint16(field, 0, true);
  return file.subarray(0, end);
}
