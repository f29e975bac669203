import {
  EACCES,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  ERANGE,
  EROFS,
  F_OK,
  IN_ACCESS,
  IN_MODIFY,
  IN_OPEN,
  O_ACCMODE,
  O_DIRECTORY,
  O_RDONLY,
  O_WRONLY,
  R_OK,
  W_OK,
  X_OK,
} from "./abi.ts";
import { type Cgroups, countProcesses, type Group, type MemoryEvent, type Mount } from "./cgroups.ts";
import { bytes, DirectoryFile, latin1, normalize, OpenFile } from "./files.ts";
import type { Linux } from "./linux.ts";
import type { Process } from "./process.ts";

/** A file that exists in every group, or in those with one controller. */
interface InterfaceFile {
  /** Its controller; null for a file of every group. */
  readonly controller: string | null;
  readonly mode: number;
  /** Whether the root of the hierarchy has it, too. */
  readonly onRoot?: boolean;
  /** Whether it is writable in the root of a namespace that is a delegation boundary (CFTYPE_NS_DELEGATABLE). */
  readonly delegatable?: boolean;
  /** Its content. */
  readonly read?: (group: Group, linux: Linux) => string;
  /** Writes the text as it came. Returns 0 or a negated errno. */
  readonly write?: (group: Group, text: string, writer: Process, cgroups: Cgroups, linux: Linux) => number;
}

type Files = Readonly<Record<string, InterfaceFile>>;

const READABLE = 0o444;
const USUAL = 0o644;
const WRITABLE = 0o200;

/** The page size, in which memory is counted. */
const PAGE = 4096n;
/** The highest number of pages: no limit (PAGE_COUNTER_MAX). */
const ALL_PAGES = ((1n << 63n) - 1n) / PAGE;
/** The highest number of processes plus one: no limit (PIDS_MAX). */
const PIDS_MAX = 4n * 1024n * 1024n + 1n;

// --- How the kernel reads numbers, lib/kstrtox.c and lib/cmdline.c

/** kstrtoll with base 0: a number in 64 bits, or a negated errno as a number. */
function integer(text: string): bigint | number {
  const [, sign, digits] = /^([+-]?)(0[xX][\da-fA-F]+|\d+)\n?$/.exec(text) ?? [];
  if (digits === undefined) return -EINVAL;
  const octal = /^0\d+$/.test(digits);
  if (octal && !/^[0-7]+$/.test(digits)) return -EINVAL;
  const value = BigInt(octal ? `0o${digits}` : digits) * (sign === "-" ? -1n : 1n);
  return value >= 1n << 63n || value < -(1n << 63n) ? -ERANGE : value;
}

/** The same from `lowest` to `highest`; outside of them it is `errno`. Returns it as a number. */
function integerWithin(text: string, lowest: number, highest: number, errno: number): number {
  const value = integer(text);
  if (typeof value === "number") return value;
  return value < BigInt(lowest) || value > BigInt(highest) ? -errno : Number(value);
}

/** page_counter_memparse: a size in whole pages, `unlimited`, or null if it is not a size. */
function pages(text: string, unlimited: string): bigint | null {
  if (text === unlimited) return ALL_PAGES;
  const [all, digits = "", suffix = ""] = /^(0[xX][\da-fA-F]+|\d*)([kKmMgGtTpPeE]?)$/.exec(text) ?? [];
  if (all === undefined) return null;
  const number = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  const count = BigInt.asUintN(64, number << BigInt(10 * " kmgtpe".indexOf(suffix.toLowerCase()))) / PAGE;
  return count < ALL_PAGES ? count : ALL_PAGES;
}

/** A list of numbers as cpuset accepts it: 0-3,5. Null if it is not one. */
function list(text: string): number[] | null {
  const numbers: number[] = [];
  for (const part of text.split(",").filter((one) => one !== "")) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined || Number(first) > Number(last)) return null;
    for (let number = Number(first); number <= Math.min(Number(last), 10_000); number++) numbers.push(number);
  }
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/** Numbers as cpuset shows them. */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (const [index, number] of numbers.entries()) {
    if (index > 0 && numbers[index - 1] === number - 1) continue;
    let last = number;
    while (numbers.includes(last + 1)) last++;
    parts.push(last > number ? `${String(number)}-${String(last)}` : String(number));
  }
  return parts.join(",");
}

