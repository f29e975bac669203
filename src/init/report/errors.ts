import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EINVAL,
  EIO,
  EISDIR,
  EMFILE,
  ELOOP,
  ENAMETOOLONG,
  ENFILE,
  ENOENT,
  ENOMEM,
  ENOSYS,
  ENOTDIR,
  EPERM,
  ESRCH,
  ETXTBSY,
} from "../linux/errno";

/** What an errno means to a user, in pairs; a 0 ends them. */
// prettier-ignore
const meanings: usize = memory.data<usize>([
  EPERM, text("operation not permitted"),
  ENOENT, text("no such file"),
  ESRCH, text("no such process"),
  EIO, text("input/output error"),
  E2BIG, text("arguments and environment are too long"),
  EBADF, text("bad descriptor"),
  EAGAIN, text("a limit is reached"),
  ENOMEM, text("out of memory"),
  EACCES, text("permission denied"),
  ENOTDIR, text("not a directory"),
  EISDIR, text("is a directory"),
  EINVAL, text("not supported here"),
  ENFILE, text("too many open files"),
  EMFILE, text("too many open files"),
  ETXTBSY, text("the file is open for writing"),
  ENAMETOOLONG, text("the name is too long"),
  ENOSYS, text("this kernel or its seccomp filter does not know the call"),
  ELOOP, text("too many symbolic links"),
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
