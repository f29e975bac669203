import { describe, expect, it } from "vitest";
import { EMFILE } from "../linux/abi.ts";
import type { Program } from "../linux/process.ts";
import { Receiver } from "../linux/sockets.ts";
import { exits, failing } from "./life.ts";
import { callsNamed, leavesOrphans, tini, tiniWith } from "./scenario.ts";
import { expectAbsent } from "../absence.ts";

const PATH = "/dev/log";
/** What each line of `-w` ends with, as a datagram has it. */
const REAPED = /^<28>tini-ts\[1\]: Reaped zombie process with pid=\d+$/;

/** A program that leaves an orphan again and again, each of which -w reports; before each of them something happens. */
function leaves(...before: readonly (() => void)[]): Program {
  return function* (process) {
    for (const happens of before) {
      happens();
      yield* leavesOrphans(process, 1);
    }
    return 5;
  };
}
const nothing = (): void => undefined;

/** How many lines are said not to have come, in each datagram that says so. */
const lost = ({ received }: Receiver): number[] =>
  received
    .flatMap((text) => /: (\d+) log lines before this one were dropped: the log socket did/.exec(text)?.[1] ?? [])
    .map(Number);

describe("P60: --log-socket", () => {
  it("gets each line as well, with its severity, the tag as APP-NAME, and the pid", () => {
    const receiver = new Receiver();
    const life = tini(["-v", `--log-socket=${PATH}`, "--log-tag=web-1"], exits(7), { receivers: { [PATH]: receiver } });
    expect(receiver.received).toEqual([
      "<30>web-1[1]: Spawned child process '/bin/app' with pid '2'",
      "<30>web-1[1]: Main child exited normally (with status '7')",
    ]);
    expect(life.stderr).toHaveLength(2);
    expect(life.stderr[1]).toBe("[INFO  web-1 (1)] Main child exited normally (with status '7')");
  });

  it("gets the object of JSON, and of RFC 5424 the sentence, because syslogd and journald expect no such header there", () => {
    const receiver = new Receiver();
    const json = tini(["-v", `--log-socket=${PATH}`, "--log-format=json"], exits(7), {
      receivers: { [PATH]: receiver },
    });
    expect(receiver.received).toEqual(json.stderr.map((line) => `<30>tini-ts[1]: ${line}`));
    const other = new Receiver();
    tiniWith(["-v", `--log-socket=${PATH}`, "--log-format=rfc5424", "--", Buffer.from("/bin/é\nx")], {
      receivers: { [PATH]: other },
    });
    expect(other.received).toEqual([
      expect.stringMatching(/^<26>tini-ts\[1\]: exec \/bin\/é\\x0ax: no such file/) as string,
    ]);
  });

  it("is found when it appears, vanishes and comes back, at the next line; what was lost is told once", () => {
    const [first, second] = [new Receiver(), new Receiver()];
    let sockets: Map<string, Receiver> | null = null;
    const program: Program = function* (process, linux) {
      sockets = linux.receivers;
      yield* leaves(
        nothing,
        nothing,
        () => sockets?.set(PATH, first),
        nothing,
        () => (first.isOpen = false),
        () => sockets?.delete(PATH),
        () => sockets?.set(PATH, second),
        nothing,
      )(process, linux);
      return 5;
    };
    const life = tini(["-w", `--log-socket=${PATH}`], program);
    expect(life.code).toBe(5);
    expect(life.stderr).toHaveLength(8);
    expect(first.received).toHaveLength(3);
    expect(first.received[0]).toMatch(REAPED);
    expect(lost(first)).toEqual([2]);
    expect(second.received).toHaveLength(3);
    expect(lost(second)).toEqual([2]);
  });

  it("neither blocks nor costs a line of stderr where it is full", () => {
    const receiver = new Receiver();
    receiver.room = 1;
    const program = leaves(nothing, nothing, nothing, () => (receiver.room = 9));
    const life = tini(["-w", `--log-socket=${PATH}`], program, { receivers: { [PATH]: receiver } });
    expect(life.code).toBe(5);
    expect(life.stderr).toHaveLength(4);
    expect(receiver.received.map((text) => REAPED.test(text))).toEqual([true, true, false]);
    expect(lost(receiver)).toEqual([2]);
  });

  it("is missed by nobody where there is none, nor where no descriptor is left for it", () => {
    const words = ["-v", `--log-socket=${PATH}`];
    for (const world of [{}, { fault: failing("socket", EMFILE), receivers: { [PATH]: new Receiver() } }]) {
      const life = tini(words, exits(7), world);
      expect(life.code).toBe(7);
      expect(life.stderr).toHaveLength(2);
    }
  });

  it("costs no call where nobody asks for it, and is opened once", () => {
    const receiver = new Receiver();
    const asked = tini(["-v", `--log-socket=${PATH}`], exits(0), { receivers: { [PATH]: receiver } });
    expect(asked.counts.get("socket")).toBe(1);
    expectAbsent(callsNamed("socket"), tini(["-v"], exits(0)), asked);
  });

  it("is not the program's", () => {
    let descriptors: number[] = [];
    const program: Program = function* (process) {
      descriptors = [...process.descriptors.keys()];
      yield* exits(0)(process, undefined as never);
      return 0;
    };
    tini([`--log-socket=${PATH}`], program, { receivers: { [PATH]: new Receiver() } });
    expect(descriptors).toEqual([0, 1, 2]);
  });
});
