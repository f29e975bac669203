/** The program's identity and resources, on the real kernel. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./namespace.ts";
import { binary, runs, temporaryDirectory } from "./subject.ts";

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
    expect(other.stderr).toMatch(/cannot set the program's user: operation not permitted .*\n$/);
    expect(await result("1234:5")).toMatchObject({ ending: { code: 0 }, stdout: "started\n", stderr: "" });
  });
});
