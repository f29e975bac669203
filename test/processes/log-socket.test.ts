/** --log-socket on the real kernel, with a receiver that the tests control. */
import { execFile, spawn } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { program, runs, start, temporaryDirectory } from "./subject.ts";
import { Output, until, within } from "./waiting.ts";

/**
 * A receiver in Python, because Node has no datagram sockets of this family. It follows orders on standard input: `bind PATH`,
 * `close`, and `read`, after which it prints each datagram, those that wait first, as a JSON string on a line. Each order is confirmed.
 */
const RECEIVER = `
import json, os, select, socket, sys
def take():
    try:
        while True: print(json.dumps(receiver.recv(65536, socket.MSG_DONTWAIT).decode()), flush=True)
    except BlockingIOError: pass
receiver, reads, rest = None, False, b""
while True:
    ready = select.select([0] + ([receiver] if reads else []), [], [])[0]
    if receiver in ready: take()
    if 0 not in ready: continue
    more = os.read(0, 4096)
    if not more: break
    *orders, rest = (rest + more).split(b"\\n")
    for order in orders:
        name, _, path = order.decode().partition(" ")
        if name == "bind":
            receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            receiver.bind(path)
            os.chmod(path, 0o666)
        elif name == "read":
            reads = True
            take()
        elif name == "close":
            receiver.close()
            receiver, reads = None, False
        print(name, flush=True)
`;

/** A process that is killed at the end of the scope. */
class Helper implements AsyncDisposable {
  readonly output = new Output();
  readonly errors = new Output();
  readonly pid: number;
  private readonly child;
  private readonly closed: Promise<unknown>;

  constructor(command: string, words: readonly string[]) {
    this.child = spawn(command, words, { stdio: "pipe" });
    this.closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin.on("error", () => undefined);
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => this.output.add(text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => this.errors.add(text));
    this.pid = this.child.pid ?? 0;
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await within("the end of a helper", this.closed, () => this.errors.text);
  }
}

class Receiver extends Helper {
  constructor() {
    super("/usr/bin/python3", ["-ISc", RECEIVER]);
  }

  /** Gives an order and waits until it is done. */
  async order(text: string): Promise<void> {
    const from = this.output.text.length;
    this.write(`${text}\n`);
    await this.output.match(new RegExp(`^${text.split(" ")[0] ?? ""}$`, "m"), from, () => this.errors.text);
  }

  /** What has come so far. */
  get datagrams(): string[] {
    return this.output.lines.filter((line) => line.startsWith('"')).map((line) => JSON.parse(line) as string);
  }

  /** Waits for a datagram that matches. */
  async gets(pattern: RegExp): Promise<string> {
    return until(
      `a datagram matches ${String(pattern)}`,
      () => this.datagrams.find((text) => pattern.test(text)),
      () => this.output.text + this.errors.text,
    );
  }
}

/** A path for a socket, in a folder that every user may enter. */
function socketPath(): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  return join(directory, "log");
}

/** A receiver that is bound to the path, and reads. */
async function receiverAt(path: string): Promise<Receiver> {
  const receiver = new Receiver();
  await receiver.order(`bind ${path}`);
  await receiver.order("read");
  return receiver;
}

const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, "../../docs/tini-ts-events.schema.json"), "utf8")) as object,
);

