/* Broken content in /proc and in the files of control groups: the init ends all the same. */
import { describe, expect, it } from "vitest";
import { SIGTERM, SIGUSR1 } from "../linux/abi.ts";
import type { CgroupOptions } from "../linux/cgroups.ts";
import { bytes, latin1 } from "../linux/files.ts";
import type { Host, InitExports } from "./host.ts";
import type { Linux } from "../linux/linux.ts";
import type { InitMemory } from "./memory.ts";
import { exits, initModule, type Life, NOT_PID_1, type World } from "./life.ts";
import type { Program } from "../linux/process.ts";
import { Random } from "../linux/random.ts";
import { daemons, leavesDaemons, sends, server, stubborn, tini } from "./scenario.ts";

const SEEDS = 250;
/** More system calls than any life here makes with intact files: a tenth is usual. */
const MOST_CALLS = 5000;

/** Text that does not belong into a file. */
const ODD = [
  "",
  " ",
  "\n",
  "\0",
  "\\",
  "\\04",
  "\\040",
  "\\777",
  "/",
  "/..",
  "//",
  ":",
  "::",
  "-",
  "-1",
  "0",
  ")",
  "max",
];
const NUMBERS = ["99999999999", "18446744073709551616", "-5", "4294967295", "2147483648", "0x10", "9".repeat(400)];

/** Breaks a file in one to four places. */
function breaks(random: Random, content: string): string {
  let text = content;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(text.length + 1);
    const lines = text.split("\n");
    const line = random.below(lines.length);
    const fields = (lines[line] ?? "").split(/(?<=[ :,=])/);
    const ways: (() => string)[] = [
      () => text.slice(0, at),
      () => text.slice(at),
      () => text.slice(0, at) + random.pick(ODD) + text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1 + random.below(8)),
      () => text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1),
      () => text.slice(0, at) + random.pick(["x", "/", " ", "\\", "7", ":"]).repeat(5000) + text.slice(at),
      () => text.replaceAll(/\d+/g, (number) => (random.below(4) === 0 ? random.pick(NUMBERS) : number)),
      () => text.replaceAll("\n", random.pick(["", " ", "\n\n"])),
      () => text.replaceAll(" /", random.pick([" ", " x", " ../", "  /"])),
      () => [...lines.slice(0, line), ...lines.slice(line + 1)].join("\n"),
      () => [...lines, ...lines.slice(line)].join("\n"),
      () => {
        fields[random.below(fields.length)] = random.pick([...ODD, ...NUMBERS]);
        return [...lines.slice(0, line), fields.join(""), ...lines.slice(line + 1)].join("\n");
      },
    ];
    text = random.pick(ways)();
  }
  return text;
}

const leaves: Program = function* (process) {
  process.handle([SIGTERM, SIGUSR1]);
  yield* process.allocate(12 * 2 ** 20);
  yield* leavesDaemons(process, 1, server(0));
  yield* leavesDaemons(process, 1, stubborn);
  return 4;
};

const LIMITS = ["--memory-max=64M", "--memory-high=8M", "--pids-max=20"];
const WORLDS: Record<string, readonly [readonly string[], Program, CgroupOptions, Partial<World>]> = {
  "as PID 1": [[...LIMITS, "--runtime-hints", "--memory-signal=USR1"], leaves, {}, {}],
  "with best effort": [[...LIMITS, "--limits=best-effort", "--runtime-hints"], exits(0), {}, {}],
  "with a percentage": [["--memory-max=50%"], exits(0), { group: "/a/b", namespaced: false }, {}],
  "with hints alone": [["--runtime-hints"], exits(0), { set: { "/box/memory.max": "64M" } }, {}],
  "with version 1": [[...LIMITS, "--cpu-max=1", "--runtime-hints"], leaves, { version: 1 }, {}],
  "as an ordinary process": [
    [...LIMITS, "--linger=20ms", "--forward-to=all"],
    leaves,
    { group: "/user.slice/app", namespaced: false, lacks: ["cgroup.kill"] },
    { isPid1: false, outside: sends(NOT_PID_1, [5, SIGUSR1]) },
  ],
  "where both versions are": [
    [...LIMITS, "--limits=best-effort", "--grace=20ms"],
    stubborn,
    { version: "hybrid" },
    { isPid1: false, outside: sends(NOT_PID_1, [5, SIGTERM]) },
  ],
};

/** It ended by itself, and not after thousands of system calls. */
function expectEnd(life: Life, where: string): void {
  const calls = [...life.counts.values()].reduce((sum, count) => sum + count, 0);
  expect([life.trap, life.signal, life.code === null, calls > MOST_CALLS], where).toEqual([null, null, false, false]);
}

