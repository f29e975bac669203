import { describe, expect, it } from "vitest";
import { exited, killed, SIGINT, SIGKILL, SIGSTOP, SIGTERM } from "./abi.ts";
import { describe as describeEvent, type Happening, Trace } from "./trace.ts";

const call = { kind: "call", pid: 1, path: undefined, result: 0, injected: false } as const;

describe("a trace", () => {
  it("keeps what happened in order, with its time, and a call's result from when it returns", () => {
    const trace = new Trace();
    const open = trace.add<Happening>({ ...call, name: "open", args: [16, 0], path: "/x", result: "running" }, 5);
    trace.add<Happening>({ kind: "mark", text: "now" }, 7);
    expect(trace.text()).toBe('1 open(16, 0) = ...  "/x"\n(now)');
    if (open.kind === "call") open.result = -2;
    expect(trace.events.map(({ order, time }) => [order, time])).toEqual([
      [0, 5],
      [1, 7],
    ]);
    expect(trace.calls(1, "open").map(({ result }) => result)).toEqual([-2]);
    expect([trace.calls(2), trace.calls(1, "read"), trace.of("exec"), trace.mark("later")]).toEqual([
      [],
      [],
      [],
      undefined,
    ]);
    expect([trace.has(1, "open"), trace.has(null, "open"), trace.has(2, "open")]).toEqual([true, true, false]);
    expect([trace.mark("now")?.order, trace.text(1)]).toEqual([1, "(now)"]);
  });

  it("finds what was sent, by each call that sends", () => {
    const trace = new Trace();
    for (const name of ["kill", "rt_sigqueueinfo", "pidfd_send_signal", "getpgid"])
      trace.add<Happening>({ ...call, name, args: [3, SIGTERM] }, 0);
    expect(trace.sent(1).map(({ name }) => name)).toEqual(["kill", "rt_sigqueueinfo", "pidfd_send_signal"]);
    expect([1, 2].map((pid) => trace.sent(pid).length)).toEqual([3, 0]);
  });

  const events: [Happening, string][] = [
    [{ ...call, name: "kill", args: [3, SIGTERM] }, "1 kill(3, SIGTERM) = 0"],
    [{ ...call, name: "exit", args: [3], result: "gone" }, "1 exit(3) = does not return"],
    [{ ...call, name: "getpgid", args: [0], result: -11, injected: true }, "1 getpgid(0) = -11 (injected)"],
    [{ kind: "exec", pid: 2, program: "/bin/app" }, "2 is now /bin/app"],
    [{ kind: "end", pid: 2, status: exited(6) }, "2 ends: exit 6"],
    [{ kind: "end", pid: 2, status: killed(SIGKILL) }, "2 ends: SIGKILL"],
    [{ kind: "stop", pid: 2, signal: SIGSTOP, traced: true }, "2 stops: SIGSTOP (traced)"],
    [{ kind: "continue", pid: 2 }, "2 continues"],
    [{ kind: "trap", pid: 2, message: "no" }, "2 traps: no"],
    [{ kind: "terminal", signal: SIGINT, group: 2 }, "terminal: SIGINT to group 2"],
    [{ kind: "write", pid: 1, path: "/box/x", data: "9", result: -22 }, '(1 writes "9" into /box/x: -22)'],
    [{ kind: "oom kill", pid: 2 }, "2 is killed for memory"],
    [{ kind: "count", group: "/box", event: "high" }, "(/box counts high)"],
  ];
  it.each(events)("shows %j as %j", (event, text) => {
    expect(describeEvent({ ...event, order: 0, time: 0 })).toBe(text);
  });
});
