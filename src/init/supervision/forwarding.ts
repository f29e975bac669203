/**
 * Forwards signals to the program: rewritten by --rewrite, to the receivers that --forward-to sets. A real-time signal that
 * does not fit in the receiver's queue is held and retried.
 */
import { forwardedAs, ForwardTo, get, Id, Wait } from "../config/config";
import { now } from "../linux/clock";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { isTerminalStop, SIGCONT, SIGSTOP } from "../linux/signals";
import { at, SignalInfo } from "../linux/structs";
import { deliver, sendToAll } from "./delivery";
import { resume } from "./jobcontrol";
import { isFromKeyboard } from "./routing";
import { renewIncoming, slots } from "./siginfos";
import { job, lives, supervisee } from "./supervisee";

/** How long to wait before a held signal is retried: doubled each time, up to the longest. */
const SHORTEST_DELAY_MS: i64 = 1;
const LONGEST_DELAY_MS: i64 = 64;

/** The signal that is held because its receiver's queue is full; `slots.undelivered` is its siginfo, 0 if none is held. */
let heldSignal: i32 = 0;
let heldDelay: i64 = 0;
let heldUntil: i64 = 0;

/** Whether a signal is held. Meanwhile, no real-time signals are received. */
export function isHolding(): bool {
  return slots.undelivered !== 0;
}

/** When the held signal is retried. */
export function retriedAt(): i64 {
  return heldUntil;
}

/** Drops the held signal: its receiver is dead. */
export function dropHeld(): void {
  slots.undelivered = 0;
}

/** Delivers a signal to the program, its process group, or all processes; holds it if the receiver's queue is full. */
function pass(signal: i32, about: SignalInfo): void {
  const receivers = get(Id.FORWARD_TO);
  const toGroup = receivers === ForwardTo.GROUP && supervisee.leadsGroup;
  // A key that reaches us instead of the program's group is still meant for that group.
  const target = toGroup || isFromKeyboard(about.signal, about.code) ? job() : supervisee.child;
  const toAll = receivers === ForwardTo.ALL;
  if (deliver(ourselves.pid, supervisee.cgroupPaths, target, toAll, signal, about)) return;
  if (isHolding()) {
    // Only one can be held, and no real-time signals are received meanwhile: so this is another signal, rewritten to one.
    // kill(2) makes it pending at least once, even with a full queue.
    host.kill(target, signal);
    return;
  }
  slots.undelivered = changetype<usize>(about);
  heldSignal = signal;
  renewIncoming();
  heldDelay = SHORTEST_DELAY_MS;
  heldUntil = now() + heldDelay;
}

/** Retries the held signal. */
export function retry(): void {
  const longer = min(heldDelay * 2, LONGEST_DELAY_MS);
  const about = at<SignalInfo>(slots.undelivered);
  slots.undelivered = 0;
  pass(heldSignal, about);
  if (!isHolding()) return;
  heldDelay = longer;
  heldUntil = now() + longer;
}

/** Forwards a signal, rewritten. One that --rewrite drops, or that comes after the program's death, is not forwarded. */
export function forward(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0 || supervisee.child <= 0 || supervisee.ended) return;
  if (becomes === SIGCONT) {
    supervisee.askedToStop = false;
    if (supervisee.stopped || (ourselves.pid !== 1 && ourselves.terminal >= 0)) {
      // The terminal stopped the whole job, so the whole job is continued; in the foreground if the shell has put us there.
      supervisee.stopped = false;
      resume();
      if (get(Id.FORWARD_TO) !== ForwardTo.ALL) {
        supervisee.forwarded++;
        return;
      }
    }
  } else if (becomes === SIGSTOP || isTerminalStop(becomes)) {
    // A key counts as the terminal's own stop, even if it reached us before the program's group had the foreground.
    supervisee.askedToStop = !isFromKeyboard(about.signal, about.code);
  }
  pass(becomes, about);
}

/** Forwards a stop signal to all our processes, also after the program's death, because all of them are waited for. */
export function forwardToAll(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0) return;
  deliver(ourselves.pid, supervisee.cgroupPaths, lives() ? supervisee.child : 0, true, becomes, about);
}

/**
 * A key of the terminal reached our own process group, and so the program in it. Other receivers are in other groups, and
 * receive it from us.
 */
export function forwardKey(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0 || (get(Id.FORWARD_TO) !== ForwardTo.ALL && get(Id.WAIT) === Wait.MAIN)) return;
  sendToAll(ourselves.pid, supervisee.cgroupPaths, 0, ourselves.processGroupId, becomes, about);
}
