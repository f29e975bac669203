import { describe, expect, it } from "vitest";
import { runAsKernelInit } from "./machine.ts";

describe("as the kernel's own PID 1, with nothing mounted", () => {
  it("P14, P30: the program runs, and the kernel reports its exit code", async () => {
    const { ending, console } = await runAsKernelInit([
      "-v",
      "/bin/sh",
      "-c",
      "echo files: $(echo /proc/* /sys/*); exit 7",
    ]);
    expect(console).toContain("files: /proc/* /sys/*\n");
    expect(console).toMatch(/^\[INFO  tini-ts \(1\)\] Main child exited normally \(with status '7'\)$/m);
    expect(ending).toEqual({ code: 7 });
  });

  it("P30: a program that a signal killed gives 128 and the signal", async () => {
    const { ending } = await runAsKernelInit(["/bin/sh", "-c", "kill -SEGV $$"]);
    expect(ending).toEqual({ code: 139 });
  });

  it("P31: a missing program is reported on the console", async () => {
    const { ending, console } = await runAsKernelInit(["/missing"]);
    expect(console).toContain("/missing");
    expect(ending).toEqual({ code: 127 });
  });

  it("P11, P20, P21: signals come to the program, orphans are reaped, the kernel's own threads are let be", async () => {
    const script = [
      "mount -t proc proc /proc",
      "trap 'echo got USR1' USR1; trap 'echo got TERM; exit 5' TERM",
      // The shells between end at once: what they started is an orphan, and dies as one.
      "i=0; while [ $i -lt 50 ]; do (true &); i=$((i + 1)); done",
      "until [ $(grep -l '^PPid:.1$' /proc/[0-9]*/status 2>/dev/null | wc -l) = 1 ]; do :; done",
      "echo no orphan is left",
      "kill -USR1 1; kill -TERM 1; while :; do :; done",
    ].join("; ");
    const { ending, console } = await runAsKernelInit(["--forward-to=all", "/bin/sh", "-c", script]);
    expect(console).toMatch(/^no orphan is left\ngot USR1\ngot TERM\n/m);
    expect(ending).toEqual({ code: 5 });
  });

  it("shows a zombie where PID 1 does not reap: the control of the test above", async () => {
    const script =
      "mount -t proc proc /proc; (true &); " +
      "until [ $(grep -l '^State:.Z' /proc/[0-9]*/status | wc -l) = 1 ]; do :; done; echo zombies: one; exit 5";
    const { console } = await runAsKernelInit(["/bin/sh", "-c", script], { init: "/programs/no-reap" });
    expect(console).toContain("zombies: one\n");
  });
});
