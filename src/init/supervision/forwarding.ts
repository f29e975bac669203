/**
 * Forwards signals to the program: as what they become by --rewrite, to whom --forward-to says. A real-time signal for
 * which the receiver's queue has no place is held and tried again.
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

/** How long to wait before a held signal is tried again: doubled each time, up to the longest. */
const SHORTEST_DELAY_MS: i64 = 1;
const LONGEST_DELAY_MS: i64 = 64;

/** The signal that is held because its receiver's queue is full; `slots.undelivered` is its siginfo, 0 where none is. */
let heldSignal: i32 = 0;
let heldDelay: i64 = 0;
let heldUntil: i64 = 0;

/** Whether a signal is held. Real-time signals do not come in meanwhile. */
export function isHolding(): bool {
  return slots.undelivered !== 0;
}

/** When the held signal is tried again. */
export function retriedAt(): i64 {
  return heldUntil;
}

/** Drops the held signal: its receiver is dead. */
export function dropHeld(): void {
  slots.undelivered = 0;
}

/** Delivers a signal to the program, its group or everything; holds it where the receiver's queue is full. */
function pass(signal: i32, about: SignalInfo): void {
  const receivers = get(Id.FORWARD_TO);
  const toGroup = receivers === ForwardTo.GROUP && supervisee.leadsGroup;
  // A key that reaches us, and not the program's group, is meant for that group all the same.
  const target = toGroup || isFromKeyboard(about.signal, about.code) ? job() : supervisee.child;
  const toAll = receivers === ForwardTo.ALL;
  if (deliver(ourselves.pid, supervisee.cgroupPaths, target, toAll, signal, about)) return;
  if (isHolding()) {
    // Only one can be held, and real-time signals do not come in meanwhile: this is another that is rewritten to one.
    // kill(2) makes it pending at least once where there is no place for it.
    host.kill(target, signal);
    return;
  }
  slots.undelivered = changetype<usize>(about);
  heldSignal = signal;
  renewIncoming();
  heldDelay = SHORTEST_DELAY_MS;
  heldUntil = now() + heldDelay;
}

/** Tries the held signal again. */
export function retry(): void {
  const longer = min(heldDelay * 2, LONGEST_DELAY_MS);
  const about = at<SignalInfo>(slots.undelivered);
  slots.undelivered = 0;
  pass(heldSignal, about);
  if (!isHolding()) return;
  heldDelay = longer;
  heldUntil = now() + longer;
}

/** Forwards a signal as what it becomes; a dropped one, or one after the program's death, reaches nobody. */
export function forward(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0 || supervisee.child <= 0 || supervisee.ended) return;
  if (becomes === SIGCONT) {
    supervisee.askedToStop = false;
    if (supervisee.stopped || (ourselves.pid !== 1 && ourselves.terminal >= 0)) {
      // The terminal stopped the whole job, so the whole job goes on; in the foreground where the shell has put us there.
      supervisee.stopped = false;
      resume();
      if (get(Id.FORWARD_TO) !== ForwardTo.ALL) return;
    }
  } else if (becomes === SIGSTOP || isTerminalStop(becomes)) {
    // A key that came before the program's group had the foreground is no more a wish than one that comes to that group.
    supervisee.askedToStop = !isFromKeyboard(about.signal, about.code);
  }
  pass(becomes, about);
}

/** Forwards a stop signal to everything that is ours, also after the program's death, because all are waited for. */
export function forwardToAll(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0) return;
  deliver(ourselves.pid, supervisee.cgroupPaths, lives() ? supervisee.child : 0, true, becomes, about);
}

/**
 * A key of the terminal came to our own group, and so to the program in it: whoever else is to get it has another group, and
 * gets it from us.
 */
export function forwardKey(signal: i32, about: SignalInfo): void {
  const becomes = forwardedAs(signal);
  if (becomes === 0 || (get(Id.FORWARD_TO) !== ForwardTo.ALL && get(Id.WAIT) === Wait.MAIN)) return;
  sendToAll(ourselves.pid, supervisee.cgroupPaths, 0, ourselves.processGroupId, becomes, about);
}
