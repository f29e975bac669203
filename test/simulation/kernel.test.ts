/*
 * The simulated kernel itself: the facts about Linux that it relies on, one by one. A wrong simulation would prove nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MEMORY_BASE, MEMORY_END } from "../../scripts/lib/layout.ts";
import {
  ALL_SIGNALS,
  bit,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  EACCES,
  EAGAIN,
  EBADF,
  ECHILD,
  EINTR,
  EINVAL,
  ENOENT,
  ENOEXEC,
  ENOTTY,
  EPERM,
  EPIPE,
  ESPIPE,
  ESRCH,
  exited,
  F_OK,
  killed,
  POLLERR,
  POLLOUT,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  RLIMIT_SIGPENDING,
  SI_KERNEL,
  SI_QUEUE,
  SI_USER,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGABRT,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGPIPE,
  SIGRTMIN,
  SIGSEGV,
  SIGSTOP,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGUSR1,
  SIGWINCH,
  stopped,
  TIOCGPGRP,
  TIOCNOTTY,
  TIOCSCTTY,
  TIOCSPGRP,
  WNOHANG,
  WUNTRACED,
} from "../linux/abi.ts";
import { elf, latin1, Pipe, RegularFile } from "../linux/files.ts";
import { blockAll, type Code, type Memory, run } from "./bare.ts";
import type { Host } from "./host.ts";
import { exits, failing, PARENT, type World } from "./life.ts";
import { Endless } from "../linux/linux.ts";
import { never, type Process } from "../linux/process.ts";

/** Starts /bin/app. */
const startsApp: Code = (host, memory) => {
  host.rt_sigprocmask(SIG_SETMASK, memory.signals(0n), 0);
  return -host.execve(memory.text("/bin/app"), 1);
};

function* sleeps(): Generator<() => boolean, number> {
  yield never;
  return 0;
}

describe("the host", () => {
  const declared = [
    ...readFileSync(join(import.meta.dirname, "../../src/init/linux/host.ts"), "utf8").matchAll(
      /export declare function (\w+)/g,
    ),
  ].map(([, name]) => name);

  it("has every function that host.ts declares, and no other", () => {
    expect(declared.length).toBeGreaterThan(30);
    run((host) => {
      expect(Object.keys(host).sort()).toEqual([...declared].sort());
      return 0;
    });
  });

  it("traps on an address outside of the memory, which is EFAULT to the real kernel: the init must never give one", () => {
    const life = run((host) => host.rt_sigprocmask(SIG_SETMASK, MEMORY_END - 7, 0));
    expect(life.trap).toContain("out of bounds");
    expect(run((host) => host.rt_sigprocmask(SIG_SETMASK, MEMORY_BASE - 8, 0)).trap).toContain("out of bounds");
  });

  it("takes an address right before the end", () => {
    expect(run((host) => host.rt_sigprocmask(SIG_SETMASK, MEMORY_END - 8, 0)).trap).toBeNull();
  });

  it("copies arguments from an offset on, 0 bytes at their end and -1 behind the last", () => {
    run(
      (host, memory) => {
        expect(host.readArgument(1, 1, memory.buffer, 2)).toBe(2);
        expect(memory.bytes(memory.buffer, 2)).toBe("bc");
        expect(host.readArgument(1, 4, memory.buffer, 9)).toBe(0);
        expect(host.readArgument(2, 0, memory.buffer, 9)).toBe(-1);
        expect(host.argumentCount()).toBe(2);
        return 0;
      },
      { args: ["a", "abcd"] },
    );
  });

  it("makes a system call fail where it is told to, and only there", () => {
    const life = run(
      (host) => {
        expect([host.setsid(), host.getpgid(0), host.getpgid(0), host.getpgid(0)]).toEqual([-EPERM, 1, -EAGAIN, 1]);
        return 0;
      },
      { fault: failing("getpgid", EAGAIN, 2) },
    );
    expect(life.trace.calls(1, "getpgid").map(({ result, injected }) => [result, injected])).toEqual([
      [1, false],
      [-EAGAIN, true],
      [1, false],
    ]);
  });

  it("calls a life without end endless", () => {
    expect(() =>
      run((host) => {
        while (true) host.getppid();
      }),
    ).toThrow(Endless);
  });

  it("detects a deadlock", () => {
    expect(() => run((host, memory) => host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), 0, 0))).toThrow(
      /waits for ever/,
    );
  });
});