describe.each(Object.entries(WORLDS))(
  "P41: %s, whatever the kernel's files hold",
  (_name, [args, program, cgroups, world]) => {
    it("it ends", () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = new Random(seed);
        const isBroken = random.pick<(path: string) => boolean>([
          (path) => path.endsWith("/mountinfo"),
          (path) => path.endsWith("/mountinfo"),
          (path) => path === "/proc/self/cgroup",
          (path) => path.endsWith("/stat") || path.includes("/fdinfo/"),
          (path) => !path.startsWith("/proc/"),
          () => random.below(3) === 0,
        ]);
        const broken: string[] = [];
        const life = tini(args, program, {
          cgroups,
          ...world,
          rewrite: (path, content) => {
            if (!isBroken(path)) return content;
            const text = breaks(random, latin1(content));
            broken.push(`${path}: ${JSON.stringify(text.slice(0, 1000))}`);
            return new Uint8Array(Buffer.from(text, "latin1"));
          },
        });
        expectEnd(
          life,
          `seed ${String(seed)}\n${broken.join("\n")}\n${life.stderr.join("\n")}\n${life.trace.text(20)}`,
        );
      }
    });

    it("--print-config ends", () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = new Random(seed);
        const life = tini(
          [...args.filter((word) => !word.startsWith("--memory-max")), "--memory-max=50%", "--print-config"],
          program,
          {
            cgroups,
            isPid1: world.isPid1 ?? true,
            rewrite: (_path, content) => new Uint8Array(Buffer.from(breaks(random, latin1(content)), "latin1")),
          },
        );
        expectEnd(life, `seed ${String(seed)}`);
        expect(life.code, life.stderr.join("\n")).toBe(0);
      }
    });
  },
);

describe("P41: a mountinfo line whose mount point does not begin with a slash", () => {
  it.each(["foo", "foo/bar", "", "..", "\\057"])('"%s" is no mount', (point) => {
    const line = `30 21 0:25 / ${point} rw - cgroup2 cgroup rw`;
    for (const args of [["--memory-max=50%"], ["--memory-max=50%", "--print-config"], ["--runtime-hints"]]) {
      const life = tini(args, exits(0), { cgroups: { mount: "absent", otherMounts: [line] } });
      expectEnd(life, line);
      expect(life.code).toBe(args.length === 1 && args[0] !== "--runtime-hints" ? 125 : 0);
    }
  });
});

it("P41: a file of /proc without an end is not read for ever", () => {
  const endless = bytes("21 1 0:19 / / rw,relatime - overlay overlay rw\n".repeat(2_000_000));
  const life = tini(["--memory-max=64M"], exits(0), {
    cgroups: {},
    rewrite: (path, content) => (path.endsWith("/mountinfo") ? endless : content),
  });
  expect([life.trap, life.code, life.started]).toEqual([null, 125, []]);
});

it("P21, P42: a process outside our PID namespace, which is 0 in its group's list, ends no walk through it", () => {
  const life = tini(
    ["--memory-max=64M", "--forward-to=all"],
    function* (process) {
      yield* leavesDaemons(process, 2, server(0));
      return yield* server(4)(process, process.linux);
    },
    {
      cgroups: { group: "/user.slice/app", namespaced: false },
      isPid1: false,
      outside: sends(NOT_PID_1, [5, SIGTERM]),
      rewrite: (path, content) =>
        path.endsWith("cgroup.procs") ? bytes(`0\n${latin1(content).replaceAll("\n", "\n0\n")}`) : content,
    },
  );
  expect([life.code, life.main.signals]).toEqual([4, [SIGTERM]]);
  expect(daemons(life).map(({ signals }) => signals)).toEqual([[SIGTERM], [SIGTERM]]);
});

it.each([0, 1, 18])("P21: an entry of %i bytes in the list of processes is not read for ever", (length) => {
  const init = (host: Host, _linux: Linux, { checks }: InitMemory): InitExports => {
    const getdents64 = (fd: number, buffer: number, size: number): number => {
      const count = host.getdents64(fd, buffer, size);
      if (count > 0) new DataView(instance.exports.memory.buffer).setUint16(buffer + 16, length, true);
      return count;
    };
    const instance = new WebAssembly.Instance(initModule(), {
      host: { ...host, getdents64 },
      env: checks,
    }) as unknown as {
      exports: InitExports;
    };
    return instance.exports;
  };
  const life = tini(["--forward-to=all", "--grace=20ms"], server(4), { init, outside: sends(1, [5, SIGTERM]) });
  expectEnd(life, life.trace.text(20));
});
