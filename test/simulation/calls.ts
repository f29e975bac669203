/* The door's system calls, and what they can fail with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  EACCES,
  EAGAIN,
  EBADF,
  ECHILD,
  EFAULT,
  EINTR,
  EINVAL,
  EIO,
  EMFILE,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOSYS,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  ESRCH,
} from "./abi.ts";

/** What any call could fail with. */
export const ERRNOS = [EPERM, ENOENT, ESRCH, EINTR, EIO, EBADF, EAGAIN, ENOMEM, EACCES, EINVAL, ENOSYS];
/** What some calls fail with besides. */
const FURTHER: Readonly<Record<string, readonly number[]>> = {
  execve: [ENOEXEC],
  wait4: [ECHILD],
  open: [EMFILE],
  ioctl: [ENOTTY],
  writeNoWait: [EPIPE, EOPNOTSUPP],
  rt_sigtimedwait: [EFAULT],
};
/** The errnos that a call is tried with. */
export const errnosOf = (name: string): readonly number[] => [...ERRNOS, ...(FURTHER[name] ?? [])];

/** What is no system call, or cannot fail. */
const UNFAILING = [
  "argumentCount",
  "readArgument",
  "replaceArgument",
  "readEnvironment",
  "replaceEnvironment",
  "setEnvironment",
  "restoreReplaced",
  "getpid",
  "getppid",
  "exit",
];

/** The calls that the init of the full executable alone makes: see full.test.ts. */
const OF_FULL = ["execveat", "memfd_create", "sendfile"];

/** The system calls of the door that can fail, by name. */
export const CALLS = [
  ...readFileSync(join(import.meta.dirname, "../../src/init/linux/host.ts"), "utf8").matchAll(
    /export declare function (\w+)/g,
  ),
]
  .map(([, name]) => name ?? "")
  .filter((name) => !UNFAILING.includes(name) && !OF_FULL.includes(name));

/** Those of them that nobody makes who asks for no limits. */
export const FOR_LIMITS = [
  "fcntl",
  "inotify_add_watch",
  "inotify_init1",
  "mkdir",
  "rmdir",
  "sched_getaffinity",
  "sysinfo",
  "vforkInto",
];
