/** The lockdown on the real kernel: it restricts the init, and affects nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { build } from "../../scripts/build.ts";
import { both } from "./family.ts";
import { type Ending, launch, type Init } from "./namespace.ts";
import { binary, program, runs, start, temporaryDirectory } from "./subject.ts";
import { traced } from "./tracing.ts";
import { until } from "./waiting.ts";

/** What Docker leaves a container's root by default. */
const DOCKER_CAPABILITIES = [
  ...["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service"],
  ...["net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"],
];
const AS_DOCKER = ["--bounding-set", ["-all", ...DOCKER_CAPABILITIES.map((name) => `+${name}`)].join()];

/** CapEff of CAP_KILL alone. */
const KILL_ALONE = "0000000000000020";

async function isLockedIn(init: Init): Promise<void> {
  await until(
    "it is locked in",
    () => init.status("Seccomp")?.startsWith("2"),
    () => init.describe(),
  );
}

/** Runs a shell script under the init with Docker's capabilities; it begins when the init is locked in. */
async function inDocker(script: string): Promise<{ ending: Ending; output: string }> {
  const output = join(temporaryDirectory(), "output");
  const waits = "until grep -q 'Seccomp:.2' /proc/$PPID/status; do :; done;";
  const command = ["setpriv", ...AS_DOCKER, binary, "--", "/bin/sh", "-c", `${waits} ${script}`];
  // A file, since what the harness reads is a socket, which nobody can open.
  const words = ["-c", `exec "$@" >>${output} 2>&1`, "sh", ...command];
  await using init = await launch({ binary: "/bin/sh", arguments: words });
  const { ending } = await init.finish();
  return { ending, output: readFileSync(output, "utf8") };
}

describe.each(both)("the init (%s)", (_, as) => {
  test("P51: has no new privileges, a filter, and no capability in effect but CAP_KILL; its program has none of it", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"], { as });
    await isLockedIn(init);
    expect([init.status("NoNewPrivs"), init.status("CapEff")]).toEqual(["1", KILL_ALONE]);
    const child = readFileSync(`/proc/${String(init.pid)}/task/${String(init.pid)}/children`, "utf8").trim();
    const [status, ours] = [child, "self"].map((pid) => readFileSync(`/proc/${pid}/status`, "utf8"));
    for (const field of ["NoNewPrivs", "Seccomp", "CapEff", "CapPrm"]) {
      const line = new RegExp(`^${field}:.*$`, "m");
      expect(line.exec(status ?? "")?.[0], field).toBe(line.exec(ours ?? "")?.[0]);
    }
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 143 });
  });

  test("P51: is still stopped, continued and traced as before", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"], { as });
    await isLockedIn(init);
    const trace = await traced(init, async (stop) => {
      init.signal("SIGURG");
      await init.settles();
      stop();
    });
    expect(trace).toContain("SIGURG");
    // As PID 1 nobody within its namespace could stop it.
    init.signal("SIGSTOP");
    await until(
      "it is stopped",
      () => init.status("State")?.startsWith("T"),
      () => init.describe(),
    );
    init.signal("SIGCONT");
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 143 });
  });

  test("P51: --no-lockdown leaves it as it was", async () => {
    await using init = await start(["--no-lockdown", "--", "/bin/sleep", "1000"], { as });
    await init.settles();
    const own = /^CapEff:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    expect([init.status("NoNewPrivs"), init.status("Seccomp"), init.status("CapEff")]).toEqual(["0", "0", own]);
    init.signal("SIGTERM");
    await init.finish();
  });
});

test("P51: each life under --restart has no filter and may gain privileges, as the first", async () => {
  const script = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; exit 1";
  const options = ["--restart=on-failure:2", "--restart-delay=1ms"];
  const own = readFileSync("/proc/self/status", "utf8");
  const lines = own.split("\n").filter((line) => /^(?:NoNewPrivs|Seccomp):/.test(line));
  const { ending, stdout } = await runs([...options, "--", "/bin/sh", "-c", script]);
  expect(ending).toEqual({ code: 1 });
  expect(stdout).toBe(`${lines.join("\n")}\n`.repeat(3));
});

describe("with Docker's capabilities", () => {
  test("P51: programs write to /proc/1/fd/1, also through a link", async () => {
    const link = join(temporaryDirectory(), "log");
    const script = "echo one >>/proc/1/fd/1; ln -s /proc/1/fd/1 LINK; echo two >>LINK".replaceAll("LINK", link);
    expect(await inDocker(script)).toEqual({ ending: { code: 0 }, output: "one\ntwo\n" });
  });

  test("P51: PID 1 can be inspected as before", async () => {
    const script =
      "grep -az ^PATH= /proc/1/environ | tr '\\0' '\\n'; readlink /proc/1/exe /proc/1/cwd /proc/1/root; ls /proc/1/fd";
    const output = `PATH=/usr/bin:/bin\n${binary}\n/\n/\n0\n1\n2\n`;
    expect(await inDocker(script)).toEqual({ ending: { code: 0 }, output });
  });

  test("P15, P51: a program that calls PTRACE_TRACEME may do so", async () => {
    expect(await inDocker(`exec ${program("trace-me")} 10 7`)).toEqual({
      ...{ ending: { code: 7 }, output: "caught 10\nwent on\n" },
    });
  });

  test("P21, P51: a program that changed its user gets its signals", async () => {
    const counts = [program("count-signals"), "--each", "--user=65534"];
    await using init = await launch({ binary: "/usr/bin/setpriv", arguments: [...AS_DOCKER, binary, "--", ...counts] });
    await init.says(/ready/);
    await isLockedIn(init);
    init.signal("SIGUSR1");
    await init.says(/^signal 10 /m);
    init.signal("SIGKILL");
    await init.finish();
  });
});

describe("a call that the filter does not let through", () => {
  test("P51: ends the init, and the kernel names the call", async () => {
    const directory = temporaryDirectory();
    // As if somebody had injected it: the init makes it, and the filter does not know it.
    await build({ outputDirectory: directory, withheld: ["waitid"] });
    const command = { binary: join(directory, "tini-ts"), arguments: ["--", "/bin/sleep", "1000"] };
    for (const [, as] of both) {
      await using init = await launch({ ...command, as });
      await isLockedIn(init);
      const trace = await traced(init, () => {
        init.signal("SIGTERM");
        return init.end();
      });
      expect(await init.end()).toEqual({ signal: "SIGSYS" });
      expect(trace).toMatch(/^waitid\(.*\n\+\+\+ killed by SIGSYS/m);
    }
  });

  test("P51: is not made in a life with everything that an init does", async () => {
    const words = [
      "-vvv",
      "--forward-to=all",
      "--grace=5s",
      "--linger=5s",
      "--delay=1ms",
      "--wait=all",
      "--timeout=1h",
    ];
    const script = "(sleep 1000 &) ; (trap '' TERM; sleep 1000) & echo up; wait";
    await using init = await start([...words, "--", "/bin/sh", "-c", script]);
    await init.says(/up/);
    for (const signal of ["SIGUSR1", "SIGRTMIN+3", "SIGTERM"]) init.signal(signal);
    expect((await init.finish()).ending).not.toEqual({ signal: "SIGSYS" });
    expect((await runs(["-g", "--", "/bin/sh", "-c", "kill -9 $$"])).ending).toEqual({ code: 137 });
  });
});