describe("the clock", () => {
  const read = (host: Host, memory: Memory, clock = CLOCK_MONOTONIC): number => {
    expect(host.clock_gettime(clock, memory.timeout)).toBe(0);
    const seconds = memory.view.getBigInt64(memory.timeout, true);
    return Number(seconds) * 1000 + Number(memory.view.getBigInt64(memory.timeout + 8, true)) / 1e6;
  };

  it("stands still while no process waits, and advances by the time-outs", () => {
    run((host, memory) => {
      const before = read(host, memory);
      expect(read(host, memory)).toBe(before);
      expect(host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(1234))).toBe(-EAGAIN);
      expect(read(host, memory) - before).toBe(1234);
      return 0;
    });
  });

  it("moves with each call where calls take time", () => {
    run(
      (host, memory) => {
        const before = read(host, memory);
        for (let i = 0; i < 9; i++) host.getppid();
        expect(read(host, memory) - before).toBe(5);
        return 0;
      },
      { callMilliseconds: 0.5 },
    );
  });

  it("is not the time of day, and there are no other clocks", () => {
    run((host, memory) => {
      expect(read(host, memory, CLOCK_REALTIME)).toBeGreaterThan(read(host, memory));
      expect(host.clock_gettime(77, memory.timeout)).toBe(-EINVAL);
      return 0;
    });
  });

  it("wakes a program in time, before a time-out that is over later", () => {
    const wakes: number[] = [];
    const life = run(
      (host, memory) => {
        blockAll(host, memory);
        expect(host.rt_sigtimedwait(memory.signals(bit(SIGUSR1)), 0, memory.milliseconds(100))).toBe(-EAGAIN);
        expect(host.rt_sigtimedwait(memory.signals(bit(SIGUSR1)), 0, memory.milliseconds(1000))).toBe(SIGUSR1);
        return 0;
      },
      {
        others: [
          function* (process, linux): Generator<() => boolean, number> {
            for (const time of [30, 70, 150]) {
              yield* process.sleep(time);
              wakes.push(linux.now);
            }
            process.kill(1, SIGUSR1);
            return 0;
          },
        ],
      },
    );
    expect(life.code).toBe(0);
    expect(wakes).toEqual([30, 100, 250]);
    expect(life.linux.now).toBe(250);
  });
});

describe("replaced strings", () => {
  it("are read as they are now, until they are put back; there are eight at most", () => {
    const life = run(
      (host, memory) => {
        const read = (): string => memory.bytes(memory.buffer, host.readArgument(1, 0, memory.buffer, 9));
        expect(read()).toBe("b");
        host.replaceArgument(1, memory.text("new"));
        expect(read()).toBe("new");
        host.restoreReplaced();
        expect(read()).toBe("b");
        for (let i = 0; i < 8; i++) host.replaceArgument(1, memory.text("new"));
        host.replaceArgument(1, memory.text("new"));
        return 0;
      },
      { args: ["a", "b"] },
    );
    expect(life.trap).toContain("too many");
  });
});