// --- Files of a kind

/** A file that shows what was written into it, as `parse` returned it; a negated errno refuses. */
function setting(
  file: string,
  controller: string | null,
  initial: string,
  parse: (text: string, group: Group, linux: Linux) => string | number,
  further: Partial<InterfaceFile> = {},
): InterfaceFile {
  return {
    controller,
    mode: USUAL,
    read: ({ settings }) => `${settings.get(file) ?? initial}\n`,
    write: (group, text, _writer, _cgroups, linux) => {
      const value = parse(text, group, linux);
      if (typeof value === "number") return value;
      group.settings.set(file, value);
      return 0;
    },
    ...further,
  };
}

/** A read-only file. */
function shown(controller: string | null, read: NonNullable<InterfaceFile["read"]>, onRoot = false): InterfaceFile {
  return { controller, mode: READABLE, onRoot, read };
}

/** memory.max and similar files. */
function memorySetting(file: string, initial: string): InterfaceFile {
  return setting(file, "memory", initial, (text) => {
    const count = pages(text.trim(), "max");
    if (count === null) return -EINVAL;
    return count === ALL_PAGES ? "max" : String(count * PAGE);
  });
}

/** A weight from 1 to 10000, CGROUP_WEIGHT_MIN and CGROUP_WEIGHT_MAX; `errno` for others. */
function weight(text: string, errno: number): string | number {
  const value = text.startsWith("-") ? -EINVAL : integerWithin(text, 1, 10_000, errno);
  return value < 0 ? value : String(value);
}

/** A flag: kstrtoint, then 0 or 1. */
function flag(text: string, errno: number): string | number {
  const value = integerWithin(text.trim(), 0, 1, errno);
  return value < 0 ? value : String(value);
}

/** cpu_period_quota_parse and tg_set_cfs_bandwidth: both in microseconds. */
function bandwidth(text: string, group: Group): string | number {
  const [, quota = "", given] = /^\s*(\S{1,20})(?:\s+(\d+))?/.exec(text) ?? [];
  const period = given ?? (group.settings.get("cpu.max") ?? "max 100000").split(" ")[1] ?? "";
  const isNumber = /^\d+/.exec(quota);
  if (!isNumber && quota !== "max") return -EINVAL;
  if (Number(period) < 1000 || Number(period) > 1_000_000) return -EINVAL;
  if (isNumber && (Number(isNumber[0]) < 1000 || Number(isNumber[0]) > MAX_RUNTIME_MICROSECONDS)) return -EINVAL;
  return `${isNumber ? String(Number(isNumber[0])) : "max"} ${String(Number(period))}`;
}

/** kernel/sched/core.c max_cfs_runtime. */
const MAX_RUNTIME_MICROSECONDS = 2 ** 44 / 1000;

/** pids_max_write. */
function processes(text: string): string | number {
  if (text.trim() === "max") return "max";
  const value = integer(text.trim());
  if (typeof value === "number") return value;
  return value < 0n || value >= PIDS_MAX ? -EINVAL : String(value);
}

/** The CPUs that a group may use: its own among those of the group above, or all of these. */
function effectiveCpus(group: Group, linux: Linux): number[] {
  const all = Array.from({ length: linux.cpus }, (_, index) => index);
  const above = group.parent ? effectiveCpus(group.parent, linux) : all;
  const own = list(group.settings.get("cpuset.cpus") ?? "") ?? [];
  const both = above.filter((cpu) => own.includes(cpu));
  return both.length > 0 ? both : above;
}

/** The CPUs that a process may run on. */
export function cpusOf(process: Process, linux: Linux): number[] {
  const group = linux.cgroups?.groupOf(process, "cpuset");
  return group ? effectiveCpus(group, linux) : Array.from({ length: linux.cpus }, (_, index) => index);
}

/** cpulist_parse: a CPU that the machine cannot have is out of range. */
function cpus(text: string, linux: Linux): number[] | number {
  const numbers = list(text.trim());
  if (numbers === null) return -EINVAL;
  return numbers.some((number) => number >= linux.cpus) ? -ERANGE : numbers;
}

const MEMORY_EVENTS: readonly MemoryEvent[] = ["low", "high", "max", "oom", "oom_kill", "oom_group_kill"];

