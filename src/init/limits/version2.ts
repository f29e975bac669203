/** Control groups of version 2: one hierarchy, in which only leaves have processes. */
import * as cgroup from "../linux/cgroup";
import { EBUSY, EEXIST } from "../linux/errno";
import * as host from "../linux/host";
import { own } from "../linux/hierarchy";
import { copy, length, startsWith } from "../text/bytes";
import { makeGroup } from "./groups";

const CONTROLLERS: usize = text("cgroup.subtree_control");

/** Where we ourselves go, because a group with processes in it cannot hand controllers on. */
const leaf: usize = zeroed(1024);
let hasLeaf: bool = false;
/** `+memory`: the controller that was to be turned on last, and whether it is. */
const controller: usize = zeroed(16);
let isOn: bool = false;
/** `-memory -cpu`: all that are on. */
const off: usize = zeroed(64);

/** Moves ourselves to a leaf. Returns 0 or a negated errno. */
function enterLeaf(): i32 {
  cgroup.join(own, text("init"));
  copy(leaf, cgroup.path);
  const made = cgroup.make();
  if (made < 0 && made !== -EEXIST) return made;
  hasLeaf = true;
  return cgroup.enter(leaf);
}

/** Turns on the controller that a file belongs to. Returns 0 or a negated errno. */
function enable(file: usize): i32 {
  const name = controller + 1;
  if (isOn && startsWith(file, name) && load<u8>(file + length(name)) === code(".")) return 0;
  store<u8>(controller, <u8>code("+"));
  let end = name;
  for (; load<u8>(file) !== code("."); file++) store<u8>(end++, load<u8>(file));
  store<u8>(end, 0);
  let result = cgroup.write(own, CONTROLLERS, controller);
  if (result === -EBUSY && !hasLeaf) {
    result = enterLeaf();
    if (result < 0) return result;
    result = cgroup.write(own, CONTROLLERS, controller);
  }
  isOn = result === 0;
  if (!isOn) return result;
  end = off + length(off);
  store<u8>(copy(end, controller), <u8>code(" "));
  store<u8>(end, <u8>code("-"));
  return 0;
}

/** Makes the group in which `file` is, or any where it is 0. Returns 0 or a negated errno. */
export function place(file: usize): i32 {
  const result = file === 0 ? 0 : enable(file);
  return result < 0 ? result : makeGroup();
}

/** Puts everything back as it was. The program's group is gone already. */
export function restore(): void {
  if (!hasLeaf) return;
  cgroup.write(own, CONTROLLERS, off);
  cgroup.enter(own);
  host.rmdir(leaf);
  hasLeaf = false;
}
