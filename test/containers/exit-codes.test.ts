import { describe, expect, it } from "vitest";
import { run, start } from "./box.ts";
import { leavesOne } from "./programs.ts";

const ENTRYPOINT = ["/tini-ts", "--"];

describe("the container's exit code", () => {
  it.each([0, 1, 42, 125, 255])("P30: is the program's: %i", async (code) => {
    expect(await run({ entrypoint: ENTRYPOINT, command: ["sh", "-c", `exit ${code}`] })).toMatchObject({
      code,
      stdout: "",
      stderr: "",
    });
  });

  it.each(["HUP", "TERM", "SEGV", "KILL", "37"])("P30: is 128 and the number of the signal: %s", async (signal) => {
    const numbers: Record<string, number> = { HUP: 1, TERM: 15, SEGV: 11, KILL: 9 };
    const end = await run({ entrypoint: ENTRYPOINT, command: ["sh", "-c", `kill -${signal} $$`] });
    expect(end.code).toBe(128 + (numbers[signal] ?? Number(signal)));
    expect(end.state.Error).toBe("");
  });

  it.each([
    { what: "no program", words: [], code: 1, text: /^no program is given\n[^]*Usage: / },
    {
      what: "an unknown option",
      words: ["--foo", "true"],
      code: 1,
      text: /^unknown option --foo \(argument 1\); .+\n$/,
    },
    { what: "a program that is nowhere", words: ["nope"], code: 127, text: /^exec nope: not found in PATH\n$/ },
    { what: "a file that is not there", words: ["/nope"], code: 127, text: /^exec \/nope: no such file\n$/ },
    {
      what: "a missing interpreter",
      words: ["/broken/no-interpreter"],
      code: 127,
      text: /^exec \/broken\/no-interpreter: its interpreter \/bin\/bsh does not exist\n$/,
    },
    {
      what: "an interpreter with a carriage return",
      words: ["/broken/carriage-return"],
      code: 127,
      text: /^exec \/broken\/carriage-return: .*carriage return.*\n$/,
    },
    {
      what: "a file that is not executable",
      words: ["/broken/not-executable"],
      code: 126,
      text: /^exec \/broken\/not-executable: permission denied: it is not executable \(chmod \+x\)\n$/,
    },
    { what: "a directory", words: ["/tmp"], code: 126, text: /^exec \/tmp: .+\n$/ },
    {
      what: "a program for another CPU",
      words: ["/broken/foreign"],
      code: 126,
      text: /^exec \/broken\/foreign: .+\n$/,
    },
  ])("P31: is $code for $what, with the reason", async ({ words, code, text }) => {
    const end = await run({ entrypoint: ["/tini-ts", ...words], command: [] });
    expect(end).toMatchObject({ code, stdout: "" });
    expect(end.stderr.slice(0, 20)).toBe("[FATAL tini-ts (1)] ");
    expect(end.stderr.slice(20)).toMatch(text);
  });

  it("P31: a text file without #! runs with /bin/sh", async () => {
    expect(await run({ entrypoint: ENTRYPOINT, command: ["/plain-text", "yes"] })).toMatchObject({
      code: 4,
      stdout: "plain text, yes\n",
      stderr: "",
    });
  });

  it("P31: is 126, with a message, for a program on a file system that forbids it", async () => {
    const script = `printf '#!/bin/sh\\n' >/tmp/program; chmod 755 /tmp/program; exec /tini-ts -- /tmp/program`;
    const end = await run({ entrypoint: ["sh", "-c", script], host: { Tmpfs: { "/tmp": "rw,noexec,size=1m" } } });
    expect(end.code).toBe(126);
    expect(end.stderr).toMatch(/^\[FATAL tini-ts \(1\)\] exec \/tmp\/program: permission denied.*\n$/);
  });

  it("P31: is 125, with a message, where the container's limit lets no process start", async () => {
    // The shell and its sleeping children fill the limit to the last place but `free`; then it becomes tini-ts.
    const fill = (free: number): string[] => [
      "sh",
      "-c",
      `n=1; while [ $n -lt ${64 - free} ]; do sleep 100000 & n=$((n + 1)); done; exec /tini-ts -- echo started`,
    ];
    const full = await run({ entrypoint: fill(0), host: { PidsLimit: 64 } });
    expect(full).toMatchObject({ code: 125, stdout: "" });
    expect(full.stderr).toMatch(/^\[FATAL tini-ts \(1\)\] cannot start a process .*limit.*\n$/);
    expect(await run({ entrypoint: fill(1), host: { PidsLimit: 64 } })).toMatchObject({ code: 0, stdout: "started\n" });
  });

  it("P30: is 137 when the memory limit kills the program, and the engine knows why", async () => {
    const host = { Memory: 32 << 20, MemorySwap: 32 << 20 };
    const end = await run({ entrypoint: ENTRYPOINT, command: ["dd", "if=/dev/zero", "of=/dev/null", "bs=200M"], host });
    expect(end).toMatchObject({ code: 137, state: { OOMKilled: true } });
  });

  it("P11: a helper that the memory limit kills takes neither the program nor the init along", async () => {
    const host = { Memory: 32 << 20, MemorySwap: 32 << 20 };
    const command = ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M; echo helper $?; exit 5"];
    expect(await run({ entrypoint: ENTRYPOINT, command, host })).toMatchObject({ code: 5, stdout: "helper 137\n" });
  });

  it("P25: what the program leaves running goes with the container, at once", async () => {
    const command = ["sh", "-c", "trap '' TERM; setsid sleep 100000 & exit 8"];
    expect(await run({ entrypoint: ENTRYPOINT, command })).toMatchObject({ code: 8, stderr: leavesOne(1) });
  });
});