function eventLines(events: ReadonlyMap<MemoryEvent, number>): string {
  return MEMORY_EVENTS.map((event) => `${event} ${String(events.get(event) ?? 0)}\n`).join("");
}

/** The pids that a file shows: with version 2 those of another PID namespace as 0. */
function pids(group: Group): string {
  return [...group.members]
    .filter(({ alive, pid }) => alive && (pid > 0 || group.hierarchy.version === 2))
    .map(({ pid }) => `${String(pid)}\n`)
    .join("");
}

/** What writing into cgroup.procs does, cgroup_procs_write_start. */
function attach(group: Group, text: string, writer: Process, cgroups: Cgroups): number {
  const pid = integerWithin(text.trim(), 0, 2 ** 31 - 1, EINVAL);
  if (pid < 0) return -EINVAL;
  return cgroups.move(writer, pid, group);
}

/** cgroup_print_ss_mask: a line, or nothing at all. */
function names(controllers: readonly string[]): string {
  return controllers.length > 0 ? `${controllers.join(" ")}\n` : "";
}

const limitOfGroups = (file: string): InterfaceFile =>
  setting(
    file,
    null,
    "max",
    (text) => {
      if (text.trim() === "max") return "max";
      const value = integerWithin(text.trim(), 0, 2 ** 31 - 1, ERANGE);
      return value < 0 ? value : String(value);
    },
    { onRoot: true },
  );

const PROCESSES: InterfaceFile = {
  controller: null,
  mode: USUAL,
  onRoot: true,
  delegatable: true,
  read: pids,
  write: attach,
};

const PIDS: Files = {
  "pids.max": setting("pids.max", "pids", "max", processes),
  "pids.current": shown("pids", (group) => `${String(countProcesses(group))}\n`),
  "pids.events": shown("pids", ({ refusedBirths }) => `max ${String(refusedBirths)}\n`),
};

/** Version 2, Documentation/admin-guide/cgroup-v2.rst. */
const FILES_2: Files = {
  "cgroup.procs": PROCESSES,
  "cgroup.controllers": shown(null, ({ controllers }) => names(controllers), true),
  "cgroup.subtree_control": {
    controller: null,
    mode: USUAL,
    onRoot: true,
    delegatable: true,
    read: ({ enabled, hierarchy }) => names(hierarchy.controllers.filter((one) => enabled.has(one))),
    write: (group, text, _writer, cgroups) => cgroups.turn(group, text),
  },
  "cgroup.type": shown(null, (group) => {
    if (!group.isValidDomain) return "domain invalid\n";
    return group.isThreadRoot ? "domain threaded\n" : "domain\n";
  }),
  "cgroup.events": shown(
    null,
    ({ isPopulated, isFrozen }) => `populated ${isPopulated ? "1" : "0"}\nfrozen ${isFrozen ? "1" : "0"}\n`,
  ),
  "cgroup.max.descendants": limitOfGroups("cgroup.max.descendants"),
  "cgroup.max.depth": limitOfGroups("cgroup.max.depth"),
  "cgroup.stat": shown(
    null,
    (group) => `nr_descendants ${String([...group.downwards()].length - 1)}\nnr_dying_descendants 0\n`,
    true,
  ),
  "cgroup.freeze": {
    controller: null,
    mode: USUAL,
    read: ({ settings }) => `${settings.get("cgroup.freeze") ?? "0"}\n`,
    write: (group, text, _writer, cgroups) => {
      const value = flag(text, ERANGE);
      if (typeof value === "number") return value;
      cgroups.freeze(group, "cgroup.freeze", value);
      return 0;
    },
  },
  "cgroup.kill": {
    controller: null,
    mode: WRITABLE,
    write: (group, text, writer, cgroups) => {
      const value = integerWithin(text.trim(), 1, 1, ERANGE);
      if (value < 0) return value;
      cgroups.kill(group, writer);
      return 0;
    },
  },
  "cpu.stat": shown(null, () => "usage_usec 0\nuser_usec 0\nsystem_usec 0\n", true),

  "cpu.max": setting("cpu.max", "cpu", "max 100000", bandwidth),
  "cpu.weight": setting("cpu.weight", "cpu", "100", (text) => weight(text, ERANGE)),
  "cpuset.cpus": setting("cpuset.cpus", "cpuset", "", (text, _group, linux) => {
    const numbers = cpus(text, linux);
    return typeof numbers === "number" ? numbers : ranges(numbers);
  }),
  "cpuset.cpus.effective": shown("cpuset", (group, linux) => `${ranges(effectiveCpus(group, linux))}\n`, true),
  "io.weight": setting("io.weight", "io", "default 100", (text) => {
    const value = weight(text.trim().replace(/^default +/, ""), EINVAL);
    return typeof value === "number" ? value : `default ${value}`;
  }),
  "memory.current": shown("memory", ({ memoryUsage }) => `${String(memoryUsage)}\n`),
  "memory.peak": shown("memory", ({ memoryPeak }) => `${String(memoryPeak)}\n`),
  "memory.min": memorySetting("memory.min", "0"),
  "memory.low": memorySetting("memory.low", "0"),
  "memory.high": memorySetting("memory.high", "max"),
  "memory.max": memorySetting("memory.max", "max"),
  "memory.swap.max": memorySetting("memory.swap.max", "max"),
  "memory.swap.current": shown("memory", () => "0\n"),
  "memory.events": shown("memory", ({ events }) => eventLines(events)),
  "memory.events.local": shown("memory", ({ localEvents }) => eventLines(localEvents)),
  "memory.oom.group": setting("memory.oom.group", "memory", "0", (text) => flag(text, EINVAL), { delegatable: true }),
  ...PIDS,
};

