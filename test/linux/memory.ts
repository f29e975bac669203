import type { UserMemory } from "./kernel.ts";

/** Memory of an init that is written in TypeScript: addresses from 1 on, each of which it may use. */
export class PlainMemory implements UserMemory {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  #next = 16;

  constructor(size = 65536) {
    this.#bytes = new Uint8Array(size);
    this.view = new DataView(this.#bytes.buffer);
  }

  /** Allocates `size` zeroed bytes. @throws RangeError if no memory is left. */
  take(size: number): number {
    const address = this.#next;
    this.#next += Math.ceil(size / 16) * 16;
    if (this.#next > this.#bytes.length) throw new RangeError("no memory is left");
    return address;
  }

  /** The address of a text with a NUL at its end. */
  put(text: string): number {
    const bytes = new TextEncoder().encode(text);
    const address = this.take(bytes.length + 1);
    this.#bytes.set(bytes, address);
    return address;
  }

  at(address: number, size: number): Uint8Array | string | null {
    if (address === 0) return null;
    if (address + size > this.#bytes.length) return `${size} bytes at ${address} lie behind the memory's end`;
    return this.#bytes.subarray(address, address + size);
  }

  text(address: number): Uint8Array | string | null {
    if (address === 0) return null;
    const end = this.#bytes.indexOf(0, address);
    return end < 0 ? `a text without an end at ${address}` : this.#bytes.subarray(address, end);
  }
}
