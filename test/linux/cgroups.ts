import {
  bit,
  CAP_DAC_OVERRIDE,
  EACCES,
  EAGAIN,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOSPC,
  EOPNOTSUPP,
  ESRCH,
  IN_MODIFY,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  SIGKILL,
} from "./abi.ts";
import type { OpenFile } from "./files.ts";
import { type Linux, WORKER } from "./linux.ts";
import type { Process } from "./process.ts";
import { fromKernel, fromProcess } from "./signals.ts";

/** The controllers of version 2 in the kernel's order, include/linux/cgroup_subsys.h. */
export const CONTROLLERS = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"] as const;
/** The hierarchies of version 1 as distributions mount them: what /proc/self/cgroup calls them. */
export const HIERARCHIES = ["cpuset", "cpu,cpuacct", "blkio", "memory", "freezer", "pids", "name=systemd"] as const;
/** The controllers that also limit processes of one group among themselves: they do not need empty groups. */
const THREADED: ReadonlySet<string> = new Set(["cpuset", "cpu", "pids"]);
/** The shortest time between two notifications of one file, kernel/cgroup/cgroup.c CGROUP_FILE_NOTIFY_MIN_INTV. */
const NOTIFY_MILLISECONDS = 10;
/** The owner of everything that was not given to the container. */
const NOBODY = 65534;

/** The available controllers, the init's view of them, and their owners. */
export interface CgroupOptions {
  /** Version 2 alone; version 1 alone; or both, where version 2 has no controllers. */
  readonly version?: 2 | 1 | "hybrid";
  /** The init's group as the machine sees it; "/" is the machine's own. */
  readonly group?: string;
  /** Whether the init has a cgroup namespace of its own, whose root is its group. */
  readonly namespaced?: boolean;
  /** The group at the mount point (default: the namespace's root, with version 1 the init's group). */
  readonly mountRoot?: string;
  /** How the file systems are mounted. */
  readonly mount?: "writable" | "read-only" | "absent";
  /** The mount point of version 2, or the directory of those of version 1. */
  readonly mountPoint?: string;
  /** Further lines of /proc/self/mountinfo, before ours. */
  readonly otherMounts?: readonly string[];
  /** What was mounted later over version 2, or over a directory above it: another of its groups, or null for an empty file system. */
  readonly over?: readonly { readonly point: string; readonly root: string | null }[];
  /** The controllers that the groups above have turned on. */
  readonly controllers?: readonly string[];
  /** Whether the root's namespace is a delegation boundary (the mount option nsdelegate). */
  readonly delegates?: boolean;
  /** False for a rootless container: the init's uid 0 has no privilege over what others own. */
  readonly isPrivileged?: boolean;
  /** Who owns the init's group: its directory, cgroup.procs and cgroup.subtree_control. */
  readonly owner?: number;
  /** Files that this kernel lacks, as older ones do: "cgroup.kill", "memory.peak", "memory.swap.max". */
  readonly lacks?: readonly string[];
  /** The errno of clone3 with CLONE_INTO_CGROUP, 0 for success. */
  readonly clone3?: number;
  /** Whether the init's ancestors, if it is not PID 1, are in its group. */
  readonly withParent?: boolean;
  /** Further groups that exist before the init starts. */
  readonly further?: readonly string[];
  /** The group of the processes that run beside the init from the start (default: the init's own). */
  readonly others?: string;
  /** Values written before the init starts: text by path, "/box/memory.max". */
  readonly set?: Readonly<Record<string, string>>;
}

/** What memory.events counts. */
export type MemoryEvent = "low" | "high" | "max" | "oom" | "oom_kill" | "oom_group_kill";

/** A hierarchy of groups: that of version 2, or one of version 1. */
export class Hierarchy {
  readonly version: 1 | 2;
  /** Its number in /proc/self/cgroup; 0 is version 2's. */
  readonly id: number;
  /** What /proc/self/cgroup calls it; empty for version 2. */
  readonly name: string;
  readonly controllers: readonly string[];
  readonly root: Group;
  /** How many groups were ever created in it. */
  groups = 0;

  constructor(version: 1 | 2, id: number, name: string, controllers: readonly string[]) {
    this.version = version;
    this.id = id;
    this.name = name;
    this.controllers = controllers;
    this.root = new Group(this, "", null, 0);
  }
}

