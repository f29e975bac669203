import { describe, expect, it } from "vitest";
import { eventually, run, start } from "./box.ts";
import type { HostConfig } from "./docker.ts";
import { SCRATCH } from "./images.ts";
import { leavesOne, ORPHAN, waiting } from "./programs.ts";

/** Everything that `docker run` can take away. */
const LOCKED: HostConfig = { ReadonlyRootfs: true, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] };

/** /busybox of the image that contains only it and /tini-ts. */
const bare = (script: string): string[] => ["/busybox", "sh", "-c", script];

describe("an image with nothing in it but tini-ts and one program", () => {
  it("P14: runs read-only, as an unknown user, without a capability or a network", async () => {
    const script = `/busybox id -u; /busybox id -g; /busybox ls /; trap "echo got TERM; exit 6" TERM
      /busybox sleep 100000 & echo ready; wait`;
    const box = await start({
      image: SCRATCH,
      entrypoint: ["/tini-ts", "--"],
      command: bare(script),
      host: LOCKED,
      create: { User: "65534:65534" },
    });
    await box.stdout.until(/ready/);
    const end = await box.stop();
    expect(end).toMatchObject({ code: 6, stderr: leavesOne(1) });
    expect(end.stdout.split("\n").slice(0, 2)).toEqual(["65534", "65534"]);
    expect(end.stdout).toMatch(/got TERM\n$/);
  });

  it("P14: reaps, forwards and gives the exit code with neither /proc nor /dev", async () => {
    // The right side of the pipe kills the shell that waits for both, and is an orphan then ("Killed" says the outer
    // shell). That one waits for signals in `read`, because it opens /dev/null for what it starts in the background.
    const program = `/busybox ls /; trap "echo got USR1" USR1; trap "exit 6" TERM
      /busybox sh -c '/busybox sleep 0 | kill -9 $$'; /busybox mkfifo /pipe; exec 3<>/pipe
      echo ready; while :; do read line <&3; done`;
    const box = await start({
      image: SCRATCH,
      // The shell takes them away and becomes tini-ts: the engine would not start a container without them.
      entrypoint: bare(`/busybox umount -l /proc; /busybox umount -l /dev; /busybox rm -rf /proc /dev
        exec /tini-ts -w -- "$@"`),
      command: ["sh", ...bare(program)],
      host: { CapAdd: ["SYS_ADMIN"], SecurityOpt: ["apparmor=unconfined"] },
    });
    await box.stdout.until(/ready/);
    await box.stderr.until(/^\[WARN {2}tini-ts \(1\)\] Reaped zombie process with pid=\d+\n/m);
    await box.kill("USR1");
    await box.stdout.until(/got USR1/);
    const end = await box.stop();
    expect(end).toMatchObject({ code: 6, stdout: "busybox\netc\nsys\ntini-ts\nready\ngot USR1\n" });
    expect(end.stderr.split("\n").filter((line) => !/Reaped zombie process|^Killed$|^$/.test(line))).toEqual([]);
  });

  it("P14: finds no shell and no PATH there, and says what is missing", async () => {
    const end = await run({ image: SCRATCH, entrypoint: ["/tini-ts", "--"], command: ["sh"], host: LOCKED });
    expect(end).toMatchObject({ code: 127, stderr: "[FATAL tini-ts (1)] exec sh: not found in PATH\n" });
  });
});

describe("docker run with restrictions", () => {
  const restrictions: { what: string; host: HostConfig; user: string }[] = [
    { what: "a read-only root", host: { ReadonlyRootfs: true }, user: "" },
    { what: "an ordinary user", host: {}, user: "node" },
    { what: "no capability and no new privileges", host: LOCKED, user: "" },
    { what: "tmpfs without exec", host: { ReadonlyRootfs: true, Tmpfs: { "/tmp": "rw,noexec,nosuid" } }, user: "1000" },
    { what: "the host's control group namespace", host: { CgroupnsMode: "host" }, user: "" },
    { what: "little memory, half a processor", host: { Memory: 16 << 20, NanoCpus: 500_000_000 }, user: "" },
    { what: "few processes and descriptors", host: { PidsLimit: 32, Ulimits: [limit("nofile", 16)] }, user: "" },
  ];

  it.each(restrictions)("P14: with $what orphans are reaped and signals forwarded", async ({ host, user }) => {
    const box = await start({
      entrypoint: ["/tini-ts", "--"],
      command: waiting(`trap "kill -9 $(${ORPHAN}); echo got HUP" HUP`, `trap "exit 6" TERM`),
      host,
      create: { User: user },
    });
    await box.stdout.until(/ready/);
    await box.kill("HUP");
    await box.stdout.until(/got HUP/);
    const names = async (): Promise<string[]> => (await box.processes()).map(({ name }) => name).sort();
    await eventually(names, (all) => all.join() === "sh,sleep,tini-ts");
    expect(await box.stop()).toMatchObject({ code: 6, stdout: "ready\ngot HUP\n", stderr: leavesOne(1) });
  });

  it("P2: words reach the program byte for byte", async () => {
    const words = ["", "--", "-v", "--version", "--foo=bar", "a  b\t", "\n", "ü€😀", "$HOME", "*", "'\""];
    const script = 'for word; do printf %s "$word" | od -An -v -tx1 | tr -d " \\n"; echo; done';
    const hex = words.map((word) => `${Buffer.from(word).toString("hex")}\n`).join("");
    const entrypoint = ["/tini-ts", "--"];
    expect((await run({ entrypoint, command: ["sh", "-c", script, "sh", ...words] })).stdout).toBe(hex);
    // The API takes valid UTF-8 alone; a shell can say anything.
    const raw = `exec /tini-ts sh -c '${script}' sh "$(printf '\\377\\001\\200')"`;
    expect((await run({ entrypoint: ["sh", "-c", raw] })).stdout).toBe("ff0180\n");
  });

  it("P16: the program has the environment, directory, limits and standard input that docker gave", async () => {
    const end = await run({
      entrypoint: ["/tini-ts", "--"],
      command: [
        "sh",
        "-c",
        'pwd; ulimit -n; ulimit -Hn; echo "$TINI_VERBOSITY,$WORD"; readlink /proc/self/fd/0; ls /proc/self/fd',
      ],
      environment: { WORD: "a  b", TINI_VERBOSITY: "1" },
      host: { Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }] },
      create: { WorkingDir: "/tmp" },
    });
    // 3 is the directory that ls itself reads.
    expect(end.stdout).toBe("/tmp\n100\n200\n1,a  b\n/dev/null\n0\n1\n2\n3\n");
  });
});

