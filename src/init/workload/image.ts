/** What a file that is to be run holds: text, a script's first line, or an ELF image. */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../linux/constants";
import * as host from "../linux/host";
import { startsWith } from "../text/bytes";
import { Buffer, Readable, UserBytes, Writable } from "../text/views";

/** How much of a file the kernel looks at to tell what it is: BINPRM_BUF_SIZE (include/uapi/linux/binfmts.h). */
const BEGINNING_BYTES: i32 = 256;

/** The first bytes of the file that was looked at last, with a NUL behind. */
export const beginning: UserBytes = zeroed(BEGINNING_BYTES + 1);
/** How many bytes of it there are; below 0 (negated errno) where it cannot be read. */
export let beginningSize: i32 = 0;

/** Reads the first bytes of a file. */
export function look(file: Readable): void {
  checkRoom(beginning, endOf(beginning));
  const fd = host.open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  beginningSize = fd;
  if (fd >= 0) {
    beginningSize = host.read(fd, beginning, BEGINNING_BYTES);
    host.close(fd);
  }
  store<u8>(beginning + (beginningSize < 0 ? 0 : beginningSize), 0);
}

/** Whether what was read looks like text: no NUL in it, and not empty. */
export function isText(): bool {
  for (let i = 0; i < beginningSize; i++) if (load<u8>(beginning + i) === 0) return false;
  return beginningSize > 0;
}

export function isElf(): bool {
  return beginningSize > 3 && startsWith(beginning, cString("\u007fELF"));
}

/** Where the name of the interpreter begins in a script's first line; 0 where none is named. */
export function interpreter(): usize {
  if (beginningSize < 3 || !startsWith(beginning, cString("#!"))) return 0;
  let at = beginning + 2;
  while (load<u8>(at) === char(" ") || load<u8>(at) === char("\t")) at++;
  return load<u8>(at) === char("\n") || load<u8>(at) === 0 ? 0 : at;
}

/** Copies to room for NAME_BYTES and a NUL the name of the interpreter, as the kernel takes it, with a carriage return before the line's end. False where none is named. */
export function readInterpreter(to: Writable): bool {
  check(bytesOf(beginning) <= NAME_BYTES + 1);
  checkRoom(to, to + NAME_BYTES + 1);
  let from = interpreter();
  if (from === 0) return false;
  for (; load<u8>(from) !== 0 && load<u8>(from) !== char("\n"); from++) {
    if (load<u8>(from) === char(" ") || load<u8>(from) === char("\t")) break;
    store<u8>(to++, load<u8>(from));
  }
  store<u8>(to, 0);
  return true;
}

/** e_type of include/uapi/linux/elf.h. */
export const ET_REL: i32 = 1;
export const ET_EXEC: i32 = 2;
export const ET_DYN: i32 = 3;
export const ET_CORE: i32 = 4;

/** The size of an ELF header as far as it is looked at: up to e_phnum. */
const HEADER_BYTES: i32 = 58;
const PT_INTERP: u32 = 3;
/** More program headers than any program has. */
const MOST_HEADERS: i32 = 256;
/** How much of a loader's name is read. */
export const NAME_BYTES: i32 = 511;

/** Whether the header of the ELF image that was looked at is there as a whole. */
export function hasHeader(): bool {
  return beginningSize >= HEADER_BYTES;
}

/** Of what kind it is: ET_REL to ET_CORE, or something else where it is damaged. */
export function elfType(): i32 {
  return load<u16>(beginning + 16);
}

/** The CPU that it is for, e_machine, in the byte order that the image has. */
export function elfMachine(): i32 {
  const machine = <i32>load<u16>(beginning + 18);
  return load<u8>(beginning + 5) === 2 ? ((machine & 0xff) << 8) | (machine >> 8) : machine;
}

/** A program header of 64 bits, and of 32. */
const HEADER_64_BYTES: i32 = 56;
const HEADER_32_BYTES: i32 = 32;
const header: Buffer = zeroedCold(HEADER_64_BYTES);

/** Copies to such room the name of the loader that the ELF image `file`, which was looked at, asks for. False where it asks for none, or is damaged. */
export function readLoader(file: Readable, to: Writable): bool {
  checkRoom(to, to + NAME_BYTES + 1);
  if (!isElf() || !hasHeader()) return false;
  const is64 = load<u8>(beginning + 4) === 2;
  const first = is64 ? <i32>load<u64>(beginning + 32) : load<i32>(beginning + 28);
  const size: i32 = is64 ? HEADER_64_BYTES : HEADER_32_BYTES;
  const count = min(<i32>load<u16>(beginning + (is64 ? 56 : 44)), MOST_HEADERS);
  const fd = host.open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  let found = false;
  for (let i = 0; i < count && !found; i++) {
    if (host.pread(fd, header, size, first + i * size) !== size) break;
    if (load<u32>(header) !== PT_INTERP) continue;
    const length = host.pread(fd, to, NAME_BYTES, is64 ? load<i32>(header + 8) : load<i32>(header + 4));
    store<u8>(to + (length < 0 ? 0 : length), 0);
    found = length > 0;
  }
  host.close(fd);
  return found;
}
