/**
 * The siginfos of signals, which lie where they were received until they are delivered: one is for the next signal, one
 * may belong to a signal whose receiver's queue is full, and one to a stop signal that is held back.
 */
import { SIGNAL_INFO_BYTES } from "../linux/structs";

/** One is for the next signal, and each of the two that `Slots` keeps may lie in another. */
const SLOT_COUNT: i32 = 3;
const SLOTS: usize = zeroed(SLOT_COUNT * SIGNAL_INFO_BYTES);

@unmanaged
class Slots {
  /** Where the next signal's siginfo goes. */
  incoming: usize = 0;
  /** Those that are kept, 0 for none. */
  undelivered: usize = 0;
  stop: usize = 0;
}
export const slots: Slots = changetype<Slots>(zeroed(Slots));

/** Makes a slot that keeps nothing the one of the next signal. */
export function renewIncoming(): void {
  let spare = SLOTS;
  while (spare === slots.undelivered || spare === slots.stop) spare += SIGNAL_INFO_BYTES;
  check(spare !== slots.undelivered && spare !== slots.stop);
  checkRoom(spare, spare + SIGNAL_INFO_BYTES);
  checkRoom(SLOTS, endOf(SLOTS));
  slots.incoming = spare;
}

/** The siginfo of what we send of our own accord, all zeros: kill(2) sends it. */
export const ownInfo: usize = zeroed(SIGNAL_INFO_BYTES);