describe("docker run --pid", () => {
  /** Starts an orphan, says who adopted it and who its own parent is, kills it and waits for the end of its zombie. */
  const adoption = `orphan=$(${ORPHAN}); echo init $PPID; grep PPid /proc/$orphan/status
    kill -9 $orphan; while [ -d /proc/$orphan ]; do :; done; echo gone; exit 3`;

  it("P12: host: not being PID 1, it adopts and reaps the program's orphans, and logs nothing about it", async () => {
    const end = await run({
      entrypoint: ["/tini-ts", "-w", "--"],
      command: ["sh", "-c", adoption],
      host: { PidMode: "host" },
    });
    const [, init] = /^init (\d+)\nPPid:\t\1\ngone\n$/.exec(end.stdout) ?? [];
    expect(init, end.stdout).toBeDefined();
    expect(init).not.toBe("1");
    expect(end.stderr).toMatch(
      new RegExp(`^\\[WARN {2}tini-ts \\(${init}\\)\\] Reaped zombie process with pid=\\d+\n$`),
    );
    expect(end.code).toBe(3);
  });

  it("P3: host: TINI_SUBREAPER, even empty, has its effect", async () => {
    const end = await run({
      command: ["sh", "-c", adoption],
      environment: { TINI_SUBREAPER: "" },
      host: { Init: true, PidMode: "host" },
    });
    expect(end.stdout).toMatch(/^init (\d+)\nPPid:\t\1\ngone\n$/);
    expect(end).toMatchObject({ code: 3, stderr: "" });
  });

  it("P12: host: --no-subreaper brings tini's warning back, and orphans go elsewhere", async () => {
    const end = await run({
      entrypoint: ["/tini-ts", "--no-subreaper", "--"],
      command: ["sh", "-c", adoption],
      host: { PidMode: "host" },
    });
    const [, init, parent] = /^init (\d+)\nPPid:\t(\d+)\n/.exec(end.stdout) ?? [];
    expect(parent).not.toBe(init);
    expect(end.stderr).toMatch(/^\[WARN {2}tini-ts \(\d+\)\] .*not running as PID 1.*\n/);
    expect(end.stderr).toMatch(/zombie reaping won't work\.\n/i);
    expect(end.code).toBe(3);
  });

  it("P12: container:ID: it serves its program in another's PID namespace, which outlives it", async () => {
    const other = await start({ command: ["sleep", "100000"] });
    const end = await run({
      entrypoint: ["/tini-ts", "--"],
      command: ["sh", "-c", adoption],
      host: { PidMode: `container:${other.container.id}` },
    });
    expect(end.stdout).toMatch(/^init (?!1\n)(\d+)\nPPid:\t\1\ngone\n$/);
    expect(end).toMatchObject({ code: 3, stderr: "" });
    expect((await other.container.inspect()).State.Running).toBe(true);
  });
});

describe("docker exec", () => {
  it("P27: tini-ts that is killed there takes its program along", async () => {
    const box = await start({ command: ["sleep", "100000"] });
    // Not in a container of its own: there the engine would kill what is left, whatever the init does.
    const ended = box.exec(["/tini-ts", "--", "tail", "-f", "/dev/null"]);
    await box.process("tail", "S");
    const [init] = (await box.processes()).filter(({ name }) => name === "tini-ts");
    await box.exec(["kill", "-9", String(init?.pid)]);
    expect((await ended).code).toBe(137);
    await eventually(
      () => box.processes(),
      (all) => !all.some(({ name, state }) => name === "tail" && state !== "Z"),
    );
  });
});

function limit(name: string, value: number): { Name: string; Soft: number; Hard: number } {
  return { Name: name, Soft: value, Hard: value };
}
