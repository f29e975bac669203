/** A view of the C struct at `address`. The one place where an address becomes a type. */
export function at<T>(address: usize): T {
  return changetype<T>(address);
}

/** siginfo_t on 64-bit Linux (include/uapi/asm-generic/siginfo.h), as far as it is looked at; 128 bytes in all. */
@unmanaged
export class SignalInfo {
  signal: i32 = 0;
  errno: i32 = 0;
  /** Who sent it: SI_USER and below are processes, SI_KERNEL and other positive codes the kernel. */
  code: i32 = 0;
  private padding: i32 = 0;
  /** The sender's pid, for codes up to SI_USER; 0 for one outside our PID namespace. */
  pid: i32 = 0;
  uid: u32 = 0;
  value: u64 = 0;

  /** Of a child: the exit code, or the signal that killed or stopped it. */
  get status(): i32 {
    return <i32>this.value;
  }
}
export const SIGNAL_INFO_BYTES: i32 = 128;

/** A set of signals as the kernel has it: signal n is bit n - 1. */
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

/** struct linux_dirent64 (man 2 getdents64): `name` follows, NUL-terminated. */
@unmanaged
export class DirectoryEntry {
  inode: u64 = 0;
  offset: u64 = 0;
  length: u16 = 0;
  type: u8 = 0;
}
/** Where the name begins: behind `type`, not at the struct's padded end. */
export const DIRECTORY_ENTRY_NAME: usize = 19;

/** `type` of a directory. */
export const DT_DIR: u8 = 4;

/** struct sysinfo of 64-bit Linux (man 2 sysinfo): its size, the memory in all at 32, in units of the u32 at 104. */
export const SYSINFO_BYTES: i32 = 112;
export const SYSINFO_TOTAL: usize = 32;
export const SYSINFO_UNIT: usize = 104;

/** struct statfs of 64-bit Linux (include/uapi/asm-generic/statfs.h): its size, the mount's flags at 80. */
export const STATFS_BYTES: i32 = 120;
export const STATFS_FLAGS: usize = 80;
export const ST_NOEXEC: u64 = 8;

/** struct statx (man 2 statx): its size, the attributes at 8, the inode's number at 32. */
export const STATX_BYTES: i32 = 256;
export const STATX_ATTRIBUTES: usize = 8;
export const STATX_ATTR_MOUNT_ROOT: u64 = 0x2000;
export const STATX_INODE: usize = 32;