/** A control group. */
export class Group {
  readonly hierarchy: Hierarchy;
  readonly name: string;
  readonly parent: Group | null;
  readonly children = new Map<string, Group>();
  /** Its processes, zombies included. */
  readonly members = new Set<Process>();
  /** The controllers enabled for its children: cgroup.subtree_control. */
  readonly enabled = new Set<string>();
  /** Values that were set, by file name; others have the kernel's default. */
  readonly settings = new Map<string, string>();
  /** memory.events and memory.events.local. */
  readonly events = new Map<MemoryEvent, number>();
  readonly localEvents = new Map<MemoryEvent, number>();
  /** How often pids.max prevented a fork. */
  refusedBirths = 0;
  memoryUsage = 0;
  memoryPeak = 0;
  /** The owner of its directory and of the delegated files; and the owner of its other files. */
  owner: number;
  readonly filesOwner: number;
  /** Whether it was removed. */
  dead = false;
  /** When each of its files last notified of a change, and which have a notification pending. */
  readonly notifiedAt = new Map<string, number>();
  readonly notifiedLater = new Set<string>();
  /** Identifies it among all groups, including earlier ones of the same name. */
  readonly key: string;

  constructor(hierarchy: Hierarchy, name: string, parent: Group | null, owner: number) {
    this.hierarchy = hierarchy;
    this.name = name;
    this.parent = parent;
    this.owner = owner;
    this.filesOwner = owner;
    this.key = `${String(hierarchy.id)}:${String(hierarchy.groups++)}`;
    parent?.children.set(name, this);
  }

  /** Its path in the hierarchy. */
  get path(): string {
    return this.parent ? `${this.parent.parent ? this.parent.path : ""}/${this.name}` : "/";
  }

  /** Itself and everything above. */
  *upwards(): Generator<Group> {
    yield this;
    if (this.parent) yield* this.parent.upwards();
  }

  /** Itself and everything below. */
  *downwards(): Generator<Group> {
    yield this;
    for (const child of this.children.values()) yield* child.downwards();
  }

  /** Whether it is `other` or below it. */
  isWithin(other: Group): boolean {
    return [...this.upwards()].includes(other);
  }

  /** The controllers that can limit it. */
  get controllers(): readonly string[] {
    const { parent, hierarchy } = this;
    if (!parent || hierarchy.version === 1) return hierarchy.controllers;
    return hierarchy.controllers.filter((controller) => parent.enabled.has(controller));
  }

  /** Whether it contains a process that is not a zombie. */
  get hasProcesses(): boolean {
    for (const member of this.members) if (member.alive) return true;
    return false;
  }

  /** Whether it or a group below has such a process. */
  get isPopulated(): boolean {
    for (const group of this.downwards()) if (group.hasProcesses) return true;
    return false;
  }

  /** Whether it or a group above it is frozen. */
  get isFrozen(): boolean {
    for (const { settings } of this.upwards()) {
      if (settings.get("cgroup.freeze") === "1" || settings.get("freezer.state") === "FROZEN") return true;
    }
    return false;
  }

  // --- Version 2's rules for groups that have both processes and children, kernel/cgroup/cgroup.c

  /** cgroup_is_thread_root: it has processes, and threaded controllers are enabled for its children. */
  get isThreadRoot(): boolean {
    return this.hasProcesses && [...this.enabled].some((controller) => THREADED.has(controller));
  }

  /** cgroup_can_be_thread_root. */
  get canBeThreadRoot(): boolean {
    if (!this.parent) return true;
    if ([...this.children.values()].some((child) => child.isPopulated)) return false;
    return [...this.enabled].every((controller) => THREADED.has(controller));
  }

  /** cgroup_is_valid_domain. */
  get isValidDomain(): boolean {
    for (const group of this.upwards()) if (group !== this && group.parent && group.isThreadRoot) return false;
    return true;
  }
}

/** Where a hierarchy is mounted. */
export interface Mount {
  readonly hierarchy: Hierarchy;
  readonly point: string;
  /** The group at the mount point. */
  readonly root: Group;
  readonly isReadOnly: boolean;
  /** Its number in mountinfo and fdinfo. */
  readonly id: number;
}

/**
 * Linux's control groups, after the kernel's source (kernel/cgroup, mm/memcontrol.c) and its observed behaviour. Errors are
 * negated errnos.
 */
