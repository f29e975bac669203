/** Whether something answers at a port or a socket: one connection, and for HTTP the status of one answer. */
import { get, Healthcheck, Id, probe } from "../config/config";
import { now } from "../linux/clock";
import { AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from "../linux/constants";
import { EAGAIN, ECONNRESET, EINPROGRESS, ETIMEDOUT } from "../linux/errno";
import * as host from "../linux/host";
import { Log, reportOne, reportTwo } from "../report/report";
import { copy, find, parseNumber, startsWith } from "../text/bytes";
import * as line from "../text/line";
import { scratch } from "../text/scratch";
import { Buffer } from "../text/views";

/** What --healthcheck asks for, in the lowest bits of its value; the port stands above them. */
const ASKED: i32 = 0xff;

/** sockaddr_un, the largest of the three (man 7 unix, ip and ipv6): a family, and a path or a port in network order. */
const ADDRESS_BYTES: i32 = 110;
const address: Buffer = zeroedCold(ADDRESS_BYTES);
const IN_BYTES: i32 = 16;
const IN6_BYTES: i32 = 28;
const LOOPBACK: u32 = 0x0100007f;
/** Where the last byte of an IPv6 address stands, which is 1 for the loopback. */
const IN6_LAST: usize = 23;

let deadline: i64 = 0;

/** Where the status stands in HTTP/1.1 200, and how much that is. */
const STATUS: usize = 9;
const STATUS_BYTES: i32 = 12;

/** Limits how long a call on a socket may take to what is left. False where nothing is: 0 would be for ever. */
function limit(fd: i32, reads: i32): bool {
  const left = <i32>(deadline - now());
  if (left > 0) host.limitSocket(fd, reads, left);
  return left > 0;
}

/** Whether a call ended because its time was over: on a socket, or while it was connected by TCP, or by the kernel itself. */
function isLate(result: i32): bool {
  return result === -EAGAIN || result === -EINPROGRESS || result === -ETIMEDOUT;
}

/** Connects to the address of `size` bytes. Returns a descriptor or a negated errno. */
function connect(family: i32, size: i32): i32 {
  const fd = host.socket(family, SOCK_STREAM | SOCK_CLOEXEC);
  if (fd < 0) return fd;
  store<u16>(address, <u16>family);
  if (!limit(fd, 0)) return -EAGAIN;
  const result = host.connect(fd, address, size);
  return result < 0 ? result : fd;
}

/** Connects to the socket, or to the port by IPv4, and where nobody listens by IPv6. Returns a descriptor or a negated errno. */
function open(asked: i32, port: i32): i32 {
  check(ADDRESS_BYTES === bytesOf(address));
  if (asked === Healthcheck.UNIX) {
    // Its path stands behind "unix:".
    const end = copy(address + 2, endOf(address), probe + 5);
    return connect(AF_UNIX, <i32>(end - address) + 1);
  }
  store<u16>(address + 2, <u16>((port >> 8) | (port << 8)));
  store<u32>(address + 4, LOOPBACK);
  const fd = connect(AF_INET, IN_BYTES);
  if (fd >= 0 || isLate(fd)) return fd;
  store<u32>(address + 4, 0);
  store<u8>(address + IN6_LAST, 1);
  const other = connect(AF_INET6, IN6_BYTES);
  return other < 0 ? fd : other;
}

/** Ends a line of the request. */
function endLine(): void {
  line.byte(char("\r"));
  line.byte(char("\n"));
}

/** Sends the request. Returns less than 0 where that fails: a negated errno. */
function request(fd: i32, port: i32): i32 {
  const path = find(probe, char("/"));
  line.clear();
  line.put(message("GET "));
  if (path === 0) line.byte(char("/"));
  else line.quotedText(path);
  line.put(message(" HTTP/1.1"));
  endLine();
  line.put(message("Host: localhost:"));
  line.number(port);
  endLine();
  line.put(message("User-Agent: tini-ts"));
  endLine();
  line.put(message("Connection: close"));
  endLine();
  endLine();
  return host.write(fd, line.address(), line.count());
}

/** The status of the answer; 0 where it is no HTTP, or a negated errno. */
function readStatus(fd: i32): i32 {
  let end = scratch;
  while (<i32>(end - scratch) < STATUS_BYTES) {
    if (!limit(fd, 1)) return -EAGAIN;
    const size = host.read(fd, end, STATUS_BYTES);
    if (size < 0) return size;
    if (size === 0) return end === scratch ? -ECONNRESET : 0;
    end += size;
  }
  store<u8>(end, 0);
  return startsWith(scratch, cString("HTTP/1.")) ? parseNumber(scratch + STATUS) : 0;
}

/** Whether what --healthcheck asks for answers in time; says why not. */
export function answers(): bool {
  const asked = get(Id.HEALTHCHECK) & ASKED;
  const port = get(Id.HEALTHCHECK) >> 8;
  deadline = now() + get(Id.HEALTHCHECK_TIMEOUT);
  const fd = open(asked, port);
  let result = fd;
  if (fd >= 0 && asked === Healthcheck.HTTP) {
    result = request(fd, port);
    if (result >= 0) result = readStatus(fd);
  }
  if (isLate(result)) reportOne(Log.HEALTH_LATE, probe);
  else if (result < 0) reportTwo(Log.HEALTH_NO_ANSWER, probe, result);
  else if (asked !== Healthcheck.HTTP || (result >= 200 && result < 400)) return true;
  else if (result === 0) reportOne(Log.HEALTH_NOT_HTTP, probe);
  else reportTwo(Log.HEALTH_STATUS, probe, result);
  return false;
}