/** memory.limit_in_bytes and memory.soft_limit_in_bytes, mem_cgroup_write. */
function oldMemorySetting(file: string, isOnRoot: boolean): InterfaceFile {
  return setting(
    file,
    "memory",
    String(ALL_PAGES * PAGE),
    (text, group) => {
      const count = pages(text.trim(), "-1");
      if (count === null || (!isOnRoot && !group.parent)) return -EINVAL;
      return String(count * PAGE);
    },
    { onRoot: true },
  );
}

/** cpu.cfs_quota_us and cpu.cfs_period_us: together no more of a CPU than the group above has, tg_cfs_schedulable_down. */
function oldBandwidth(group: Group, change: { quota?: number; period?: number }): number {
  const of = (one: Group) => ({
    quota: Number(one.settings.get("cpu.cfs_quota_us") ?? -1),
    period: Number(one.settings.get("cpu.cfs_period_us") ?? 100_000),
  });
  const { quota, period } = { ...of(group), ...change };
  if (!group.parent) return -EINVAL;
  if (period < 1000 || period > 1_000_000) return -EINVAL;
  if (quota >= 0 && (quota < 1000 || quota > MAX_RUNTIME_MICROSECONDS)) return -EINVAL;
  const share = quota < 0 ? Infinity : quota / period;
  const exceeds = (one: Group, limit: number): boolean => {
    const { quota: own, period: per } = of(one);
    return own >= 0 ? own / per > limit : [...one.children.values()].some((child) => exceeds(child, limit));
  };
  if ([...group.children.values()].some((child) => exceeds(child, share))) return -EINVAL;
  for (const above of group.parent.upwards()) {
    const { quota: own, period: per } = of(above);
    if (own >= 0) return quota >= 0 && share > own / per ? -EINVAL : 0;
  }
  return 0;
}

