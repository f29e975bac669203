/** A view of the C struct at `address`. */
export function at<T>(address: usize): T {
  return changetype<T>(address);
}

/** The fields of siginfo_t that we read, on 64-bit Linux (include/uapi/asm-generic/siginfo.h); it has 128 bytes in all. */
@unmanaged
export class SignalInfo {
  signal: i32 = 0;
  errno: i32 = 0;
  /** The sender: a process for SI_USER and below, the kernel for SI_KERNEL and other positive codes. */
  code: i32 = 0;
  private padding: i32 = 0;
  /** The sender's pid, for codes up to SI_USER; 0 for one outside our PID namespace. */
  pid: i32 = 0;
  uid: u32 = 0;
  value: u64 = 0;

  /** For SIGCHLD: the exit code, or the signal that killed or stopped the child. */
  get status(): i32 {
    return <i32>this.value;
  }
}
export const SIGNAL_INFO_BYTES: i32 = 128;

/** The kernel's set of signals: signal n is bit n - 1. */
export const SIGNAL_SET_BYTES: i32 = sizeof<u64>();

/** struct timespec of 64-bit Linux. */
@unmanaged
export class TimeSpec {
  seconds: i64 = 0;
  nanoseconds: i64 = 0;
}

/** struct rlimit64 (man 2 prlimit): the soft and the hard limit. */
@unmanaged
export class ResourceLimit {
  soft: u64 = 0;
  hard: u64 = 0;
}

/** The beginning of struct rusage (man 2 getrusage). */
@unmanaged
export class ResourceUsage {
  userSeconds: i64 = 0;
  userMicroseconds: i64 = 0;
  systemSeconds: i64 = 0;
  systemMicroseconds: i64 = 0;
  /** The peak of the resident memory of the largest process, in units of 1024 bytes. */
  largestKilobytes: i64 = 0;
}
/** The size of the whole struct. */
export const RESOURCE_USAGE_BYTES: i32 = 144;

/** struct linux_dirent64 (man 2 getdents64): `name` follows, NUL-terminated. */
@unmanaged
export class DirectoryEntry {
  inode: u64 = 0;
  offset: u64 = 0;
  length: u16 = 0;
  type: u8 = 0;
}
/** The offset of the name: right after `type`, not at the struct's padded end. */
export const DIRECTORY_ENTRY_NAME: usize = 19;

/** `type` of a directory. */
export const DT_DIR: u8 = 4;

/** struct sysinfo of 64-bit Linux (man 2 sysinfo): its size, and the offsets of the total memory and of its unit. */
export const SYSINFO_BYTES: i32 = 112;
export const SYSINFO_TOTAL: usize = 32;
export const SYSINFO_UNIT: usize = 104;

/** struct statfs of 64-bit Linux (include/uapi/asm-generic/statfs.h): its size, and the offsets of the file system's type and of the mount's flags. */
export const STATFS_BYTES: i32 = 120;
export const STATFS_TYPE: usize = 0;
export const STATFS_FLAGS: usize = 80;
export const ST_NOEXEC: u64 = 8;

/** struct statx (man 2 statx): its size, and the offsets of the attributes, the owner and the inode number. */
export const STATX_BYTES: i32 = 256;
export const STATX_ATTRIBUTES: usize = 8;
export const STATX_ATTR_MOUNT_ROOT: u64 = 0x2000;
export const STATX_USER: usize = 20;
export const STATX_INODE: usize = 32;

/** struct __user_cap_header_struct, of the third version, and twice __user_cap_data_struct: include/uapi/linux/capability.h. */
@unmanaged
export class Capabilities {
  version: u32 = 0;
  pid: i32 = 0;
  effectiveLow: u32 = 0;
  permittedLow: u32 = 0;
  inheritableLow: u32 = 0;
  effectiveHigh: u32 = 0;
  permittedHigh: u32 = 0;
  inheritableHigh: u32 = 0;
}
export const CAPABILITY_VERSION: u32 = 0x20080522;
/** Where the sets begin. */
export const CAPABILITY_SETS: usize = 8;
