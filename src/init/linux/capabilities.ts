/** Capabilities, capabilities(7): a set has bit n for number n. */
import { Message } from "../text/views";
import * as host from "./host";
import { Capabilities, CAPABILITY_SETS, CAPABILITY_VERSION } from "./structs";

/** In the order of their numbers, without CAP_: include/uapi/linux/capability.h. */
export const CAPABILITY_NAMES: Message = message(
  "CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|KILL|SETGID|SETUID|SETPCAP|LINUX_IMMUTABLE|NET_BIND_SERVICE|" +
    "NET_BROADCAST|NET_ADMIN|NET_RAW|IPC_LOCK|IPC_OWNER|SYS_MODULE|SYS_RAWIO|SYS_CHROOT|SYS_PTRACE|SYS_PACCT|" +
    "SYS_ADMIN|SYS_BOOT|SYS_NICE|SYS_RESOURCE|SYS_TIME|SYS_TTY_CONFIG|MKNOD|LEASE|AUDIT_WRITE|AUDIT_CONTROL|SETFCAP|" +
    "MAC_OVERRIDE|MAC_ADMIN|SYSLOG|WAKE_ALARM|BLOCK_SUSPEND|AUDIT_READ|PERFMON|BPF|CHECKPOINT_RESTORE",
);
/** How many have a name. */
export const CAPABILITIES: i32 = 41;

/** What another user owns; kill(2) of another user's processes; and what changes the bounding set. */
export const CAP_DAC_OVERRIDE: i32 = 1;
export const CAP_KILL: i32 = 5;
export const CAP_SETPCAP: i32 = 8;

const sets: Capabilities = changetype<Capabilities>(zeroed(Capabilities));
/** The sets of the calling process, as they were read last. */
export let effective: u64 = 0;
export let permitted: u64 = 0;
export let inheritable: u64 = 0;

function join(low: u32, high: u32): u64 {
  return (<u64>low) | ((<u64>high) << 32);
}

/** Reads the capabilities of the calling process. Returns 0 or a negated errno. */
export function readCapabilities(): i32 {
  sets.version = CAPABILITY_VERSION;
  sets.pid = 0;
  const result = host.capget(changetype<usize>(sets), changetype<usize>(sets) + CAPABILITY_SETS);
  effective = join(sets.effectiveLow, sets.effectiveHigh);
  permitted = join(sets.permittedLow, sets.permittedHigh);
  inheritable = join(sets.inheritableLow, sets.inheritableHigh);
  return result;
}

/** Sets them. Returns 0 or a negated errno. */
export function writeCapabilities(newEffective: u64, newPermitted: u64, newInheritable: u64): i32 {
  sets.effectiveLow = <u32>newEffective;
  sets.effectiveHigh = <u32>(newEffective >> 32);
  sets.permittedLow = <u32>newPermitted;
  sets.permittedHigh = <u32>(newPermitted >> 32);
  sets.inheritableLow = <u32>newInheritable;
  sets.inheritableHigh = <u32>(newInheritable >> 32);
  return host.capset(changetype<usize>(sets), changetype<usize>(sets) + CAPABILITY_SETS);
}
