/** Why the program could not be run, in one sentence that says what to do. */
import { EACCES, EISDIR, ENOENT, ENOEXEC } from "../linux/errno";
import * as host from "../linux/host";
import { begin, end, FATAL, reason } from "../report/report";
import { length, startsWith } from "../text/bytes";
import * as line from "../text/line";
import { beginning, beginningSize, byShell, notFound, path } from "./execute";

/** How much of a name is said. */
const SHOWN: i32 = 200;

/** e_machine in an ELF header (include/uapi/linux/elf-em.h), at byte 18. */
function machineName(machine: i32): usize {
  switch (machine) {
    case 3:
      return text("i386");
    case 40:
      return text("arm");
    case 62:
      return text("x86_64");
    case 183:
      return text("aarch64");
    case 243:
      return text("riscv64");
    default:
      return text("another CPU");
  }
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
    line.put(text("not found in PATH"));
  } else if (byShell) {
    line.put(text("it has no #! line, and there is no /bin/sh to run it"));
  } else if (isScript()) {
    line.put(text("its interpreter "));
    const behind = interpreter();
    line.put(text(" does not exist"));
    if (behind === code("\r"))
      line.put(text(": its first line ends in a carriage return, save it with Unix line ends"));
  } else if (isElf()) {
    line.put(text("its loader does not exist: it is built for another libc than this image has"));
  } else {
    reason(ENOENT);
  }
}

function denied(): void {
  reason(EACCES);
  if (isScript()) {
    line.put(text(" (are it and its interpreter "));
    interpreter();
    line.put(text(" executable?)"));
  } else {
    line.put(text(" (is it executable?)"));
  }
}

function wrongFormat(): void {
  if (isElf()) {
    line.put(text("it is built for "));
    line.put(machineName(load<u16>(beginning + 18)));
    line.put(text(", which this machine does not run"));
  } else {
    line.put(text("it is neither a program nor a script"));
  }
}

/** Appends the program's name as the user wrote it, or its beginning. */
export function putName(program: i32): void {
  line.quoted(path, host.readArgument(program, 0, path, SHOWN));
}

/** Says why `execute` came back with `errno`. */
export function explain(program: i32, errno: i32): void {
  if (!begin(FATAL, text("exec "))) return;
  const size = length(path);
  if (size === 0) line.put(text('""'));
  if (notFound) putName(program);
  else line.quoted(path, size > SHOWN ? SHOWN : size);
  line.put(text(": "));
  if (errno === ENOENT) noSuchFile();
  else if (errno === EACCES && beginningSize === -EISDIR) reason(EISDIR);
  else if (errno === EACCES) denied();
  else if (errno === ENOEXEC) wrongFormat();
  else reason(errno);
  end();
}
