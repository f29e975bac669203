/** Explains in one sentence why the program could not be run, and what to do. */
import { F_OK } from "../linux/constants";
import { EACCES, EINVAL, EIO, EISDIR, ELIBBAD, ELOOP, ENAMETOOLONG, ENOENT, ENOEXEC, EPERM } from "../linux/errno";
import * as host from "../linux/host";
import { appendOne, appendTwo, beginOne, end, Log, reason } from "../report/report";
import { atOffset, BASE } from "../text/address";
import { copy, length, same } from "../text/bytes";
import * as line from "../text/line";
import { putMissingCapabilities, putObstacle } from "./denied";
import { byShell, notFound, path } from "./execute";
import {
  beginningSize,
  ET_CORE,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  elfMachine,
  elfType,
  hasHeader,
  isElf,
  look,
  NAME_BYTES,
  readInterpreter,
  readLoader,
} from "./image";
import { putMisspelling } from "./misspelled";
import { Message, UserBytes } from "../text/views";

/** How much of the program's name is read: more than a sentence shows. */
const WRITTEN_BYTES: i32 = 204;

/** e_machine in an ELF header (include/uapi/linux/elf-em.h), at byte 18, with the CPU's name; a 0 ends them. */
// prettier-ignore
const machines: usize = memory.data<u16>([
  3, <u16>(message("i386") - BASE),
  8, <u16>(message("mips") - BASE),
  21, <u16>(message("ppc64") - BASE),
  22, <u16>(message("s390x") - BASE),
  40, <u16>(message("arm") - BASE),
  62, <u16>(message("x86_64") - BASE),
  183, <u16>(message("aarch64") - BASE),
  243, <u16>(message("riscv64") - BASE),
  258, <u16>(message("loongarch64") - BASE),
  0, <u16>(message("another CPU") - BASE),
]);

function machineName(machine: i32): Message {
  let pair = machines;
  while (<i32>load<u16>(pair) !== machine && load<u16>(pair) !== 0) pair += 4;
  return atOffset(load<u16>(pair + 2));
}

/** How many interpreters in a row the kernel follows: fs/exec.c, exec_binprm. */
const DEEPEST: i32 = 5;

/** The last of the interpreters that scripts have led to, at `depth`, which is 0 for the program itself. */
const led: UserBytes = zeroed(NAME_BYTES + 1);
let depth: i32 = 0;
/** What that file asks for: an interpreter that does not exist, or a loader; empty if it asks for neither. */
const asked: UserBytes = zeroed(NAME_BYTES + 1);
let asksForLoader: bool = false;

/** The file at `depth`. */
function current(): UserBytes {
  return depth === 0 ? path : led;
}

/** Follows the first lines of scripts from the program to the file that the kernel would execute. */
function follow(): void {
  check(bytesOf(asked) === bytesOf(led));
  look(path);
  for (depth = 0; depth < DEEPEST; depth++) {
    store<u8>(asked, 0);
    asksForLoader = readLoader(current(), asked);
    if (asksForLoader || !readInterpreter(asked) || host.access(asked, F_OK) !== 0) return;
    copy(led, endOf(led), asked);
    look(led);
  }
}

function putSubject(): void {
  if (depth === 0) line.put(message("it"));
  else appendOne(message("its interpreter {path}"), led);
}

function noSuchFile(): void {
  const size = length(asked);
  if (notFound) {
    line.put(message("not found in PATH"));
  } else if (byShell && depth === 0 && size === 0) {
    line.put(message("it has no #! line, and there is no /bin/sh to run it"));
  } else if (asksForLoader) {
    appendOne(message("the loader {path}"), asked);
    if (depth > 0) line.put(message(" of "));
    if (depth > 0) putSubject();
    line.put(message(" does not exist: it is built for another libc than this image has"));
  } else if (size > 0) {
    const hasReturn = load<u8>(asked + size - 1) === char("\r");
    if (hasReturn) store<u8>(asked + size - 1, 0);
    appendOne(message("its interpreter {path} does not exist"), asked);
    if (hasReturn) line.put(message(": its first line ends in a carriage return, save it with Unix line ends"));
  } else {
    reason(ENOENT);
  }
}

