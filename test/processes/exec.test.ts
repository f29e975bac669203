/** Programs that cannot be run, or only indirectly, and the exit codes. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { plainEnvironment, run } from "./namespace.ts";
import { binary, parseReport, program, runs, runsScript, temporaryDirectory } from "./subject.ts";

const script = (path: string, text: string | Buffer, mode = 0o755): string => {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

/** Debian's qemu-user-static, or undefined if it is not installed. */
const emulator = ["/usr/bin/qemu-x86_64-static"].find((path) => process.arch === "x64" && existsSync(path));

/** Tries to run something that cannot be run, and checks that one clear line names it. */
async function refused(
  path: string,
  code: 126 | 127,
  reason: RegExp,
  options: Parameters<typeof runs>[1] = {},
): Promise<void> {
  const { ending, stdout, stderr } = await runs(["--", path], options);
  expect({ ending, stdout }).toEqual({ ending: { code }, stdout: "" });
  expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] exec [^\n]*\n$/);
  const named = path.length > 200 ? path.slice(0, 20) : path;
  expect(stderr).toContain(`exec ${named}`);
  expect(stderr.trimEnd()).toMatch(reason);
}

describe("running the program", () => {
  test("P31: a name that no directory of PATH has is 127", () => refused("nope", 127, /exec nope: not found in PATH$/));
  test("P31: a path that does not exist is 127", () => refused("/nope", 127, /exec \/nope: no such file$/));
  test("P31: an empty name is 127", () => refused("", 127, /exec .*(not found|no such file)/));
  test.each<[string, 126 | 127, string]>([
    ["node index.js -t x", 127, "one word with blanks: write the program and each argument as separate words"],
    ["/bin/echo started", 127, "one word with blanks: write the program and each argument as separate words"],
    [
      `/bin/echo ${"x".repeat(300)}`,
      126,
      "one word with blanks: write the program and each argument as separate words",
    ],
    ["$JAVA_HOME/bin/java", 127, "variables are not expanded without a shell: write the path itself, or use sh -c"],
    [
      "/opt/${VERSION}/bin/server",
      127,
      "variables are not expanded without a shell: write the path itself, or use sh -c",
    ],
    ["~/bin/server", 127, "~ is not expanded without a shell: write the home directory's path, or use sh -c"],
    [" echo", 127, "the name begins with a blank: remove it"],
    ["/bin/echo ", 127, "the name ends with a blank or a line feed: remove it"],
    [`"echo"`, 127, "the quotes are part of the name, no shell removes them: leave them out"],
    ["'/bin/echo", 127, "the quotes are part of the name, no shell removes them: leave them out"],
  ])("P31: %j is no program, and the message says what is wrong with the word", (path, code, hint) =>
    refused(
      path,
      code,
      new RegExp(`(not found in PATH|no such file|name is too long); .*${hint.replaceAll(/[$.]/g, "\\$&")}$`),
    ),
  );

  test("P31: a program that is there may have any name", async () => {
    const path = script(join(temporaryDirectory(), "$a 'name' ~"), "#!/nowhere/sh\n");
    await refused(path, 127, /its interpreter \/nowhere\/sh does not exist$/);
  });

  test("P31: a directory in the place of an interpreter or a loader is 126, and named", async () => {
    const directory = temporaryDirectory();
    const path = script(join(directory, "script"), `#!${directory}\n`);
    await refused(path, 126, new RegExp(`: permission denied: its interpreter ${directory} is a directory$`));
    const image = readFileSync("/bin/true");
    image.write("/usr/lib\0", image.indexOf("/lib64/ld-linux"), "latin1");
    await refused(script(join(directory, "program"), image), 126, /: its loader \/usr\/lib is a directory$/);
  });

  test("P31: a directory is 126", () => refused("/tmp", 126, /./));
  test("P31: a path through a file is 126", () => refused("/bin/sh/x", 126, /not a directory/));
  test("P31: a name that is too long is 126", () => refused(`/${"x".repeat(300)}`, 126, /too long/));

  test("P31: a file without the permission is 126, with a hint", async () => {
    const path = script(join(temporaryDirectory(), "server"), "#!/bin/sh\n", 0o644);
    await refused(path, 126, /: permission denied: it is not executable \(chmod \+x\)$/);
  });

  test("P31: a loop of symbolic links is 126", async () => {
    const path = join(temporaryDirectory(), "loop");
    symlinkSync(path, path);
    await refused(path, 126, /symbolic links/);
  });

  test("P31: a missing interpreter is 127 and named", async () => {
    const path = script(join(temporaryDirectory(), "s.sh"), "#!/bin/bsh -e\necho no\n");
    await refused(path, 127, /: its interpreter \/bin\/bsh does not exist$/);
  });

  test("P31: a script with DOS line ends is 127, and the carriage return is named", async () => {
    const path = script(join(temporaryDirectory(), "s.sh"), "#!/bin/sh\r\necho no\r\n");
    await refused(path, 127, /carriage return/i);
  });

  test("P31: an interpreter that may not be executed is 126", async () => {
    const directory = temporaryDirectory();
    const interpreter = script(join(directory, "interpreter"), "x", 0o600);
    await refused(script(join(directory, "s.sh"), `#!${interpreter}\n`), 126, /permission denied/);
  });

  test("P31: an interpreter that only its owner may read is 126 for another user", async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    const interpreter = join(directory, "sh");
    copyFileSync("/bin/sh", interpreter);
    chmodSync(interpreter, 0o700);
    await refused(script(join(directory, "s.sh"), `#!${interpreter}\n`), 126, /permission denied/, {
      inherit: ["user=12345"],
    });
  });

  test("P31: a dynamic program whose loader is missing is 127", async () => {
    const path = join(temporaryDirectory(), "program");
    const image = readFileSync("/bin/true");
    const at = image.indexOf("/lib64/ld-linux");
    expect(at).toBeGreaterThan(0);
    image.write("/nowhere", at, "latin1");
    await refused(script(path, image), 127, /interpreter|loader/);
  });

  test("P31: a program for another CPU is 126, and the message says so", async () => {
    const path = join(temporaryDirectory(), "program");
    const image = readFileSync("/bin/true");
    // e_machine: IBM S/390.
    image.writeUInt16LE(22, 18);
    await refused(script(path, image), 126, /: it is built for s390x, which this machine does not run$/);
  });

  test("P31: an object file, a core dump and what is cut off are 126, and the message says so", async () => {
    const image = readFileSync("/bin/true");
    const kinds: [string, (bytes: Buffer) => Buffer, RegExp][] = [
      ["object", (bytes) => (bytes.writeUInt16LE(1, 16), bytes), /: it is an object file/],
      ["core", (bytes) => (bytes.writeUInt16LE(4, 16), bytes), /: it is a core dump/],
      ["cut", (bytes) => bytes.subarray(0, 40), /: it is damaged: it ends within its header$/],
      ["short", (bytes) => bytes.subarray(0, 100), /: it is damaged/],
      ["empty", (bytes) => bytes.subarray(0, 0), /: it is empty$/],
    ];
    const directory = temporaryDirectory();
    for (const [name, change, reason] of kinds)
      await refused(script(join(directory, name), change(Buffer.from(image))), 126, reason);
  });

  test("P31: a script whose interpreter lacks its loader is 127, and the loader is named", async () => {
    const directory = temporaryDirectory();
    const image = readFileSync("/bin/true");
    image.write("/nowhere", image.indexOf("/lib64/ld-linux"), "latin1");
    const interpreter = script(join(directory, "python"), image);
    await refused(
      script(join(directory, "s.py"), `#!${interpreter}\n`),
      127,
      /: the loader \/nowhere\S* of its interpreter \S+\/python does not exist/,
    );
  });

  test("P31: a script for another CPU's interpreter is 126, and no shell runs it", async () => {
    const directory = temporaryDirectory();
    const image = readFileSync("/bin/true");
    image.writeUInt16LE(22, 18);
    const interpreter = script(join(directory, "python"), image);
    await refused(
      script(join(directory, "s.py"), `#!${interpreter} -u\necho no\n`),
      126,
      /: its interpreter \S+\/python is built for s390x, which/,
    );
  });

  test("P31: a loader that is not ELF, and a script that is its own interpreter, are 126, with a message", async () => {
    const directory = temporaryDirectory();
    const loader = script(join(tmpdir(), `l${process.pid}`), "no ELF\n".repeat(50));
    onTestFinished(() => rmSync(loader));
    const image = readFileSync("/bin/true");
    image.write(`${loader}\0`, image.indexOf("/lib64/ld-linux"), "latin1");
    await refused(
      script(join(directory, "program"), image),
      126,
      /: its loader is damaged, or for another CPU: \/tmp\/l\d+$/,
    );
    const itself = join(directory, "itself");
    await refused(script(itself, `#!${itself}\n`), 126, /: it names itself as its interpreter$/);
  });

  test("P31: a directory that may not be searched is named", async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    const secret = join(directory, "secret");
    mkdirSync(secret);
    const path = script(join(secret, "program"), "#!/bin/sh\n");
    chmodSync(secret, 0o700);
    await refused(path, 126, /: permission denied: the directory \S+\/secret may not be searched$/, {
      inherit: ["user=12345"],
    });
  });

  test("P31: a mount with noexec is named", async () => {
    const directory = temporaryDirectory();
    execFileSync("mount", ["-t", "tmpfs", "-o", "noexec,size=64k", "none", directory]);
    onTestFinished(() => void execFileSync("umount", [directory]));
    mkdirSync(join(directory, "bin"));
    const path = script(join(directory, "bin", "program"), "#!/bin/sh\n");
    await refused(path, 126, /: permission denied: \S+ is mounted with noexec$/);
    await refused(script(join(temporaryDirectory(), "s.sh"), `#!${path}\n`), 126, /\S+ is mounted with noexec$/);
  });

  test("P31: capabilities of the file outside of the bounding set are named, with the way out", async () => {
    const path = join(temporaryDirectory(), "program");
    copyFileSync("/bin/true", path);
    // CAP_NET_BIND_SERVICE, permitted and effective: struct vfs_cap_data of the second version.
    execFileSync("python3", [
      "-c",
      `import os; os.setxattr("${path}", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))`,
    ]);
    await refused(path, 126, /: operation not permitted: [^:]*: NET_BIND_SERVICE \([^)]*--cap-add/, {
      inherit: ["drop-capability=10"],
    });
  });

  test("P31: a text without #! runs with /bin/sh, as execvp does it", async () => {
    const directory = temporaryDirectory();
    const text = script(join(directory, "text"), "echo $0 $*; exit 9\n");
    const ran = await runs(["--", text, "a", "b"]);
    expect(ran).toMatchObject({ ending: { code: 9 }, stdout: `${text} a b\n`, stderr: "" });
  });

  test("P31: a text without #! that PATH finds runs with /bin/sh too", async () => {
    const directory = temporaryDirectory();
    script(join(directory, "text"), "echo $*; exit 9\n");
    const ran = await runs(["--", "text", "-x"], { environment: { PATH: `/nowhere:${directory}` } });
    expect(ran).toMatchObject({ ending: { code: 9 }, stdout: "-x\n" });
  });

  test("P31: a program that is being written to is 126", async () => {
    const path = join(temporaryDirectory(), "program");
    copyFileSync("/bin/true", path);
    const fd = openSync(path, "r+");
    try {
      await refused(path, 126, /busy|writing/);
    } finally {
      closeSync(fd);
    }
  });

  test("P31: the search goes on behind a file that may not be executed, and falls back on what it says", async () => {
    const directory = temporaryDirectory();
    const [first, second] = [join(directory, "first"), join(directory, "second")];
    mkdirSync(first);
    mkdirSync(second);
    script(join(first, "tool"), "#!/bin/sh\nexit 1\n", 0o644);
    const alone = await runs(["tool"], { environment: { PATH: `${first}:${second}` } });
    expect(alone.ending).toEqual({ code: 126 });
    expect(alone.stderr).toMatch(/permission denied/);
    script(join(second, "tool"), "#!/bin/sh\nexit 9\n");
    expect((await runs(["tool"], { environment: { PATH: `${first}:${second}` } })).ending).toEqual({ code: 9 });
  });

  test("P31: an empty element of PATH is the working directory", async () => {
    const directory = temporaryDirectory();
    script(join(directory, "tool"), "#!/bin/sh\nexit 9\n");
    for (const path of ["", ":/nowhere", "/nowhere:", "/a::/b"]) {
      const { ending } = await runs(["tool"], { environment: { PATH: path }, inherit: [`chdir=${directory}`] });
      expect({ path, ending }).toEqual({ path, ending: { code: 9 } });
    }
  });

  test("P14: without PATH, and without any environment, the usual directories are searched", async () => {
    expect((await runs(["sh", "-c", "exit 9"], { environment: {} })).ending).toEqual({ code: 9 });
    const bare = await runs(["--", program("report")], { inherit: ["no-environment"] });
    expect(bare.ending).toEqual({ code: 0 });
    expectAbsent("environment ", bare.stdout, (await runs(["--", program("report")])).stdout);
  });

  test("P31: very long elements of PATH are passed over", async () => {
    const { ending } = await runs(["sh", "-c", "exit 9"], {
      environment: { PATH: `/${"x".repeat(9000)}:/bin:/usr/bin` },
    });
    expect(ending).toEqual({ code: 9 });
  });
});