describe("the schedule", () => {
  const world = (seed: number): Partial<World> => ({
    seed,
    others: [1, 2, 3].map(
      (code) =>
        function* (process: Process): Generator<undefined, number> {
          for (let i = 0; i < 5; i++) {
            process.kill(process.pid, 0);
            yield;
          }
          return code;
        },
    ),
  });
  const calls = (host: Host): number => {
    for (let i = 0; i < 20; i++) host.getppid();
    return 0;
  };

  it("is the same for the same seed, and another for another", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => run(calls, world(seed)).trace.events);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe("signals", () => {
  it("come once however often they were sent while blocked, real-time ones each with its value, in order", () => {
    const values: bigint[] = [];
    const taken: number[] = [];
    run((host, memory) => {
      blockAll(host, memory);
      for (let i = 0; i < 3; i++) host.kill(1, SIGUSR1);
      for (const value of [7n, 8n]) host.rt_sigqueueinfo(1, SIGRTMIN, memory.queued(SI_QUEUE, value));
      while (true) {
        const signal = host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), memory.info, memory.milliseconds(0));
        if (signal < 0) return -signal;
        taken.push(signal);
        values.push(memory.view.getBigInt64(memory.info + 24, true));
      }
    }, {});
    expect(taken).toEqual([SIGUSR1, SIGRTMIN, SIGRTMIN]);
    expect(values).toEqual([0n, 7n, 8n]);
  });

  it("are taken in the kernel's order: synchronous ones first, then by number", () => {
    const taken: number[] = [];
    run((host, memory) => {
      blockAll(host, memory);
      for (const signal of [SIGTERM, SIGHUP, SIGSEGV, SIGRTMIN]) host.kill(1, signal);
      while (true) {
        const signal = host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), 0, memory.milliseconds(0));
        if (signal < 0) return 0;
        taken.push(signal);
      }
    });
    expect(taken).toEqual([SIGSEGV, SIGHUP, SIGTERM, SIGRTMIN]);
  });

  it("tell who sent them: pid and uid of a process, 0 from outside of the namespace, SI_KERNEL from a terminal", () => {
    const infos: number[][] = [];
    run(
      (host, memory) => {
        blockAll(host, memory);
        for (let i = 0; i < 3; i++) {
          const signal = host.rt_sigtimedwait(memory.signals(ALL_SIGNALS & ~bit(SIGCHLD)), memory.info, 0);
          const at = (offset: number): number => memory.view.getInt32(memory.info + offset, true);
          infos.push([signal, at(8), at(16), at(20)]);
        }
        return 0;
      },
      {
        terminal: { of: "init" },
        others: [
          function* (process, linux): Generator<undefined, number> {
            process.uid = 0;
            process.kill(1, SIGUSR1);
            yield;
            if (process.linux.watched?.terminal) linux.typeKey(process.linux.watched.terminal, "Ctrl-C");
            return 0;
          },
        ],
        outside: function* (outside): Generator<undefined, number> {
          yield;
          outside.kill(1, SIGTERM);
          return 0;
        },
      },
    );
    expect(infos.sort((one, two) => (one[0] ?? 0) - (two[0] ?? 0))).toEqual([
      [SIGINT, SI_KERNEL, 0, 0],
      [SIGUSR1, SI_USER, 2, 0],
      [SIGTERM, SI_USER, 0, 0],
    ]);
  });

  it("fail to queue with EAGAIN beyond RLIMIT_SIGPENDING, while kill gets through without its info", () => {
    run(
      (host, memory) => {
        blockAll(host, memory);
        const queue = (): number => host.rt_sigqueueinfo(1, SIGRTMIN, memory.queued(SI_QUEUE, 1n));
        expect([queue(), queue(), queue()]).toEqual([0, 0, -EAGAIN]);
        expect(host.kill(1, SIGRTMIN + 1)).toBe(0);
        expect(host.kill(1, SIGTERM)).toBe(0);
        host.rt_sigtimedwait(memory.signals(bit(SIGTERM)), memory.info, 0);
        host.rt_sigtimedwait(memory.signals(bit(SIGRTMIN)), memory.info, 0);
        expect(queue()).toBe(0);
        return 0;
      },
      { pendingLimit: 2 },
    );
  });

  it("are counted by user, while the limit is the receiver's own", () => {
    run(
      (host, memory, linux) => {
        blockAll(host, memory);
        const setOwnLimit = (soft: bigint): number => {
          memory.view.setBigUint64(memory.buffer, soft, true);
          memory.view.setBigUint64(memory.buffer + 8, 3n, true);
          return host.prlimit64(0, RLIMIT_SIGPENDING, memory.buffer, memory.buffer + 16);
        };
        linux.processes.get(2)?.block(SIGRTMIN);
        expect([setOwnLimit(4n), setOwnLimit(2n)]).toEqual([-EINVAL, 0]);
        expect(memory.view.getBigUint64(memory.buffer + 16, true)).toBe(3n);
        const queue = (pid: number): number => host.rt_sigqueueinfo(pid, SIGRTMIN, memory.queued(SI_QUEUE, 1n));
        expect([queue(1), queue(1), queue(1)]).toEqual([0, 0, -EAGAIN]);
        expect([queue(2), queue(2)]).toEqual([0, -EAGAIN]);
        return 0;
      },
      { pendingLimit: 3, others: [sleeps] },
    );
  });

  it("cannot be queued to others as if the kernel or kill had sent them", () => {
    run(
      (host, memory) => {
        expect(host.rt_sigqueueinfo(2, SIGTERM, memory.queued(SI_USER, 0n))).toBe(-EPERM);
        expect(host.rt_sigqueueinfo(2, SIGTERM, memory.queued(SI_QUEUE, 0n))).toBe(0);
        expect(host.rt_sigqueueinfo(99, SIGTERM, memory.queued(SI_QUEUE, 0n))).toBe(-ESRCH);
        return 0;
      },
      { others: [sleeps] },
    );
  });

  it("do nothing to PID 1 by default, and KILL from inside neither; from outside KILL ends it", () => {
    const life = run((host) => {
      host.kill(1, SIGTERM);
      host.kill(1, SIGKILL);
      host.kill(1, SIGSTOP);
      return 3;
    }, {});
    expect(life.code).toBe(3);
    const outside = function* (process: Process): Generator<undefined, number> {
      process.kill(1, SIGKILL);
      yield;
      return 0;
    };
    expect(run((host, memory) => host.rt_sigtimedwait(memory.signals(0n), 0, 0), { outside }).signal).toBe(SIGKILL);
  });

  it("end an ordinary process by default", () => {
    expect(run((host) => host.kill(20, SIGTERM), { isPid1: false }).signal).toBe(SIGTERM);
  });

  it("that are ignored are dropped when sent, unless they are blocked", () => {
    run(
      (host, memory) => {
        host.kill(20, SIGTERM);
        blockAll(host, memory);
        expect(host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), 0, memory.milliseconds(0))).toBe(-EAGAIN);
        host.kill(20, SIGTERM);
        expect(host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), 0, memory.milliseconds(0))).toBe(SIGTERM);
        return 0;
      },
      { isPid1: false, ignored: [SIGTERM] },
    );
  });

  it("lose a waiting stop to CONT, and CONT to a stop", () => {
    run((host, memory) => {
      blockAll(host, memory);
      const next = (): number => host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), 0, memory.milliseconds(0));
      host.kill(1, SIGTSTP);
      host.kill(1, SIGCONT);
      expect([next(), next()]).toEqual([SIGCONT, -EAGAIN]);
      host.kill(1, SIGCONT);
      host.kill(1, SIGTSTP);
      expect([next(), next()]).toEqual([SIGTSTP, -EAGAIN]);
      return 0;
    });
  });

  it("make a wait that is stopped and continued return EINTR", () => {
    const life = run(
      (host, memory) => {
        blockAll(host, memory);
        return -host.rt_sigtimedwait(memory.signals(ALL_SIGNALS & ~bit(SIGCONT)), 0, 0);
      },
      {
        isPid1: false,
        parent: function* (process) {
          process.kill(20, SIGSTOP);
          expect(yield* process.waitFor(WUNTRACED)).toEqual({
            pid: 20,
            status: stopped(SIGSTOP),
            traced: false,
          });
          process.kill(20, SIGCONT);
          yield* process.waitFor();
          return 0;
        },
      },
    );
    expect(life.code).toBe(EINTR);
  });

  it("may not be sent to other users' processes, but CONT within the session may", () => {
    const program = function* (process: Process): Generator<() => boolean, number> {
      process.uid = 1;
      yield never;
      return 0;
    };
    run(
      (host, memory) => {
        host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(10));
        expect([host.kill(2, SIGTERM), host.kill(2, 0), host.kill(-1, SIGTERM)]).toEqual([-EPERM, -EPERM, -EPERM]);
        return 0;
      },
      { uid: 1000, others: [program] },
    );
  });

  it("reach a zombie without an error, and fail where there is no process", () => {
    run(
      (host, memory) => {
        blockAll(host, memory);
        host.rt_sigtimedwait(memory.signals(bit(SIGCHLD)), 0, 0);
        expect([host.kill(2, SIGTERM), host.kill(3, SIGTERM), host.kill(-7, SIGTERM)]).toEqual([0, -ESRCH, -ESRCH]);
        return 0;
      },
      { others: [exits(0)] },
    );
  });

  it("to -1 spare the sender and PID 1", () => {
    const life = run((host) => host.kill(-1, SIGKILL), { isPid1: false, others: [sleeps] });
    expect(life.code).toBe(0);
    expect(life.linux.reaper?.alive).toBe(true);
    expect(life.processes.filter(({ name }) => name === "other").map(({ alive }) => alive)).toEqual([false]);
  });

  it("SIGPIPE comes from the writer itself", () => {
    const stderr = new Pipe();
    stderr.readers = 0;
    run(
      (host, memory) => {
        blockAll(host, memory);
        expect(host.write(2, memory.buffer, 1)).toBe(-EPIPE);
        expect(host.rt_sigtimedwait(memory.signals(bit(SIGPIPE)), memory.info, 0)).toBe(SIGPIPE);
        expect(memory.view.getInt32(memory.info + 8, true)).toBe(SI_USER);
        expect(memory.view.getInt32(memory.info + 16, true)).toBe(1);
        expect(host.poll(2, POLLOUT)).toBe(POLLOUT | POLLERR);
        return 0;
      },
      { stderr },
    );
  });
});

