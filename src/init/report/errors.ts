import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  ENAMETOOLONG,
  ENFILE,
  EMFILE,
  ENOENT,
  ENOMEM,
  ENOSYS,
  ENOTDIR,
  EPERM,
  ESRCH,
  ETXTBSY,
} from "../linux/errno";

/** An errno in words, or 0 where it is one that no user of ours can meet. */
export function errnoText(errno: i32): usize {
  switch (errno) {
    case EPERM:
      return text("operation not permitted");
    case ENOENT:
      return text("no such file");
    case ESRCH:
      return text("no such process");
    case EIO:
      return text("input/output error");
    case E2BIG:
      return text("arguments and environment are too long");
    case EBADF:
      return text("bad descriptor");
    case EAGAIN:
      return text("a limit is reached");
    case ENOMEM:
      return text("out of memory");
    case EACCES:
      return text("permission denied");
    case ENOTDIR:
      return text("not a directory");
    case EISDIR:
      return text("is a directory");
    case EINVAL:
      return text("not supported here");
    case ENFILE:
    case EMFILE:
      return text("too many open files");
    case ETXTBSY:
      return text("the file is open for writing");
    case ENAMETOOLONG:
      return text("the name is too long");
    case ENOSYS:
      return text("this kernel or its seccomp filter does not know the call");
    case ELOOP:
      return text("too many symbolic links");
    default:
      return 0;
  }
}
