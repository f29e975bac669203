import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { start } from "./box.ts";
import { leavesOne } from "./programs.ts";

/** Says what comes from the terminal, and on USR1 how many there were of each. */
const PROGRAM = `
interrupts=0 quits=0 resizes=0
trap 'interrupts=$((interrupts + 1)); echo interrupt' INT
trap 'quits=$((quits + 1)); echo quit' QUIT
trap 'resizes=$((resizes + 1)); stty size' WINCH
trap 'echo counts $interrupts $quits $resizes' USR1
trap 'exit 6' TERM
sleep 100000 & tty; echo ready; while :; do wait $!; done`;

describe("docker run --tty", () => {
  it.each(["group", "session", "none"])(
    "P22: --isolate=%s: Ctrl-C, Ctrl-\\ and a new size reach the program, each once",
    async (isolate) => {
      const box = await start({
        entrypoint: ["/tini-ts", `--isolate=${isolate}`, "--"],
        command: ["sh", "-c", PROGRAM],
        create: { Tty: true, OpenStdin: true },
      });
      await box.stdout.until(/\/dev\/pts\/0\r\nready/);
      // The engine may set the first size before or after the program is there: from here on it is counted.
      await box.container.resize({ h: 33, w: 101 });
      await box.stdout.until(/33 101/);
      await box.kill("USR1");
      const [, before] = await box.stdout.until(/counts 0 0 (\d+)/);
      await box.container.resize({ h: 44, w: 102 });
      await box.stdout.until(/44 102/);
      box.type("\x03");
      await box.stdout.until(/interrupt/);
      box.type("\x1c");
      await box.stdout.until(/quit/);
      // The kernel hands the lowest number out first: whatever came twice is counted before USR1 is.
      await box.kill("USR1");
      const [, after] = await box.stdout.until(/counts 1 1 (\d+)/);
      expect(Number(after)).toBe(Number(before) + 1);
      const end = await box.stop();
      expect(end.code).toBe(6);
      // The sleep that the program waited for lives on, except in a session of its own: the kernel hangs that up at its end.
      const [, said] = end.stdout.replaceAll("\r\n", "\n").split(`counts 1 1 ${after}\n`);
      expect(said).toBe(isolate === "session" ? "" : leavesOne(1));
    },
  );

  it("P22: the program is in the foreground: it can read from the terminal", async () => {
    const box = await start({
      entrypoint: ["/tini-ts", "--"],
      command: ["sh", "-c", 'echo ready; read line; echo "read $line"; exit 7'],
      create: { Tty: true, OpenStdin: true },
    });
    await box.stdout.until(/ready/);
    box.type("words\r");
    await box.stdout.until(/read words/);
    expect((await box.end()).code).toBe(7);
  });

  it("P22: Ctrl-Z does not leave the program stopped for ever: no shell could resume it there", async () => {
    const box = await start({
      entrypoint: ["/tini-ts", "--"],
      command: ["sh", "-c", "trap 'echo continued' CONT; sleep 100000 & echo ready; while :; do wait $!; done"],
      create: { Tty: true, OpenStdin: true },
    });
    await box.stdout.until(/ready/);
    box.type("\x1a");
    await box.stdout.until(/continued/);
    await box.process("sh", "S");
  });

  it("P22: an interactive shell has job control", async () => {
    const box = await start({
      entrypoint: ["/tini-ts", "--"],
      command: ["sh", "-i"],
      create: { Tty: true, OpenStdin: true },
    });
    box.type("sleep 100000\r");
    await box.process("sleep", "S");
    box.type("\x1a");
    await box.stdout.until(/Stopped/);
    await box.process("sleep", "T");
    box.type("fg\r");
    await box.process("sleep", "S");
    box.type("\x03");
    await box.stdout.until(/\^C[^]*# /);
    box.type("echo status $?; exit 9\r");
    await box.stdout.until(/status 130/);
    const end = await box.end();
    expect(end.code).toBe(9);
    const withoutTerminal = await start({
      entrypoint: ["/tini-ts", "-v", "--"],
      command: ["sh", "-i"],
      create: { OpenStdin: true },
    });
    await withoutTerminal.stderr.until(/job control turned off/);
    const { stderr } = await withoutTerminal.stop(patience(20));
    for (const line of ["can't access tty", "job control turned off", "tini-ts"])
      expectAbsent(line, end.stdout, stderr);
  });
});
