import {
  BAND_IN,
  bit,
  EAGAIN,
  EBADF,
  EINVAL,
  IN_ALL_EVENTS,
  O_ASYNC,
  POLL_IN,
  POLLIN,
  SI_SIGIO,
  SIGIO,
  SPECIFIC_CODES,
} from "./abi.ts";
import { OpenFile } from "./files.ts";
import type { Linux } from "./linux.ts";
import { fromKernel } from "./signals.ts";

/** The size of struct inotify_event without a name: nothing but single files is watched here. */
const EVENT_SIZE = 16;

/** An inotify descriptor, inotify(7). What is watched is told apart by a key, equal for the same file. */
export class Inotify extends OpenFile {
  readonly #linux: Linux;
  readonly #watches = new Map<string, { readonly descriptor: number; mask: number }>();
  #queue: { readonly descriptor: number; readonly mask: number }[] = [];

  constructor(linux: Linux, flags: number) {
    super();
    this.#linux = linux;
    this.flags = flags;
  }

  /** inotify_add_watch(2): the watch descriptor, the same one for a file that is watched already, or a negated errno. */
  watch(file: string, mask: number): number {
    if ((mask & IN_ALL_EVENTS) === 0) return -EINVAL;
    const watch = this.#watches.get(file) ?? { descriptor: this.#watches.size + 1, mask };
    watch.mask = mask;
    this.#watches.set(file, watch);
    this.#linux.watches = true;
    return watch.descriptor;
  }

  /**
   * Queues the event `mask` of a file. One that equals the last pending event is dropped, and so is its signal
   * (fs/notify/notification.c, fsnotify_insert_event).
   */
  happens(file: string, mask: number): void {
    const watch = this.#watches.get(file);
    if (!watch || (watch.mask & mask) === 0) return;
    const last = this.#queue.at(-1);
    if (last?.descriptor === watch.descriptor && last.mask === mask) return;
    this.#queue.push({ descriptor: watch.descriptor, mask });
    this.#signal();
  }

  /** fs/fcntl.c send_sigio_to_task: the signal of F_SETSIG with the descriptor, or SIGIO if that has no room. */
  #signal(): void {
    const target = this.#linux.processes.get(this.owner);
    if (!target || (this.flags & O_ASYNC) === 0) return;
    if (this.signal !== 0) {
      const code = bit(this.signal) & SPECIFIC_CODES && this.signal !== SIGIO ? SI_SIGIO : POLL_IN;
      const info = { signal: this.signal, code, pid: BAND_IN, uid: 0, value: BigInt(this.number) };
      if (this.#linux.send(target, info, false) === 0) return;
    }
    this.#linux.send(target, fromKernel(SIGIO));
  }

  override read(size: number): Uint8Array | number {
    if (this.#queue.length === 0) return -EAGAIN;
    const count = Math.min(Math.floor(size / EVENT_SIZE), this.#queue.length);
    if (count === 0) return -EINVAL;
    const view = new DataView(new ArrayBuffer(count * EVENT_SIZE));
    for (const [index, { descriptor, mask }] of this.#queue.splice(0, count).entries()) {
      view.setInt32(index * EVENT_SIZE, descriptor, true);
      view.setUint32(index * EVENT_SIZE + 4, mask, true);
    }
    return new Uint8Array(view.buffer);
  }

  override write(): number {
    return -EBADF;
  }

  override events(): number {
    return this.#queue.length > 0 ? POLLIN : 0;
  }
}
