/** Whether the kernel's OOM killer was it, as the control group tells that the process was in. */
import * as cgroup from "../linux/cgroup";
import { NONE } from "../linux/cgroup";
import { isVersion1, least, locate, own } from "../linux/hierarchy";
import { length } from "../text/bytes";
import * as line from "../text/line";
import { begin, end, WARN } from "../report/report";

/** How many it had killed when we looked last. */
let known: i32 = 0;

/**
 * Says so where it was. `groups` are the groups that we made for the program, as `groups` of limits, or 0: then our own
 * group tells. `isProgram` is whether the program itself was killed.
 */
export function explainDeath(groups: usize, isProgram: bool): void {
  let found = locate(0);
  if (isVersion1) found = locate(text("memory"));
  if (found < 0) return;
  const events = isVersion1 ? words("memory.oom_control") : words("memory.events");
  let group = own;
  // The one that has such a file is the one of the memory's hierarchy.
  for (let at = groups; at !== 0 && load<u8>(at) !== 0; at += length(at) + 1)
    if (cgroup.read(at, events) === 0) group = at;
  cgroup.read(group, events);
  const count = cgroup.keyed(text("oom_kill "));
  if (count <= known) return;
  known = count;
  begin(WARN, isProgram ? words("Main child was") : words("A process was"));
  line.put(words(" killed by the kernel's OOM killer: memory.max "));
  const limit = least(group, isVersion1 ? words("memory.limit_in_bytes") : words("memory.max"));
  if (limit === NONE) line.put(words("max"));
  else line.number(limit);
  const peak = cgroup.readNumber(group, isVersion1 ? words("memory.max_usage_in_bytes") : words("memory.peak"));
  if (peak !== NONE) {
    line.put(words(", peak "));
    line.number(peak);
  }
  line.put(words(", killed so far "));
  line.number(count);
  end();
}
