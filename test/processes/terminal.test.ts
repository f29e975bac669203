/** The terminal: keys, job control, the foreground, hang-ups. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { isAlive, type Init, type Launch } from "./namespace.ts";
import { binary, parseReport, program, start, temporaryDirectory } from "./subject.ts";
import { Terminal } from "./terminal.ts";
import { until } from "./waiting.ts";

const counter = program("count-signals");
const report = program("report");
const own = basename(binary).slice(0, 15);
const environment = { INIT: binary, COUNTER: counter, REPORT: report, TICK: program("tick") };

const ctrlC = "\x03";
const ctrlZ = "\x1a";
const ctrlBackslash = "\x1c";

const isolations = ["--isolate=group", "--isolate=session", "--isolate=none"];
const shells = ["bash", "sh"] as const;

/** How often `count-signals --each` has printed this signal. */
const times = (text: string, signal: number): number =>
  [...text.matchAll(new RegExp(`^.*signal ${signal} code`, "gm"))].length;

async function onTerminal(words: readonly string[], launch: Omit<Launch, "binary" | "arguments"> = {}): Promise<Init> {
  return start(words, { terminal: true, ...launch, inherit: [...(launch.inherit ?? []), "own-terminal"] });
}

describe("as session leader on a terminal, as `docker run -t` starts it", () => {
  for (const as of ["pid1", "process"] as const) {
    test.each(isolations)(`P22: Ctrl-C and Ctrl-\\ reach the program exactly once (%s, ${as})`, async (isolation) => {
      await using init = await onTerminal([isolation, "--", counter, "--each"], { as });
      await init.says(/^ready$/m);
      init.write(ctrlC);
      await init.says(/signal 2 code/);
      init.write(ctrlBackslash);
      await init.says(/signal 3 code/);
      await init.settles();
      init.signal("SIGUSR1");
      await init.says(/signal 10 code/);
      expect([2, 3].map((signal) => times(init.stdout.text, signal))).toEqual([1, 1]);
    });
  }

  test.each([
    { options: ["--forward-to=all"], daemons: 1 },
    { options: ["--wait=all"], daemons: 1 },
    { options: [], daemons: 0 },
  ])("P22: with --isolate=none and $options Ctrl-C reaches $daemons daemon, and nobody twice", async (one) => {
    // Its standard input must not end: the process that holds it open gets no Ctrl-C.
    const daemon = `setsid sh -c '(trap "" INT; exec sleep 1000) | "$COUNTER" --each'`;
    await using init = await onTerminal(
      ["--isolate=none", ...one.options, "--", "/bin/sh", "-c", `${daemon} & exec "$COUNTER" --each`],
      { environment },
    );
    await init.says(/^ready$[^]*^ready$/m);
    init.write(ctrlC);
    await init.says(one.daemons === 1 ? /signal 2 code[^]*signal 2 code/ : /signal 2 code/);
    await init.settles();
    expect(times(init.stdout.text, 2)).toBe(1 + one.daemons);
  });

  test.each(isolations)(
    "P22: a new size of the terminal is told to the program exactly once (%s)",
    async (isolation) => {
      await using init = await onTerminal([isolation, "--", counter, "--each"]);
      await init.says(/^ready$/m);
      init.resize(100, 30);
      await init.says(/signal 28 code/);
      await init.settles();
      init.signal("SIGUSR1");
      await init.says(/signal 10 code/);
      expect(times(init.stdout.text, 28)).toBe(1);
    },
  );

  test.each<[string, boolean]>([
    ["--isolate=group", true],
    ["--isolate=session", true],
    ["--isolate=none", true],
  ])("P22: the program has the terminal and the foreground (%s)", async (isolation, foreground) => {
    await using init = await onTerminal([isolation, "--", report]);
    const values = parseReport((await init.finish()).stdout);
    expect(values).toMatchObject({ terminal: "0", controlling: "yes" });
    expect(values["foreground"] === values["group"]).toBe(foreground);
  });

  test.each(isolations)("P22: an interactive shell has job control (%s)", async (isolation) => {
    await using init = await onTerminal([isolation, "--", "/bin/bash", "--norc", "--noprofile", "-i"], {
      environment: { PATH: "/usr/bin:/bin", PS1: "PROMPT> ", TERM: "dumb" },
    });
    await init.says(/PROMPT> $/);
    const shell = ["bash", "--norc", "--noprofile", "-i", "-c", "exit"];
    const withoutTerminal = spawnSync("setsid", ["--wait", ...shell], { input: "", encoding: "utf8" });
    expectAbsent("no job control", init.stdout.text, withoutTerminal.stderr);
    init.write("echo flags-$-\r");
    await init.says(/^flags-\w*m\w*$/m);
    init.write("sleep 1000\r");
    await init.sees("sleep in the foreground", (all) =>
      all.some((one) => one.name === "sleep" && one.group === one.foreground),
    );
    init.write(ctrlZ);
    await init.says(/Stopped\s+sleep 1000\n/);
    init.write("fg\r");
    await init.sees("sleep runs again", (all) =>
      all.some((one) => one.name === "sleep" && one.state === "S" && one.group === one.foreground),
    );
    init.write(ctrlC);
    await init.sees("sleep is gone", (all) => !all.some((one) => one.name === "sleep"));
    init.write("exit 9\r");
    expect(await init.end()).toEqual({ code: 9 });
  });

  test.each(["--isolate=group", "--isolate=session", "--isolate=none"])(
    "P22: Ctrl-Z does not leave the program stopped where nobody could resume it (%s)",
    async (isolation) => {
      await using init = await onTerminal([isolation, "--", "/bin/cat"]);
      await init.sees("cat in the foreground", (all) => all.some((one) => one.name === "cat" && one.state === "S"));
      init.write(ctrlZ);
      // It cannot answer while it is stopped.
      init.write("alive\r");
      await init.says(/alive\n[^]*alive\n/);
      init.write("\x04");
      expect(await init.end()).toEqual({ code: 0 });
    },
  );

  // The caller's mask is the second that is set. The first execve does not find the program.
  test.each([
    ["rt_sigprocmask:2", "--isolate=group"],
    ["execve:1", "--isolate=group"],
    ["rt_sigprocmask:2", "--isolate=none"],
    ["rt_sigprocmask:2", "--isolate=session"],
  ])(
    "P22: Ctrl-Z before the program is there stops nothing but the program, which goes on (held after %s, %s)",
    async (call, isolation) => {
      await using init = await onTerminal([isolation, "--", "cat"], {
        environment: { PATH: "/nowhere:/usr/bin:/bin" },
        inherit: [`hold-after-call=${call}`],
      });
      await init.reports.match(/^held /m);
      init.write(ctrlZ);
      const child = readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, "latin1").trim();
      await until("the child has the signal", () =>
        /^(?:Sig|Shd)Pnd:\s*0*80000$/m.test(readFileSync(`/proc/${child}/status`, "latin1")),
      );
      init.order("go");
      init.write("alive\r");
      await init.says(/alive\n[^]*alive\n/);
      init.write("\x04");
      expect(await init.end()).toEqual({ code: 0 });
    },
  );

  for (const as of ["pid1", "process"] as const) {
    test.each(isolations)(
      `P22: a terminal that hangs up ends a program that does nothing about it, with 129 (%s, ${as})`,
      async (isolation) => {
        await using init = await onTerminal([isolation, "-vvv", "--", "/bin/sleep", "1000"], { as });
        await init.isUp();
        init.hangUp();
        expect(await init.end()).toEqual({ code: 129 });
      },
    );
  }

  test("P22: the program gets the hang-up, and may go on", async () => {
    await using init = await onTerminal(["-vvvv", "--", counter, "--quit-on=10"]);
    await init.says(/^ready$/m);
    init.hangUp();
    await init.settles();
    init.signal("SIGUSR1");
    expect(await init.end()).toEqual({ code: 0 });
  });

  test.each([[[0]], [[0, 1]], [[0, 1, 2]]])(
    "P16, P22: with %s closed nothing of ours takes their place in the program",
    async (closed) => {
      await using init = await onTerminal(["--", report, "--to=/dev/tty"], { as: "pid1" });
      await init.end();
      await using other = await start(["--", report, "--to=/dev/tty"], {
        terminal: true,
        inherit: ["own-terminal", ...closed.map((fd) => `close=${fd}`)],
      });
      const { stdout } = await other.finish();
      const open = [0, 1, 2].filter((fd) => !closed.includes(fd)).join(",");
      expect(parseReport(stdout)["descriptors"]).toBe(open);
    },
  );

  test("P13, P22: on a terminal the init keeps nothing open but the standard three and the terminal", async () => {
    await using init = await onTerminal(["--", "/bin/sleep", "1000"], { inherit: ["extra-descriptors=3"] });
    await init.isUp();
    await init.settles();
    const open = readdirSync(`/proc/${init.pid}/fd`).map(
      (fd) => [fd, readlinkSync(`/proc/${init.pid}/fd/${fd}`)] as const,
    );
    const others = open.filter(([fd]) => Number(fd) > 2).map(([, target]) => target);
    expect(
      others.every((target) => /^\/dev\/(tty|pts\/\d+)$/.test(target)),
      others.join(),
    ).toBe(true);
    expect(others.length).toBeLessThanOrEqual(1);
  });

  test("P14, P22: without a free descriptor it works on a terminal too", async () => {
    await using init = await onTerminal(["--", program("report"), "--exit=7"], { inherit: ["limit=NOFILE:3"] });
    expect((await init.finish()).ending).toEqual({ code: 7 });
  });

  test("P22: a terminal that is not the controlling one is no obstacle", async () => {
    await using init = await start(["--", report, "--exit=7"], { terminal: true, inherit: ["session"] });
    expect((await init.finish()).ending).toEqual({ code: 7 });
  });

  test.each(["EPERM", "EIO", "EACCES", "EINVAL", "ENOTTY"])("P22: %s from tcsetpgrp is never fatal", async (error) => {
    // TIOCSPGRP
    await using init = await onTerminal(["--", report, "--exit=7"], { inherit: [`seccomp=${error}:ioctl@1=0x5410`] });
    expect((await init.finish()).ending).toEqual({ code: 7 });
  });

  test("P22: EIO from every question about the terminal is never fatal", async () => {
    await using init = await start(["--", report, "--exit=7"], {
      terminal: true,
      // TIOCGPGRP, TIOCSPGRP
      inherit: ["own-terminal", "seccomp=EIO:ioctl@1=0x540f,ioctl@1=0x5410"],
    });
    expect((await init.finish()).ending).toEqual({ code: 7 });
  });
});

