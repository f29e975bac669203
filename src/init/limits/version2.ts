/** Control groups of version 2: one hierarchy, in which only leaves have processes. */
import * as cgroup from "../linux/cgroup";
import { has, own } from "../linux/hierarchy";
import { copy, find, length, same } from "../text/bytes";
import { unpack } from "../text/packed";
import { makeGroup } from "./groups";

const CONTROLLERS: usize = words("cgroup.subtree_control");

/** Where we ourselves go, because a group with processes in it cannot hand controllers on. */
const leaf: usize = zeroed(1024);
let hasLeaf: bool = false;
/** `+memory`: the controller that was to be turned on last, and whether it is. */
const controller: usize = zeroed(32);
const next: usize = zeroed(32);
let isOn: bool = false;
/** What was on before: that stays. */
const before: usize = zeroed(512);
/** `-memory -cpu`: all that are on. */
const off: usize = zeroed(64);

/** Moves ourselves to a leaf. Returns 0 or a negated errno. */
function enterLeaf(): i32 {
  cgroup.join(own, words("init"));
  copy(leaf, cgroup.path);
  const made = cgroup.make();
  if (made < 0) return made;
  hasLeaf = true;
  return cgroup.enter(leaf);
}

/** Turns on the controller that a file belongs to. Returns 0 or a negated errno. */
function enable(file: usize): i32 {
  const name = controller + 1;
  // What comes before the point.
  unpack(next, file);
  store<u8>(find(next, code(".")), 0);
  if (isOn && same(next, name)) return 0;
  store<u8>(controller, <u8>code("+"));
  copy(name, next);
  let result = 0;
  if (!hasLeaf) {
    cgroup.read(own, CONTROLLERS);
    copy(before, cgroup.content);
    // Also where the kernel would let a controller be turned on: that makes threads of all below.
    result = enterLeaf();
  }
  isOn = has(before, name);
  if (isOn || result < 0) return result;
  result = cgroup.write(own, CONTROLLERS, controller);
  isOn = result === 0;
  if (!isOn) return result;
  const end = off + length(off);
  store<u8>(copy(end, controller), <u8>code(" "));
  store<u8>(end, <u8>code("-"));
  return 0;
}

/** Makes the group in which `file` is, or any where it is 0. Returns 0 or a negated errno. */
export function place(file: usize): i32 {
  const result = file === 0 ? 0 : enable(file);
  return result < 0 ? result : makeGroup();
}

/** Puts everything back as it was; the program's group is gone already. Returns 0, or a negated errno where the leaf stays. */
export function restore(): i32 {
  if (!hasLeaf) return 0;
  if (load<u8>(off) !== 0) cgroup.write(own, CONTROLLERS, off);
  cgroup.enter(own);
  hasLeaf = false;
  return cgroup.remove(leaf);
}