describe("children", () => {
  it("of a vfork run in our memory and leave it by execve", () => {
    const life = run(
      (host, memory) => {
        blockAll(host, memory);
        expect(host.vfork()).toBe(2);
        expect(memory.view.getInt32(memory.status, true)).toBe(0);
        expect(host.wait4(-1, memory.status, 0)).toBe(2);
        return memory.view.getInt32(memory.status, true) >> 8;
      },
      { files: { "/bin/app": exits(9) } },
      startsApp,
    );
    expect(life.code).toBe(9);
    expect(life.main.args.map(latin1)).toEqual(["/bin/app"]);
  });

  it("of a vfork that come back exit with what they return, before we go on", () => {
    run(
      (host, memory) => {
        host.vfork();
        expect(host.wait4(-1, memory.status, WNOHANG)).toBe(2);
        expect(memory.view.getInt32(memory.status, true)).toBe(exited(127));
        return 0;
      },
      {},
      () => 127,
    );
  });

  it("of a vfork act on what was sent to them when they unblock it", () => {
    const life = run(
      (host, memory) => {
        blockAll(host, memory);
        host.vfork();
        host.wait4(-1, memory.status, 0);
        expect(memory.view.getInt32(memory.status, true)).toBe(killed(SIGTERM));
        return 0;
      },
      { files: { "/bin/app": exits(0) } },
      (host, memory, linux) => {
        host.kill(host.getpid(), SIGTERM);
        return startsApp(host, memory, linux);
      },
    );
    expect(life.started).toEqual([]);
  });

  it("that die are zombies until they are waited for, and notify their parent by SIGCHLD", () => {
    const life = run(
      (host, memory) => {
        blockAll(host, memory);
        host.rt_sigtimedwait(memory.signals(bit(SIGCHLD)), memory.info, 0);
        expect(memory.view.getInt32(memory.info + 16, true)).toBe(2);
        expect(memory.view.getInt32(memory.info + 24, true)).toBe(5);
        return 0;
      },
      { others: [exits(5)] },
    );
    expect(life.zombies.map(({ pid }) => pid)).toEqual([2]);
  });

  it("vanish without a trace where SIGCHLD is ignored", () => {
    run(
      (host, memory) => {
        host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(1000));
        expect(host.wait4(-1, memory.status, WNOHANG)).toBe(-ECHILD);
        return 0;
      },
      { others: [exits(0)], ignored: [SIGCHLD] },
    );
  });

  it.each([
    { subreaper: 0, heir: 1 },
    { subreaper: 1, heir: 20 },
  ])("go to the nearest subreaper above when their parent dies, else to PID 1 ($heir)", ({ subreaper, heir }) => {
    const leavesOrphan = function* (process: Process): Generator<undefined, number> {
      process.fork(sleeps, "orphan");
      yield;
      return 0;
    };
    run(
      (host, memory, linux) => {
        host.prctl(PR_SET_CHILD_SUBREAPER, subreaper);
        host.vfork();
        host.wait4(-1, memory.status, 0);
        expect(linux.history.find(({ name }) => name === "orphan")?.parent?.pid).toBe(heir);
        return 0;
      },
      { isPid1: false, files: { "/bin/app": leavesOrphan } },
      startsApp,
    );
  });

  it("get their parent-death signal when the parent dies, and keep it over execve", () => {
    const app = function* (process: Process): Generator<() => boolean, number> {
      process.handle([SIGUSR1]);
      yield* process.receive(1);
      return 0;
    };
    const life = run(
      (host, memory) => {
        host.vfork();
        host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(100));
        return 0;
      },
      { isPid1: false, files: { "/bin/app": app } },
      (host, memory, linux) => {
        host.prctl(PR_SET_PDEATHSIG, SIGUSR1);
        return startsApp(host, memory, linux);
      },
    );
    expect(life.main.signals).toEqual([SIGUSR1]);
    expect(life.main.received[0]?.pid).toBe(20);
  });

  it("all die when PID 1 ends", () => {
    const life = run(() => 0, { others: [sleeps, sleeps] });
    expect(life.processes.filter(({ alive }) => alive)).toEqual([]);
  });

  it("that stop are reported once, with WUNTRACED only", () => {
    run(
      (host, memory) => {
        blockAll(host, memory);
        host.kill(2, SIGSTOP);
        host.rt_sigtimedwait(memory.signals(bit(SIGCHLD)), 0, 0);
        expect(host.wait4(-1, memory.status, WNOHANG)).toBe(0);
        expect(host.wait4(-1, memory.status, WNOHANG | WUNTRACED)).toBe(2);
        expect(memory.view.getInt32(memory.status, true)).toBe(stopped(SIGSTOP));
        expect(host.wait4(-1, memory.status, WNOHANG | WUNTRACED)).toBe(0);
        return 0;
      },
      { others: [sleeps] },
    );
  });

  it("that are traced stop at every signal, are reported without WUNTRACED too, and go on when they are detached", () => {
    const app = function* (process: Process): Generator<(() => boolean) | undefined, number> {
      process.handle([SIGUSR1]);
      process.traceMe();
      process.kill(process.pid, SIGUSR1);
      yield* process.receive(1);
      return 4;
    };
    const life = run(
      (host, memory) => {
        expect(host.wait4(-1, memory.status, 0)).toBe(2);
        expect(memory.view.getInt32(memory.status, true)).toBe(stopped(SIGUSR1));
        expect(host.ptraceDetach(2, SIGUSR1)).toBe(0);
        expect(host.ptraceDetach(2, SIGUSR1)).toBe(-ESRCH);
        host.wait4(-1, memory.status, 0);
        return memory.view.getInt32(memory.status, true) >> 8;
      },
      { others: [app] },
    );
    expect(life.code).toBe(4);
  });

  it("that are traced get SIGTRAP at execve", () => {
    run(
      (host, memory) => {
        host.vfork();
        host.wait4(-1, memory.status, 0);
        expect(memory.view.getInt32(memory.status, true)).toBe(stopped(SIGTRAP));
        return 0;
      },
      { files: { "/bin/app": exits(0) } },
      (host, memory, linux) => {
        linux.current.traceMe();
        return startsApp(host, memory, linux);
      },
    );
  });

  it("that abort leave a core file where they may: a flag in the status", () => {
    const app = function* (process: Process): Generator<undefined, number> {
      process.kill(process.pid, SIGABRT);
      yield;
      return 0;
    };
    run(
      (host, memory) => {
        host.wait4(-1, memory.status, 0);
        expect(memory.view.getInt32(memory.status, true)).toBe(SIGABRT | 0x80);
        return 0;
      },
      { others: [app], dumpsCore: true },
    );
  });
});

