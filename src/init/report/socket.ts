/**
 * Log lines to a syslog socket as well, a datagram each, in the form that syslog(3) gives them: `<30>tag[pid]: `, and then the
 * sentence or an object of JSON. rsyslog's imuxsock and systemd-journald both read it, and put the time of arrival on it; in an
 * RFC 5424 header both would see a message of a program that is called 1.
 *
 * The socket is never connected. Each datagram goes to whoever has the path bound at that time: a receiver that goes and
 * comes back is found again without anybody watching for it.
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
/** How many bytes of it count; 0 where nobody asked for a socket. */
let addressBytes: i32 = 0;
let socket: i32 = -1;

const head: Buffer = zeroedCold(HEAD_BYTES + 1);

/** Sends lines to the socket at `path`, of SOCKET_PATH_BYTES at most, from now on. What keeps us from it shows at each line. */
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
 * Sends what lies from `from` to before `end` as a line of `level`, and overwrites up to HEAD_BYTES before it. False where the
 * receiver did not take it: it has no room, or is not there.
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
