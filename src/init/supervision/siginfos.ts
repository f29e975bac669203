/**
 * The siginfos of signals, which lie where they were received until they are delivered: one is for the next signal, one
 * may belong to a signal whose receiver's queue is full, and one to a stop signal that is held back.
 */
import { SIGNAL_INFO_BYTES } from "../linux/structs";

const SLOTS: usize = zeroed(384);

@unmanaged
class Slots {
  /** Where the next signal's siginfo goes. */
  incoming: usize = 0;
  /** Those that are kept, 0 for none. */
  undelivered: usize = 0;
  stop: usize = 0;
}
export const slots: Slots = changetype<Slots>(zeroed(16, Slots));

/** Makes a slot that keeps nothing the one of the next signal. */
export function renewIncoming(): void {
  let spare = SLOTS;
  while (spare === slots.undelivered || spare === slots.stop) spare += SIGNAL_INFO_BYTES;
  slots.incoming = spare;
}

/** The siginfo of what we send of our own accord, all zeros: kill(2) sends it. */
export const ownInfo: usize = zeroed(128);
