/* The system calls that the init makes, and the errors that they can fail with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  ECHILD,
  EEXIST,
  EFAULT,
  EINTR,
  EINVAL,
  EIO,
  EMFILE,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  ERANGE,
  EROFS,
  ESRCH,
} from "../linux/abi.ts";

/** Errors that any call could fail with. */
export const ERRNOS = [EPERM, ENOENT, ESRCH, EINTR, EIO, EBADF, EAGAIN, ENOMEM, EACCES, EINVAL, ENOSYS];
/** Further errors of some calls. */
const FURTHER: Readonly<Record<string, readonly number[]>> = {
  execve: [ENOEXEC],
  wait4: [ECHILD],
  waitid: [ECHILD],
  open: [EMFILE],
  ioctl: [ENOTTY],
  writeNoWait: [EPIPE, EOPNOTSUPP],
  rt_sigtimedwait: [EFAULT],
};
/** The errnos to try for a call. */
export const errnosOf = (name: string): readonly number[] => [...ERRNOS, ...(FURTHER[name] ?? [])];

/** Functions that are no system call, or cannot fail. */
const UNFAILING = [
  "argumentCount",
  "readArgument",
  "replaceArgument",
  "readEnvironment",
  "replaceEnvironment",
  "setEnvironment",
  "restoreReplaced",
  "takeCaught",
  "machine",
  "getpid",
  "getppid",
  "exit",
  "umask",
];

/** Calls that only the init of the full executable makes: see full.test.ts. */
const OF_FULL = ["execveat", "memfd_create", "sendfile"];

/** The system calls of the system interface that can fail, by name. */
export const CALLS = [
  ...readFileSync(join(import.meta.dirname, "../../src/init/linux/host.ts"), "utf8").matchAll(
    /export declare function (\w+)/g,
  ),
]
  .map(([, name]) => name ?? "")
  .filter((name) => !UNFAILING.includes(name) && !OF_FULL.includes(name));

/** Those of them that are only made for limits. */
export const FOR_LIMITS = [
  "fcntl",
  "flock",
  "inotify_add_watch",
  "inotify_init1",
  "mkdir",
  "openat",
  "rmdir",
  "sched_getaffinity",
  "sysinfo",
  "unlinkat",
  "vforkInto",
];

/** The errors of a call that concerns control groups; for others, two that represent all. */
const OF_GROUPS: Readonly<Record<string, readonly number[]>> = {
  open: [EACCES, ENOENT, EROFS, EMFILE, EINTR],
  openat: [EACCES, ENOENT, EMFILE],
  unlinkat: [EACCES, EBUSY, ENOENT, EPERM],
  flock: [EBADF, EINTR, ENOSYS],
  read: [ENODEV, EIO, EINTR],
  write: [EACCES, EBUSY, EINVAL, ENODEV, ENOMEM, ENOSPC, EOPNOTSUPP, EPERM, ERANGE, ESRCH],
  mkdir: [EACCES, EAGAIN, EEXIST, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS],
  rmdir: [EACCES, EBUSY, EPERM, EROFS],
  vforkInto: [E2BIG, EACCES, EAGAIN, EBADF, EBUSY, EINVAL, ENODEV, ENOENT, ENOMEM, ENOSYS, EOPNOTSUPP, EPERM],
  vfork: [EAGAIN, ENOMEM],
  inotify_init1: [EMFILE, ENOMEM, ENOSYS, EPERM],
  inotify_add_watch: [EACCES, ENOENT, ENOMEM, ENOSPC],
  fcntl: [EINVAL, EPERM],
  getdents64: [EIO, ENOENT],
  sysinfo: [ENOSYS, EPERM],
  sched_getaffinity: [EINVAL, ENOSYS],
};
/** Whether a call concerns control groups, often or always. */
export const isOfGroups = (name: string): boolean => OF_GROUPS[name] !== undefined;
/** The errnos to try for a call in a life with limits. */
export const errnosOfGroups = (name: string): readonly number[] => OF_GROUPS[name] ?? [EPERM, EINTR];
