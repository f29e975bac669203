/**
 * The siginfos of signals, which stay where they were received until they are delivered: one slot is for the next signal, one
 * may hold a signal whose receiver's queue is full, and one a stop signal that is held back.
 */
import { SIGNAL_INFO_BYTES } from "../linux/structs";

/** One for the next signal, and one for each of the two that `Slots` may hold. */
const SLOT_COUNT: i32 = 3;
const SLOTS: usize = zeroed(SLOT_COUNT * SIGNAL_INFO_BYTES);

@unmanaged
class Slots {
  /** Where the next signal's siginfo goes. */
  incoming: usize = 0;
  /** The slots of the signals that are held, 0 for none. */
  undelivered: usize = 0;
  stop: usize = 0;
}
export const slots: Slots = changetype<Slots>(zeroed(Slots));

/** Makes a free slot the one for the next signal. */
export function renewIncoming(): void {
  let spare = SLOTS;
  while (spare === slots.undelivered || spare === slots.stop) spare += SIGNAL_INFO_BYTES;
  check(spare !== slots.undelivered && spare !== slots.stop);
  checkRoom(spare, spare + SIGNAL_INFO_BYTES);
  checkRoom(SLOTS, endOf(SLOTS));
  slots.incoming = spare;
}

/** The siginfo of signals that we send on our own, all zeros: they are sent by kill(2). */
export const ownInfo: usize = zeroed(SIGNAL_INFO_BYTES);