describe("a datagram socket", () => {
  test("P60: gets each line, in the form of syslog(3)", async () => {
    const path = socketPath();
    await using receiver = await receiverAt(path);
    const words = ["-vv", `--log-socket=${path}`, "--log-tag=web-1", "--", "/bin/sh", "-c", "exit 7"];
    const { ending, stderr } = await runs(words);
    expect(ending).toEqual({ code: 7 });
    await receiver.gets(/Main child exited/);
    expect(receiver.datagrams).toContain("<30>web-1[1]: Spawned child process '/bin/sh' with pid '2'");
    expect(receiver.datagrams).toContain("<30>web-1[1]: Main child exited normally (with status '7')");
    const lines = stderr.trimEnd().split("\n");
    const sentence = (line: string) => line.replace(/^\[[A-Z ]{5} web-1 \(1\)\] /, "");
    expect(receiver.datagrams.map((text) => text.replace(/^<\d+>web-1\[1\]: /, ""))).toEqual(lines.map(sentence));
  });

  test("P60: gets the object of --log-format=json, which the schema describes", async () => {
    const path = socketPath();
    await using receiver = await receiverAt(path);
    const { stderr } = await runs(["-vv", "--log-format=json", `--log-socket=${path}`, "--", "/bin/true"]);
    await receiver.gets(/"child-exited"/);
    const objects = receiver.datagrams.map((text) => {
      expect(text).toMatch(/^<3[01]>tini-ts\[1\]: \{/);
      return text.slice(text.indexOf("{"));
    });
    expect(objects).toEqual(stderr.trimEnd().split("\n"));
    for (const text of objects) expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  test("P60: a full one stops nothing; dropped lines are counted, and reported with the next line", async () => {
    const path = socketPath();
    await using receiver = new Receiver();
    await receiver.order(`bind ${path}`);
    const words = ["-vvv", `--log-socket=${path}`, "--", program("count-signals"), "--each"];
    await using init = await start(words);
    await init.says(/^ready$/m);
    for (let index = 1; index <= 400; index++) {
      init.signal("SIGUSR1");
      await init.repeats(/^signal 10 /, index);
    }
    await init.settles();
    await receiver.order("read");
    init.signal("SIGUSR2");
    await init.says(/^signal 12 /m);
    const told = await receiver.gets(/ log lines before this one were dropped/);
    init.write("quit 7\n");
    const { ending, stderr } = await init.finish();
    expect(ending).toEqual({ code: 7 });
    await receiver.gets(/Main child exited/);
    expect(receiver.datagrams).toContain("<31>tini-ts[1]: Passing signal: 'SIGUSR2'");
    const dropped = Number(/: (\d+) log lines/.exec(told)?.[1]);
    expect(dropped).toBeGreaterThan(0);
    const taken = receiver.datagrams.filter((text) => !text.includes(" were dropped")).length;
    const lines = stderr.trimEnd().split("\n");
    expect(taken + dropped).toBe(lines.filter((line) => !line.includes(" were dropped")).length);
  });

  test("P60: one that is never read does not keep the init from ending", async () => {
    const path = socketPath();
    await using receiver = new Receiver();
    await receiver.order(`bind ${path}`);
    const words = ["-vvv", `--log-socket=${path}`, "--", program("count-signals"), "--each"];
    await using init = await start(words);
    await init.says(/^ready$/m);
    for (let index = 1; index <= 400; index++) {
      init.signal("SIGUSR1");
      await init.repeats(/^signal 10 /, index);
    }
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
    await receiver.order("read");
    expectAbsent(/Main child exited/, receiver.datagrams.join("\n"), init.stderr.text);
  });

  test.each([[[]], [["--user=nobody"]], [["--no-lockdown"]]])(
    "P60: one that is absent, vanishes or is bound by another is found again at the next line, with %j",
    async (more) => {
      const path = socketPath();
      const words = ["-vvv", `--log-socket=${path}`, ...more, "--", program("count-signals"), "--each"];
      await using init = await start(words);
      await init.says(/^ready$/m);
      const signal = async (name: string, number: number) => {
        init.signal(name);
        await init.says(new RegExp(`^signal ${number} `, "m"));
        await init.settles();
      };
      await signal("SIGUSR1", 10);
      const asleep = init.contextSwitches();
      {
        await using first = await receiverAt(path);
        expect(init.contextSwitches(), "the init woke up").toBe(asleep);
        await signal("SIGUSR2", 12);
        await first.gets(/Passing signal: 'SIGUSR2'/);
        await first.gets(/ log lines before this one were dropped/);
        expectAbsent(/'SIGUSR1'/, first.datagrams.join("\n"), init.stderr.text);
      }
      // The path is still there, and nobody has it.
      await signal("SIGHUP", 1);
      await promisify(execFile)("rm", [path]);
      await signal("SIGINT", 2);
      await using second = await receiverAt(path);
      await signal("SIGTERM", 15);
      await second.gets(/Passing signal: 'SIGTERM'/);
      await second.gets(/ log lines before this one were dropped/);
      expectAbsent(/'SIG(HUP|INT)'/, second.datagrams.join("\n"), init.stderr.text);
      init.write("quit 7\n");
      expect(await init.end()).toEqual({ code: 7 });
      await second.gets(/Main child exited normally \(with status '7'\)/);
    },
  );

  test("P60: its descriptor is not inherited by the program", async () => {
    const path = socketPath();
    await using receiver = await receiverAt(path);
    await using init = await start(["-vv", `--log-socket=${path}`, "--", "/bin/sleep", "1000"]);
    await init.isUp();
    await receiver.gets(/Spawned child process/);
    const sockets = (pid: number): string[] => {
      const directory = `/proc/${init.pid}/root/proc/${pid}/fd`;
      const above = readdirSync(directory).filter((fd) => Number(fd) > 2);
      return above.map((fd) => readlinkSync(join(directory, fd))).filter((target) => target.startsWith("socket:"));
    };
    expectAbsent(sockets, 2, 1);
  });
});
