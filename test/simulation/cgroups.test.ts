/*
 * The simulated control groups: the facts about Linux that they rely on. Those of version 1, and those of version 2 without
 * a controller, were observed on Linux 6.18; those with one on 6.1 and 6.12; the rest is from the kernel's source.
 */
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  BAND_IN,
  bit,
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOENT,
  ENOSPC,
  ENOSYS,
  ENOTDIR,
  ENOTEMPTY,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
  ESRCH,
  exited,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETSIG,
  F_OK,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  F_SETSIG,
  FD_CLOEXEC,
  IN_ACCESS,
  IN_ALL_EVENTS,
  IN_MODIFY,
  IN_OPEN,
  killed,
  O_ASYNC,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLL_IN,
  POLLIN,
  R_OK,
  SI_KERNEL,
  SI_SIGIO,
  SIG_SETMASK,
  SIGCHLD,
  SIGIO,
  SIGKILL,
  SIGRTMIN,
  SIGTERM,
  SIGUSR1,
  W_OK,
  WNOHANG,
  X_OK,
} from "../linux/abi.ts";
import { blockAll, type Code, Memory, run } from "./bare.ts";
import type { CgroupOptions } from "../linux/cgroups.ts";
import type { Host } from "./host.ts";
import { exits, type Life, NOT_PID_1, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";
import { never, type Program } from "../linux/process.ts";

const ROOT = "/sys/fs/cgroup";

/** An init's operations on files, each by one system call, with the kernel's result. */
class Files {
  readonly host: Host;
  readonly memory: Memory;
  readonly linux: Linux;

  constructor(host: Host, memory: Memory, linux: Linux) {
    this.host = host;
    this.memory = memory;
    this.linux = linux;
  }

  at(path: string): number {
    return this.memory.text(path.startsWith("/") ? path : `${ROOT}/${path}`);
  }

  open(path: string, flags = O_RDONLY): number {
    return this.host.open(this.at(path), flags);
  }

  write(path: string, text: string): number {
    const fd = this.open(path, O_WRONLY);
    if (fd < 0) return fd;
    const result = this.host.write(fd, this.memory.text(text, this.memory.buffer), text.length);
    this.host.close(fd);
    return Math.min(result, 0);
  }

  readFrom(fd: number): string | number {
    const size = this.host.read(fd, this.memory.buffer, 8192);
    return size < 0 ? size : this.memory.bytes(this.memory.buffer, size);
  }

  read(path: string): string | number {
    const fd = this.open(path);
    if (fd < 0) return fd;
    const text = this.readFrom(fd);
    this.host.close(fd);
    return text;
  }

  mkdir(path: string): number {
    return this.host.mkdir(this.at(path));
  }

  rmdir(path: string): number {
    return this.host.rmdir(this.at(path));
  }

  /** The names in a directory, with its type each: 4 is a directory, 8 a file. */
  list(path: string): Map<string, number> {
    const fd = this.open(path, O_DIRECTORY);
    const names = new Map<string, number>();
    const { view, buffer } = this.memory;
    let size = this.host.getdents64(fd, buffer, 512);
    for (; size > 0; size = this.host.getdents64(fd, buffer, 512)) {
      for (let at = buffer; at < buffer + size; at += view.getUint16(at + 16, true)) {
        const end = view.getUint16(at + 16, true) - 19;
        names.set(this.memory.bytes(at + 19, end).replace(/\0.*$/s, ""), view.getUint8(at + 18));
      }
    }
    this.host.close(fd);
    return names;
  }

  /** Lets all others run until nothing is left to do, for some milliseconds. */
  wait(milliseconds: number): void {
    this.host.rt_sigtimedwait(this.memory.signals(0n), 0, this.memory.milliseconds(milliseconds));
  }
}

/** Runs `act` as an init in control groups. What it throws is the test's failure. */
function within(cgroups: CgroupOptions, act: (files: Files) => void, world: Partial<World> = {}, child?: Code): Life {
  return run(
    (host, memory, linux) => {
      blockAll(host, memory);
      act(new Files(host, memory, linux));
      return 0;
    },
    { cgroups, ...world },
    child,
  );
}

/** A process that waits for ever in the init's group. */
const sleeper: Program = function* () {
  yield never;
  return 0;
};

describe("where the init is", () => {
  const own = (options: CgroupOptions): string | number => {
    let text: string | number = "";
    within(options, (files) => (text = files.read("/proc/self/cgroup")));
    return text;
  };
  const mounts = (options: CgroupOptions): string[] => {
    let lines: string[] = [];
    within(options, (files) => (lines = String(files.read("/proc/self/mountinfo")).split("\n")));
    return lines.filter((line) => line.includes(" - cgroup"));
  };

  it("is / in a namespace of its own, and the whole path without", () => {
    expect(own({ group: "/docker/box" })).toBe("0::/\n");
    expect(own({ group: "/docker/box", namespaced: false })).toBe("0::/docker/box\n");
  });

  it("has a line for each hierarchy of version 1, and one for version 2 where both are there", () => {
    const lines = String(own({ version: "hybrid", group: "/docker/box", namespaced: false })).split("\n");
    expect(lines).toEqual([
      "7:name=systemd:/docker/box",
      "6:pids:/docker/box",
      "5:freezer:/docker/box",
      "4:memory:/docker/box",
      "3:blkio:/docker/box",
      "2:cpu,cpuacct:/docker/box",
      "1:cpuset:/docker/box",
      "0::/docker/box",
      "",
    ]);
    expectAbsent("0::", String(own({ version: 1 })), String(own({ version: "hybrid" })));
  });

  it("is listed in mountinfo: its root as the namespace sees it, its point, and whether it can be written", () => {
    const [line] = mounts({ group: "/docker/box" });
    expect(line).toMatch(/^\d+ \d+ 0:\d+ \/ \/sys\/fs\/cgroup rw,\S+ - cgroup2 cgroup rw,nsdelegate$/);
    expect(mounts({ mount: "read-only" })[0]).toMatch(/ \/ \/sys\/fs\/cgroup ro,\S+ - cgroup2 cgroup rw,nsdelegate$/);
    expect(mounts({ mount: "absent" })).toEqual([]);
    expect(mounts({ group: "/docker/box", mountRoot: "/" })[0]).toContain(" /../.. /sys/fs/cgroup ");
    expect(mounts({ group: "/docker/box", mountRoot: "/docker/other" })[0]).toContain(" /../other /sys/fs/cgroup ");
    expect(mounts({ group: "/docker/box", namespaced: false })[0]).toContain(" / /sys/fs/cgroup ");
    expect(mounts({ mountPoint: "/a b" })[0]).toContain(" / /a\\040b ");
  });

  it("is listed with one mount for each hierarchy of version 1, some with optional fields", () => {
    const all = mounts({ version: "hybrid", group: "/docker/box", namespaced: false });
    expect(all).toHaveLength(8);
    expect(all.filter((line) => / shared:\d+ - /.test(line))).toHaveLength(4);
    expect(
      all.some((line) => / \/docker\/box \/sys\/fs\/cgroup\/memory rw,.* - cgroup cgroup rw,memory$/.test(line)),
    ).toBe(true);
    expect(all.some((line) => / \/ \/sys\/fs\/cgroup\/unified rw,.* - cgroup2 cgroup rw,nsdelegate$/.test(line))).toBe(
      true,
    );
  });

  it("is nowhere where the kernel has no control groups", () => {
    run((host, memory, linux) => {
      const files = new Files(host, memory, linux);
      expect([files.read("/proc/self/cgroup"), files.read("/proc/self/mountinfo")]).toEqual([-ENOENT, -ENOENT]);
      expect([files.mkdir("x"), files.rmdir("x"), files.open("")]).toEqual([-EROFS, -EROFS, -ENOENT]);
      return 0;
    });
  });

  it("is seen from within a namespace beside it with dots", () => {
    within({ group: "/a/box" }, ({ linux }) => {
      const { cgroups } = linux;
      const root = cgroups?.group("/");
      if (!cgroups || !root) throw new Error("there are none");
      expect([cgroups.seen(root), cgroups.seen(cgroups.group("/a")), cgroups.seen(cgroups.group("/a/box"))]).toEqual([
        "/../..",
        "/..",
        "/",
      ]);
      cgroups.make(cgroups.group("/a"), "b", linux.current);
      cgroups.make(cgroups.group("/a/box"), "c", linux.current);
      expect([cgroups.seen(cgroups.group("/a/b")), cgroups.seen(cgroups.group("/a/box/c"))]).toEqual(["/../b", "/c"]);
    });
  });
});

describe("directories", () => {
  it("are made and removed; not twice, not in nothing, not in a file", () => {
    within({}, (files) => {
      expect([files.mkdir("a"), files.mkdir("a"), files.mkdir("a/b/"), files.mkdir("none/x")]).toEqual([
        0,
        -EEXIST,
        0,
        -ENOENT,
      ]);
      expect([files.mkdir("cgroup.procs"), files.mkdir("cgroup.procs/x"), files.mkdir("new\nline")]).toEqual([
        -EEXIST,
        -ENOTDIR,
        -EINVAL,
      ]);
      expect([files.rmdir("a"), files.rmdir("a/b"), files.rmdir("a"), files.rmdir("a")]).toEqual([
        -EBUSY,
        0,
        0,
        -ENOENT,
      ]);
      expect([files.rmdir("cgroup.procs"), files.rmdir("")]).toEqual([-ENOTDIR, -EBUSY]);
      files.mkdir("a");
      expect([files.rmdir("a/."), files.rmdir("a/..")]).toEqual([-EINVAL, -ENOTEMPTY]);
    });
  });

  it("stay where a process is inside, but not because of a zombie", () => {
    within(
      {},
      (files) => {
        const { host } = files;
        files.mkdir("a");
        files.mkdir("a/b");
        expect(files.write("a/b/cgroup.procs", "2")).toBe(0);
        expect([files.rmdir("a/b"), files.read("a/b/cgroup.procs"), files.read("a/cgroup.events")]).toEqual([
          -EBUSY,
          "2\n",
          "populated 1\nfrozen 0\n",
        ]);
        host.kill(2, SIGKILL);
        files.wait(1);
        expect([files.read("a/b/cgroup.procs"), files.read("a/cgroup.events")]).toEqual([
          "",
          "populated 0\nfrozen 0\n",
        ]);
        expect(files.write("a/cgroup.procs", "2")).toBe(0);
        expect(files.read("/proc/2/cgroup")).toBe("0::/a/b\n");
        expect(files.rmdir("a/b")).toBe(0);
        expect(files.read("/proc/2/cgroup")).toBe("0::/a/b (deleted)\n");
      },
      { others: [sleeper] },
    );
  });

  it("are listed with what is in them: files of the controllers that are there, and groups", () => {
    within({ controllers: ["memory"] }, (files) => {
      files.mkdir("a");
      const names = files.list("");
      expect([names.get("a"), names.get("memory.max"), names.get("cgroup.procs"), names.get(".")]).toEqual([
        4, 8, 8, 4,
      ]);
      expect(names.has("cpu.max")).toBe(false);
      expect([...files.list("a").keys()].filter((name) => !name.startsWith("cgroup.") && name !== "cpu.stat")).toEqual([
        ".",
        "..",
      ]);
    });
  });

  it("are as many and as deep as the groups above allow", () => {
    within({}, (files) => {
      files.mkdir("a");
      expect(files.write("a/cgroup.max.descendants", "1")).toBe(0);
      expect([files.mkdir("a/b"), files.mkdir("a/c"), files.rmdir("a/b")]).toEqual([0, -EAGAIN, 0]);
      expect([files.write("a/cgroup.max.descendants", "max"), files.write("a/cgroup.max.depth", "0")]).toEqual([0, 0]);
      expect(files.mkdir("a/b")).toBe(-EAGAIN);
      expect(["x", "-1", "max "].map((text) => files.write("a/cgroup.max.depth", text))).toEqual([-EINVAL, -ERANGE, 0]);
      expect(files.read("a/cgroup.max.depth")).toBe("max\n");
    });
  });

  it("are opened to be read alone; their files are no directories; a file is never made", () => {
    within({}, (files) => {
      expect([files.open("", O_WRONLY), files.open("cgroup.procs", O_DIRECTORY), files.open("none", O_WRONLY)]).toEqual(
        [-EISDIR, -ENOTDIR, -ENOENT],
      );
      expect(files.open("cgroup.procs/")).toBe(-ENOTDIR);
      expect(files.host.chdir(files.at("none"))).toBe(-ENOENT);
      files.mkdir("a");
      expect(files.host.chdir(files.at("a"))).toBe(0);
      expect(files.host.rmdir(files.memory.text("../a"))).toBe(0);
    });
  });

  it("that are gone leave files behind that cannot be used any more", () => {
    within({}, (files) => {
      files.mkdir("a");
      const fd = files.open("a/cgroup.events", O_RDONLY);
      const procs = files.open("a/cgroup.procs", O_WRONLY);
      files.rmdir("a");
      expect(files.readFrom(fd)).toBe(-ENODEV);
      expect(files.host.write(procs, files.memory.text("0"), 1)).toBe(-ENODEV);
      files.mkdir("a");
      expect(files.readFrom(fd)).toBe(-ENODEV);
    });
  });
});

describe("permissions", () => {
  it("is nobody on a read-only mount: EROFS for everything but reading, and EEXIST before it", () => {
    within({ mount: "read-only" }, (files) => {
      expect([files.mkdir("a"), files.mkdir("cgroup.procs"), files.rmdir("none")]).toEqual([-EROFS, -EEXIST, -EROFS]);
      expect([files.write("cgroup.subtree_control", "+memory"), files.write("memory.max", "1M")]).toEqual([
        -EROFS,
        -EROFS,
      ]);
      expect([files.host.access(files.at("memory.max"), W_OK), files.host.access(files.at(""), W_OK)]).toEqual([
        -EROFS,
        -EROFS,
      ]);
      expect(files.read("memory.max")).toBe("max\n");
    });
  });

  it("is at the namespace's root nobody but for what is delegated: EPERM", () => {
    const writes = (options: CgroupOptions): number[] => {
      let results: number[] = [];
      within(options, (files) => {
        results = [
          files.write("memory.max", "64M"),
          files.write("cgroup.freeze", "0"),
          files.write("memory.oom.group", "0"),
          files.write("cgroup.procs", "0"),
          files.write("cgroup.subtree_control", "-memory"),
        ];
      });
      return results;
    };
    expect(writes({})).toEqual([-EPERM, -EPERM, 0, 0, 0]);
    expect(writes({ delegates: false })).toEqual([0, 0, 0, 0, 0]);
    expect(writes({ namespaced: false, mountRoot: "/box" })).toEqual([0, 0, 0, 0, 0]);
  });

  it("is for others than root the owner: EACCES", () => {
    within(
      {},
      (files) => {
        expect([files.mkdir("a"), files.rmdir("a"), files.write("cgroup.procs", "0")]).toEqual([
          -EACCES,
          -ENOENT,
          -EACCES,
        ]);
        expect([files.open("cgroup.kill"), files.open("cgroup.events", O_RDWR)]).toEqual([-EACCES, -EACCES]);
        expect(files.host.access(files.at("cgroup.procs"), W_OK)).toBe(-EACCES);
        expect(files.host.access(files.at("cgroup.procs"), R_OK)).toBe(0);
        expect(files.host.access(files.at("none"), F_OK)).toBe(-ENOENT);
        expect(files.host.access(files.at("none"), 8)).toBe(-EINVAL);
      },
      { uid: 1000 },
    );
  });

  it.each([
    ["root within, somebody without", 0, { isPrivileged: false, owner: 0 }],
    ["an ordinary user", 1000, { owner: 1000 }],
  ])(
    "the owner of a delegated group makes groups with limits, but cannot limit the group itself: %s",
    (_, uid, who) => {
      within(
        { ...who, delegates: false },
        (files) => {
          expect([files.mkdir("leaf"), files.write("leaf/cgroup.procs", "0")]).toEqual([0, 0]);
          expect(files.write("cgroup.subtree_control", "+memory +pids")).toBe(0);
          expect([files.mkdir("a"), files.write("a/memory.max", "64M"), files.write("a/pids.max", "9")]).toEqual([
            0, 0, 0,
          ]);
          expect(files.write("memory.max", "64M")).toBe(-EACCES);
          expect([files.rmdir("a"), files.write("cgroup.subtree_control", "-memory -pids")]).toEqual([0, 0]);
          expect([files.write("cgroup.procs", "0"), files.rmdir("leaf")]).toEqual([0, 0]);
        },
        { uid },
      );
    },
  );

  it("is not root within where nothing was delegated", () => {
    within({ isPrivileged: false, owner: 1000 }, (files) => {
      expect([
        files.mkdir("a"),
        files.write("cgroup.procs", "0"),
        files.write("cgroup.subtree_control", "+cpu"),
      ]).toEqual([-EACCES, -EACCES, -EACCES]);
    });
  });

  it("is root even for files that say otherwise, but what cannot be written or read is EINVAL", () => {
    within({}, (files) => {
      files.mkdir("a");
      expect([files.write("a/cgroup.events", "1"), files.write("a/cgroup.controllers", "1")]).toEqual([
        -EINVAL,
        -EINVAL,
      ]);
      expect(files.read("a/cgroup.kill")).toBe(-EINVAL);
      expect([files.readFrom(files.open("a/cgroup.procs", O_WRONLY)), files.write("a/cgroup.kill", "")]).toEqual([
        -EBADF,
        0,
      ]);
      const fd = files.open("a/cgroup.freeze");
      expect(files.host.write(fd, files.memory.text("1"), 1)).toBe(-EBADF);
      expect(files.host.writeNoWait(fd, files.memory.text("1"), 1)).toBe(-EOPNOTSUPP);
      expect(files.host.access(files.at("a/cgroup.events"), X_OK)).toBe(-EACCES);
    });
  });

  it("cannot move a process from outside of the namespace, nor out of it", () => {
    within(
      { withParent: false },
      (files) => {
        files.mkdir("a");
        expect(files.write("a/cgroup.procs", "1")).toBe(-ENOENT);
        expect(files.write("a/cgroup.procs", "0")).toBe(0);
      },
      { isPid1: false },
    );
    within(
      { mountRoot: "/" },
      (files) => {
        expect(files.write("cgroup.procs", "0")).toBe(-ENOENT);
      },
      {},
    );
  });
});

describe("cgroup.subtree_control", () => {
  it("is EBUSY while a process is inside, and works when it has moved to a leaf; with one more process it is not enough", () => {
    const tries = (others: readonly Program[]): number[] => {
      const results: number[] = [];
      within(
        {},
        (files) => {
          results.push(files.write("cgroup.subtree_control", "+memory"));
          results.push(files.mkdir("leaf"), files.write("leaf/cgroup.procs", "0"));
          results.push(files.write("cgroup.subtree_control", "+memory +cpu +pids"));
        },
        { others },
      );
      return results;
    };
    expect(tries([])).toEqual([-EBUSY, 0, 0, 0]);
    expect(tries([sleeper])).toEqual([-EBUSY, 0, 0, -EBUSY]);
    // A zombie is no process any more.
    expect(tries([exits(0)])).toEqual([-EBUSY, 0, 0, -EBUSY]);
  });

  it("lets the machine's own root have both processes and children", () => {
    within({ group: "/", namespaced: false }, (files) => {
      expect([files.write("cgroup.subtree_control", "+memory"), files.mkdir("a")]).toEqual([0, 0]);
      expect([files.write("a/memory.max", "64M"), files.open("memory.max"), files.open("cgroup.events")]).toEqual([
        0,
        -ENOENT,
        -ENOENT,
      ]);
    });
  });

  it("wants names that the kernel has, of controllers that the group has", () => {
    within({ controllers: ["memory", "cpu"] }, (files) => {
      expect(files.read("cgroup.controllers")).toBe("cpu memory\n");
      files.mkdir("leaf");
      files.write("leaf/cgroup.procs", "0");
      const results = ["memory", "+junk", "*cpu", "+pids", "+memory +io", "", "\n", "-pids", "+memory -memory"].map(
        (text) => files.write("cgroup.subtree_control", text),
      );
      expect(results).toEqual([-EINVAL, -EINVAL, -EINVAL, -ENOENT, -ENOENT, 0, 0, 0, 0]);
      expect(files.read("cgroup.subtree_control")).toBe("");
      expect(files.write("cgroup.subtree_control", "+memory +cpu\n")).toBe(0);
      expect(files.read("cgroup.subtree_control")).toBe("cpu memory\n");
      expect(files.read("leaf/cgroup.controllers")).toBe("cpu memory\n");
    });
  });

  it("makes files and takes them away, with what was in them; ENOENT where a controller is not on", () => {
    within({}, (files) => {
      files.mkdir("leaf");
      files.mkdir("a");
      files.write("leaf/cgroup.procs", "0");
      expect([files.write("a/memory.max", "64M"), files.write("cgroup.subtree_control", "+memory")]).toEqual([
        -ENOENT,
        0,
      ]);
      expect([files.write("a/memory.max", "64M"), files.write("a/cpu.max", "max"), files.read("a/memory.max")]).toEqual(
        [0, -ENOENT, "67108864\n"],
      );
      const fd = files.open("a/memory.max");
      expect(files.write("cgroup.subtree_control", "-memory")).toBe(0);
      expect([files.open("a/memory.max"), files.readFrom(fd)]).toEqual([-ENOENT, -ENODEV]);
      expect(files.write("cgroup.subtree_control", "+memory")).toBe(0);
      expect(files.read("a/memory.max")).toBe("max\n");
    });
  });

  it("cannot turn off what a child has turned on", () => {
    within({}, (files) => {
      files.mkdir("leaf");
      files.write("leaf/cgroup.procs", "0");
      files.mkdir("a");
      expect([
        files.write("cgroup.subtree_control", "+memory"),
        files.write("a/cgroup.subtree_control", "+memory"),
      ]).toEqual([0, 0]);
      expect(files.write("cgroup.subtree_control", "-memory")).toBe(-EBUSY);
      files.mkdir("a/b");
      expect(files.write("a/cgroup.procs", "0")).toBe(-EBUSY);
      expect(files.write("a/b/cgroup.procs", "0")).toBe(0);
    });
  });

  it("turns cpu and pids on beside processes, but then no child can have any", () => {
    within(
      {},
      (files) => {
        expect(files.write("cgroup.subtree_control", "+cpu +pids")).toBe(0);
        expect([files.read("cgroup.type"), files.mkdir("a"), files.read("a/cgroup.type")]).toEqual([
          "domain threaded\n",
          0,
          "domain invalid\n",
        ]);
        expect(files.write("a/cgroup.procs", "0")).toBe(-EOPNOTSUPP);
        expect(files.host.vforkInto(files.open("a", O_DIRECTORY))).toBe(-EOPNOTSUPP);
        expect(files.write("cgroup.subtree_control", "+memory")).toBe(-EOPNOTSUPP);
        expect(files.write("cgroup.subtree_control", "-cpu -pids")).toBe(0);
        expect(files.write("a/cgroup.procs", "0")).toBe(0);
        // Now a child has processes, and what was possible before is not.
        expect(files.write("cgroup.subtree_control", "+cpu")).toBe(-EBUSY);
      },
      { others: [sleeper] },
    );
  });

  it("lets a process go back only when it is off", () => {
    within({}, (files) => {
      files.mkdir("leaf");
      files.write("leaf/cgroup.procs", "0");
      files.write("cgroup.subtree_control", "+memory");
      expect([files.write("cgroup.procs", "0"), files.write("cgroup.subtree_control", "-memory")]).toEqual([-EBUSY, 0]);
      expect([files.write("cgroup.procs", "0"), files.rmdir("leaf")]).toEqual([0, 0]);
      expect(files.read("/proc/self/cgroup")).toBe("0::/\n");
    });
  });
});

describe("values", () => {
  const valued = (act: (files: Files) => void): void => {
    within({}, (files) => {
      files.mkdir("leaf");
      files.write("leaf/cgroup.procs", "0");
      expect(files.write("cgroup.subtree_control", "+cpu +memory +pids +io +cpuset")).toBe(0);
      files.mkdir("a");
      act(files);
    });
  };
  const after = (files: Files, file: string, text: string): string | number => {
    const result = files.write(file, text);
    return result < 0 ? result : String(files.read(file)).trimEnd();
  };

  it.each<[string, readonly (readonly [string, string | number])[]]>([
    [
      "memory.max",
      [
        ["max", "max"],
        ["64M", "67108864"],
        ["64m\n", "67108864"],
        [" 1G ", "1073741824"],
        ["100000", "98304"],
        ["0x10000", "65536"],
        ["010000", "4096"],
        ["-1", -EINVAL],
        ["1.5G", -EINVAL],
        ["x", -EINVAL],
        ["64MB", -EINVAL],
        ["8E", "max"],
      ],
    ],
    [
      "memory.oom.group",
      [
        ["1", "1"],
        ["0", "0"],
        ["2", -EINVAL],
        ["yes", -EINVAL],
      ],
    ],
    [
      "cpu.max",
      [
        ["150000 100000", "150000 100000"],
        ["20000", "20000 100000"],
        ["max", "max 100000"],
        ["max 50000", "max 50000"],
        ["999", -EINVAL],
        ["1000 999", -EINVAL],
        ["1000 1000001", -EINVAL],
        ["1.5", -EINVAL],
        ["x", -EINVAL],
      ],
    ],
    [
      "cpu.weight",
      [
        ["1", "1"],
        ["10000\n", "10000"],
        ["0", -ERANGE],
        ["10001", -ERANGE],
        ["-1", -EINVAL],
        ["x", -EINVAL],
      ],
    ],
    [
      "io.weight",
      [
        ["200", "default 200"],
        ["default 300", "default 300"],
        ["0", -EINVAL],
        ["10001", -EINVAL],
      ],
    ],
    [
      "pids.max",
      [
        ["max", "max"],
        ["0", "0"],
        ["5\n", "5"],
        ["4194304", "4194304"],
        ["4194305", -EINVAL],
        ["-1", -EINVAL],
        ["5 5", -EINVAL],
        ["99999999999999999999", -ERANGE],
      ],
    ],
    [
      "cpuset.cpus",
      [
        ["0-1,3", "0-1,3"],
        ["2", "2"],
        ["", "2"],
        ["\n", ""],
        ["1-0", -EINVAL],
        ["x", -EINVAL],
        ["4", -ERANGE],
        ["0-99999", -ERANGE],
      ],
    ],
    [
      "cgroup.freeze",
      [
        ["1", "1"],
        [" 0\n", "0"],
        ["2", -ERANGE],
        ["-1", -ERANGE],
        ["x", -EINVAL],
        ["99999999999", -ERANGE],
      ],
    ],
  ])("of %s", (file, cases) => {
    valued((files) => {
      for (const [text, result] of cases) expect([text, after(files, `a/${file}`, text)]).toEqual([text, result]);
    });
  });

  it("of cgroup.procs and cgroup.kill", () => {
    valued((files) => {
      const procs = ["x", "-1", "99999", "999999999999", "0 x", ""].map((text) => files.write("a/cgroup.procs", text));
      expect(procs).toEqual([-EINVAL, -EINVAL, -ESRCH, -EINVAL, -EINVAL, 0]);
      expect(["0", "2", "x", "1"].map((text) => files.write("a/cgroup.kill", text))).toEqual([
        -ERANGE,
        -ERANGE,
        -EINVAL,
        0,
      ]);
    });
  });

  it("of cpuset.cpus.effective: what the group above leaves, and all of it where that is nothing", () => {
    valued((files) => {
      files.write("a/cpuset.cpus", "1-2");
      files.write("a/cgroup.subtree_control", "+cpuset");
      files.mkdir("a/b");
      expect(files.read("a/b/cpuset.cpus.effective")).toBe("1-2\n");
      files.write("a/b/cpuset.cpus", "2-3");
      expect(files.read("a/b/cpuset.cpus.effective")).toBe("2\n");
      files.write("a/b/cpuset.cpus", "0");
      expect(files.read("a/b/cpuset.cpus.effective")).toBe("1-2\n");
      expect(files.write("a/b/cgroup.procs", "0")).toBe(0);
      const { memory, host } = files;
      expect([host.sched_getaffinity(0, 8, memory.buffer), memory.view.getUint8(memory.buffer)]).toEqual([8, 0b110]);
    });
  });

  it("of files that this kernel does not have", () => {
    within({ lacks: ["cgroup.kill", "memory.peak"] }, (files) => {
      files.mkdir("a");
      expect([files.open("a/cgroup.kill"), files.open("memory.peak"), files.list("a").has("cgroup.kill")]).toEqual([
        -ENOENT,
        -ENOENT,
        false,
      ]);
    });
  });

  it("that were there before", () => {
    within({ group: "/a/box", set: { "/a/memory.max": "1G", "/a/box/pids.max": "77" } }, (files) => {
      expect([files.read("pids.max"), files.linux.cgroups?.group("/a").settings.get("memory.max")]).toEqual([
        "77\n",
        "1073741824",
      ]);
    });
    expect(() => within({ set: { "/box/memory.max": "junk" } }, () => undefined)).toThrow(/cannot be set to junk/);
  });
});

describe("births", () => {
  const makes = (files: Files): void => {
    files.mkdir("leaf");
    files.write("leaf/cgroup.procs", "0");
    files.write("cgroup.subtree_control", "+memory +pids");
    files.mkdir("a");
  };
  const becomes: Code = (host, memory) => -host.execve(memory.text("/bin/app"), 1);

  it("are in the parent's group, or in the one that is given", () => {
    const life = within(
      {},
      (files) => {
        makes(files);
        const fd = files.open("a", O_DIRECTORY);
        files.host.vfork();
        files.host.vforkInto(fd);
      },
      { files: { "/bin/app": sleeper } },
      becomes,
    );
    expect(life.started.map(({ groups }) => [...groups.values()].map(({ path }) => path))).toEqual([
      ["/box/leaf"],
      ["/box/a"],
    ]);
  });

  it("want a directory of version 2 that is there", () => {
    within(
      {},
      (files) => {
        makes(files);
        const { host } = files;
        expect([
          host.vforkInto(99),
          host.vforkInto(files.open("a/cgroup.procs")),
          host.vforkInto(files.open("/bin")),
        ]).toEqual([-EBADF, -EBADF, -EBADF]);
        const fd = files.open("a", O_DIRECTORY);
        files.rmdir("a");
        expect(host.vforkInto(fd)).toBe(-ENOENT);
      },
      { files: { "/bin/app": sleeper } },
    );
    within({ version: 1 }, (files) => {
      expect(files.host.vforkInto(files.open("memory", O_DIRECTORY))).toBe(-EBADF);
    });
  });

  it.each([ENOSYS, EPERM, EINVAL, E2BIG])("into a group are refused by old kernels and filters: errno %i", (errno) => {
    within({ clone3: errno }, (files) => {
      makes(files);
      expect(files.host.vforkInto(files.open("a", O_DIRECTORY))).toBe(-errno);
    });
  });

  it("beyond pids.max are EAGAIN, counted from the top and with zombies, and pids.events says so", () => {
    within(
      {},
      (files) => {
        const { host } = files;
        makes(files);
        const fd = files.open("a", O_DIRECTORY);
        files.write("a/pids.max", "2");
        expect([host.vforkInto(fd), host.vforkInto(fd)].every((pid) => pid > 0)).toBe(true);
        expect(host.vforkInto(fd)).toBe(-EAGAIN);
        files.wait(1);
        expect([files.read("a/cgroup.procs"), files.read("a/pids.current"), host.vforkInto(fd)]).toEqual([
          "",
          "2\n",
          -EAGAIN,
        ]);
        expect(files.read("a/pids.events")).toBe("max 2\n");
        while (host.wait4(-1, 0, WNOHANG) > 0) continue;
        expect(files.read("a/pids.current")).toBe("0\n");
        expect(host.vforkInto(fd)).toBeGreaterThan(0);
      },
      { files: { "/bin/app": exits(0) } },
      becomes,
    );
  });

  it("of others than the init are refused, too; but nobody is kept from moving in", () => {
    const bomb: Program = function* (process, linux) {
      yield () => linux.cgroups?.group("/box/a").settings.get("pids.max") === "3";
      let count = 0;
      while (process.tryFork(sleeper)) count++;
      return count;
    };
    const life = within(
      {},
      (files) => {
        files.mkdir("leaf");
        files.write("leaf/cgroup.procs", "0");
        files.mkdir("a");
        files.write("a/cgroup.procs", "2");
        files.write("cgroup.subtree_control", "+pids");
        files.write("a/pids.max", "3");
        files.wait(1);
        expect(files.read("a/pids.events")).toBe("max 1\n");
        files.write("a/pids.max", "0");
        expect(files.write("a/cgroup.procs", "0")).toBe(0);
        expect(files.host.vfork()).toBe(-EAGAIN);
      },
      { others: [bomb] },
    );
    expect(life.processes.find(({ pid }) => pid === 2)?.status).toBe(exited(2));
  });

  it("without leave to write the group are EACCES", () => {
    within(
      { owner: 1000 },
      (files) => {
        const fd = files.open("", O_DIRECTORY);
        expect(files.host.vforkInto(fd)).toBeGreaterThan(0);
        files.linux.current.uid = 1001;
        expect(files.host.vforkInto(fd)).toBe(-EACCES);
      },
      { uid: 1000 },
    );
  });
});

describe("cgroup.kill", () => {
  it("kills every process in a group and below it, whatever its signal handling; except PID 1", () => {
    const stubborn: Program = function* (process) {
      process.handle([SIGTERM]);
      process.setSession();
      yield never;
      return 0;
    };
    const life = within(
      {},
      (files) => {
        files.mkdir("a");
        files.mkdir("a/b");
        files.write("a/cgroup.procs", "2");
        files.write("a/b/cgroup.procs", "3");
        files.write("a/b/cgroup.procs", "0");
        files.wait(1);
        expect(files.write("a/cgroup.kill", "1")).toBe(0);
        files.wait(1);
        expect(files.read("a/b/cgroup.procs")).toBe("1\n");
        files.write("cgroup.procs", "0");
        expect(files.read("a/cgroup.events")).toBe("populated 0\nfrozen 0\n");
      },
      { others: [stubborn, stubborn] },
    );
    expect(life.code).toBe(0);
    expect(life.processes.slice(1).map(({ status }) => status)).toEqual([killed(SIGKILL), killed(SIGKILL)]);
  });
});

describe("freezing", () => {
  const counts: Program = function* (process) {
    for (let i = 0; i < 100; i++) yield* process.sleep(10);
    return 0;
  };

  it("stops a group and everything below; with version 2 SIGKILL comes through", () => {
    const life = within(
      {},
      (files) => {
        const steps = (): number => files.linux.processes.get(2)?.endedAt ?? 0;
        files.mkdir("a");
        files.mkdir("a/b");
        files.write("a/b/cgroup.procs", "2");
        expect([files.write("a/cgroup.freeze", "1"), files.read("a/b/cgroup.events")]).toEqual([
          0,
          "populated 1\nfrozen 1\n",
        ]);
        files.wait(5000);
        expect(steps()).toBeNaN();
        files.host.kill(2, SIGTERM);
        files.wait(5000);
        expect(steps()).toBeNaN();
        files.host.kill(2, SIGKILL);
        files.wait(1);
        expect(steps()).toBeGreaterThan(0);
      },
      { others: [counts] },
    );
    expect(life.processes[1]?.status).toBe(killed(SIGKILL));
  });

  it("with version 1 not even SIGKILL comes through until it is over", () => {
    const life = within(
      { version: 1 },
      (files) => {
        files.mkdir("freezer/a");
        expect(["x", "1", "FREEZING"].map((text) => files.write("freezer/a/freezer.state", text))).toEqual([
          -EINVAL,
          -EINVAL,
          -EINVAL,
        ]);
        expect(files.write("freezer/a/freezer.state", "FROZEN\n")).toBe(0);
        expect(files.write("freezer/a/cgroup.procs", "2")).toBe(0);
        files.host.kill(2, SIGKILL);
        files.wait(100);
        expect([files.read("freezer/a/freezer.state"), files.read("freezer/a/cgroup.procs")]).toEqual([
          "FROZEN\n",
          "2\n",
        ]);
        files.write("freezer/a/freezer.state", "THAWED");
        files.wait(100);
        expect(files.read("freezer/a/cgroup.procs")).toBe("");
        expect(files.open("freezer/freezer.state")).toBeGreaterThan(0);
      },
      { others: [sleeper] },
    );
    expect(life.processes[1]?.status).toBe(killed(SIGKILL));
  });
});

describe("memory", () => {
  const MIB = 2 ** 20;
  const allocates = (...sizes: readonly number[]): Program =>
    function* (process) {
      yield () => [...process.groups.values()].some(({ path }) => path.startsWith("/box/a"));
      for (const size of sizes) yield* process.allocate(size * MIB);
      return 0;
    };
  /** Takes so many MiB when others have so many, and keeps them for a while. */
  const adds = (size: number, others: number): Program =>
    function* (process, linux) {
      yield () => linux.cgroups?.group("/box/a/b").memoryUsage === others * MIB;
      yield* process.allocate(size * MIB);
      yield* process.sleep(0.5);
      return 0;
    };
  const limited = (files: Files, limits: Readonly<Record<string, string>>, ...pids: readonly number[]): void => {
    files.mkdir("leaf");
    files.write("leaf/cgroup.procs", "0");
    files.mkdir("a");
    files.mkdir("a/b");
    for (const pid of pids) expect(files.write("a/b/cgroup.procs", String(pid))).toBe(0);
    expect(files.write("cgroup.subtree_control", "+memory")).toBe(0);
    expect(files.write("a/cgroup.subtree_control", "+memory")).toBe(0);
    for (const [file, text] of Object.entries(limits)) expect(files.write(file, text)).toBe(0);
    files.wait(1);
  };

  it("beyond memory.max kills the largest process, is counted there and above, and locally where it happened", () => {
    const life = within(
      {},
      (files) => {
        limited(files, { "a/b/memory.max": "64M" }, 2, 3, 4);
        expect(files.read("a/b/memory.events")).toMatch(
          /^low 0\nhigh 0\nmax \d\noom 1\noom_kill 1\noom_group_kill 0\n$/,
        );
        expect(files.read("memory.events")).toBe(files.read("a/memory.events"));
        expect(files.read("a/memory.events")).toContain("\noom_kill 1\n");
        expect(files.read("a/memory.events.local")).toContain("\noom_kill 0\n");
        expect(files.read("a/b/memory.events.local")).toContain("\noom_kill 1\n");
        expect([files.read("a/b/memory.peak"), files.read("a/memory.current")]).toEqual(["62914560\n", "0\n"]);
      },
      { others: [adds(40, 0), adds(20, 40), adds(10, 60)] },
    );
    expect(life.processes.slice(1).map(({ status }) => status)).toEqual([killed(SIGKILL), exited(0), exited(0)]);
  });

  it("beyond the limit of a group above kills in all that is below that", () => {
    const life = within(
      {},
      (files) => {
        limited(files, { "a/memory.max": "64M" }, 2);
        expect(files.read("a/memory.events.local")).toContain("\nmax 1\noom 1\noom_kill 0\n");
        expect(files.read("a/b/memory.events.local")).toContain("\nmax 0\noom 0\noom_kill 1\n");
      },
      { others: [allocates(40, 40)] },
    );
    expect(life.processes[1]?.status).toBe(killed(SIGKILL));
  });

  it("with memory.oom.group kills all, and counts each of them, and the group once", () => {
    const life = within(
      {},
      (files) => {
        limited(files, { "a/memory.max": "64M", "a/memory.oom.group": "1" }, 2, 3, 4);
        expect(files.read("a/memory.events")).toContain("\noom 1\noom_kill 3\noom_group_kill 1\n");
      },
      { others: [allocates(40, 40), sleeper, sleeper] },
    );
    expect(life.processes.slice(1).map(({ status }) => status)).toEqual([killed(9), killed(9), killed(9)]);
  });

  it("beyond memory.high kills nobody, and is counted", () => {
    const life = within(
      {},
      (files) => {
        limited(files, { "a/b/memory.high": "32M" }, 2);
        expect(files.read("a/b/memory.events")).toMatch(/\nhigh 2\nmax 0\n/);
        expect(files.read("a/memory.events")).toMatch(/\nhigh 2\nmax 0\n/);
      },
      { others: [allocates(20, 20, 20)] },
    );
    expect(life.processes[1]?.status).toBe(exited(0));
  });

  it("counts above where the group has no memory controller of its own", () => {
    within(
      { set: { "/box/memory.max": "64M" } },
      (files) => {
        files.mkdir("a");
        files.write("a/cgroup.procs", "2");
        files.wait(1);
        expect(files.read("memory.events.local")).toContain("\noom_kill 1\n");
        expect(files.open("a/memory.events")).toBe(-ENOENT);
      },
      { others: [allocates(40, 40)] },
    );
  });

  it("of version 1 is counted where it happened alone", () => {
    const life = within(
      { version: 1 },
      (files) => {
        files.mkdir("memory/a");
        expect(files.write("memory/a/memory.limit_in_bytes", "64M")).toBe(0);
        files.write("memory/a/cgroup.procs", "2");
        files.wait(1);
        expect(files.read("memory/a/memory.oom_control")).toBe("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        expect(files.read("memory/memory.oom_control")).toContain("\noom_kill 0\n");
        expect(files.read("memory/a/memory.max_usage_in_bytes")).toBe(`${String(40 * MIB)}\n`);
      },
      { others: [allocates(40, 40)] },
    );
    expect(life.processes[1]?.status).toBe(killed(SIGKILL));
  });
});

describe("version 1", () => {
  it("has no namespace's boundary, no subtree_control and processes wherever one likes", () => {
    within({ version: 1 }, (files) => {
      expect([files.mkdir("memory/a"), files.mkdir("memory/a/b"), files.write("memory/a/cgroup.procs", "0")]).toEqual([
        0, 0, 0,
      ]);
      expect([files.open("memory/cgroup.subtree_control"), files.open("memory/a/cgroup.kill")]).toEqual([
        -ENOENT,
        -ENOENT,
      ]);
      expect(files.write("memory/memory.limit_in_bytes", "1G")).toBe(0);
      expect([files.rmdir("memory/a"), files.rmdir("memory/a/b"), files.rmdir("memory/a")]).toEqual([
        -EBUSY,
        0,
        -EBUSY,
      ]);
      expect(files.read("/proc/self/cgroup")).toContain(":memory:/a\n");
      expect(files.read("/proc/self/cgroup")).toContain(":pids:/\n");
    });
  });

  it.each<[string, string, readonly (readonly [string, string | number])[]]>([
    [
      "memory",
      "memory.limit_in_bytes",
      [
        ["64M", "67108864"],
        ["-1", "9223372036854771712"],
        ["max", -EINVAL],
        ["-2", -EINVAL],
        ["1.5G", -EINVAL],
        ["99999999999999999999", "7766279631452237824"],
        [" 4096 ", "4096"],
      ],
    ],
    ["memory", "memory.oom_control", [["x", -EINVAL]]],
    [
      "cpu,cpuacct",
      "cpu.shares",
      [
        ["0", "2"],
        ["1024", "1024"],
        ["9999999", "262144"],
        ["-1", -EINVAL],
        ["x", -EINVAL],
      ],
    ],
    [
      "cpu,cpuacct",
      "cpu.cfs_quota_us",
      [
        ["-1", "-1"],
        ["999", -EINVAL],
        ["1000", "1000"],
        ["150000", "150000"],
        ["99999999999999999", -EINVAL],
        ["-5", "-1"],
        ["max", -EINVAL],
      ],
    ],
    [
      "cpu,cpuacct",
      "cpu.cfs_period_us",
      [
        ["999", -EINVAL],
        ["1000", "1000"],
        ["1000000", "1000000"],
        ["1000001", -EINVAL],
      ],
    ],
    [
      "pids",
      "pids.max",
      [
        ["max", "max"],
        ["0", "0"],
        ["-1", -EINVAL],
        ["99999999999999999999", -ERANGE],
      ],
    ],
  ])("takes in %s as %s", (hierarchy, file, cases) => {
    within({ version: 1 }, (files) => {
      files.mkdir(`${hierarchy}/a`);
      for (const [text, result] of cases) {
        const written = files.write(`${hierarchy}/a/${file}`, text);
        const value = written < 0 ? written : String(files.read(`${hierarchy}/a/${file}`)).trimEnd();
        expect([text, value]).toEqual([text, result]);
      }
    });
  });

  it("gives no group more of a CPU than the one above", () => {
    within({ version: 1 }, (files) => {
      const above = "cpu,cpuacct/a/cpu.cfs_quota_us";
      const below = "cpu,cpuacct/a/b/cpu.cfs_quota_us";
      files.mkdir("cpu,cpuacct/a");
      files.mkdir("cpu,cpuacct/a/b");
      expect([files.write(above, "50000"), files.write(below, "60000"), files.write(below, "50000")]).toEqual([
        0,
        -EINVAL,
        0,
      ]);
      expect([files.write(above, "40000"), files.write("cpu,cpuacct/a/b/cpu.cfs_period_us", "50000")]).toEqual([
        -EINVAL,
        -EINVAL,
      ]);
    });
  });

  it("cannot limit the root of a hierarchy", () => {
    within({ version: 1, group: "/", namespaced: false }, (files) => {
      expect([
        files.write("memory/memory.limit_in_bytes", "1G"),
        files.write("cpu,cpuacct/cpu.shares", "512"),
        files.write("cpu,cpuacct/cpu.cfs_quota_us", "50000"),
        files.open("pids/pids.max"),
        files.open("freezer/freezer.state"),
      ]).toEqual([-EINVAL, -EINVAL, -EINVAL, -ENOENT, -ENOENT]);
    });
  });

  it("forgets the groups of a zombie, and lets a group without CPUs have no process", () => {
    within(
      { version: 1 },
      (files) => {
        files.mkdir("pids/a");
        files.write("pids/a/cgroup.procs", "2");
        files.host.kill(2, SIGKILL);
        files.wait(1);
        expect(files.read("/proc/2/cgroup")).toContain(":pids:/\n");
        expect([files.rmdir("pids/a"), files.mkdir("cpuset/a"), files.write("cpuset/a/cgroup.procs", "0")]).toEqual([
          0,
          0,
          -ENOSPC,
        ]);
        expect(files.write("cpuset/a/cpuset.cpus", "0")).toBe(0);
        expect(files.write("cpuset/a/cgroup.procs", "0")).toBe(0);
      },
      { others: [sleeper] },
    );
  });
});

describe("inotify", () => {
  const watching = (files: Files, path: string, mask = IN_MODIFY, signal = SIGRTMIN): number => {
    const { host } = files;
    const fd = host.inotify_init1(O_CLOEXEC | O_NONBLOCK);
    expect(host.inotify_add_watch(fd, files.at(path), mask)).toBe(1);
    expect([host.fcntl(fd, F_SETOWN, host.getpid()), host.fcntl(fd, F_SETSIG, signal)]).toEqual([0, 0]);
    expect(host.fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK)).toBe(0);
    return fd;
  };
  const events = ({ host, memory }: Files, fd: number): number[][] => {
    const size = host.read(fd, memory.buffer, 512);
    if (size < 0) return [[size]];
    return Array.from({ length: size / 16 }, (_, index) =>
      [0, 4, 8, 12].map((offset) => memory.view.getInt32(memory.buffer + index * 16 + offset, true)),
    );
  };
  const take = ({ host, memory }: Files, milliseconds = 0): number =>
    host.rt_sigtimedwait(memory.signals(bit(SIGRTMIN) | bit(SIGIO)), memory.info, memory.milliseconds(milliseconds));

  it("refuses flags, descriptors, paths and masks that are none", () => {
    within({}, (files) => {
      const { host } = files;
      const fd = host.inotify_init1(0);
      expect(host.inotify_init1(1)).toBe(-EINVAL);
      const add = (path: string, mask: number, to = fd): number => host.inotify_add_watch(to, files.at(path), mask);
      expect([add("none", IN_MODIFY), add("memory.events", 0), add("memory.events", IN_MODIFY, 0)]).toEqual([
        -ENOENT,
        -EINVAL,
        -EINVAL,
      ]);
      expect([
        add("memory.events", 2, 99),
        add("memory.events", 2),
        add("cgroup.events", 2),
        add("memory.events", 1),
      ]).toEqual([-EBADF, 1, 2, 1]);
    });
    within(
      {},
      (files) => {
        const fd = files.host.inotify_init1(0);
        expect(files.host.inotify_add_watch(fd, files.at("cgroup.kill"), IN_MODIFY)).toBe(-EACCES);
      },
      { uid: 1000 },
    );
  });

  it("has the flags, the owner and the signal of fcntl; what it does not know is EINVAL", () => {
    within({}, (files) => {
      const { host } = files;
      const fd = host.inotify_init1(O_CLOEXEC | O_NONBLOCK);
      expect([host.fcntl(fd, F_GETFD, 0), host.fcntl(fd, F_GETFL, 0)]).toEqual([FD_CLOEXEC, O_NONBLOCK]);
      expect([host.fcntl(fd, F_SETFD, 0), host.fcntl(fd, F_GETFD, 0)]).toEqual([0, 0]);
      expect([host.fcntl(fd, F_SETFL, O_ASYNC), host.fcntl(fd, F_GETFL, 0)]).toEqual([0, O_ASYNC]);
      expect([host.fcntl(fd, F_SETOWN, 1), host.fcntl(fd, F_GETOWN, 0)]).toEqual([0, 1]);
      expect([host.fcntl(fd, F_SETSIG, 35), host.fcntl(fd, F_GETSIG, 0)]).toEqual([0, 35]);
      expect([host.fcntl(fd, F_SETSIG, 65), host.fcntl(fd, F_SETOWN, 999), host.fcntl(99, F_GETFL, 0)]).toEqual([
        -EINVAL,
        -ESRCH,
        -EBADF,
      ]);
      expect(host.fcntl(fd, 9999, 0)).toBe(-EINVAL);
    });
  });

  it("tells of a change by a signal with the descriptor, once until it is read: equal events are one", () => {
    within(
      {},
      (files) => {
        const { host, memory } = files;
        files.mkdir("a");
        const fd = watching(files, "a/cgroup.events");
        expect([take(files), host.poll(fd, POLLIN), events(files, fd)]).toEqual([-EAGAIN, 0, [[-EAGAIN]]]);
        files.write("a/cgroup.procs", "2");
        expect(take(files, 5)).toBe(SIGRTMIN);
        const info = [8, 16, 20, 24].map((offset) => memory.view.getInt32(memory.info + offset, true));
        expect(info).toEqual([POLL_IN, BAND_IN, 0, fd]);
        expect(host.poll(fd, POLLIN)).toBe(POLLIN);
        // It changes again and again, and nobody reads.
        for (let i = 0; i < 5; i++) {
          files.write("cgroup.procs", "2");
          files.wait(50);
          files.write("a/cgroup.procs", "2");
          files.wait(50);
        }
        expect(take(files)).toBe(-EAGAIN);
        expect(host.read(fd, memory.buffer, 8)).toBe(-EINVAL);
        expect(events(files, fd)).toEqual([[1, IN_MODIFY, 0, 0]]);
        files.write("cgroup.procs", "2");
        expect(take(files, 50)).toBe(SIGRTMIN);
      },
      { others: [sleeper] },
    );
  });

  it("tells of a file's changes at most once in ten milliseconds, but of the last one in any case", () => {
    within(
      {},
      (files) => {
        files.mkdir("a");
        const fd = watching(files, "a/cgroup.events");
        files.write("a/cgroup.procs", "2");
        expect(take(files, 1)).toBe(SIGRTMIN);
        events(files, fd);
        files.write("cgroup.procs", "2");
        files.write("a/cgroup.procs", "2");
        const start = files.linux.now;
        expect([take(files, 100), Math.round(files.linux.now - start)]).toEqual([SIGRTMIN, 10]);
        expect(take(files, 100)).toBe(-EAGAIN);
      },
      { others: [sleeper] },
    );
  });

  it("tells what else is done with the file only where that is asked for", () => {
    within({}, (files) => {
      files.mkdir("a");
      const quiet = watching(files, "a/cgroup.freeze");
      const loud = watching(files, "a/cgroup.freeze", IN_ALL_EVENTS);
      files.read("a/cgroup.freeze");
      expect(events(files, quiet)).toEqual([[-EAGAIN]]);
      expect(events(files, loud).map(([, mask]) => mask)).toEqual([IN_OPEN, IN_ACCESS]);
      files.write("a/cgroup.freeze", "0");
      expect(events(files, quiet).map(([, mask]) => mask)).toEqual([IN_MODIFY]);
    });
  });

  it("says nothing when the group is removed, nor to whoever has closed the descriptor, nor without O_ASYNC", () => {
    within(
      {},
      (files) => {
        files.mkdir("a");
        const closed = watching(files, "a/cgroup.events");
        files.host.close(closed);
        const still = files.host.inotify_init1(O_NONBLOCK);
        files.host.inotify_add_watch(still, files.at("a/cgroup.events"), IN_MODIFY);
        files.write("a/cgroup.procs", "2");
        files.wait(50);
        expect([take(files), events(files, still)]).toEqual([-EAGAIN, [[1, IN_MODIFY, 0, 0]]]);
        files.write("cgroup.procs", "2");
        files.rmdir("a");
        files.wait(50);
        expect(events(files, still)).toEqual([[-EAGAIN]]);
      },
      { others: [sleeper] },
    );
  });

  it("falls back on SIGIO where no further signal may wait", () => {
    within(
      {},
      (files) => {
        const { memory } = files;
        files.mkdir("a");
        watching(files, "a/cgroup.events");
        files.write("a/cgroup.procs", "2");
        expect(take(files, 5)).toBe(SIGIO);
        expect(memory.view.getInt32(memory.info + 8, true)).toBe(SI_KERNEL);
      },
      { others: [sleeper], pendingLimit: 0 },
    );
  });

  it("marks signals whose codes mean something else", () => {
    within(
      {},
      (files) => {
        const { host, memory } = files;
        files.mkdir("a");
        watching(files, "a/cgroup.events", IN_MODIFY, SIGCHLD);
        files.write("a/cgroup.procs", "2");
        expect(host.rt_sigtimedwait(memory.signals(bit(SIGCHLD)), memory.info, memory.milliseconds(5))).toBe(SIGCHLD);
        expect(memory.view.getInt32(memory.info + 8, true)).toBe(SI_SIGIO);
      },
      { others: [sleeper] },
    );
  });

  it("wakes a reader that waits", () => {
    within(
      {},
      (files) => {
        files.mkdir("a");
        files.write("a/cgroup.procs", "2");
        const fd = files.host.inotify_init1(0);
        files.host.inotify_add_watch(fd, files.at("a/cgroup.events"), IN_MODIFY);
        files.host.rt_sigprocmask(SIG_SETMASK, files.memory.signals(bit(SIGCHLD)), 0);
        files.host.kill(2, SIGUSR1);
        expect(events(files, fd)).toEqual([[1, IN_MODIFY, 0, 0]]);
      },
      { others: [sleeper] },
    );
  });
});

describe("the machine", () => {
  it("tells how much memory and which CPUs it has", () => {
    run(
      ({ sysinfo, sched_getaffinity }, { view, buffer }) => {
        expect([sysinfo(buffer), view.getBigUint64(buffer + 32, true), view.getUint32(buffer + 104, true)]).toEqual([
          0,
          2n ** 30n,
          1,
        ]);
        expect([4, 12, 8, 1024].map((size) => sched_getaffinity(0, size, buffer))).toEqual([-EINVAL, -EINVAL, 8, 8]);
        expect([view.getUint8(buffer), sched_getaffinity(999, 8, buffer)]).toEqual([0b111111, -ESRCH]);
        return 0;
      },
      { cpus: 6, memory: 2 ** 30 },
    );
  });

  it("is the same without control groups", () => {
    run(
      (host, memory) => {
        const access = (path: string, mode: number): number => host.access(memory.text(path), mode);
        expect([access("/bin/app", F_OK), access("/bin/app", X_OK), access("/bin/text", X_OK)]).toEqual([
          0,
          0,
          -EACCES,
        ]);
        expect([access("/none", F_OK), access("/bin/app/x", R_OK), access("/bin", W_OK)]).toEqual([
          -ENOENT,
          -ENOTDIR,
          -EROFS,
        ]);
        expect([host.mkdir(memory.text("/bin")), host.mkdir(memory.text("/new"))]).toEqual([-EEXIST, -EROFS]);
        return 0;
      },
      { files: { "/bin/app": exits(0), "/bin/text": { content: "", executable: false } } },
    );
  });
});

describe("the environment", () => {
  it("is set entry by entry, for good; one behind the last makes it longer", () => {
    const seen: string[][] = [];
    const life = run(
      (host, memory) => {
        const read = (index: number): string | number => {
          const size = host.readEnvironment(index, 0, memory.buffer, 99);
          return size < 0 ? size : memory.bytes(memory.buffer, size);
        };
        host.setEnvironment(1, memory.text("B=2", memory.buffer + 1000));
        host.setEnvironment(2, memory.text("C=3", memory.buffer + 1100));
        host.replaceEnvironment(2, memory.text("C=4", memory.buffer + 1200));
        expect([read(0), read(1), read(2), read(3)]).toEqual(["A=1", "B=2", "C=4", -1]);
        host.vfork();
        host.restoreReplaced();
        expect([read(1), read(2)]).toEqual(["B=2", "C=3"]);
        host.vfork();
        return 0;
      },
      { environment: ["A=1", "B=1"], files: { "/bin/app": exits(0) } },
      (host, memory) => -host.execve(memory.text("/bin/app"), 1),
    );
    for (const { environment } of life.started) seen.push(environment.map((entry) => Buffer.from(entry).toString()));
    expect(seen).toEqual([
      ["A=1", "B=2", "C=4"],
      ["A=1", "B=2", "C=3"],
    ]);
  });

  it("has no gaps, and no text at the address 0", () => {
    const setting = (index: number, text: string): string | null =>
      run(
        (host, memory) => {
          host.setEnvironment(index, text === "" ? 0 : memory.text(text));
          return 0;
        },
        { environment: ["A=1"] },
      ).trap;
    expect(setting(1, "X=1")).toBeNull();
    expect(setting(3, "X=1")).toContain("no entry 3");
    expect(setting(0, "")).toContain("address 0");
  });
});

it("a life without an init's own group is the same under a parent in another one", () => {
  const life = within({}, (files) => expect(files.read("/proc/10/cgroup")).toBe("0::/../init.scope\n"), {
    isPid1: false,
  });
  expect([life.code, life.init.pid, life.groupsAfter]).toEqual([0, NOT_PID_1, life.groupsBefore]);
});
