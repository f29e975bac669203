/**
 * Which process is the init that is asked about, and which of its children is the program.
 *
 * The init leaves nothing behind that would say so, because a plain run would pay for it; but enough of /proc is readable
 * for every user. The init is a process with as much writable memory as we have, to the kilobyte (it is fixed by link.ld), and
 * without a handler for any signal. The program is its oldest child: it is started before anything that could leave an orphan.
 */
import { parse } from "../linux/cgroup";
import { O_CLOEXEC, O_RDONLY } from "../linux/constants";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { beginList, endList, field, nameOf, nextPid, parent, pathOf, readStat } from "../linux/processes";
import * as reader from "../linux/reader";
import { WORD_BYTES } from "../linux/reader";
import { copy, parseNumber, same } from "../text/bytes";
import { Readable, UserBytes } from "../text/views";

/** One word of a file. */
export const word: UserBytes = zeroedCold(WORD_BYTES);
/** How much writable memory we have, and another process has, as the line VmData of /proc/PID/status says it. */
const ownData: UserBytes = zeroedCold(WORD_BYTES);
const itsData: UserBytes = zeroedCold(WORD_BYTES);
/** The beginning of /proc/PID/cgroup, of ours and of another process. */
const ownGroups: UserBytes = zeroedCold(WORD_BYTES);
const itsGroups: UserBytes = zeroedCold(WORD_BYTES);

/** Whether PID 1 cannot be seen: then it is taken for the init. */
export let isInitHidden: bool = false;

/** Reads how much writable memory a process has to `data`. False where it has a handler for a signal, or cannot be seen. */
function readData(name: Readable, data: UserBytes): bool {
  let handles = false;
  store<u8>(data, 0);
  if (reader.open(pathOf(name, cString("/status"))) < 0) return false;
  while (reader.word(word, char(":")) >= 0) {
    const isData = same(word, cString("VmData"));
    const isCaught = same(word, cString("SigCgt"));
    reader.word(word, char("\n"));
    if (isData) copy(data, data + WORD_BYTES, word);
    if (isCaught) handles = !same(word, cString("\t0000000000000000"));
  }
  reader.close();
  return !handles;
}

/** Whether a process looks like an init of ours. */
function isInit(pid: i32): bool {
  return readData(nameOf(pid), itsData) && same(itsData, ownData);
}

/** Reads the beginning of the list of a process's control groups. */
function readGroups(name: Readable, groups: UserBytes): void {
  const fd = host.open(pathOf(name, cString("/cgroup")), O_RDONLY | O_CLOEXEC);
  const size = fd < 0 ? 0 : host.read(fd, groups, WORD_BYTES - 1);
  store<u8>(groups + max(size, 0), 0);
  host.close(fd);
}

/** Whether a process is in our control groups, or in some above or below them: so is what shares a container. */
function isRelated(pid: i32): bool {
  readGroups(nameOf(pid), itsGroups);
  let ours = ownGroups;
  let its = itsGroups;
  while (load<u8>(ours) !== 0 && load<u8>(its) !== 0) {
    if (load<u8>(ours) !== load<u8>(its)) {
      const endsOurs = load<u8>(ours) === char("\n");
      const longer = endsOurs ? its : ours;
      if (!endsOurs && load<u8>(its) !== char("\n")) return false;
      // Below the other's, behind a slash; what begins with /.. is outside of our namespace.
      if (load<u8>(longer) !== char("/") && load<u8>(longer - 1) !== char("/")) return false;
      if (load<u16>(longer) === 0x2e2e) return false;
      while (load<u8>(ours) > char("\n")) ours++;
      while (load<u8>(its) > char("\n")) its++;
    } else {
      ours++;
      its++;
    }
  }
  return true;
}

/**
 * The init that is asked about: the first in the control groups of our container, because several containers can share a PID
 * namespace; else the first at all; else PID 1 where it is hidden; else 0.
 */
export function findInit(): i32 {
  readData(cString("self"), ownData);
  readGroups(cString("self"), ownGroups);
  let found = 0;
  if (!beginList()) return 0;
  while (true) {
    const pid = nextPid();
    if (pid === 0) break;
    if (pid === ourselves.pid || !isInit(pid)) continue;
    if (found === 0) found = pid;
    if (!isRelated(pid)) continue;
    found = pid;
    break;
  }
  endList();
  isInitHidden = found === 0 && !readStat(cString("1"));
  return isInitHidden ? 1 : found;
}

/** How many children of the init were seen. */
let seen: i32 = 0;

/**
 * The oldest child of `init` that leads its process group or is in the init's, as the program always is, or of all its
 * children where `any` says so; 0 where there is none.
 */
export function findChild(init: i32, any: bool): i32 {
  const group = host.getpgid(init);
  let oldest = 0;
  let least = i64.MAX_VALUE;
  seen = 0;
  if (!beginList()) return 0;
  while (true) {
    const pid = nextPid();
    if (pid === 0) break;
    if (!readStat(nameOf(pid)) || parent() !== init) continue;
    seen++;
    const its = parseNumber(field(5));
    const started = parse(field(22));
    if ((!any && its !== pid && its !== group) || started >= least) continue;
    oldest = pid;
    least = started;
  }
  endList();
  return oldest;
}

const CHILDREN: i32 = 65_536;

/** Whether `init` has children that were not seen: the kernel lists them, whoever may see them (CONFIG_PROC_CHILDREN). */
export function hidesChild(init: i32): bool {
  const name = nameOf(init);
  const end = copy(itsGroups, itsGroups + WORD_BYTES, cString("/task/"));
  copy(copy(end, itsGroups + WORD_BYTES, name), itsGroups + WORD_BYTES, cString("/children"));
  if (reader.open(pathOf(name, itsGroups)) < 0) return false;
  let count = 0;
  while (count < CHILDREN && reader.word(word, char(" ")) >= 0) count++;
  reader.close();
  return count > seen;
}