describe("keys that an option is about", () => {
  const everywhere = (["docker run -t", "a shell"] as const).flatMap((where) =>
    ["--isolate=group", "--isolate=none"].map((isolation) => [where, isolation] as const),
  );

  /** Types Ctrl-C when `ready` is there, and returns what the terminal showed and the exit code. */
  async function afterCtrlC(where: string, words: readonly string[], ready: RegExp): Promise<[string, number]> {
    if (where === "docker run -t") {
      await using init = await onTerminal(words, { as: "pid1" });
      await init.says(ready);
      init.write(ctrlC);
      const ending = await init.end();
      return [init.stdout.text, "code" in ending ? ending.code : NaN];
    }
    await using terminal = await Terminal.shell("bash", environment);
    await terminal.enter(`$INIT ${words.join(" ")}; echo code-$?`);
    await terminal.see(ready);
    const mark = terminal.mark;
    terminal.type(ctrlC);
    const [, code] = await terminal.see(/code-(\d+)$/m, mark);
    return [terminal.screen.text, Number(code)];
  }

  test.each(everywhere)("P22, P24: Ctrl-C starts the grace period (%s, %s)", async (where, isolation) => {
    const words = [isolation, "--grace=300ms", "--", counter, "--each"];
    const [shown, code] = await afterCtrlC(where, words, /^ready$/m);
    expect([times(shown, 2), code]).toEqual([1, 137]);
  });

  test.each(everywhere)("P22, P28: Ctrl-C ends --restart (%s, %s)", async (where, isolation) => {
    const words = [isolation, "--restart=always", "--restart-delay=50ms", "--", counter, "--quit-on=2"];
    const [shown, code] = await afterCtrlC(where, words, /^ready$/m);
    expect([shown.match(/^ready$/gm)?.length, code]).toEqual([1, 0]);
  });

  test.each(["docker run -t", "a shell"])("P22, P23: --rewrite changes Ctrl-C (%s)", async (where) => {
    const words = ["-r", "INT:TERM", "--", counter, "--each", "--quit-on=15"];
    const [shown] = await afterCtrlC(where, words, /^ready$/m);
    expect([times(shown, 2), times(shown, 15)]).toEqual([0, 1]);
  });

  test.each(["docker run -t", "a shell"])(
    "P22: a program that reads the terminal has its keys: Ctrl-C there starts no grace period (%s)",
    async (where) => {
      const script = "read line; echo got-$line; exec $0 --each --quit-on=10";
      if (where === "docker run -t") {
        await using init = await onTerminal(["--grace=0", "--", "sh", "-c", script, counter], {
          environment: { PATH: "/usr/bin:/bin" },
        });
        await init.sees("sh in the foreground", (all) =>
          all.some((one) => one.group === one.foreground && one.pid === 2),
        );
        init.write("alive\r");
        await init.says(/^got-alive$[^]*^ready$/m);
        init.write(ctrlC);
        await init.says(/signal 2 code/);
        await init.settles();
        init.signal("SIGUSR1");
        expect(await init.end()).toEqual({ code: 0 });
        return;
      }
      await using terminal = await Terminal.shell("bash", environment);
      await terminal.enter(`$INIT --grace=0 -- sh -c '${script}' $COUNTER`);
      await terminal.hasForeground("sh");
      terminal.type("alive\r");
      await terminal.see(/^got-alive$[^]*^ready$/m);
      terminal.type(ctrlC);
      await terminal.see(/signal 2 code/);
      await terminal.becomes(own, "S");
      const from = terminal.mark;
      process.kill(terminal.process("count-signals")?.pid ?? 0, "SIGUSR1");
      await terminal.prompts(from);
    },
  );

  test("P22, P23: --rewrite=WINCH:0 keeps a new size from the program", async () => {
    await using init = await onTerminal(["-r", "WINCH:0", "--", counter, "--each"], { as: "pid1" });
    await init.says(/^ready$/m);
    init.resize(100, 30);
    await init.settles();
    init.signal("SIGUSR1");
    await init.says(/signal 10 code/);
    expect(times(init.stdout.text, 28)).toBe(0);
  });

  test.each(isolations)(
    "P22: Ctrl-C between two lives ends --restart, with the code of the last (%s)",
    async (isolation) => {
      const words = [
        isolation,
        "-vvv",
        "--restart=always",
        "--restart-delay=1h",
        "--",
        "sh",
        "-c",
        "read line; exit 6",
      ];
      await using init = await onTerminal(words, { as: "pid1", environment: { PATH: "/usr/bin:/bin" } });
      await init.sees("sh reads", (all) => all.some((one) => one.group === one.foreground && one.pid === 2));
      init.write("a line\r");
      await init.says(/Starting again/);
      await init.settles();
      init.write(ctrlC);
      expect(await init.end()).toEqual({ code: 6 });
    },
  );
});