describe("groups and sessions", () => {
  it("setpgid makes a group of one's own, or joins one of the same session", () => {
    run(
      (host) => {
        expect([host.setpgid(2, 0), host.getpgid(2)]).toEqual([0, 2]);
        expect([host.setpgid(3, 2), host.getpgid(3)]).toEqual([0, 2]);
        expect(host.setpgid(3, 77)).toBe(-EPERM);
        expect(host.setpgid(77, 0)).toBe(-ESRCH);
        return 0;
      },
      { others: [sleeps, sleeps] },
    );
  });

  it("setpgid cannot move a child that has called execve, nor a session leader", () => {
    run(
      (host) => {
        const app = host.vfork();
        expect([host.setpgid(app, 0), host.setpgid(0, 0)]).toEqual([-EACCES, -EPERM]);
        return 0;
      },
      { files: { "/bin/app": sleeps } },
      startsApp,
    );
  });

  it("setsid makes a session without a terminal, but not for the leader of a group", () => {
    run(
      (host) => {
        expect(host.setsid()).toBe(-EPERM);
        host.vfork();
        expect([host.getsid(2), host.getpgid(2)]).toEqual([2, 2]);
        return 0;
      },
      { terminal: { of: "init" } },
      (host, memory) => {
        expect([host.setsid(), host.ioctl(0, TIOCGPGRP, memory.argument)]).toEqual([2, -ENOTTY]);
        return 0;
      },
    );
  });

  it("a stop from the keyboard does nothing to an orphaned group, STOP does", () => {
    const states: string[] = [];
    run(
      (host, memory, linux) => {
        const app = host.vfork();
        for (const signal of [SIGTSTP, SIGSTOP]) {
          host.kill(app, signal);
          host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(100));
          states.push(linux.processes.get(app)?.state ?? "none");
        }
        return 0;
      },
      { files: { "/bin/app": sleeps } },
      (host, memory, linux) => {
        host.setsid();
        return startsApp(host, memory, linux);
      },
    );
    expect(states).toEqual(["running", "stopped"]);
  });

  it("a stopped group that becomes orphaned is hung up and continued", () => {
    const job = function* (process: Process): Generator<() => boolean, number> {
      process.handle([SIGHUP, SIGCONT]);
      process.kill(process.pid, SIGSTOP);
      yield* process.receive(2);
      return 0;
    };
    const life = run(() => 0, {
      isPid1: false,
      others: [
        function* (process): Generator<() => boolean, number> {
          process.setSession();
          const child = process.fork(job, "job");
          process.setGroup(child.pid, 0);
          yield* process.waitFor(WUNTRACED);
          return 0;
        },
      ],
    });
    expect(life.processes.find(({ name }) => name === "job")?.signals).toEqual([SIGHUP, SIGCONT]);
  });
});

