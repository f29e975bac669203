/** Sends signals on as they came: as often as they came and, if a process queued one, with its value and sender. */
import { PIDFD_SIGNAL_PROCESS_GROUP, SI_QUEUE, SI_TKILL } from "../linux/constants";
import { EAGAIN, ESRCH } from "../linux/errno";
import * as host from "../linux/host";
import { SIGCANCEL, SIGKILL, SIGSTOP } from "../linux/signals";
import { SignalInfo } from "../linux/structs";
import { Log, report, reportOne, reportThree } from "../report/report";
import * as descendants from "./descendants";
import { supervisee } from "./supervisee";

/** For kill(2) by PID 1: every process of its PID namespace except itself. */
export const EVERYTHING: i32 = -1;

let warnedOfProc: bool = false;

/**
 * Whether a signal is sent with its siginfo: a real-time signal always, because only then does the kernel say when a queue is
 * full (kill(2) would silently merge signals); any other if a process sent a value with it.
 */
function carriesInfo(signal: i32, info: SignalInfo): bool {
  return signal >= SIGCANCEL || (info.code < 0 && info.code !== SI_TKILL);
}

/** Sends `signal` with its siginfo. Returns 0 or a negated errno. */
function queue(target: i32, signal: i32, info: SignalInfo): i32 {
  // A process may not claim that the kernel, kill(2) or tgkill(2) sent a signal; SI_QUEUE stands for some process.
  if (info.code >= 0 || info.code === SI_TKILL) info.code = SI_QUEUE;
  info.signal = signal;
  if (target > 0) return host.rt_sigqueueinfo(target, signal, changetype<usize>(info));
  const fd = host.pidfd_open(-target, 0);
  if (fd < 0) return fd;
  const result = host.pidfd_send_signal(fd, signal, changetype<usize>(info), PIDFD_SIGNAL_PROCESS_GROUP);
  host.close(fd);
  return result;
}

/** Sends one signal to a process, or to the group -`target`. Returns 0 or a negated errno; EAGAIN if its queue is full. */
function send(target: i32, signal: i32, info: SignalInfo): i32 {
  if (carriesInfo(signal, info)) {
    const result = queue(target, signal, info);
    if (result === 0 || result === -ESRCH || (result === -EAGAIN && signal >= SIGCANCEL)) return result;
  }
  return host.kill(target, signal);
}

/** Warns that a signal could not be sent: this is never more than a warning, whatever the reason. */
function failed(target: i32, signal: i32, errno: i32): void {
  if (errno === ESRCH) reportOne(Log.RECEIVER_DEAD, signal);
  else reportThree(Log.SIGNAL_NOT_FORWARDED, signal, target, errno);
}

/** In place of a process group to spare: no group is spared. */
export const NOBODY: i32 = -1;

/**
 * Sends a signal once to each of our descendants and each process in the control group `group` (0 for none), except those in
 * the process group `spared`. `self` is our pid; `known` receives the signal if the processes cannot be listed, 0 for nobody.
 * A process that is gone by then is not a failure. Returns 0, or a negated errno for `known`.
 */
export function sendToAll(self: i32, group: usize, known: i32, spared: i32, signal: i32, info: SignalInfo): i32 {
  if (!descendants.open(self, group)) {
    if (self === 1 && spared === NOBODY) return host.kill(EVERYTHING, signal);
    if (!warnedOfProc) report(Log.NO_PROC);
    warnedOfProc = true;
    return known === 0 ? -ESRCH : send(known, signal, info);
  }
  while (true) {
    const pid = descendants.next();
    if (pid === 0) return 0;
    if (spared !== NOBODY && host.getpgid(pid) === spared) continue;
    // One receiver with a full queue must not delay the others; kill(2) at least makes the signal pending.
    let result = send(pid, signal, info);
    if (result === -EAGAIN) result = host.kill(pid, signal);
    if (result < 0 && result !== -ESRCH && signal !== SIGKILL && signal !== SIGSTOP) failed(pid, signal, -result);
  }
}

/**
 * Sends a signal with its siginfo to the process group that `leader` leads: to the leader exactly as it came, and to the others
 * one by one, with the siginfo as long as their queues have room. One call for the whole group (Linux 6.9) would report a full
 * queue only if all of them were full. Returns the result for the leader: 0 or a negated errno.
 */
function sendToGroup(self: i32, leader: i32, signal: i32, info: SignalInfo): i32 {
  if (!descendants.open(self, 0)) return send(-leader, signal, info);
  const result = send(leader, signal, info);
  if (result < 0) {
    descendants.close();
    return result;
  }
  while (true) {
    const pid = descendants.next();
    if (pid === 0) return result;
    if (pid === leader || host.getpgid(pid) !== leader) continue;
    if (send(pid, signal, info) === -EAGAIN) host.kill(pid, signal);
  }
}

/** Sends a signal to a process, or to the group -`target`. Returns 0 or a negated errno; EAGAIN if its queue is full. */
function sendTo(self: i32, target: i32, signal: i32, info: SignalInfo): i32 {
  if (target < 0 && carriesInfo(signal, info)) return sendToGroup(self, -target, signal, info);
  return send(target, signal, info);
}

/**
 * Delivers `signal` to `target` (a pid, or a negated group), or if `toAll` to all descendants and the control group.
 * False if the receiver's queue of real-time signals is full, and it must be delivered later.
 */
export function deliver(self: i32, group: usize, target: i32, toAll: bool, signal: i32, info: SignalInfo): bool {
  reportOne(Log.SIGNAL_PASSED, signal);
  const result = toAll ? sendToAll(self, group, target, NOBODY, signal, info) : sendTo(self, target, signal, info);
  if (result === -EAGAIN && signal >= SIGCANCEL) return false;
  if (result < 0) failed(target, signal, -result);
  else supervisee.forwarded++;
  return true;
}
