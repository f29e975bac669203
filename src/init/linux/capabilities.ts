/** Capabilities, capabilities(7): a set has bit n for number n. */
import { Message } from "../text/views";

/** In the order of their numbers, without CAP_: include/uapi/linux/capability.h. */
export const CAPABILITY_NAMES: Message = message(
  "CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|KILL|SETGID|SETUID|SETPCAP|LINUX_IMMUTABLE|NET_BIND_SERVICE|" +
    "NET_BROADCAST|NET_ADMIN|NET_RAW|IPC_LOCK|IPC_OWNER|SYS_MODULE|SYS_RAWIO|SYS_CHROOT|SYS_PTRACE|SYS_PACCT|" +
    "SYS_ADMIN|SYS_BOOT|SYS_NICE|SYS_RESOURCE|SYS_TIME|SYS_TTY_CONFIG|MKNOD|LEASE|AUDIT_WRITE|AUDIT_CONTROL|SETFCAP|" +
    "MAC_OVERRIDE|MAC_ADMIN|SYSLOG|WAKE_ALARM|BLOCK_SUSPEND|AUDIT_READ|PERFMON|BPF|CHECKPOINT_RESTORE",
);
/** How many have a name. */
export const CAPABILITIES: i32 = 41;

/** kill(2) of another user's processes; and what changes the bounding set. */
export const CAP_KILL: i32 = 5;
export const CAP_SETPCAP: i32 = 8;
