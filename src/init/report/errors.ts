import {
  EINTR,
  EUCLEAN,
  EBADMSG,
  ENOKEY,
  ENOTCONN,
  ETIMEDOUT,
  ESTALE,
  ELIBBAD,
  ENXIO,
  ENODEV,
  EFAULT,
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
import { atOffset, BASE } from "../text/address";
import { Message } from "../text/views";

/** What an errno means to a user, in pairs; a 0 ends them. */
// prettier-ignore
const meanings: usize = memory.data<u16>([
  <u16>EPERM, <u16>(message("operation not permitted") - BASE),
  <u16>ENOENT, <u16>(message("no such file") - BASE),
  <u16>ESRCH, <u16>(message("no such process") - BASE),
  <u16>EIO, <u16>(message("input/output error") - BASE),
  <u16>E2BIG, <u16>(message("arguments and environment are too long") - BASE),
  <u16>EBADF, <u16>(message("bad descriptor") - BASE),
  <u16>EAGAIN, <u16>(message("a limit is reached") - BASE),
  <u16>ENOMEM, <u16>(message("out of memory") - BASE),
  <u16>EACCES, <u16>(message("permission denied") - BASE),
  <u16>EBUSY, <u16>(message("in use: processes are in it") - BASE),
  <u16>EADDRINUSE, <u16>(message("another init has it; choose another name") - BASE),
  <u16>EOPNOTSUPP, <u16>(message("in use: processes are in it") - BASE),
  <u16>ENOTDIR, <u16>(message("not a directory") - BASE),
  <u16>EISDIR, <u16>(message("is a directory") - BASE),
  <u16>EINVAL, <u16>(message("not supported here") - BASE),
  <u16>ENFILE, <u16>(message("too many open files") - BASE),
  <u16>EMFILE, <u16>(message("too many open files") - BASE),
  <u16>ETXTBSY, <u16>(message("the file is open for writing") - BASE),
  <u16>EFBIG, <u16>(message("the file is too large") - BASE),
  <u16>ENOSPC, <u16>(message("no space left") - BASE),
  <u16>EROFS, <u16>(message("read-only") - BASE),
  <u16>ERANGE, <u16>(message("out of range") - BASE),
  <u16>ENAMETOOLONG, <u16>(message("the name is too long") - BASE),
  <u16>ENOSYS, <u16>(message("this kernel or its seccomp filter does not know the call") - BASE),
  <u16>ELOOP, <u16>(message("too many symbolic links") - BASE),
  <u16>EFAULT, <u16>(message("damaged") - BASE),
  <u16>ENODEV, <u16>(message("no such device") - BASE),
  <u16>ENXIO, <u16>(message("no such device") - BASE),
  <u16>ELIBBAD, <u16>(message("its loader is damaged, or for another CPU") - BASE),
  <u16>ESTALE, <u16>(message("the file is gone from its server") - BASE),
  <u16>ETIMEDOUT, <u16>(message("its file system does not answer") - BASE),
  <u16>ENOTCONN, <u16>(message("its file system's server is gone") - BASE),
  <u16>ENOKEY, <u16>(message("it is encrypted, and the key is missing") - BASE),
  <u16>EBADMSG, <u16>(message("damaged") - BASE),
  <u16>EUCLEAN, <u16>(message("its file system is damaged") - BASE),
  <u16>EINTR, <u16>(message("interrupted") - BASE),
  0,
]);
const PAIR_BYTES: usize = 4;

/** An errno in words, or 0 where it is one that no user of ours can meet. */
export function errnoText(errno: i32): Message {
  for (let pair = meanings; load<u16>(pair) !== 0; pair += PAIR_BYTES) {
    if (<i32>load<u16>(pair) === errno) return atOffset(load<u16>(pair + 2));
  }
  return 0;
}
