/** Places in a 64-bit little-endian ELF file (man 5 elf): the header's fields, and those of a program header. */
const HEADER = {
  phoff: 0x20,
  shoff: 0x28,
  phentsize: 0x36,
  phnum: 0x38,
  shentsize: 0x3a,
  shnum: 0x3c,
  shstrndx: 0x3e,
};
const PROGRAM_HEADER = { offset: 0x08, filesz: 0x20 };

/**
 * An executable without its section headers, which serve linkers and debuggers alone (the debug build keeps them): what
 * lies behind the last segment is cut off, and the header says that there are none.
 */
export function withoutSections(elf: Uint8Array): Uint8Array {
  const file = new Uint8Array(elf);
  const view = new DataView(file.buffer);
  let end = 0;
  for (let i = 0; i < view.getUint16(HEADER.phnum, true); i++) {
    const header = Number(view.getBigUint64(HEADER.phoff, true)) + i * view.getUint16(HEADER.phentsize, true);
    const segment =
      view.getBigUint64(header + PROGRAM_HEADER.offset, true) + view.getBigUint64(header + PROGRAM_HEADER.filesz, true);
    end = Math.max(end, Number(segment));
  }
  view.setBigUint64(HEADER.shoff, 0n, true);
  for (const field of [HEADER.shentsize, HEADER.shnum, HEADER.shstrndx]) view.setUint16(field, 0, true);
  return file.subarray(0, end);
}
