/* Stream sockets on the client's side: socket(2), connect(2), and the time-outs of socket(7). Servers are given as data. */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EAFNOSUPPORT,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOENT,
  ENOTCONN,
  EPROTOTYPE,
  POLLIN,
  POLLOUT,
} from "./abi.ts";
import { bytes, latin1, OpenFile } from "./files.ts";
import type { Linux } from "./linux.ts";

/** A listening socket. */
export interface Listener {
  /** Whether its queue is full: nobody accepts, and clients wait. */
  readonly full?: boolean;
  /** Whether it is a datagram socket, unix(7). */
  readonly datagrams?: boolean;
  /** The pieces of its answer to a complete request (default: none). Then it closes the connection. */
  readonly answer?: readonly string[];
  /** The time before each piece. */
  readonly milliseconds?: number;
  /** Whether it keeps the connection open after its answer. */
  readonly keeps?: boolean;
  /** Whether it closes the connection without reading the request: the client gets a reset. */
  readonly resets?: boolean;
}

/** Listening sockets by address: `tcp:8080` on the loopback address of IPv4, `tcp6:8080` on that of IPv6, `unix:/run/app.sock`. */
export type Listeners = Readonly<Record<string, Listener>>;

/** A socket, connected or not. */
export class Socket extends OpenFile {
  readonly linux: Linux;
  readonly domain: number;
  /** In milliseconds, SO_RCVTIMEO and SO_SNDTIMEO; null for no limit. */
  receiveTimeout: number | null = null;
  sendTimeout: number | null = null;
  #sent = "";
  #peer: Listener | null = null;
  #answered = NaN;
  #taken = 0;

  constructor(linux: Linux, domain: number) {
    super();
    this.linux = linux;
    this.domain = domain;
  }

  /** Connects: 0, a negated errno, or "waits" if the server's queue is full. */
  connect(address: Uint8Array, listeners: Listeners): number | "waits" {
    const name = nameOf(this.domain, address);
    if (typeof name === "number") return name;
    if (this.#peer) return -EISCONN;
    const found = listeners[name];
    if (!found) return name.startsWith("unix:") ? -ENOENT : -ECONNREFUSED;
    if (found.datagrams) return -EPROTOTYPE;
    if (found.full) return "waits";
    this.#peer = found;
    return 0;
  }

  /** The errno when a connect times out: tcp(7) continues in the background, unix(7) does not. */
  get late(): number {
    return this.domain === AF_UNIX ? EAGAIN : EINPROGRESS;
  }

  override write(data: Uint8Array): number {
    if (!this.#peer) return -ENOTCONN;
    this.#sent += latin1(data);
    this.linux.sent.push(latin1(data));
    if (this.#sent.includes("\r\n\r\n") && Number.isNaN(this.#answered)) {
      this.#answered = this.linux.now;
      const pieces = this.#peer.answer?.length ?? 0;
      for (let i = 1; i <= pieces; i++) this.linux.wakeAt(this.#answered + i * (this.#peer.milliseconds ?? 0));
    }
    return data.length;
  }

  /** How many bytes have arrived, and whether no more will. */
  get #arrived(): { text: string; isEnd: boolean } {
    const { answer = [], milliseconds = 0, keeps = false } = this.#peer ?? {};
    const count = answer.filter((_, index) => this.linux.now >= this.#answered + (index + 1) * milliseconds).length;
    const isEnd = !keeps && count === answer.length && !Number.isNaN(this.#answered);
    return { text: answer.slice(0, count).join(""), isEnd };
  }

  override read(size: number): Uint8Array | number {
    if (!this.#peer) return -ENOTCONN;
    if (this.#peer.resets) return -ECONNRESET;
    const { text, isEnd } = this.#arrived;
    const part = text.slice(this.#taken, this.#taken + size);
    this.#taken += part.length;
    return part === "" && !isEnd ? -EAGAIN : bytes(part);
  }

  override events(): number {
    const { text, isEnd } = this.#arrived;
    return POLLOUT | (text.length > this.#taken || isEnd ? POLLIN : 0);
  }
}

/** Who receives datagrams at a path, unix(7). */
export class Receiver {
  readonly received: string[] = [];
  /** How many more it has room for until it reads: Linux gives net.unix.max_dgram_qlen, 10. */
  room = Infinity;
  /** Whether somebody has the socket open; else only its file is left. */
  isOpen = true;
}

/** A socket of datagrams that is bound to nothing and connected to nobody. */
export class DatagramSocket extends OpenFile {
  override write(): number {
    return -ENOTCONN;
  }

  /** Sends one, where that does not block; returns its size, or a negated errno. */
  send(data: Uint8Array, address: Uint8Array, receivers: ReadonlyMap<string, Receiver>): number {
    const name = nameOf(AF_UNIX, address);
    if (typeof name === "number") return name;
    const receiver = receivers.get(name.slice("unix:".length));
    if (!receiver) return -ENOENT;
    if (!receiver.isOpen) return -ECONNREFUSED;
    if (receiver.room === 0) return -EAGAIN;
    receiver.room--;
    receiver.received.push(Buffer.from(data).toString());
    return data.length;
  }
}

/** The key of an address in `Listeners`; a negated errno for an invalid one. Only loopback addresses are reachable. */
function nameOf(domain: number, address: Uint8Array): string | number {
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  if (address.length < 3) return -EINVAL;
  if (view.getUint16(0, true) !== domain) return -EAFNOSUPPORT;
  if (domain === AF_UNIX) return `unix:${latin1(address.subarray(2)).replace(/\0.*$/s, "")}`;
  const isLoopback =
    domain === AF_INET
      ? address.length >= 16 && view.getUint32(4) === 0x7f000001
      : domain === AF_INET6 &&
        address.length >= 28 &&
        address.subarray(8, 24).every((byte, i) => byte === (i < 15 ? 0 : 1));
  if (!isLoopback) return -EINVAL;
  return `${domain === AF_INET ? "tcp" : "tcp6"}:${String(view.getUint16(2))}`;
}
