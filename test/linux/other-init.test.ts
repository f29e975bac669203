/* Another init on the model, which proves that the model serves others than tini-ts. */
import { describe, expect, it } from "vitest";
import { ALL_SIGNALS, EAGAIN, SIG_SETMASK, SIGCHLD, SIGTERM, SIGUSR1, WNOHANG } from "./abi.ts";
import { bytes } from "./files.ts";
import type { Kernel } from "./kernel.ts";
import { exits, failing, type Init, type Life, live, type World } from "./life.ts";
import { PlainMemory } from "./memory.ts";
import type { Program } from "./process.ts";

const APP = "/bin/app";

/** Starts the program, forwards each signal to it, reaps, and exits with its code. */
function tiny({ calls }: Kernel): Init {
  const memory = new PlainMemory();
  const [path, set, none, status] = [memory.put(APP), memory.take(8), memory.take(8), memory.take(4)];
  memory.view.setBigUint64(set, ALL_SIGNALS, true);
  const start = (): number => {
    calls.rt_sigprocmask(SIG_SETMASK, set, 0);
    const program = calls.vfork(() => {
      calls.rt_sigprocmask(SIG_SETMASK, none, 0);
      return calls.execve(path, [bytes(APP)], []) < 0 ? 127 : 0;
    });
    if (program < 0) return 1;
    while (true) {
      const signal = calls.rt_sigtimedwait(set, 0, 0);
      if (signal !== SIGCHLD) calls.kill(program, signal);
      for (let pid; (pid = calls.wait4(-1, status, WNOHANG)) > 0;)
        if (pid === program) return memory.view.getInt32(status, true) >> 8;
    }
  };
  return { memory, start };
}

const run = (app: Program, world: Partial<World> = {}): Life =>
  live({ args: ["tiny"], ...world, files: { [APP]: app, ...world.files } }, tiny);

const stopsAtTerm: Program = function* (process) {
  process.handle([SIGUSR1, SIGTERM]);
  yield () => process.signals.includes(SIGTERM);
  return 9;
};

describe("another init, of a few lines, on the model alone", () => {
  it.each([0, 7])("exits with the program's code %i", (code) => {
    expect(run(exits(code)).code).toBe(code);
  });

  it("forwards signals from outside, and ends when the program does", () => {
    const life = run(stopsAtTerm, {
      outside: function* (sender, linux) {
        yield () => linux.history.some(({ name, handles }) => name === APP && handles);
        sender.kill(1, SIGUSR1);
        yield () => linux.history.some(({ signals }) => signals.includes(SIGUSR1));
        sender.kill(1, SIGTERM);
        return 0;
      },
    });
    expect({ code: life.code, signals: life.main.signals }).toEqual({ code: 9, signals: [SIGUSR1, SIGTERM] });
  });

  it.each([1, 2, 3])("reaps orphans by schedule %i", (seed) => {
    const life = run(
      function* (process, linux) {
        process.fork(function* (between) {
          for (let i = 0; i < 5; i++) between.fork(exits(0), "orphan");
          yield;
          return 0;
        });
        yield* process.waitFor();
        yield () => ![...linux.processes.values()].some(({ name }) => name === "orphan");
        return 3;
      },
      { seed },
    );
    expect({ code: life.code, zombies: life.zombies.length }).toEqual({ code: 3, zombies: 0 });
  });

  it("can be given faults: without a child it exits with 1", () => {
    expect(run(exits(0), { fault: failing("vfork", EAGAIN) }).code).toBe(1);
  });

  it("is seen to break what it must not: an address behind its memory ends it", () => {
    const life = live({ args: ["broken"] }, ({ calls }) => ({
      memory: new PlainMemory(64),
      start: () => calls.wait4(-1, 1000, WNOHANG),
    }));
    expect(life.trap).toContain("4 bytes at 1000 lie behind the memory's end");
    expect(life.code).toBe(125);
  });
});
