import {
  ECONNREFUSED,
  ECONNRESET,
  EINTR,
  EPROTOTYPE,
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
import { find } from "../text/bytes";
import { Message } from "../text/views";

/** The errno values that users can encounter, as bytes; a 0 ends them. */
// prettier-ignore
const numbers: usize = memory.data<u8>([
  <u8>EPERM,
  <u8>ENOENT,
  <u8>ESRCH,
  <u8>EIO,
  <u8>E2BIG,
  <u8>EBADF,
  <u8>EAGAIN,
  <u8>ENOMEM,
  <u8>EACCES,
  <u8>EBUSY,
  <u8>EADDRINUSE,
  <u8>EOPNOTSUPP,
  <u8>ENOTDIR,
  <u8>EISDIR,
  <u8>EINVAL,
  <u8>ENFILE,
  <u8>EMFILE,
  <u8>ETXTBSY,
  <u8>EFBIG,
  <u8>ENOSPC,
  <u8>EROFS,
  <u8>ERANGE,
  <u8>ENAMETOOLONG,
  <u8>ENOSYS,
  <u8>ELOOP,
  <u8>EFAULT,
  <u8>ENODEV,
  <u8>ENXIO,
  <u8>ELIBBAD,
  <u8>ESTALE,
  <u8>ETIMEDOUT,
  <u8>ENOTCONN,
  <u8>ENOKEY,
  <u8>EBADMSG,
  <u8>EUCLEAN,
  <u8>EINTR,
  <u8>ECONNREFUSED,
  <u8>ECONNRESET,
  <u8>EPROTOTYPE,
  0,
]);

/** The meaning of each, for users, in the same order. */
// prettier-ignore
const meanings: usize = memory.data<u16>([
  <u16>(message("operation not permitted") - BASE), // EPERM
  <u16>(message("no such file") - BASE), // ENOENT
  <u16>(message("no such process") - BASE), // ESRCH
  <u16>(message("input/output error") - BASE), // EIO
  <u16>(message("arguments and environment are too long") - BASE), // E2BIG
  <u16>(message("bad descriptor") - BASE), // EBADF
  <u16>(message("a limit is reached") - BASE), // EAGAIN
  <u16>(message("out of memory") - BASE), // ENOMEM
  <u16>(message("permission denied") - BASE), // EACCES
  <u16>(message("in use: processes are in it") - BASE), // EBUSY
  <u16>(message("another init has it; choose another name") - BASE), // EADDRINUSE
  <u16>(message("in use: processes are in it") - BASE), // EOPNOTSUPP
  <u16>(message("not a directory") - BASE), // ENOTDIR
  <u16>(message("is a directory") - BASE), // EISDIR
  <u16>(message("not supported here") - BASE), // EINVAL
  <u16>(message("too many open files") - BASE), // ENFILE
  <u16>(message("too many open files") - BASE), // EMFILE
  <u16>(message("the file is open for writing") - BASE), // ETXTBSY
  <u16>(message("the file is too large") - BASE), // EFBIG
  <u16>(message("no space left") - BASE), // ENOSPC
  <u16>(message("read-only") - BASE), // EROFS
  <u16>(message("out of range") - BASE), // ERANGE
  <u16>(message("the name is too long") - BASE), // ENAMETOOLONG
  <u16>(message("this kernel or its seccomp filter does not know the call") - BASE), // ENOSYS
  <u16>(message("too many symbolic links") - BASE), // ELOOP
  <u16>(message("damaged") - BASE), // EFAULT
  <u16>(message("no such device") - BASE), // ENODEV
  <u16>(message("no such device") - BASE), // ENXIO
  <u16>(message("its loader is damaged, or for another CPU") - BASE), // ELIBBAD
  <u16>(message("the file is gone from its server") - BASE), // ESTALE
  <u16>(message("its file system does not answer") - BASE), // ETIMEDOUT
  <u16>(message("its file system's server is gone") - BASE), // ENOTCONN
  <u16>(message("it is encrypted, and the key is missing") - BASE), // ENOKEY
  <u16>(message("damaged") - BASE), // EBADMSG
  <u16>(message("its file system is damaged") - BASE), // EUCLEAN
  <u16>(message("interrupted") - BASE), // EINTR
  <u16>(message("nobody listens there") - BASE), // ECONNREFUSED
  <u16>(message("the connection was closed") - BASE), // ECONNRESET
  <u16>(message("it is no stream socket") - BASE), // EPROTOTYPE
]);

/** The meaning of an errno, or 0 if it is not one of these. */
export function errnoText(errno: i32): Message {
  const found = find(numbers, errno);
  return found === 0 ? 0 : atOffset(load<u16>(meanings + ((found - numbers) << 1)));
}
