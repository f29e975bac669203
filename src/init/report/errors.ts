import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
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
  ENOTDIR,
  EPERM,
  ERANGE,
  EROFS,
  ESRCH,
  ETXTBSY,
} from "../linux/errno";

/** What an errno means to a user, in pairs; a 0 ends them. */
// prettier-ignore
const meanings: usize = memory.data<usize>([
  EPERM, words("operation not permitted"),
  ENOENT, words("no such file"),
  ESRCH, words("no such process"),
  EIO, words("input/output error"),
  E2BIG, words("arguments and environment are too long"),
  EBADF, words("bad descriptor"),
  EAGAIN, words("a limit is reached"),
  ENOMEM, words("out of memory"),
  EACCES, words("permission denied"),
  EBUSY, words("in use: processes are in it"),
  ENOTDIR, words("not a directory"),
  EISDIR, words("is a directory"),
  EINVAL, words("not supported here"),
  ENFILE, words("too many open files"),
  EMFILE, words("too many open files"),
  ETXTBSY, words("the file is open for writing"),
  EROFS, words("read-only"),
  ERANGE, words("out of range"),
  ENAMETOOLONG, words("the name is too long"),
  ENOSYS, words("this kernel or its seccomp filter does not know the call"),
  ELOOP, words("too many symbolic links"),
  0,
]);
const PAIR_BYTES: usize = 8;

/** An errno in words, or 0 where it is one that no user of ours can meet. */
export function errnoText(errno: i32): usize {
  for (let pair = meanings; load<i32>(pair) !== 0; pair += PAIR_BYTES) {
    if (load<i32>(pair) === errno) return load<usize>(pair + sizeof<usize>());
  }
  return 0;
}