/** If `file` is a directory, appends that and returns true; `role` is what it is to the program. */
function putDirectory(file: UserBytes, role: Message): bool {
  look(file);
  if (beginningSize !== -EISDIR) return false;
  appendTwo(message(": {text}{path} is a directory"), role, file);
  return true;
}

/** Appends which file of the chain may not be executed. */
function denied(): void {
  look(path);
  if (beginningSize === -EISDIR) {
    reason(EISDIR);
    return;
  }
  reason(EACCES);
  let file = path;
  for (depth = 0; depth < DEEPEST; depth++) {
    if (putObstacle(file, depth > 0 ? message("its interpreter ") : 0)) return;
    if (putDirectory(file, message("its interpreter "))) return;
    if (!readInterpreter(asked)) break;
    copy(led, endOf(led), asked);
    file = led;
  }
  if (readLoader(file, asked)) {
    if (putObstacle(asked, message("its loader ")) || putDirectory(asked, message("its loader "))) return;
  }
  line.put(message(": a security module may forbid it (AppArmor, SELinux)"));
}

/** Appends what is wrong with a file whose format the kernel does not execute. */
function wrongFormat(): void {
  putSubject();
  if (!isElf()) {
    if (beginningSize === 0) line.put(message(" is empty"));
    else line.put(message(" is neither a program nor a script"));
  } else if (!hasHeader()) {
    line.put(message(" is damaged: it ends within its header"));
  } else if (elfType() === ET_REL) {
    line.put(message(" is an object file, which has to be linked to become a program"));
  } else if (elfType() === ET_CORE) {
    line.put(message(" is a core dump, not a program"));
  } else if (elfMachine() !== host.machine() && (elfType() === ET_EXEC || elfType() === ET_DYN)) {
    appendOne(message(" is built for {text}, which this machine does not run"), machineName(elfMachine()));
  } else {
    line.put(message(" is damaged, or only a part of a program"));
  }
}

/** Appends that interpreters are scripts, one after another. */
function endless(): void {
  if (depth < DEEPEST) {
    reason(ELOOP);
  } else if (same(path, led)) {
    line.put(message("it names itself as its interpreter"));
  } else {
    line.put(
      message("its interpreter is a script, whose interpreter is a script again, and so on: no program is come to"),
    );
  }
}

/** Whether nothing has the name that the user wrote, rather than something missing that the file asks for. */
function isNowhere(errno: i32): bool {
  if (errno === ENAMETOOLONG) return depth === 0;
  return errno === ENOENT && (notFound || (depth === 0 && beginningSize === -ENOENT));
}

/** Reads the program's name as the user wrote it, up to WRITTEN_BYTES, into `path`, and returns that. */
export function readName(program: i32): UserBytes {
  store<u8>(path + host.readArgument(program, 0, path, WRITTEN_BYTES), 0);
  return path;
}

/** Reports why `execute` returned `errno`. */
export function explain(program: i32, errno: i32): void {
  if (notFound) readName(program);
  beginOne(Log.PROGRAM_NOT_RUN, load<u8>(path) === 0 ? cString('""') : path);
  if (!notFound) follow();
  if (errno === ENOENT) noSuchFile();
  else if (errno === EACCES) denied();
  else if (errno === ENOEXEC || ((errno === EIO || errno === EINVAL) && isElf())) wrongFormat();
  else if (errno === ELOOP) endless();
  else reason(errno);
  if (errno === EPERM) putMissingCapabilities(current());
  if (errno === ELIBBAD) appendOne(message(": {path}"), asked);
  if (isNowhere(errno)) putMisspelling(program);
  end();
}