export class Cgroups {
  readonly hierarchies: readonly Hierarchy[];
  readonly mounts: readonly Mount[];
  readonly options: CgroupOptions;
  /** Whether the init has a namespace of its own. */
  readonly isNamespaced: boolean;
  /** Whether uid 0 may write other users' files. */
  readonly isPrivileged: boolean;
  /** The init's first groups, one in each hierarchy. They are the roots of its namespace, if it has one. */
  readonly home: ReadonlyMap<Hierarchy, Group>;
  readonly #linux: Linux;
  /** Whether any group was ever frozen. */
  #hasFrozen = false;

  constructor(linux: Linux, options: CgroupOptions) {
    this.#linux = linux;
    this.options = options;
    const { version = 2, group = "/box", mount = "writable", mountPoint = "/sys/fs/cgroup" } = options;
    this.isNamespaced = options.namespaced ?? true;
    this.isPrivileged = options.isPrivileged ?? true;
    const one = HIERARCHIES.map((name, index) => new Hierarchy(1, index + 1, name, name.split(",")));
    const two = new Hierarchy(2, 0, "", version === "hybrid" ? [] : CONTROLLERS);
    this.hierarchies = version === 2 ? [two] : version === 1 ? one : [...one, two];
    this.home = new Map(this.hierarchies.map((hierarchy) => [hierarchy, this.#prepare(hierarchy, group)]));
    for (const [{ version: own, controllers }, home] of this.home) {
      home.owner = options.owner ?? home.owner;
      for (const above of own === 2 ? home.upwards() : []) {
        const given = controllers.filter((controller) => (options.controllers ?? CONTROLLERS).includes(controller));
        for (const controller of above === home ? [] : given) above.enabled.add(controller);
      }
    }
    for (const path of options.further ?? []) for (const hierarchy of this.hierarchies) this.#prepare(hierarchy, path);

    const pointOf = (hierarchy: Hierarchy): string => {
      if (version === 2) return mountPoint;
      return `${mountPoint}/${hierarchy.version === 2 ? "unified" : hierarchy.name.replace("name=", "")}`;
    };
    const rootOf = (hierarchy: Hierarchy): string =>
      options.mountRoot ?? (this.isNamespaced || hierarchy.version === 1 ? group : "/");
    const mounts = this.hierarchies.map((hierarchy) => ({
      hierarchy,
      point: pointOf(hierarchy),
      root: this.#prepare(hierarchy, rootOf(hierarchy)),
      isReadOnly: mount === "read-only",
    }));
    const over = (options.over ?? []).flatMap(({ point, root }) =>
      root === null ? [] : [{ hierarchy: two, point, root: this.#prepare(two, root), isReadOnly: false }],
    );
    this.mounts = [...(mount === "absent" ? [] : mounts), ...over].map((one, index) => ({ ...one, id: 30 + index }));
  }

  /** The group at `path`, created with its ancestors if missing. */
  #prepare(hierarchy: Hierarchy, path: string): Group {
    let group = hierarchy.root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      group = group.children.get(name) ?? new Group(hierarchy, name, group, this.isPrivileged ? 0 : NOBODY);
    }
    return group;
  }

  /** The group at `path` in the hierarchy that has `controller`. @throws Error if there is none. */
  group(path: string, controller = "memory"): Group {
    const hierarchy = this.hierarchies.find(({ controllers }) => controllers.includes(controller));
    for (const group of hierarchy?.root.downwards() ?? []) if (group.path === path) return group;
    throw new Error(`there is no group ${path} for ${controller}`);
  }

  /** The group that a process is charged to for `controller`: its own, or the next above that has it. */
  groupOf(process: Process, controller: string): Group | undefined {
    for (const [hierarchy, group] of process.groups) {
      if (hierarchy.controllers.includes(controller)) return counting(group, controller);
    }
    return undefined;
  }

  /** Whether a process may write the files of `owner`. */
  mayWrite(process: Process, owner: number): boolean {
    return process.uid === owner || (process.credentials.has(CAP_DAC_OVERRIDE) && this.isPrivileged);
  }

  /** Whether `group` is the root of the init's namespace, where the mount option nsdelegate forbids its own limits. */
  isBoundary(group: Group): boolean {
    if (!this.isNamespaced || !(this.options.delegates ?? true)) return false;
    return group.parent !== null && this.home.get(group.hierarchy) === group;
  }

  // --- Birth, moves and death

  /** Puts a process into the groups at a path (default: the init's first ones), whatever the rules. */
  admit(process: Process, path?: string): void {
    for (const [hierarchy, home] of this.home) {
      this.#enter(process, path === undefined ? home : this.#prepare(hierarchy, path));
    }
  }

  #enter(process: Process, group: Group): void {
    process.groups.get(group.hierarchy)?.members.delete(process);
    process.groups.set(group.hierarchy, group);
    group.members.add(process);
  }

  /** Whether a process may fork, with the child in `into` if given: 0 or a negated errno. */
  mayFork(parent: Process, into: Group | null): number {
    if (into) {
      if (into.dead) return -ENOENT;
      if (!this.mayWrite(parent, into.owner)) return -EACCES;
      const refused = this.#mayMove(parent, parent.groups.get(into.hierarchy), into);
      if (refused !== 0) return refused;
    }
    const inherited = this.groupOf(parent, "pids");
    const counted = into && into.hierarchy === inherited?.hierarchy ? counting(into, "pids") : inherited;
    for (const group of counted?.upwards() ?? []) {
      const limit = group.settings.get("pids.max") ?? "max";
      if (limit === "max" || countProcesses(group) < Number(limit)) continue;
      if (counted) {
        counted.refusedBirths++;
        this.notify(counted, "pids.events");
      }
      return -EAGAIN;
    }
    return 0;
  }

  /** A process has forked: the child is in its parent's groups, except for `into`. */
  born(parent: Process, child: Process, into: Group | null): void {
    this.#changing(into ? [into] : [], () => {
      for (const [hierarchy, group] of parent.groups) this.#enter(child, into?.hierarchy === hierarchy ? into : group);
    });
  }

