/** Reads what kind of file a program is: text, a script with an interpreter, or an ELF image. */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../linux/constants";
import * as host from "../linux/host";
import { startsWith } from "../text/bytes";
import { Buffer, Readable, UserBytes, Writable } from "../text/views";

/** How much of a file the kernel reads to recognize its format: BINPRM_BUF_SIZE (include/uapi/linux/binfmts.h). */
const BEGINNING_BYTES: i32 = 256;

/** The first bytes of the file that was read last, and a NUL. */
export const beginning: UserBytes = zeroed(BEGINNING_BYTES + 1);
/** How many bytes were read; below 0, a negated errno, if it cannot be read. */
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

/** Whether the file looks like text: not empty, and no NUL in it. */
export function isText(): bool {
  for (let i = 0; i < beginningSize; i++) if (load<u8>(beginning + i) === 0) return false;
  return beginningSize > 0;
}

export function isElf(): bool {
  return beginningSize > 3 && startsWith(beginning, cString("\u007fELF"));
}

/** Where the interpreter's name begins in a script's first line; 0 if there is none. */
export function interpreter(): usize {
  if (beginningSize < 3 || !startsWith(beginning, cString("#!"))) return 0;
  let at = beginning + 2;
  while (load<u8>(at) === char(" ") || load<u8>(at) === char("\t")) at++;
  return load<u8>(at) === char("\n") || load<u8>(at) === 0 ? 0 : at;
}

/** Copies the interpreter's name as the kernel reads it, with a carriage return if the line has one, to `to`, which has room for NAME_BYTES and a NUL. Returns false if there is none. */
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

/** The size of an ELF header up to and including e_phnum, of 64 bits. */
const HEADER_BYTES: i32 = 58;
const PT_INTERP: u32 = 3;
/** More program headers than any program has. */
const MOST_HEADERS: i32 = 256;
/** How much of the name of a loader or an interpreter is read. */
export const NAME_BYTES: i32 = 511;

/** Whether the ELF header was read completely. */
export function hasHeader(): bool {
  return beginningSize >= HEADER_BYTES;
}

/** e_type: ET_REL to ET_CORE, or something else if the file is damaged. */
export function elfType(): i32 {
  return load<u16>(beginning + 16);
}

/** e_machine, the CPU, read in the image's own byte order. */
export function elfMachine(): i32 {
  const machine = <i32>load<u16>(beginning + 18);
  return load<u8>(beginning + 5) === 2 ? ((machine & 0xff) << 8) | (machine >> 8) : machine;
}

/** The sizes of program headers. */
const HEADER_64_BYTES: i32 = 56;
const HEADER_32_BYTES: i32 = 32;
const header: Buffer = zeroedCold(HEADER_64_BYTES);

/** Copies the name of the loader that the ELF image `file`, which was read last, asks for to `to`, which has room for NAME_BYTES and a NUL. Returns false if it asks for none, or is damaged. */
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
