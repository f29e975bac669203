/** Sets the other attributes of the program's process: resource limits, priorities, umask, working directory. Runs in the child. */
import { get, hasRlimit, Id, isSet, RLIMIT_NAMES, rlimit, RLIMITS, textOf } from "../config/config";
import { O_CLOEXEC, O_WRONLY, PRIO_PROCESS } from "../linux/constants";
import * as host from "../linux/host";
import { Log, reportOne, reportTwo } from "../report/report";
import { wordAt } from "../text/bytes";
import * as line from "../text/line";

/** Sets the limits of --rlimit. Returns false, after a message, if the kernel refuses one. */
function setLimits(): bool {
  for (let number = 0; number < RLIMITS; number++) {
    const result = hasRlimit(number) ? host.prlimit64(0, number, rlimit(number), 0) : 0;
    if (result < 0) {
      reportTwo(Log.RLIMIT_NOT_SET, wordAt(RLIMIT_NAMES, number), result);
      return false;
    }
  }
  return true;
}

/**
 * Writes --oom-score-adj. Although the child still shares our memory after vfork, the kernel changes only its own score
 * (fs/proc/base.c, __set_oom_adj). Returns 0 or a negated errno.
 */
function setOomScore(): i32 {
  const fd = host.open(cString("/proc/self/oom_score_adj"), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  line.clear();
  line.number(get(Id.OOM_SCORE_ADJ));
  return min(host.write(fd, line.address(), line.count()), 0);
}

/** Sets what may need privileges that the program's user lacks. Returns false, after a message, if something is refused. */
export function setLimitsAndPriorities(): bool {
  if (!setLimits()) return false;
  let result = isSet(Id.NICE) ? host.setpriority(PRIO_PROCESS, 0, get(Id.NICE)) : 0;
  if (result < 0) reportOne(Log.NICE_NOT_SET, result);
  if (result < 0 || !isSet(Id.OOM_SCORE_ADJ)) return result >= 0;
  result = setOomScore();
  if (result < 0) reportOne(Log.OOM_SCORE_NOT_SET, result);
  return result >= 0;
}

/** Sets what is subject to the rights of the program's user. Returns false, after a message, if something is refused. */
export function setMaskAndDirectory(): bool {
  if (isSet(Id.UMASK)) host.umask(get(Id.UMASK));
  const directory = textOf(Id.CHDIR, 0);
  const result = directory !== 0 ? host.chdir(directory) : 0;
  if (result < 0) reportTwo(Log.DIRECTORY_NOT_ENTERED, directory, result);
  return result >= 0;
}
