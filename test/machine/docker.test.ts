import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, start, type Options } from "../containers/box.ts";
import { waiting } from "../containers/programs.ts";
import { bootEngine } from "./engine.ts";
import type { Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await bootEngine();
});
afterAll(() => machine[Symbol.asyncDispose]());

/** `docker run` of tini-ts with these words. */
const under = (words: readonly string[], host: Options["host"] = {}): Options => ({
  entrypoint: ["/tini-ts"],
  command: [...words],
  host,
});

/** What `docker run` may be told. */
const ways: readonly (readonly [string, NonNullable<Options["host"]>])[] = [
  ["by default", {}],
  ["with --privileged --cgroupns host", { Privileged: true, CgroupnsMode: "host" }],
  [
    "with --read-only --cap-drop ALL and limits of Docker's own",
    { ReadonlyRootfs: true, CapDrop: ["ALL"], Memory: 64 << 20, NanoCpus: 500_000_000, PidsLimit: 30 },
  ],
];

describe("docker run on cgroup v2", () => {
  it.each(ways)(
    "P14, P11, P30: %s the program runs, orphans are reaped, the code is the container's",
    async (_, host) => {
      const words = ["-v", "-w", "--linger=10s", "--", "sh", "-c", "(true & true &); echo hello; exit 7"];
      const { code, stdout, stderr } = await run(under(words, host));
      expect({ code, stdout }).toEqual({ code: 7, stdout: "hello\n" });
      expect(stderr.match(/Reaped zombie process/g)).toHaveLength(2);
    },
  );

  it("P30: --init is tini-ts, whose options are in the environment", async () => {
    const { code } = await run({
      entrypoint: ["sh", "-c", "exit 7"],
      environment: { TINI_REMAP_EXIT: "7:9" },
      host: { Init: true },
    });
    expect(code).toBe(9);
  });

  it("P20, P24: signals reach the program; docker stop ends it by its own code", async () => {
    const box = await start(
      under(["--", ...waiting("trap 'echo got USR1' USR1", "trap 'echo got TERM; exit 5' TERM")]),
    );
    await box.stdout.until(/ready\n/);
    await box.kill("SIGUSR1");
    await box.stdout.until(/got USR1\n/);
    const { code, stdout } = await box.stop();
    expect({ code, stdout }).toEqual({ code: 5, stdout: "ready\ngot USR1\ngot TERM\n" });
  });

  it("P24: what is deaf is killed when the grace is over, not when Docker's time is", async () => {
    const box = await start(under(["--grace=300ms", "--", ...waiting("trap '' TERM")]));
    await box.stdout.until(/ready\n/);
    const { code, state } = await box.stop(100);
    expect({ code, oom: state.OOMKilled }).toEqual({ code: 137, oom: false });
  });
});
