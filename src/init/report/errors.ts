import {
  E2BIG,
  EACCES,
  EADDRINUSE,
  EAGAIN,
  EBADF,
  EFBIG,
  EINVAL,
  EIO,
  EISDIR,
  EBUSY,
  EMFILE,
  ELOOP,
  ENAMETOOLONG,
  ENFILE,
  ENOENT,
  ENOMEM,
  ENOSYS,
  ENOSPC,
  EOPNOTSUPP,
  ENOTDIR,
  EPERM,
  ERANGE,
  EROFS,
  ESRCH,
  ETXTBSY,
} from "../linux/errno";
import { BASE, far } from "../text/address";

/** What an errno means to a user, in pairs; a 0 ends them. */
// prettier-ignore
const meanings: usize = memory.data<u16>([
  <u16>EPERM, <u16>(words("operation not permitted") - BASE),
  <u16>ENOENT, <u16>(words("no such file") - BASE),
  <u16>ESRCH, <u16>(words("no such process") - BASE),
  <u16>EIO, <u16>(words("input/output error") - BASE),
  <u16>E2BIG, <u16>(words("arguments and environment are too long") - BASE),
  <u16>EBADF, <u16>(words("bad descriptor") - BASE),
  <u16>EAGAIN, <u16>(words("a limit is reached") - BASE),
  <u16>ENOMEM, <u16>(words("out of memory") - BASE),
  <u16>EACCES, <u16>(words("permission denied") - BASE),
  <u16>EBUSY, <u16>(words("in use: processes are in it") - BASE),
  <u16>EADDRINUSE, <u16>(words("another init has it; choose another name") - BASE),
  <u16>EOPNOTSUPP, <u16>(words("in use: processes are in it") - BASE),
  <u16>ENOTDIR, <u16>(words("not a directory") - BASE),
  <u16>EISDIR, <u16>(words("is a directory") - BASE),
  <u16>EINVAL, <u16>(words("not supported here") - BASE),
  <u16>ENFILE, <u16>(words("too many open files") - BASE),
  <u16>EMFILE, <u16>(words("too many open files") - BASE),
  <u16>ETXTBSY, <u16>(words("the file is open for writing") - BASE),
  <u16>EFBIG, <u16>(words("the file is too large") - BASE),
  <u16>ENOSPC, <u16>(words("no space left") - BASE),
  <u16>EROFS, <u16>(words("read-only") - BASE),
  <u16>ERANGE, <u16>(words("out of range") - BASE),
  <u16>ENAMETOOLONG, <u16>(words("the name is too long") - BASE),
  <u16>ENOSYS, <u16>(words("this kernel or its seccomp filter does not know the call") - BASE),
  <u16>ELOOP, <u16>(words("too many symbolic links") - BASE),
  0,
]);
const PAIR_BYTES: usize = 4;

/** An errno in words, or 0 where it is one that no user of ours can meet. */
export function errnoText(errno: i32): usize {
  for (let pair = meanings; load<u16>(pair) !== 0; pair += PAIR_BYTES) {
    if (<i32>load<u16>(pair) === errno) return far(load<u16>(pair + 2));
  }
  return 0;
}