describe("under an emulator of the CPU, as images for another one run", () => {
  test.skipIf(emulator === undefined).each<[string, number, string]>([
    ["nope", 127, "exec nope: not found in PATH"],
    ["/nope", 127, "exec /nope: no such file"],
    ["/bin/sh/x", 126, "exec /bin/sh/x: not a directory"],
  ])("P31: %s is %i, with the same sentence", async (name, code, sentence) => {
    const { ending, stdout, stderr } = await run({ binary: emulator ?? "", arguments: [binary, "--", name] });
    expect({ ending, stdout, stderr }).toEqual({
      ending: { code },
      stdout: "",
      stderr: `[FATAL tini-ts (1)] ${sentence}\n`,
    });
  });

  test.skipIf(emulator === undefined)("P30: the program runs, and its exit code is ours", async () => {
    const { ending, stdout, stderr } = await run({
      binary: emulator ?? "",
      arguments: [binary, "--", "/bin/sh", "-c", "echo up; exit 5"],
    });
    expect({ ending, stdout, stderr }).toEqual({ ending: { code: 5 }, stdout: "up\n", stderr: "" });
  });
});

describe("exit codes", () => {
  test.each([0, 1, 2, 7, 125, 126, 127, 128, 143, 255])("P30: the program's %i is ours", async (code) => {
    expect((await runsScript(`exit ${code}`)).ending).toEqual({ code });
  });

  test("P30: death by a signal is 128 and its number, for all that kill, real-time ones too", async () => {
    const deadly = Array.from({ length: 64 }, (_, index) => index + 1).filter(
      (signal) => ![17, 18, 19, 20, 21, 22, 23, 28].includes(signal),
    );
    for (const signal of deadly) {
      const { ending } = await runs(["--", program("make-orphans"), "die", String(signal)]);
      expect({ signal, ending }).toEqual({ signal, ending: { code: 128 + signal } });
    }
  });

  test.each<[string, string[], string, number]>([
    ["a code becomes 0", ["-e", "7"], "exit 7", 0],
    ["a code becomes another", ["-e", "7:42"], "exit 7", 42],
    ["others stay", ["-e", "7:42"], "exit 8", 8],
    ["a list", ["-e", "7,8:9,143"], "kill -TERM $$", 0],
    ["repeated", ["-e", "7", "-e", "8:9"], "exit 8", 9],
    ["mappings do not chain", ["-e", "7:8,8:9"], "exit 7", 8],
    ["the last word on a code counts", ["-e", "7:8", "-e", "7:9"], "exit 7", 9],
    ["0 may be mapped as well", ["-e", "0:3"], "exit 0", 3],
    ["255", ["-e", "255:254"], "exit 255", 254],
    ["the program's own 1, 125, 126 and 127 are mapped", ["-e", "1,125:2,126:2,127:2"], "exit 127", 2],
  ])("P30: -e: %s", async (_, options, text, code) => {
    expect((await runs([...options, "--", "/bin/sh", "-c", text])).ending).toEqual({ code });
  });

  test("P31: our own codes are never mapped", async () => {
    const all = ["-e", "1,125,126,127"];
    expect((await runs([...all, "--foo"])).ending).toEqual({ code: 1 });
    expect((await runs([...all, "--", "/nope"])).ending).toEqual({ code: 127 });
    expect((await runs([...all, "--", "/tmp"])).ending).toEqual({ code: 126 });
    const noFork = await runs([...all, "--", "/bin/true"], { inherit: ["seccomp=EAGAIN:clone,clone3,fork,vfork"] });
    expect(noFork.ending).toEqual({ code: 125 });
  });

  test("P31: the codes are the same where we are not PID 1", async () => {
    expect((await runs(["--", "/nope"], { as: "process" })).ending).toEqual({ code: 127 });
    expect((await runs(["--", "/tmp"], { as: "process" })).ending).toEqual({ code: 126 });
    expect((await runsScript("kill -KILL $$", { as: "process" })).ending).toEqual({ code: 137 });
  });

  test("P31: an exec that fails leaves nothing of the environment behind in the message", async () => {
    const { stderr } = await runs(["--", "/no\x1b[2Jpe\n"], { environment: plainEnvironment });
    expect(stderr).toBe(
      "[FATAL tini-ts (1)] exec /no?[2Jpe?: no such file; the name ends with a blank or a line feed: remove it\n",
    );
  });

  test("P30: the exit code is right with a child that left its group and session", async () => {
    const { stdout, ending } = await runs(["--isolate=none", "--", "/usr/bin/setsid", program("report"), "--exit=9"]);
    expect(ending).toEqual({ code: 9 });
    expect(parseReport(stdout)["session"]).toBe("2");
  });
});
