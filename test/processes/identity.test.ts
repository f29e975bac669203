/** The program's identity and resources, on the real kernel. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./namespace.ts";
import { binary, runs, start, temporaryDirectory } from "./subject.ts";

/** Runs a shell script with these options. */
const shell = (words: readonly string[], script: string) => runs([...words, "--", "/bin/sh", "-c", script]);

describe("P50: the program's limits, priorities, mask and directory", () => {
  test("are what was asked for, and the init's own stay as they are", async () => {
    const words = ["--chdir=/usr/bin", "--umask=027", "--nice=5", "--oom-score-adj=300"];
    const script =
      "pwd; umask; nice; cat /proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn; ulimit -c; grep ^Umask: /proc/1/status; cat /proc/1/oom_score_adj";
    const before = (await shell([], "cat /proc/1/oom_score_adj; grep ^Umask: /proc/1/status")).stdout.split("\n");
    const { ending, stdout, stderr } = await shell([...words, "--rlimit=nofile=100:200,core=0"], script);
    expect({ ending, stderr }).toEqual({ ending: { code: 0 }, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual(
      ["/usr/bin", "0027", "5", "300", "100", "200", "0"].concat(before[1] ?? "", before[0] ?? ""),
    );
  });

  test("a relative program is looked for from its directory", async () => {
    const { stdout } = await runs(["--chdir=/usr/bin", "./basename", "/a/b"]);
    expect(stdout).toBe("b\n");
  });

  test("a directory that cannot be entered is said, and nothing starts", async () => {
    const { ending, stdout, stderr } = await runs(["--chdir=/dev/null", "/bin/echo", "started"]);
    expect({ ending, stdout }).toEqual({ ending: { code: 125 }, stdout: "" });
    expect(stderr).toBe("[FATAL tini-ts (1)] --chdir /dev/null: not a directory\n");
  });
});

/** Who /proc says that a process is. */
const WHO = ["-E", "^(Uid|Gid|Groups|Cap...|NoNewPrivs):", "/proc/self/status"];

/** The same by util-linux. */
const bySetpriv = (...words: string[]) => execFileSync("setpriv", [...words, "grep", ...WHO], { encoding: "utf8" });

describe.runIf(process.getuid?.() === 0)("P50: the program's user, groups and capabilities", () => {
  test.each<[string[], string[]]>([
    [["--user=nobody"], ["--reuid=nobody", "--regid=nogroup", "--init-groups"]],
    [["--user=daemon:games"], ["--reuid=daemon", "--regid=games", "--groups=games"]],
    [["--user=1234:5678"], ["--reuid=1234", "--regid=5678", "--groups=5678"]],
    [
      ["--user=1234:5", "--groups=7,6"],
      ["--reuid=1234", "--regid=5", "--groups=6,7"],
    ],
    [["--groups=audio,5"], ["--groups=5,29"]],
    [["--no-new-privs"], ["--no-new-privs"]],
    [
      ["--user=1234:5", "--keep-capabilities=net_bind_service,kill"],
      [
        ...["--reuid=1234", "--regid=5", "--groups=5"],
        ...["--inh-caps=+net_bind_service,+kill", "--ambient-caps=+net_bind_service,+kill"],
      ],
    ],
    [["--drop-capabilities=chown,sys_admin"], ["--bounding-set=-chown,-sys_admin", "--inh-caps=-chown,-sys_admin"]],
    [
      ["--user=1234:5", "--drop-capabilities=all", "--no-new-privs"],
      ["--reuid=1234", "--regid=5", "--groups=5", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"],
    ],
  ])("are with %j what setpriv makes of %j", async (ours, theirs) => {
    const { ending, stdout, stderr } = await runs([...ours, "--", "grep", ...WHO]);
    expect({ ending, stderr }).toEqual({ ending: { code: 0 }, stderr: "" });
    expect(stdout).toBe(bySetpriv(...theirs));
  });

  test("let an ordinary user bind port 80 with net_bind_service alone", () => {
    const bind =
      "require('net').createServer().listen(80,'127.0.0.1',()=>{console.log('bound');process.exit()}).on('error',(e)=>{console.log(e.code);process.exit()})";
    const runsAs = (...words: string[]) => {
      const init = ["unshare", "--net", "sh", "-c"];
      const program = `ip link set lo up 2>/dev/null; echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start; exec ${binary} ${words.join(" ")} -- ${process.execPath} -e "${bind}"`;
      return execFileSync(init[0] ?? "", [...init.slice(1), program], { encoding: "utf8" });
    };
    expect(runsAs("--user=65534:65534", "--keep-capabilities=net_bind_service")).toBe("bound\n");
    expect(runsAs("--user=65534:65534")).toBe("EACCES\n");
  });

  test("are those of hostile files, or nobody's", () => {
    const directory = temporaryDirectory();
    const passwd = join(directory, "passwd");
    /** Runs the binary where /etc/passwd is this file, in a mount namespace. */
    const withFile = (content: string, user: string) => {
      writeFileSync(passwd, content);
      const script = `mount --bind ${passwd} /etc/passwd && ${binary} --user=${user} -- grep -E ^Uid: /proc/self/status`;
      return execFileSync("unshare", ["--mount", "sh", "-c", `${script} 2>&1; true`], { encoding: "utf8" });
    };
    const uids = (uid: number) => `Uid:\t${[uid, uid, uid, uid].join("\t")}\n`;
    const long = `x:x:0:0:${"g".repeat(3_000_000)}:/:/bin/sh\n`;
    expect(withFile(`${long}app:x:77:78::/:\n`, "app")).toBe(uids(77));
    expect(withFile("app:x:0x0:0::/:\napp:x::0::/:\napp\napp:x:-1:0\n\0\0app:x:0:0\napp:x:5:5", "app")).toBe(uids(5));
    expect(withFile("app:x:0x0:0::/:\n", "app")).toMatch(/has no app; a number needs no entry there\n$/);
    expect(withFile("", "77:78")).toBe(uids(77));
  });

  test("do not keep the init from signalling, and stopping it", async () => {
    const script = "trap 'echo stopped; exit 3' TERM; kill -TERM 1; while :; do sleep 0.01; done";
    const { ending, stdout } = await runs(["--user=nobody", "--keep-capabilities=kill", "--", "/bin/sh", "-c", script]);
    expect({ ending, stdout }).toEqual({ ending: { code: 3 }, stdout: "stopped\n" });
  });

  test("cannot become another user's without privileges: nothing starts", async () => {
    const words = ["--reuid=1234", "--regid=5", "--clear-groups", binary];
    const result = (user: string) =>
      run({
        binary: "/usr/bin/setpriv",
        as: "process",
        arguments: [...words, `--user=${user}`, "--", "/bin/echo", "started"],
      });
    const other = await result("1235:5");
    expect({ ending: other.ending, stdout: other.stdout }).toEqual({ ending: { code: 125 }, stdout: "" });
    expect(other.stderr).toMatch(/--user: cannot set the program's user: operation not permitted .*\n$/);
    expect(await result("1234:5")).toMatchObject({ ending: { code: 0 }, stdout: "started\n", stderr: "" });
  });
});

describe.runIf(process.getuid?.() === 0)("P50: beside gosu, the program", () => {
  const SHOW = ["--", "/bin/sh", "-c", "env; id -u; id -g; id -G"];
  const shown = (command: string, words: readonly string[]) =>
    execFileSync(command, words, { env: { PATH: "/usr/bin:/bin", HOME: "/root", A: "b" }, encoding: "utf8" })
      .split("\n")
      .sort();

  test.each(["nobody", "games", "daemon:games", "nobody:5", "1234", "1234:5678", "root"])(
    "of %s has the same ids, groups and HOME, and USER, LOGNAME and SHELL as well",
    (user) => {
      const ours = shown(binary, [`--user=${user}`, ...SHOW]);
      const more = /^(?:USER|LOGNAME|SHELL)=/;
      expect(ours.filter((line) => !more.test(line))).toEqual(shown("/usr/sbin/gosu", [user, ...SHOW.slice(1)]));
      expect(ours.filter((line) => more.test(line))).toHaveLength(3);
    },
  );
});

describe.runIf(process.getuid?.() === 0)("P50: the program's standard descriptors", () => {
  /** Runs a script in which the shell makes pipes: those of Node are sockets. */
  const piped = (script: string) => execFileSync("/bin/sh", ["-c", `{ ${script}; } 2>&1 | cat`], { encoding: "utf8" });
  const as = (user: string, script: string) => `${binary} --user=${user} -- /bin/sh -c '${script}'`;
  const OWNER = 'stat -Lc "%F %U:%G" /proc/self/fd/1';

  test("can be opened again where they are pipes, as nginx and Apache do for their logs", () => {
    const again = "echo out >/dev/stdout; echo err >/dev/stderr; echo more >>/proc/self/fd/1";
    expect(piped(as("nobody", `${OWNER}; ${again}`))).toBe("fifo nobody:root\nout\nerr\nmore\n");
    // Without us it could not.
    const plain = `setpriv --reuid=nobody --clear-groups /bin/sh -c '${again}'`;
    expect(piped(plain)).toMatch(/Permission denied/);
  });

  test("can be opened again where they are the terminal of the container", async () => {
    const words = ["--user=nobody", "--", "/bin/sh", "-c", `${OWNER}; echo again >/dev/stdout`];
    await using init = await start(words, { terminal: true, inherit: ["own-terminal"] });
    await init.stdout.match(/^character special file nobody:\w+\r?\nagain\r?\n/m);
    expect(await init.end()).toEqual({ code: 0 });
  });

  test("stay whose they are where others use them after us: files, devices, named pipes, a shell's terminal", async () => {
    const directory = temporaryDirectory();
    const owned = (target: string) => piped(`${as("nobody", OWNER)} ${target}; stat -c "%F %U" ${directory}/*`);
    expect(owned(`>${directory}/file`)).toBe("regular file root\n");
    execFileSync("sh", ["-c", `rm ${directory}/file; mkfifo ${directory}/fifo`]);
    expect(owned(`>${directory}/fifo & cat ${directory}/fifo >/dev/null; wait`)).toBe("fifo root\n");
    expect(piped(`${as("nobody", 'stat -Lc "%F %U" /proc/self/fd/0')} </dev/null`)).toBe(
      "character special file root\n",
    );
    const words = ["--user=nobody", "--", "/bin/sh", "-c", OWNER];
    await using init = await start(words, { terminal: true, as: "process", inherit: ["own-terminal"] });
    await init.stdout.match(/^character special file root:\w+\r?\n/m);
    expect(await init.end()).toEqual({ code: 0 });
  });

  test("stay whose they are without CAP_CHOWN, which -v says once: the program runs", () => {
    const program = as("nobody", OWNER).replace("--user", "-v --user");
    const sentence = "--user: the program may not open /dev/stdin, /dev/stdout or /dev/stderr again: ";
    const lines = piped(`setpriv --bounding-set=-chown --inh-caps=-chown ${program}`);
    expect(lines).toContain(`${sentence}operation not permitted\n`);
    expect(lines).toContain("fifo root:root\n");
    expect(lines.split(sentence)).toHaveLength(2);
  });
});
