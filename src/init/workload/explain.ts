/** Why the program could not be run, in one sentence that says what to do. */
import { EACCES, EISDIR, ENOENT, ENOEXEC } from "../linux/errno";
import * as host from "../linux/host";
import { begin, end, FATAL, reason } from "../report/report";
import { BASE, far } from "../text/address";
import { length, startsWith } from "../text/bytes";
import * as line from "../text/line";
import { beginning, beginningSize, byShell, notFound, path } from "./execute";

/** How much of a name is said. */
const SHOWN: i32 = 200;

/** e_machine in an ELF header (include/uapi/linux/elf-em.h), at byte 18, with the CPU's name; a 0 ends them. */
// prettier-ignore
const machines: usize = memory.data<u16>([
  3, <u16>(words("i386") - BASE),
  40, <u16>(words("arm") - BASE),
  62, <u16>(words("x86_64") - BASE),
  183, <u16>(words("aarch64") - BASE),
  243, <u16>(words("riscv64") - BASE),
  0, <u16>(words("another CPU") - BASE),
]);

function machineName(machine: usize): usize {
  let pair = machines;
  while (load<u16>(pair) !== machine && load<u16>(pair) !== 0) pair += 4;
  return far(load<u16>(pair + 2));
}

function isElf(): bool {
  return beginningSize > 19 && startsWith(beginning, text("\u007fELF"));
}

function isScript(): bool {
  return beginningSize > 2 && startsWith(beginning, text("#!"));
}

/** Appends the interpreter that the `#!` line names. Returns the byte behind it. */
function interpreter(): i32 {
  let at = beginning + 2;
  while (load<u8>(at) === code(" ") || load<u8>(at) === code("\t")) at++;
  const start = at;
  while (load<u8>(at) > code(" ")) at++;
  line.quoted(start, <i32>(at - start));
  return load<u8>(at);
}

function noSuchFile(): void {
  if (notFound) {
    line.put(words("not found in PATH"));
  } else if (isScript()) {
    line.put(words("its interpreter "));
    const behind = interpreter();
    line.put(words(" does not exist"));
    if (behind === code("\r"))
      line.put(words(": its first line ends in a carriage return, save it with Unix line ends"));
  } else if (isElf()) {
    line.put(words("its loader does not exist: it is built for another libc than this image has"));
  } else if (byShell) {
    line.put(words("it has no #! line, and there is no /bin/sh to run it"));
  } else {
    reason(ENOENT);
  }
}

function denied(): void {
  reason(EACCES);
  if (isScript()) {
    line.put(words(" (are it and its interpreter "));
    interpreter();
    line.put(words(" executable?)"));
  } else {
    line.put(words(" (is it executable?)"));
  }
}

function wrongFormat(): void {
  if (isElf()) {
    line.put(words("it is built for "));
    line.put(machineName(load<u16>(beginning + 18)));
    line.put(words(", which this machine does not run"));
  } else {
    line.put(words("it is neither a program nor a script"));
  }
}

/** Appends the program's name as the user wrote it, or its beginning. */
export function putName(program: i32): void {
  line.quoted(path, host.readArgument(program, 0, path, SHOWN));
}

/** Says why `execute` came back with `errno`. */
export function explain(program: i32, errno: i32): void {
  if (!begin(FATAL, words("exec "))) return;
  const size = length(path);
  if (size === 0) line.put(words('""'));
  if (notFound) putName(program);
  else line.quoted(path, size > SHOWN ? SHOWN : size);
  line.put(words(": "));
  if (errno === ENOENT) noSuchFile();
  else if (errno === EACCES && beginningSize === -EISDIR) reason(EISDIR);
  else if (errno === EACCES) denied();
  else if (errno === ENOEXEC) wrongFormat();
  else reason(errno);
  end();
}
