/**
 * Sends log lines to a syslog socket (--log-socket), one datagram each, in the form of syslog(3): `<30>tag[pid]: ` and the sentence
 * or a JSON object. Both rsyslog's imuxsock and systemd-journald read that and add the time of arrival; of a header of RFC 5424,
 * both would take the version for the name of a program called `1`.
 *
 * The socket is never connected: each datagram goes to the process that has the path bound at that time. So a receiver that
 * was restarted gets the next line without any polling.
 */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM } from "../linux/constants";
import { keep } from "../linux/descriptors";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { copy } from "../text/bytes";
import * as line from "../text/line";
import { Buffer, UserBytes } from "../text/views";
import { HEAD_BYTES, priority, tag } from "./format";

/** A `struct sockaddr_un` (unix(7)): the family, and the path with its NUL. */
const PATH_AT: i32 = 2;
/** The longest path. */
export const SOCKET_PATH_BYTES: i32 = 107;
const address: Buffer = zeroedCold(PATH_AT + SOCKET_PATH_BYTES + 1);
/** The size of the address; 0 without --log-socket. */
let addressBytes: i32 = 0;
let socket: i32 = -1;

const head: Buffer = zeroedCold(HEAD_BYTES + 1);

/** Sends lines to the socket at `path`, which has at most SOCKET_PATH_BYTES, from now on. If that fails, each line counts as dropped. */
export function openSocket(path: UserBytes): void {
  store<u16>(address, <u16>AF_UNIX);
  addressBytes = <i32>(copy(address + PATH_AT, endOf(address), path) + 1 - address);
  socket = host.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC);
  if (socket >= 0) keep(socket);
}

/** Whether lines go to a socket. */
export function hasSocket(): bool {
  return addressBytes !== 0;
}

/**
 * Sends the bytes from `from` to before `end` as a line of `level`; overwrites up to HEAD_BYTES before them. Returns whether the
 * receiver accepted it: not if it has no room or does not exist.
 */
export function send(level: i32, from: usize, end: usize): bool {
  line.beginAt(head, endOf(head));
  priority(level);
  line.put(tag());
  line.byte(char("["));
  line.number(ourselves.pid);
  line.put(message("]: "));
  const size = line.count();
  for (let i = 0; i < size; i++) store<u8>(from - size + i, load<u8>(head + i));
  return host.sendto(socket, from - size, <i32>(end - from) + size, address, addressBytes) >= 0;
}
