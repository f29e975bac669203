/** Signals: which ones arrive, at which process, how often, and with which values. */

import { program } from "../processes/programs.ts";
import { launch, type Init, type Launch } from "../processes/namespace.ts";
import { looksAgain, watched, type Difference, type Scenario, type Subject } from "./scenario.ts";

const counter = program("count-signals");

/** The highest signal: both the init and count-signals take it after all others that are there. */
const last = 64;

const everySignal = Array.from({ length: last - 1 }, (_, index) => index + 1).filter(
  // KILL and STOP cannot be caught, CHLD is the init's own.
  (signal) => ![9, 17, 19].includes(signal),
);

async function counts(init: Init): Promise<Record<string, number>> {
  await init.says(/^reached$/m);
  init.write("report\n");
  const [, found = ""] = await init.says(/^counts(.*)\n/m);
  return Object.fromEntries(
    found
      .trim()
      .split(" ")
      .map((pair) => pair.split("=") as [string, string])
      .map(([signal, count]) => [signal, Number(count)]),
  );
}

async function startCounter(subject: Subject, options: string[], setting: Partial<Launch> = {}, words: string[] = []) {
  const init = await launch({
    binary: subject.binary,
    arguments: [...options, "--", counter, `--until=${last}:1`, ...words],
    ...setting,
  });
  await init.says(/^ready$/m);
  return init;
}

/** A scenario that sends one signal, then the last, and returns how often the program got it. */
export function forwarded(signal: number, difference?: Difference): Scenario {
  return watched(
    `signal ${signal} from outside`,
    async (subject) => {
      await using init = await startCounter(subject, []);
      init.signal(signal);
      init.signal(last);
      const seen = await counts(init);
      init.write("quit 5\n");
      return { ending: await init.end(), count: seen[signal] ?? 0 };
    },
    difference,
  );
}

/** tini keeps these at their default, or ignores them, and as PID 1 they do nothing. */
const dropped = new Map([
  ...[4, 5, 6, 7, 8, 11, 31].map((signal) => [signal, "synchronous-signals"] as const),
  ...[21, 22].map((signal) => [signal, "terminal-stops"] as const),
]);

/**
 * A scenario that sends a signal, and says whether it came to the whole group of the program, as it should with
 * all inits (true), none, or the one that `reached` names.
 */
export function groupScenario(
  name: string,
  options: string[],
  environment: Record<string, string>,
  reached: boolean | Subject["name"],
  difference?: Difference,
): Scenario {
  const observe = async (subject: Subject) => {
    // The sleeping process is in the group of the program, and dies of the signal if it gets it.
    const script = `sleep 1000 & exec ${counter} --until=10:1`;
    await using init = await launch({
      binary: subject.binary,
      arguments: [...options, "--", "sh", "-c", script],
      environment: { PATH: "/bin", ...environment },
    });
    await init.says(/^ready$/m);
    await init.sees("the other one sleeps", (all) => all.some((one) => one.name === "sleep" && one.state === "S"));
    init.signal("SIGUSR1");
    await init.says(/^reached$/m);
    const dead = (all: { name: string; state: string }[]) =>
      !all.some((one) => one.name === "sleep" && one.state !== "Z");
    if (reached === true || reached === subject.name) await init.sees("the other one is dead", dead);
    const group = dead(init.processes());
    init.write("quit 5\n");
    return { ending: await init.end(), group };
  };
  return watched(name, observe, difference);
}