describe("docker stop, kill and restart", () => {
  it.each(["SIGQUIT", "SIGRTMIN+3", "SIGUSR1"])(
    "P20: the image's STOPSIGNAL %s reaches the program",
    async (StopSignal) => {
      const traps = ["QUIT", "37", "USR1"].map((signal) => `trap "echo got ${signal}; exit 5" ${signal}`);
      const box = await start({
        entrypoint: ENTRYPOINT,
        command: ["sh", "-c", `${traps.join("\n")}\nsleep 100000 & echo ready; while :; do wait $!; done`],
        create: { StopSignal },
      });
      await box.stdout.until(/ready/);
      const got = { SIGQUIT: "QUIT", "SIGRTMIN+3": "37", SIGUSR1: "USR1" }[StopSignal];
      expect(await box.stop()).toMatchObject({ code: 5, stdout: `ready\ngot ${got}\n` });
    },
  );

  it("a program that ignores SIGTERM is killed after the time that docker stop was given", async () => {
    const box = await start({
      entrypoint: ENTRYPOINT,
      command: ["sh", "-c", "trap '' TERM; echo ready; sleep 100000"],
    });
    await box.stdout.until(/ready/);
    expect((await box.stop(1)).code).toBe(137);
  });

  it("the container starts again, with docker restart and by its restart policy", async () => {
    const command = ["sh", "-c", "trap 'echo bye; exit 0' TERM; sleep 100000 & echo ready; wait"];
    const box = await start({ entrypoint: ENTRYPOINT, command });
    await box.stdout.until(/ready/);
    await box.container.restart({ t: 30 });
    await box.stdout.until(/bye/);
    const { State: state } = await box.container.inspect();
    expect(state).toMatchObject({ Running: true, ExitCode: 0 });
    const host = { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } };
    const failing = await start({ entrypoint: ENTRYPOINT, command: ["sh", "-c", "echo try; exit 3"], host });
    const settled = await failing.settled(({ RestartCount: count }) => count === 2);
    expect(settled.State.ExitCode).toBe(3);
    const logs = await failing.container.logs({ stdout: true, stderr: true });
    expect(logs.toString().match(/try/g)).toHaveLength(3);
  });

  it("a paused container goes on where it was, and stops", async () => {
    const box = await start({
      entrypoint: ENTRYPOINT,
      command: [
        "sh",
        "-c",
        "trap 'echo usr1' USR1; trap 'exit 6' TERM; sleep 100000 & echo ready; while :; do wait $!; done",
      ],
    });
    await box.stdout.until(/ready/);
    await box.container.pause();
    await box.container.unpause();
    await box.kill("USR1");
    await box.stdout.until(/usr1/);
    expect((await box.stop()).code).toBe(6);
  });
});