  /** A process has ended. It stays in its groups, but no longer populates them. */
  died(process: Process, end: () => void): void {
    this.#changing([...process.groups.values()], end);
    for (const [group, size] of process.memory) for (const one of group.upwards()) one.memoryUsage -= size;
    process.memory.clear();
  }

  /** A dead process is reaped, and no longer counted (kernel/cgroup/pids.c pids_release). */
  reaped(process: Process): void {
    for (const group of process.groups.values()) group.members.delete(process);
  }

  /** Runs what may change which groups are populated, and notifies of each change. */
  #changing(groups: readonly Group[], act: () => void): void {
    const all = new Set(groups.flatMap((group) => (group.hierarchy.version === 2 ? [...group.upwards()] : [])));
    const before = new Map([...all].map((group) => [group, group.isPopulated]));
    act();
    for (const [group, was] of before) if (group.isPopulated !== was) this.notify(group, "cgroup.events");
  }

  /** cgroup_attach_permissions. */
  #mayMove(process: Process, from: Group | undefined, to: Group): number {
    const above = [...to.upwards()].find((group) => from?.isWithin(group));
    if (above && !this.mayWrite(process, above.owner)) return -EACCES;
    const root = this.home.get(to.hierarchy);
    if (this.isNamespaced && (this.options.delegates ?? true) && root) {
      if (!from?.isWithin(root) || !to.isWithin(root)) return -ENOENT;
    }
    if (!to.isValidDomain) return -EOPNOTSUPP;
    return !to.canBeThreadRoot && to.enabled.size > 0 ? -EBUSY : 0;
  }

  /** What writing `pid` into cgroup.procs does; 0 is the writer. */
  move(writer: Process, pid: number, to: Group): number {
    const process = pid === 0 ? writer : this.#linux.processes.get(pid);
    if (!process) return -ESRCH;
    const from = process.groups.get(to.hierarchy);
    if (to.hierarchy.version === 2) {
      const refused = this.#mayMove(writer, from, to);
      if (refused !== 0) return refused;
    } else if (writer.uid !== 0 && writer.uid !== process.uid) return -EACCES;
    else if (to.hierarchy.name === "cpuset" && to.parent && !to.settings.get("cpuset.cpus")) return -ENOSPC;
    if (from !== to && process.alive) {
      this.#changing(from ? [from, to] : [to], () => {
        this.#enter(process, to);
      });
    }
    return 0;
  }

  // --- Locks, flock(2)

  /** The locks on groups: by which open files, and whether they are shared. */
  readonly #locks = new Map<Group, Map<OpenFile, boolean>>();

  /** flock(2) of a group's directory, with LOCK_NB only: an init that would block here is wrong. */
  lock(file: OpenFile & { readonly group: Group }, operation: number): number {
    const locks = this.#locks.get(file.group) ?? new Map<OpenFile, boolean>();
    this.#locks.set(file.group, locks);
    const open = new Set([...this.#linux.processes.values()].flatMap(filesOf));
    for (const other of [...locks.keys()]) if (!open.has(other)) locks.delete(other);
    // A lock that is converted is released first.
    locks.delete(file);
    if (operation & LOCK_UN) return 0;
    const isShared = (operation & LOCK_SH) !== 0;
    for (const [, shares] of locks) {
      if (isShared && shares) continue;
      if ((operation & LOCK_NB) === 0) throw new Error("whoever locks a group must not wait");
      return -EAGAIN;
    }
    locks.set(file, isShared);
    return 0;
  }

  // --- Groups

  /** mkdir(2), cgroup_mkdir. */
  make(parent: Group, name: string, process: Process): number {
    if (name.includes("\n")) return -EINVAL;
    if (parent.dead) return -ENODEV;
    for (const [level, group] of [...parent.upwards()].entries()) {
      const limit = (file: string): number => Number(group.settings.get(file)?.replace("max", "Infinity") ?? Infinity);
      const below = [...group.downwards()].length - 1;
      if (below >= limit("cgroup.max.descendants") || level >= limit("cgroup.max.depth")) return -EAGAIN;
    }
    new Group(parent.hierarchy, name, parent, process.uid);
    return 0;
  }

  /** rmdir(2), cgroup_destroy_locked: EBUSY also for a group with children. Zombies do not prevent it. */
  remove(group: Group): number {
    if (group.isPopulated || group.children.size > 0) return -EBUSY;
    group.dead = true;
    group.parent?.children.delete(group.name);
    return 0;
  }

  /** What writing into cgroup.subtree_control does, cgroup_subtree_control_write. */
  turn(group: Group, text: string): number {
    const on = new Set<string>();
    const off = new Set<string>();
    for (const word of text
      .trim()
      .split(" ")
      .filter((part) => part !== "")) {
      const controller = word.slice(1);
      if (!CONTROLLERS.some((name) => name === controller) || !"+-".includes(word.charAt(0))) return -EINVAL;
      const [add, remove] = word.startsWith("+") ? [on, off] : [off, on];
      add.add(controller);
      remove.delete(controller);
    }
    for (const controller of on) {
      if (group.enabled.has(controller)) on.delete(controller);
      else if (!group.controllers.includes(controller)) return -ENOENT;
    }
    for (const controller of off) {
      if (!group.enabled.has(controller)) off.delete(controller);
      else if ([...group.children.values()].some(({ enabled }) => enabled.has(controller))) return -EBUSY;
    }
    const refused = mayEnable(group, on);
    if (refused !== 0) return refused;
    for (const controller of on) group.enabled.add(controller);
    for (const controller of off) {
      group.enabled.delete(controller);
      // Its values are lost with it, and start from the defaults.
      for (const { settings } of group.children.values()) {
        for (const file of settings.keys()) if (file.startsWith(`${controller}.`)) settings.delete(file);
      }
    }
    return 0;
  }

  /** What writing 1 into cgroup.kill does. The writer is the sender of the signal, so PID 1 can ignore it. */
  kill(group: Group, sender: Process): void {
    for (const { members } of [...group.downwards()]) {
      for (const member of members) this.#linux.send(member, fromProcess(SIGKILL, sender.pid, sender.uid));
    }
  }

  /** Freezes or thaws a group, and notifies of each group whose state changes. */
  freeze(group: Group, file: string, value: string): void {
    const below = [...group.downwards()];
    const before = below.map(({ isFrozen }) => isFrozen);
    group.settings.set(file, value);
    this.#hasFrozen = true;
    for (const [index, one] of below.entries()) if (one.isFrozen !== before[index]) this.notify(one, "cgroup.events");
  }

  /** Whether a process is frozen. With version 2 it can still be killed. */
  holds(process: Process, isKilled: boolean): boolean {
    if (!this.#hasFrozen) return false;
    for (const [{ version }, group] of process.groups) {
      if (group.isFrozen && (version === 1 || !isKilled)) return true;
    }
    return false;
  }

  // --- Memory, mm/memcontrol.c

  /**
   * Charges memory to a process, with all consequences: counters, events and, above the limit, the OOM killer.
   * False while there is no memory: the process tries again, if it is still alive.
   */
  allocate(process: Process, size: number): boolean {
    const group = this.groupOf(process, "memory");
    if (!group) return true;
    const full = [...group.upwards()].find((one) => one.memoryUsage + size > memoryLimit(one));
    if (full) {
      this.count(full, "max");
      this.#killForMemory(full);
      return false;
    }
    // If it moves later, its memory stays charged to this group.
    process.memory.set(group, (process.memory.get(group) ?? 0) + size);
    for (const one of group.upwards()) {
      one.memoryUsage += size;
      one.memoryPeak = Math.max(one.memoryPeak, one.memoryUsage);
    }
    for (const one of group.upwards()) {
      if (one.memoryUsage > sizeOf(one.settings.get("memory.high"))) this.count(one, "high");
    }
    return true;
  }

  /** Kills the largest process of a group, or with memory.oom.group all of them. */
  #killForMemory(full: Group): void {
    const all = [...full.downwards()].flatMap(({ members }) => [...members]).filter(({ alive }) => alive);
    // A process that is dying already frees memory, so no other has to die.
    if (all.some(({ pending }) => pending.set & bit(SIGKILL))) return;
    const [victim] = all.sort((one, other) => memoryOf(other) - memoryOf(one));
    const home = victim && this.groupOf(victim, "memory");
    this.count(full, "oom");
    if (!victim || !home) return;
    const whole = [...home.upwards()]
      .filter((group) => group.isWithin(full) && group.settings.get("memory.oom.group") === "1")
      .at(-1);
    if (whole) this.count(whole, "oom_group_kill");
    const victims = whole ? all.filter((process) => this.groupOf(process, "memory")?.isWithin(whole)) : [victim];
    for (const process of victims) {
      this.count(this.groupOf(process, "memory") ?? full, "oom_kill");
      this.#linux.happened({ kind: "oom kill", pid: process.pid });
      this.#linux.send(process, fromKernel(SIGKILL));
    }
  }

  /** Counts an event of a group: memcg_memory_event. With version 2 those above count it as well. */
  count(group: Group, event: MemoryEvent): void {
    this.#linux.happened({ kind: "count", group: group.path, event });
    group.localEvents.set(event, (group.localEvents.get(event) ?? 0) + 1);
    this.notify(group, "memory.events.local");
    for (const one of group.upwards()) {
      if (!one.parent) break;
      one.events.set(event, (one.events.get(event) ?? 0) + 1);
      this.notify(one, "memory.events");
      if (group.hierarchy.version === 1) break;
    }
  }

  // --- Notifications

  /**
   * A file has changed: a kernel worker soon notifies whoever watches it, at most once in ten milliseconds; changes in
   * between are notified at the end of that time (cgroup_file_notify).
   */
  notify(group: Group, file: string): void {
    if (group.hierarchy.version === 1) return;
    const next = (group.notifiedAt.get(file) ?? -Infinity) + NOTIFY_MILLISECONDS;
    const { now } = this.#linux;
    if (group.notifiedLater.has(file)) return;
    if (now >= next) group.notifiedAt.set(file, now);
    else group.notifiedLater.add(file);
    const { notifiedLater, notifiedAt } = group;
    const linux = this.#linux;
    linux.addOutside(function* (worker) {
      if (now < next) {
        yield* worker.sleep(next - now);
        notifiedLater.delete(file);
        notifiedAt.set(file, linux.now);
      }
      if (!group.dead) linux.happens(`${group.key}/${file}`, IN_MODIFY);
      return 0;
    }, WORKER);
  }

  // --- /proc

  /** The path of a group as the init sees it, from its namespace's root on: cgroup_path_ns. */
  seen(group: Group): string {
    const root = this.isNamespaced ? this.home.get(group.hierarchy) : undefined;
    if (!root) return group.path;
    const common = [...root.upwards()].find((one) => group.isWithin(one)) ?? root;
    const up = [...root.upwards()].indexOf(common);
    const down = group.path.slice(common.parent ? common.path.length : 0);
    return `${"/..".repeat(up)}${down === "/" && up > 0 ? "" : down}` || "/";
  }

  /** /proc/PID/cgroup. */
  describeProcess(process: Process): string {
    return [...process.groups]
      .sort(([one], [other]) => other.id - one.id)
      .map(([{ id, name, version }, group]) => {
        // A process that has ended is in no group of version 1 any more.
        const path = version === 1 && !process.alive ? "/" : this.seen(group);
        return `${String(id)}:${name}:${path}${group.dead && version === 2 ? " (deleted)" : ""}\n`;
      })
      .join("");
  }

  /** /proc/PID/mountinfo, proc(5). */
  describeMounts(): string {
    const first = [
      "21 1 0:19 / / rw,relatime master:5 - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/u,workdir=/w",
      "22 21 0:20 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw",
      "23 21 8:1 /data/my\\040volume /mnt/a\\040volume rw,relatime shared:7 master:1 - ext4 /dev/sda1 rw",
      ...(this.options.otherMounts ?? []),
    ];
    const escape = (path: string): string =>
      path.replace(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`);
    const own = this.mounts.map(({ hierarchy, point, root, isReadOnly, id }, index) => {
      const mode = `${isReadOnly ? "ro" : "rw"},nosuid,nodev,noexec,relatime`;
      const type = hierarchy.version === 2 ? "cgroup2 cgroup" : "cgroup cgroup";
      const flags = hierarchy.version === 1 ? hierarchy.name : (this.options.delegates ?? true) ? "nsdelegate" : "";
      const where = `${String(id)} 21 0:${String(25 + index)} ${escape(this.seen(root))} ${escape(point)}`;
      // Every second one with an optional field, as mounts that are propagated have it.
      const optional = index % 2 ? ` shared:${String(9 + index)}` : "";
      return `${where} ${mode}${optional} - ${type} rw${flags && `,${flags}`}`;
    });
    const empty = (this.options.over ?? [])
      .filter(({ root }) => root === null)
      .map(({ point }, index) => `${String(60 + index)} 21 0:60 / ${escape(point)} rw,relatime - tmpfs tmpfs rw`);
    return [...first, ...own, ...empty].map((line) => `${line}\n`).join("");
  }

  /** Every group with its controllers, its owner and its settings: equal if nothing has changed. */
  describe(): string[] {
    return this.hierarchies.flatMap(({ root, id }) =>
      [...root.downwards()].flatMap((group) => {
        const name = `${String(id)}:${group.path}`;
        const controllers = [...group.enabled].sort().join(" ");
        const settings = [...group.settings].sort().map(([file, value]) => `${name} ${file} ${value}`);
        return [`${name} owner ${String(group.owner)} controllers ${controllers}`, ...settings];
      }),
    );
  }
}

/** The open files of a process. */
function filesOf({ descriptors }: Process): OpenFile[] {
  return [...descriptors.values()].map(({ file }) => file);
}

/** cgroup_vet_subtree_control_enable. */
function mayEnable(group: Group, on: ReadonlySet<string>): number {
  if (on.size === 0) return 0;
  if (!group.isValidDomain) return -EOPNOTSUPP;
  if (!group.parent) return 0;
  if ([...on].every((controller) => THREADED.has(controller))) {
    if (group.canBeThreadRoot) return 0;
  } else if (group.isThreadRoot) return -EOPNOTSUPP;
  return group.hasProcesses ? -EBUSY : 0;
}

/** The group itself, or the next above that has `controller`. */
function counting(group: Group, controller: string): Group {
  for (const one of group.upwards()) if (one.controllers.includes(controller)) return one;
  return group.hierarchy.root;
}

function memoryOf({ memory }: Process): number {
  return [...memory.values()].reduce((sum, size) => sum + size, 0);
}

/** How many processes pids.max counts, zombies included. */
export function countProcesses(group: Group): number {
  let count = 0;
  for (const { members } of group.downwards()) count += members.size;
  return count;
}

/** A size as a file shows it. */
function sizeOf(value: string | undefined): number {
  return value === undefined || value === "max" ? Infinity : Number(value);
}

/** The highest amount that a group may use. */
function memoryLimit({ hierarchy, settings }: Group): number {
  return sizeOf(settings.get(hierarchy.version === 2 ? "memory.max" : "memory.limit_in_bytes"));
}