describe("under an interactive shell", () => {
  for (const shell of shells) {
    test.each(isolations)(
      `P22: Ctrl-C reaches the program exactly once, and the prompt comes back (%s, ${shell})`,
      async (isolation) => {
        await using terminal = await Terminal.shell(shell, environment);
        await terminal.enter(`$INIT ${isolation} -- $COUNTER --each --quit-on=10`);
        await terminal.see(/^ready$/m);
        terminal.type(ctrlC);
        await terminal.see(/signal 2 code/);
        const init = terminal.process(own);
        expect(init).toBeDefined();
        const from = terminal.mark;
        // Everything that the keys have caused is served before this, since lower numbers come first.
        await terminal.becomes(own, "S");
        process.kill(init?.pid ?? 0, "SIGUSR1");
        await terminal.prompts(from);
        expect(times(terminal.screen.text, 2)).toBe(1);
      },
    );

    test.each(isolations)(
      `P22: Ctrl-C ends a program that does nothing about it with 130 (%s, ${shell})`,
      async (isolation) => {
        await using terminal = await Terminal.shell(shell, environment);
        await terminal.enter(`$INIT ${isolation} -- sleep 1000`);
        await terminal.becomes("sleep", "S");
        const from = terminal.mark;
        terminal.type(ctrlC);
        await terminal.prompts(from);
        const after = await terminal.enter("echo code-$?");
        await terminal.see(/^code-130$/m, after);
      },
    );

    test.each(isolations)(
      `P22: Ctrl-Z gives the prompt back, fg resumes, bg too, and the foreground is right each time (%s, ${shell})`,
      async (isolation) => {
        await using terminal = await Terminal.shell(shell, environment);
        const shellGroup = terminal.pid;
        await terminal.enter(`$INIT ${isolation} -- sleep 1000`);
        await terminal.becomes("sleep", "S");

        let from = terminal.mark;
        terminal.type(ctrlZ);
        await terminal.becomes("sleep", "T");
        await terminal.becomes(own, "T");
        await terminal.prompts(from);
        expect(terminal.foreground).toBe(shellGroup);

        await terminal.enter("fg");
        await terminal.becomes("sleep", "S");
        await terminal.becomes(own, "S");
        await terminal.sees("the job in the foreground", (all) => all[0]?.foreground !== shellGroup);

        from = terminal.mark;
        terminal.type(ctrlZ);
        await terminal.becomes("sleep", "T");
        await terminal.prompts(from);
        from = await terminal.enter("bg");
        await terminal.becomes("sleep", "S");
        await terminal.becomes(own, "S");
        await terminal.prompts(from);
        expect(terminal.foreground).toBe(shellGroup);

        await terminal.enter("fg");
        await terminal.sees("the job in the foreground", (all) => all[0]?.foreground !== shellGroup);
        // The shells differ: bash sends no SIGCONT to a running job, so the init cannot notice that it is in the foreground now.
        if (isolation === "--isolate=group" && shell === "sh") await terminal.hasForeground("sleep");
        from = terminal.mark;
        terminal.type(ctrlC);
        await terminal.prompts(from);
        from = await terminal.enter("echo code-$?");
        await terminal.see(/^code-130$/m, from);
      },
    );

    test.each(isolations)(
      `P22: started in the background it does not steal the foreground (%s, ${shell})`,
      async (isolation) => {
        await using terminal = await Terminal.shell(shell, environment);
        let from = await terminal.enter(`$INIT ${isolation} -vv -- sleep 1000 &`);
        await terminal.becomes("sleep", "S");
        await terminal.see(/Spawned/, from);
        expect(terminal.foreground).toBe(terminal.pid);
        from = await terminal.enter("echo still-$((20 + 22))");
        // The shell's prompt may come behind what was typed, and so before this on its line.
        await terminal.see(/still-42$/m, from);
        await terminal.enter("fg");
        await terminal.sees("the job in the foreground", (all) => all[0]?.foreground !== terminal.pid);
        if (isolation === "--isolate=group" && shell === "sh") await terminal.hasForeground("sleep");
        from = terminal.mark;
        terminal.type(ctrlC);
        await terminal.prompts(from);
      },
    );

    test.each(["--isolate=group", "--isolate=none"])(
      `P22: a program in the background that reads the terminal is stopped, the shell hears of it, and after fg it reads (%s, ${shell})`,
      async (isolation) => {
        await using terminal = await Terminal.shell(shell, environment);
        await terminal.enter(`$INIT ${isolation} -- cat &`);
        await terminal.becomes("cat", "T");
        await terminal.becomes(own, "T");
        await terminal.enter("fg");
        await terminal.becomes("cat", "S");
        terminal.type("alive\r");
        await terminal.see(/alive\nalive\n/);
        const from = terminal.mark;
        terminal.type("\x04");
        await terminal.prompts(from);
      },
    );

    test(`P22: a program that was brought to the foreground while it ran may read the terminal (${shell})`, async () => {
      const go = `${temporaryDirectory()}/go`;
      await using terminal = await Terminal.shell(shell, environment);
      let from = await terminal.enter(`$INIT -- sh -c 'until test -e ${go}; do $TICK 1 >/dev/null; done; exec cat' &`);
      await terminal.becomes("tick", "S");
      await terminal.prompts(from);
      await terminal.enter("fg");
      await terminal.sees("the job in the foreground", (all) => all[0]?.foreground !== terminal.pid);
      writeFileSync(go, "");
      await terminal.becomes("cat", "S");
      terminal.type("alive\r");
      await terminal.see(/alive\nalive\n/);
      from = terminal.mark;
      terminal.type("\x04");
      await terminal.prompts(from);
    });
  }

  test.each(
    ["--isolate=group", "--isolate=none"].flatMap((outer) => isolations.map((inner) => [outer, inner] as const)),
  )("P22: an init under an init: Ctrl-C once, Ctrl-Z and fg as ever (%s, %s)", async (outer, inner) => {
    await using terminal = await Terminal.shell("bash", environment);
    await terminal.enter(`$INIT ${outer} -- $INIT ${inner} -- sleep 1000`);
    await terminal.becomes("sleep", "S");
    let from = terminal.mark;
    terminal.type(ctrlZ);
    await terminal.becomes("sleep", "T");
    await terminal.prompts(from);
    await terminal.enter("fg");
    await terminal.sees("nobody is stopped", (all) => all.every((one) => one.state !== "T"));
    from = terminal.mark;
    terminal.type(ctrlC);
    await terminal.prompts(from);
    from = await terminal.enter(`$INIT ${outer} -- $INIT ${inner} -- $COUNTER --each --quit-on=10`);
    await terminal.see(/^ready$/m);
    terminal.type(ctrlC);
    await terminal.see(/signal 2 code/);
    await terminal.sees("everybody sleeps", (all) => all.every((one) => one.state === "S"));
    process.kill(terminal.process("count-signals")?.pid ?? 0, "SIGUSR1");
    await terminal.prompts(from);
    expect(times(terminal.screen.text, 2)).toBe(1);
  });

  test("P22: started in the background on a terminal that stops writers (stty tostop) it is not stopped by its own log lines", async () => {
    await using terminal = await Terminal.shell("bash", environment);
    let from = await terminal.enter("stty tostop");
    await terminal.prompts(from);
    from = await terminal.enter("$INIT -vvv -- sh -c 'exit 7' & wait $!; echo code-$?");
    await terminal.see(/^code-7$/m, from);
  });

  test.each(isolations)(
    "P22: the foreground goes back to the caller at the end, also of a script (%s)",
    async (isolation) => {
      // A script has no job control: only the init itself gives the foreground back.
      await using terminal = await Terminal.open([
        "/bin/sh",
        "-c",
        `${binary} ${isolation} -- /bin/true; exec ${report}`,
      ]);
      const match = await terminal.see(/^foreground=(\d+)$/m);
      const group = await terminal.see(/^group=(\d+)$/m);
      expect(match[1]).toBe(group[1]);
    },
  );

  test("P22: it goes back too when the program is killed, and when it cannot be run", async () => {
    for (const words of ["/bin/sh -c 'kill -9 $$'", "/nope"]) {
      await using terminal = await Terminal.open(["/bin/sh", "-c", `${binary} -- ${words}; exec ${report}`]);
      const match = await terminal.see(/^foreground=(\d+)$/m);
      const group = await terminal.see(/^group=(\d+)$/m);
      expect(match[1]).toBe(group[1]);
    }
  });

  test.each([
    ["only on standard output", "</dev/null 2>/dev/null"],
    ["only on standard error", "</dev/null >/dev/null"],
    ["on none of the three", "</dev/null >/dev/null 2>&1"],
  ])("P22: with the terminal %s the program may read it, and Ctrl-C reaches it once", async (_, redirections) => {
    await using terminal = await Terminal.shell("bash", environment);
    const script = "read line </dev/tty; echo got-$line >/dev/tty; exec $COUNTER --each --quit-on=10 >/dev/tty";
    await terminal.enter(`$INIT -- sh -c '${script}' ${redirections}`);
    await terminal.hasForeground("sh");
    terminal.type("alive\r");
    await terminal.see(/^got-alive$/m);
    await terminal.see(/^ready$/m);
    terminal.type(ctrlC);
    await terminal.see(/signal 2 code/);
    const from = terminal.mark;
    await terminal.becomes(own, "S");
    process.kill(terminal.process(own)?.pid ?? 0, "SIGUSR1");
    await terminal.prompts(from);
    expect(times(terminal.screen.text, 2)).toBe(1);
  });

  for (const shell of ["bash", "sh", "zsh"] as const) {
    const reads = "echo ready >/dev/tty; read line </dev/tty; echo got-$line";
    const reader = `sh -c '${reads}'`;
    test.each([
      ["the end", "nobody", `seq 1 9 | $INIT -- sh -c 'cat >/dev/null; ${reads}'`],
      ["the middle", "sleep", `seq 1 9 | $INIT -- sh -c 'cat; exec sleep 1000' | ${reader}`],
      ["the beginning", "sleep", `$INIT -- sh -c 'seq 1 9; exec sleep 1000' | ${reader}`],
    ])(
      `P22: at %s of a pipeline whoever reads the terminal can, also after Ctrl-Z and fg (${shell})`,
      async (_, left, line) => {
        await using terminal = await Terminal.shell(shell, environment);
        await terminal.enter(line);
        await terminal.see(/^ready$/m);
        // A shell that is stopped between vfork and exec of a command stays there.
        if (left === "sleep") await terminal.becomes("sleep", "S");
        else {
          // Until the program that was put into the foreground is continued, Ctrl-Z is lost: SIGCONT discards it, under any shell.
          await terminal.sees("the reader has the foreground", (all) =>
            all.some(({ name, state, group, foreground }) => name === "sh" && state === "S" && group === foreground),
          );
        }
        let from = terminal.mark;
        terminal.type(ctrlZ);
        await terminal.sees("everybody is stopped", (all) => all.slice(1).every((one) => one.state === "T"));
        await terminal.prompts(from);
        await terminal.enter("fg");
        await terminal.sees("nobody is stopped", (all) => all.every((one) => one.state !== "T"));
        terminal.type("alive\r");
        from = terminal.mark;
        await terminal.see(/^got-alive$/m);
        if (left === "sleep") terminal.type(ctrlC);
        await terminal.prompts(from);
        await terminal.sees("the shell alone", (all) => all.length === 1);
      },
    );
  }

  test.each(["bash", "sh", "zsh"] as const)(
    "P22: a program whose output the shell captures reads the terminal, and the prompt is back (%s)",
    async (shell) => {
      await using terminal = await Terminal.shell(shell, environment);
      const script = "echo ready >/dev/tty; read line </dev/tty; echo got-$line";
      const mark = await terminal.enter(`taken="$($INIT -- sh -c '${script}')"; echo "taken $taken"`);
      await terminal.see(/^ready$/m, mark);
      terminal.type("alive\r");
      await terminal.see(/^taken got-alive$/m, mark);
      await terminal.prompts(mark);
      const after = await terminal.enter("echo asks; read line; echo shell $line");
      // What is typed while bash's own line editor still has the terminal is not what `read` gets.
      await terminal.see(/^asks$/m, after);
      terminal.type("three\r");
      await terminal.see(/^shell three$/m, after);
    },
  );

  test("P22: the program of a pipeline's end reads the terminal", async () => {
    await using terminal = await Terminal.shell("bash", environment);
    const from = await terminal.enter("$INIT -- tac");
    await terminal.hasForeground("tac");
    terminal.type("one\rtwo\r\x04");
    await terminal.see(/two\none\n/, from);
    await terminal.prompts(from);
  });

  test.each(isolations)(
    "P22: when the terminal closes nothing of a stopped job stays behind (%s)",
    async (isolation) => {
      await using terminal = await Terminal.shell("bash", environment);
      await terminal.enter(`$INIT ${isolation} -- sleep 1000`);
      await terminal.becomes("sleep", "S");
      terminal.type(ctrlZ);
      await terminal.becomes("sleep", "T");
      const ours = [terminal.process(own)?.pid, terminal.process("sleep")?.pid];
      terminal.hangUp();
      await until("both are gone", () => !ours.some((pid) => isAlive(pid ?? 0)));
    },
  );

  test.each(isolations)("P22: when the terminal closes a running job ends (%s)", async (isolation) => {
    await using terminal = await Terminal.shell("bash", environment);
    await terminal.enter(`$INIT ${isolation} -vvv -- sleep 1000`);
    await terminal.becomes("sleep", "S");
    const ours = [terminal.process(own)?.pid, terminal.process("sleep")?.pid];
    terminal.hangUp();
    await until("both are gone", () => !ours.some((pid) => isAlive(pid ?? 0)));
  });

  test("P22: a job that is stopped and ended by TERM is gone, and the shell notices", async () => {
    await using terminal = await Terminal.shell("bash", environment);
    await terminal.enter("$INIT -- sleep 1000");
    await terminal.becomes("sleep", "S");
    const from = terminal.mark;
    terminal.type(ctrlZ);
    await terminal.becomes(own, "T");
    await terminal.prompts(from);
    // It sends SIGTERM, and SIGCONT because the job is stopped.
    await terminal.enter("kill %1");
    await terminal.sees("the job dead", (all) => all.slice(1).every((one) => one.state === "Z"));
    // While it prints a change of jobs, bash only counts a SIGCHLD that comes in, and does not look for the dead until the
    // next one. So it gets another one.
    const after = await terminal.enter("/bin/true; jobs");
    await terminal.see(/Terminated|Exit 143/, after);
    await terminal.sees("the shell alone", (all) => all.length === 1);
  });
});