describe("terminals", () => {
  const setForeground = (host: Host, memory: Memory, group: number): number => {
    memory.view.setInt32(memory.argument, group, true);
    return host.ioctl(0, TIOCSPGRP, memory.argument);
  };

  it("have a foreground group, which the keys' signals go to", () => {
    const job = function* (process: Process): Generator<() => boolean, number> {
      process.handle([SIGINT, SIGWINCH]);
      yield* process.receive(2);
      return 0;
    };
    const life = run(
      (host, memory, linux) => {
        blockAll(host, memory);
        host.setpgid(2, 0);
        expect(setForeground(host, memory, 2)).toBe(0);
        expect([host.ioctl(1, TIOCGPGRP, memory.argument), memory.view.getInt32(memory.argument, true)]).toEqual([
          0, 2,
        ]);
        const { terminal } = linux.current;
        if (!terminal) throw new Error("no terminal");
        host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(50));
        linux.typeKey(terminal, "Ctrl-C");
        linux.resize(terminal);
        host.rt_sigtimedwait(memory.signals(bit(SIGCHLD)), 0, 0);
        expect(host.rt_sigtimedwait(memory.signals(bit(SIGINT)), 0, memory.milliseconds(0))).toBe(-EAGAIN);
        return 0;
      },
      { terminal: { of: "init" }, others: [job] },
    );
    expect(life.processes[1]?.signals).toEqual([SIGINT, SIGWINCH]);
  });

  it("remember the foreground group also when its last member is gone", () => {
    run(
      (host, memory) => {
        blockAll(host, memory);
        host.vfork();
        host.wait4(-1, memory.status, 0);
        expect([host.ioctl(0, TIOCGPGRP, memory.argument), memory.view.getInt32(memory.argument, true)]).toEqual([
          0, 2,
        ]);
        expect(setForeground(host, memory, 2)).toBe(-ESRCH);
        return 0;
      },
      { terminal: { of: "init" } },
      (host, memory) => {
        blockAll(host, memory);
        host.setpgid(0, 0);
        return setForeground(host, memory, 2);
      },
    );
  });

  it("take no group that is not there, or of another session", () => {
    run(
      (host, memory) => {
        host.rt_sigtimedwait(memory.signals(0n), 0, memory.milliseconds(50));
        expect([setForeground(host, memory, 99), setForeground(host, memory, 2)]).toEqual([-ESRCH, -EPERM]);
        return 0;
      },
      {
        terminal: { of: "init" },
        others: [
          function* (process) {
            process.setSession();
            yield never;
            return 0;
          },
        ],
      },
    );
  });

  it("send TTOU to a background process that takes the foreground, unless that is blocked", () => {
    const world: Partial<World> = { isPid1: false, terminal: { of: "parent", background: true } };
    const bold = run((host, memory) => setForeground(host, memory, 20), {
      ...world,
      parent: function* (process) {
        expect(yield* process.waitFor(WUNTRACED)).toEqual({
          pid: 20,
          status: stopped(SIGTTOU),
          traced: false,
        });
        process.kill(20, SIGKILL);
        yield* process.waitFor();
        return 0;
      },
    });
    expect(bold.signal).toBe(SIGKILL);
    const quiet = run((host, memory, linux) => {
      blockAll(host, memory);
      setForeground(host, memory, 20);
      return linux.current.terminal?.foreground ?? 0;
    }, world);
    expect(quiet.code).toBe(20);
  });

  it("send TTIN to a background group that reads", () => {
    const reader = function* (process: Process): Generator<(() => boolean) | undefined, number> {
      process.setGroup(0, 0);
      return (yield* process.readTerminal()) ? 0 : 1;
    };
    const life = run(
      (host, memory) => {
        const app = host.vfork();
        expect(host.wait4(app, memory.status, WUNTRACED)).toBe(app);
        expect(memory.view.getInt32(memory.status, true)).toBe(stopped(SIGTTIN));
        setForeground(host, memory, app);
        host.kill(app, SIGCONT);
        host.wait4(app, memory.status, 0);
        return memory.view.getInt32(memory.status, true);
      },
      { terminal: { of: "init" }, files: { "/bin/app": reader } },
      startsApp,
    );
    expect(life.code).toBe(0);
  });

  it("are given up by a session leader with HUP and CONT for the foreground group, from itself", () => {
    run(
      (host, memory) => {
        blockAll(host, memory);
        expect(host.ioctl(0, TIOCNOTTY, 0)).toBe(0);
        expect(host.ioctl(0, TIOCNOTTY, 0)).toBe(-ENOTTY);
        for (const signal of [SIGHUP, SIGCONT]) {
          expect(host.rt_sigtimedwait(memory.signals(ALL_SIGNALS), memory.info, 0)).toBe(signal);
          expect(memory.view.getInt32(memory.info + 8, true)).toBe(SI_USER);
          expect(memory.view.getInt32(memory.info + 16, true)).toBe(1);
        }
        expect(host.open(memory.text("/dev/tty"), 2)).toBe(-6);
        return 0;
      },
      { terminal: { of: "init" } },
    );
  });

  it("become the controlling one of a session leader that has none, if they are free", () => {
    run(
      (host) => {
        host.vfork();
        host.ioctl(0, TIOCNOTTY, 0);
        host.vfork();
        return 0;
      },
      { terminal: { of: "init" } },
      (host, memory, linux) => {
        const isFree = linux.watched?.terminal === null;
        expect(host.ioctl(0, TIOCSCTTY, 0)).toBe(-EPERM);
        host.setsid();
        expect(host.ioctl(0, TIOCSCTTY, 0)).toBe(isFree ? 0 : -EPERM);
        expect(host.open(memory.text("/dev/tty"), 2)).toBe(isFree ? 3 : -6);
        return 0;
      },
    );
  });
});