/** Version 1, Documentation/admin-guide/cgroup-v1. */
const FILES_1: Files = {
  "cgroup.procs": PROCESSES,
  tasks: PROCESSES,
  "cgroup.clone_children": setting("cgroup.clone_children", null, "0", (text) => flag(text, EINVAL), { onRoot: true }),
  notify_on_release: setting("notify_on_release", null, "0", (text) => flag(text, EINVAL), { onRoot: true }),
  "memory.limit_in_bytes": oldMemorySetting("memory.limit_in_bytes", false),
  "memory.soft_limit_in_bytes": oldMemorySetting("memory.soft_limit_in_bytes", true),
  "memory.usage_in_bytes": shown("memory", ({ memoryUsage }) => `${String(memoryUsage)}\n`, true),
  "memory.max_usage_in_bytes": {
    controller: "memory",
    mode: USUAL,
    onRoot: true,
    read: ({ memoryPeak }) => `${String(memoryPeak)}\n`,
    write: (group) => {
      group.memoryPeak = group.memoryUsage;
      return 0;
    },
  },
  "memory.failcnt": shown("memory", ({ events }) => `${String(events.get("max") ?? 0)}\n`, true),
  "memory.oom_control": {
    controller: "memory",
    mode: USUAL,
    onRoot: true,
    read: ({ events }) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${String(events.get("oom_kill") ?? 0)}\n`,
    write: () => -EINVAL,
  },
  "cpu.shares": setting(
    "cpu.shares",
    "cpu",
    "1024",
    (text, group) => {
      const value = integer(text);
      if (typeof value === "number") return value;
      if (value < 0n || !group.parent) return -EINVAL;
      return String(value < 2n ? 2 : value > 262_144n ? 262_144 : value);
    },
    { onRoot: true },
  ),
  "cpu.cfs_quota_us": setting(
    "cpu.cfs_quota_us",
    "cpu",
    "-1",
    (text, group) => {
      const value = integer(text);
      if (typeof value === "number") return value;
      const refused = oldBandwidth(group, { quota: Number(value) });
      return refused < 0 ? refused : String(value < 0n ? -1n : value);
    },
    { onRoot: true },
  ),
  "cpu.cfs_period_us": setting(
    "cpu.cfs_period_us",
    "cpu",
    "100000",
    (text, group) => {
      const value = integer(text);
      if (typeof value === "number") return value;
      const refused = oldBandwidth(group, { period: Number(value) });
      return refused < 0 ? refused : String(value);
    },
    { onRoot: true },
  ),
  "cpuset.cpus": setting("cpuset.cpus", "cpuset", "", (text, group, linux) => {
    const numbers = cpus(text, linux);
    if (typeof numbers === "number") return numbers;
    const above = group.parent ? effectiveCpus(group.parent, linux) : [];
    return numbers.every((number) => above.includes(number)) ? ranges(numbers) : -EACCES;
  }),
  "freezer.state": {
    controller: "freezer",
    mode: USUAL,
    read: ({ isFrozen }) => (isFrozen ? "FROZEN\n" : "THAWED\n"),
    write: (group, text, _writer, cgroups) => {
      const state = text.trim();
      if (state !== "FROZEN" && state !== "THAWED") return -EINVAL;
      cgroups.freeze(group, "freezer.state", state);
      return 0;
    },
  },
  ...PIDS,
};

/** What a path names in a cgroup file system. */
interface Found {
  readonly mount: Mount;
  readonly group: Group;
  /** The file's name, and what it is; null for the group's directory itself. */
  readonly file: readonly [string, InterfaceFile] | null;
}

/** An open file of a group. Each write is a complete value, whatever the offset. */
export class GroupFile extends OpenFile {
  readonly #linux: Linux;
  readonly #cgroups: Cgroups;
  readonly #group: Group;
  readonly #name: string;
  readonly #file: InterfaceFile;
  readonly #access: number;
  #content: Uint8Array | null = null;
  #offset = 0;

  constructor(linux: Linux, cgroups: Cgroups, group: Group, name: string, file: InterfaceFile, access: number) {
    super();
    this.#linux = linux;
    this.#cgroups = cgroups;
    this.#group = group;
    this.#name = name;
    this.#file = file;
    this.#access = access;
  }

  override read(size: number): Uint8Array | number {
    if (this.#access === O_WRONLY) return -EBADF;
    if (this.#group.dead || !hasFile(this.#cgroups, this.#group, this.#name, this.#file)) return -ENODEV;
    if (!this.#file.read) return -EINVAL;
    this.#content ??= bytes(this.#file.read(this.#group, this.#linux));
    const part = this.#content.subarray(this.#offset, this.#offset + size);
    this.#offset += part.length;
    this.#linux.happens(watchKey(this.#group, this.#name), IN_ACCESS);
    return part;
  }

  override write(data: Uint8Array): number {
    const { current } = this.#linux;
    const result = this.#take(current, latin1(data));
    const path = `${this.#group.path}/${this.#name}`;
    this.#linux.happened({ kind: "write", pid: current.pid, path, data: latin1(data), result });
    if (result < 0) return result;
    this.#linux.happens(watchKey(this.#group, this.#name), IN_MODIFY);
    return data.length;
  }

  /** cgroup_file_write. */
  #take(writer: Process, text: string): number {
    if (this.#access === O_RDONLY) return -EBADF;
    // kernfs ignores an empty write.
    if (text === "") return 0;
    if (this.#group.dead || !hasFile(this.#cgroups, this.#group, this.#name, this.#file)) return -ENODEV;
    if (this.#cgroups.isBoundary(this.#group) && this.#group.hierarchy.version === 2 && !this.#file.delegatable)
      return -EPERM;
    if (!this.#file.write) return -EINVAL;
    return this.#file.write(this.#group, text, writer, this.#cgroups, this.#linux);
  }

  override tell(): number {
    return this.#offset;
  }
}

/** An open directory of a group: what CLONE_INTO_CGROUP takes. */
export class GroupDirectory extends DirectoryFile {
  readonly group: Group;
  readonly mount: Mount;

  constructor(mount: Mount, group: Group, files: readonly string[]) {
    super([".", "..", ...files, ...group.children.keys()], files);
    this.group = group;
    this.mount = mount;
  }

  /** The path of `name` in it, or a negated errno. `..` works even in a removed group. */
  pathOf(name: string): string | number {
    if (this.group.dead && name !== "..") return -ENOENT;
    const { point, root } = this.mount;
    const at = name === ".." ? (this.group.parent ?? this.group) : this.group;
    if (!at.isWithin(root)) return -ENOENT;
    const below = at.path.slice(root.parent ? root.path.length : 0);
    return `${point}${below === "/" ? "" : below}${name === ".." ? "" : `/${name}`}`;
  }
}

/** The key of a group's file for inotify. */
function watchKey(group: Group, name: string): string {
  return `${group.key}/${name}`;
}

function hasFile(cgroups: Cgroups, group: Group, name: string, file: InterfaceFile): boolean {
  if (cgroups.options.lacks?.includes(name)) return false;
  if (!group.parent && file.onRoot !== true) return false;
  return file.controller === null || group.controllers.includes(file.controller);
}

/** The cgroup file systems: paths in them, and permissions. Errors are negated errnos. */
export class CgroupFileSystem {
  readonly #linux: Linux;
  readonly #cgroups: Cgroups;

  constructor(linux: Linux, cgroups: Cgroups) {
    this.#linux = linux;
    this.#cgroups = cgroups;
    const { set = {} } = cgroups.options;
    for (const [path, text] of Object.entries(set)) this.#preset(path, text);
  }

  /** Writes as the machine's own root, before the init starts. */
  #preset(path: string, text: string): void {
    const at = path.lastIndexOf("/");
    const [folder, name] = [path.slice(0, at) || "/", path.slice(at + 1)];
    const controller = name.slice(0, name.indexOf("."));
    const group = this.#cgroups.group(folder, controller === "cgroup" ? "memory" : controller);
    const file = filesOf(group)[name];
    const result = file?.write?.(group, text, this.#linux.current, this.#cgroups, this.#linux) ?? -ENOENT;
    if (result < 0) throw new Error(`${path} cannot be set to ${text}: ${String(result)}`);
  }

  /** The directories at which something is mounted. */
  get mountPoints(): string[] {
    return this.#cgroups.mounts.map(({ point }) => point);
  }

  /** The file system that a path lies in. */
  #mountOf(path: string): Mount | undefined {
    const clean = normalize(path);
    const isAt = ({ point }: { point: string }): boolean => clean === point || clean.startsWith(`${point}/`);
    if ((this.#cgroups.options.over ?? []).some((one) => one.root === null && isAt(one))) return undefined;
    return this.#cgroups.mounts.findLast(isAt);
  }

  /** The file or directory of a path; null outside of the cgroup file systems. */
  #find(path: string): Found | number | null {
    const clean = normalize(path);
    const mount = this.#mountOf(path);
    if (!mount) return null;
    const parts = clean
      .slice(mount.point.length + 1)
      .split("/")
      .filter((part) => part !== "");
    let group = mount.root;
    for (const [index, part] of parts.entries()) {
      const child = group.children.get(part);
      if (child) {
        group = child;
        continue;
      }
      const file = filesOf(group)[part];
      if (!file || !hasFile(this.#cgroups, group, part, file)) return -ENOENT;
      if (index < parts.length - 1 || path.endsWith("/")) return -ENOTDIR;
      return { mount, group, file: [part, file] };
    }
    return { mount, group, file: null };
  }

  /** Whether a path lies in one of the file systems. */
  has(path: string): boolean {
    return this.#mountOf(path) !== undefined;
  }

  /** What access(2) says of a file or directory, by the rights of `process`. */
  #may(process: Process, { mount, group, file }: Found, mode: number): number {
    if ((mode & W_OK) !== 0 && mount.isReadOnly) return -EROFS;
    const owner = file && !file[1].delegatable ? group.filesOwner : group.owner;
    const bits = file ? file[1].mode : 0o755;
    if ((mode & X_OK) !== 0 && file) return -EACCES;
    if (process.uid === 0 && this.#cgroups.mayWrite(process, owner)) return 0;
    const own = process.uid === owner ? bits >> 6 : bits & 7;
    return (mode & ~own & (R_OK | W_OK)) !== 0 ? -EACCES : 0;
  }

  /** access(2). */
  access(process: Process, path: string, mode: number): number {
    const found = this.#find(path);
    if (typeof found === "number") return found;
    return found && mode !== F_OK ? this.#may(process, found, mode) : 0;
  }

  /** open(2): an open file or a negated errno. */
  open(process: Process, path: string, flags: number): OpenFile | number {
    const found = this.#find(path);
    if (found === null) return -ENOENT;
    if (typeof found === "number") return found;
    const { mount, group, file } = found;
    const access = flags & O_ACCMODE;
    if (!file && access !== O_RDONLY) return -EISDIR;
    if (file && flags & O_DIRECTORY) return -ENOTDIR;
    const wanted = (access === O_WRONLY ? 0 : R_OK) | (access === O_RDONLY ? 0 : W_OK);
    const refused = this.#may(process, found, wanted);
    if (refused < 0) return refused;
    if (!file) {
      const names = Object.entries(filesOf(group)).filter(([name, one]) => hasFile(this.#cgroups, group, name, one));
      return new GroupDirectory(
        mount,
        group,
        names.map(([name]) => name),
      );
    }
    this.#linux.happens(watchKey(group, file[0]), IN_OPEN);
    return new GroupFile(this.#linux, this.#cgroups, group, file[0], file[1], access);
  }

  /** What inotify_add_watch(2) watches: the key of a file that may be read, or a negated errno. */
  watched(process: Process, path: string): string | number {
    const found = this.#find(path);
    if (found === null) return -ENOENT;
    if (typeof found === "number") return found;
    const refused = this.#may(process, found, R_OK);
    return refused < 0 ? refused : watchKey(found.group, found.file?.[0] ?? "");
  }

  /** mkdir(2). */
  mkdir(process: Process, path: string): number {
    const found = this.#find(path);
    if (found !== null && typeof found !== "number") return -EEXIST;
    const clean = normalize(path);
    const at = clean.lastIndexOf("/");
    const parent = this.#find(clean.slice(0, at));
    if (parent === null) return -ENOENT;
    if (typeof parent === "number") return parent;
    if (parent.file) return -ENOTDIR;
    const refused = this.#may(process, parent, W_OK);
    return refused < 0 ? refused : this.#cgroups.make(parent.group, clean.slice(at + 1), process);
  }

  /** rmdir(2). */
  rmdir(process: Process, path: string): number {
    if (/(^|\/)\.\.\/*$/.test(path)) return -ENOTEMPTY;
    if (/(^|\/)\.\/*$/.test(path)) return -EINVAL;
    if (this.#mountOf(path)?.isReadOnly) return -EROFS;
    const found = this.#find(path);
    if (found === null) return -ENOENT;
    if (typeof found === "number") return found;
    if (found.group === found.mount.root && !found.file) return -EBUSY;
    const above = found.file ? found.group : (found.group.parent ?? found.group);
    const refused = this.#may(process, { ...found, group: above, file: null }, W_OK);
    if (refused < 0) return refused;
    return found.file ? -ENOTDIR : this.#cgroups.remove(found.group);
  }
}

function filesOf({ hierarchy }: Group): Files {
  return hierarchy.version === 2 ? FILES_2 : FILES_1;
}