/** The scenarios about signals. */
export const signals: Scenario[] = [
  ...everySignal.map((signal) => {
    const id = dropped.get(signal);
    return forwarded(signal, id === undefined ? undefined : { id, theirs: { count: 0 }, ours: { count: 1 } });
  }),
  watched("SIGTERM ends a program that does not catch it", async ({ binary }) => {
    await using init = await launch({ binary, arguments: ["--", "sh", "-c", "echo up; exec sleep 1000"] });
    await init.says(/^up$/m);
    init.signal("SIGTERM");
    return { ending: await init.end() };
  }),
  watched("SIGTERM, not PID 1", async ({ binary }) => {
    const words = ["-s", "--", "sh", "-c", "echo up; exec sleep 1000"];
    await using init = await launch({ binary, arguments: words, as: "process" });
    await init.says(/^up$/m);
    init.signal("SIGTERM");
    const result = await init.finish();
    return { ending: result.ending, stderr: result.stderr, leftover: result.leftover };
  }),
  watched("a thousand real-time signals", async (subject) => {
    await using init = await startCounter(subject, []);
    await init.queue(40, 1, 1000);
    init.signal(last);
    return { count: (await counts(init))["40"] };
  }),
  watched(
    "a signal with a value",
    async (subject) => {
      await using init = await startCounter(subject, [], {}, ["--each"]);
      await init.queue(40, 4711);
      const [, code, value] = await init.says(/^signal 40 code (-?\d+) .* value (\d+)$/m);
      return { code, value };
    },
    { id: "signal-values", theirs: { code: "0", value: "0" }, ours: { code: "-1", value: "4711" } },
  ),
  groupScenario("a signal without -g", [], {}, false),
  groupScenario("a signal with -g", ["-g"], {}, true),
  groupScenario("a signal with TINI_KILL_PROCESS_GROUP=1", [], { TINI_KILL_PROCESS_GROUP: "1" }, true),
  groupScenario("a signal with an empty TINI_KILL_PROCESS_GROUP", [], { TINI_KILL_PROCESS_GROUP: "" }, true),
  watched(
    "SIGTERM right after the init's start",
    async ({ name, binary }) => {
      const words = ["--", "sh", "-c", "echo up; read line; exit 5"];
      await using init = await launch({ binary, arguments: words, inherit: ["hold-after=1"] });
      await init.reports.match(/^held /m);
      init.signal("SIGTERM");
      init.order("go");
      // Where the signal is lost the program runs, and ends by what it reads.
      if (name === "tini") {
        await init.says(/^up$/m);
        init.write("a line\n");
      }
      return { ending: await init.end() };
    },
    { id: "early-signals", theirs: { ending: { code: 5 } }, ours: { ending: { code: 143 } } },
  ),
  watched(
    "the program has become somebody whom the init may not signal",
    async (subject) => {
      // Without CAP_KILL, root may signal other users' processes no more than anyone.
      await using init = await startCounter(subject, [], { inherit: ["drop-capability=5"] }, ["--user=65534"]);
      init.signal("SIGUSR1");
      await init.sees("it has ended, or warned", () => init.ending !== undefined || init.stderr.text.includes("\n"));
      if (!init.ending) init.write("quit 5\n");
      return { ending: await init.end() };
    },
    { id: "forbidden-signals", theirs: { ending: { code: 1 } }, ours: { ending: { code: 5 } } },
  ),
  watched("the program stops and goes on", async ({ binary }) => {
    await using init = await launch({ binary, arguments: ["--", "sh", "-c", "echo up; read line; exit 5"] });
    await init.says(/^up$/m);
    init.signal("SIGTSTP");
    await init.sees("it has stopped", (processes) => processes.some((one) => one.pid === 2 && one.state === "T"));
    init.signal("SIGCONT");
    await init.sees("it goes on", (processes) => processes.some((one) => one.pid === 2 && one.state === "S"));
    init.write("a line\n");
    return { ending: await init.end() };
  }),
  watched(
    "the program is stopped",
    async ({ name, binary }) => {
      await using init = await launch({ binary, arguments: ["--", "sh", "-c", "echo up; kill -STOP $$; exit 5"] });
      await init.says(/^up$/m);
      await init.sees("it has stopped", (processes) => processes.some((one) => one.pid === 2 && one.state === "T"));
      if (name === "tini-ts") await init.logs(/^\[WARN .*\n/m);
      else await looksAgain(init);
      const warned = init.stderr.text.startsWith("[WARN ");
      init.signal("SIGCONT");
      return { ending: await init.end(), warned };
    },
    { id: "stopped-program", theirs: { warned: false }, ours: { warned: true } },
  ),
  watched(
    "SIGTERM while the program is stopped",
    async ({ name, binary }) => {
      await using init = await launch({ binary, arguments: ["--", "sh", "-c", "echo up; kill -STOP $$; exit 5"] });
      await init.says(/^up$/m);
      await init.sees("it has stopped", (processes) => processes.some((one) => one.pid === 2 && one.state === "T"));
      init.signal("SIGTERM");
      // There is no event for what does not happen: tini has polled its child again, without effect.
      if (name === "tini-ts") return { ending: await init.end() };
      await looksAgain(init);
      return { ending: init.ending ?? "waits for SIGCONT" };
    },
    {
      id: "stopped-program-ends",
      theirs: { ending: "waits for SIGCONT" },
      ours: { ending: { code: 143 } },
    },
  ),

  // The init's own parent
  watched("-p SIGTERM and the parent dies", async ({ binary }) => {
    const words = ["-s", "-p", "SIGTERM", "--", "sh", "-c", "echo up; exec sleep 1000"];
    await using init = await launch({ binary, arguments: words, as: "process", inherit: ["middle-parent"] });
    await init.says(/^up$/m);
    await init.sees("the program sleeps", (processes) => processes.some((one) => one.name === "sleep"));
    init.order("kill-parent");
    const { ending, leftover } = await init.finish();
    return { ending, leftover };
  }),
  watched(
    "-p SIGKILL and the parent dies",
    async ({ binary }) => {
      const words = ["-s", "-p", "SIGKILL", "--", "sh", "-c", "echo up; exec sleep 1000"];
      await using init = await launch({ binary, arguments: words, as: "process", inherit: ["middle-parent"] });
      await init.says(/^up$/m);
      await init.sees("the program sleeps", (processes) => processes.some((one) => one.name === "sleep"));
      init.order("kill-parent");
      const { leftover } = await init.finish();
      return { survives: leftover > 0 };
    },
    { id: "tie", theirs: { survives: true }, ours: { survives: false } },
  ),
  watched(
    "-p SIGUSR1 and the parent dies before the init can ask for that signal",
    async (subject) => {
      await using init = await launch({
        binary: subject.binary,
        arguments: ["-s", "-p", "SIGUSR1", "--", counter, `--until=${last}:1`],
        as: "process",
        inherit: ["middle-parent", "block=10", subject.name === "tini" ? "hold-after=1" : "hold-after-call=getppid:1"],
      });
      await init.reports.match(/^held /m);
      init.order("kill-parent");
      await init.sees("the parent is another", () => Number(init.status("PPid")) !== init.parentPid);
      init.order("go");
      await init.says(/^ready$/m);
      init.signal(last);
      return { count: (await counts(init))["10"] ?? 0 };
    },
    { id: "dead-parent", theirs: { count: 0 }, ours: { count: 1 } },
  ),
];