describe("files", () => {
  const failure = (path: string, files: World["files"]): number => {
    let errno = 0;
    run(
      (host, memory) => host.vfork() && host.wait4(-1, memory.status, 0) && 0,
      { ...(files && { files }) },
      (host, memory) => {
        errno = -host.execve(memory.text(path), 1);
        return 0;
      },
    );
    return errno;
  };

  it.each([
    ["a path that is not there", "/bin/none", ENOENT],
    ["a directory", "/bin", EACCES],
    ["a file that may not be run", "/bin/text", EACCES],
    ["a path through a file", "/bin/text/x", 20],
    ["a text without #!", "/bin/plain", ENOEXEC],
    ["a script without its interpreter", "/bin/script", ENOENT],
    ["an executable without its loader", "/bin/dynamic", ENOENT],
    ["an executable for another CPU", "/bin/foreign", ENOEXEC],
    ["a script whose interpreter is a script without end", "/bin/loop", 40],
    ["what the disk says", "/bin/broken", 5],
  ])("execve of %s fails", (_what, path, errno) => {
    const files: World["files"] = {
      "/bin/text": { content: "text", executable: false },
      "/bin/plain": { content: "echo hello\n" },
      "/bin/script": { content: "#!/bin/none\n" },
      "/bin/dynamic": { content: elf(62, "/lib64/ld-linux-x86-64.so.2") },
      "/bin/foreign": { content: elf(183) },
      "/bin/loop": { content: "#!/bin/loop\n" },
      "/bin/broken": { program: exits(0), error: 5 },
    };
    expect(failure(path, files)).toBe(errno);
  });

  it("execve of a script runs its interpreter with one argument, the script, and the rest", () => {
    const life = run(
      (host, memory) => host.vfork() && host.wait4(-1, memory.status, 0) && 0,
      { args: ["init", "app", "x", ""], files: { "/bin/app": { content: "#! /bin/sh -e -u\n" }, "/bin/sh": exits(0) } },
      startsApp,
    );
    expect(life.main.args.map(latin1)).toEqual(["/bin/sh", "-e -u", "/bin/app", "x", ""]);
  });

  it("execve closes what was opened with O_CLOEXEC, and nothing else", () => {
    const life = run(
      (host, memory) => {
        expect(host.open(memory.text("/dev/null"), 0o2000000)).toBe(4);
        host.vfork();
        expect([host.close(4), host.close(4)]).toEqual([0, -EBADF]);
        return 0;
      },
      { descriptors: [3], files: { "/bin/app": sleeps } },
      startsApp,
    );
    expect(life.trace.of("exec")).toMatchObject([{ pid: 2, program: "/bin/app" }]);
    expect(life.started.length).toBe(1);
  });

  it("close_range closes a range, and refuses one that is upside down", () => {
    const life = run(
      (host) => {
        expect([host.close_range(3, -1), host.close_range(5, 4)]).toEqual([0, -EINVAL]);
        expect([host.close(3), host.close(2)]).toEqual([-EBADF, 0]);
        return 0;
      },
      { descriptors: [3, 900] },
    );
    expect(life.code).toBe(0);
  });

  it("a pipe takes 16 pages; a small write joins the last page or wants a new one", () => {
    const stderr = new Pipe();
    stderr.drained = false;
    run(
      (host, memory) => {
        for (let i = 0; i < 16; i++) expect(host.writeNoWait(2, memory.buffer, 4000)).toBe(4000);
        expect(host.poll(2, POLLOUT)).toBe(0);
        expect(host.writeNoWait(2, memory.buffer, 96)).toBe(96);
        expect(host.writeNoWait(2, memory.buffer, 1)).toBe(-EAGAIN);
        expect(host.tell(2)).toBe(-ESPIPE);
        stderr.drain();
        expect(host.poll(2, POLLOUT)).toBe(POLLOUT);
        return 0;
      },
      { stderr },
    );
  });

  it("a blocking write to a full pipe waits for a reader", () => {
    const stderr = new Pipe(1);
    stderr.drained = false;
    const life = run(
      (host, memory) => {
        host.write(2, memory.buffer, 4096);
        return host.write(2, memory.buffer, 5);
      },
      {
        stderr,
        outside: function* () {
          yield;
          stderr.drain();
          return 0;
        },
      },
    );
    expect(life.code).toBe(5);
  });

  it("a file has an offset, and is never full", () => {
    run(
      (host, memory) => {
        expect([host.write(2, memory.buffer, 9), host.tell(2), host.poll(2, POLLOUT)]).toEqual([9, 9, POLLOUT]);
        return 0;
      },
      { stderr: new RegularFile() },
    );
  });

  it("/proc lists the processes, zombies too, with the parent of each", () => {
    run(
      (host, memory) => {
        const fd = host.open(memory.text("/proc"), 0o200000);
        const names: string[] = [];
        for (
          let size = host.getdents64(fd, memory.buffer, 64);
          size > 0;
          size = host.getdents64(fd, memory.buffer, 64)
        ) {
          for (let at = memory.buffer; at < memory.buffer + size; at += memory.view.getUint16(at + 16, true)) {
            names.push(memory.bytes(at + 19, 24).split("\0")[0] ?? "");
          }
        }
        expect(names.filter((name) => /^\d/.test(name))).toEqual(["1", "2"]);
        const size = host.read(host.open(memory.text("/proc/2/stat"), 0), memory.buffer, 200);
        expect(memory.bytes(memory.buffer, size)).toMatch(/^2 \(other\) S 1 1 1 0 -1 /);
        expect(host.open(memory.text("/proc/3/stat"), 0)).toBe(-ENOENT);
        return 0;
      },
      { others: [sleeps] },
    );
  });

  it("a relative path in a working directory that is gone is not found", () => {
    run(
      (host, memory) => {
        expect([
          host.access(memory.text("bin"), F_OK),
          host.chdir(memory.text("/")),
          host.access(memory.text("bin/app"), F_OK),
        ]).toEqual([-ENOENT, 0, 0]);
        return 0;
      },
      { directory: null, files: { "/bin/app": exits(0) } },
    );
  });
});

it("an init that is not PID 1 has a parent that waits for it, and what it leaves goes to PID 1", () => {
  const life = run(
    (host) => host.getppid() && host.vfork() && 6,
    { isPid1: false, files: { "/bin/app": sleeps } },
    startsApp,
  );
  expect(life.code).toBe(6);
  expect(life.trace.of("end")).toContainEqual(expect.objectContaining({ pid: PARENT, status: 0 }));
  expect(life.left).toEqual([life.main]);
  expect(life.main.parent?.pid).toBe(1);
});

it("unblocking a signal that waits acts on it at once", () => {
  const life = run(
    (host, memory) => {
      blockAll(host, memory);
      host.kill(20, SIGTERM);
      host.rt_sigprocmask(SIG_UNBLOCK, memory.signals(bit(SIGTERM)), 0);
      return 0;
    },
    { isPid1: false },
  );
  expect(life.signal).toBe(SIGTERM);
});
