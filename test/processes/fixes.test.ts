/** Each kind of fix of the linter: the fixed files are run as PID 1, and stop orderly at SIGTERM. */
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fixAll } from "../../src/kit/fix.ts";
import { lint } from "../../src/kit/lint.ts";
import { Workspace } from "../../src/kit/workspace.ts";
import { OPEN } from "../../src/kit/launches/devcontainer.ts";
import { wordsOf } from "../../src/kit/launches/front.ts";

/** A service: it prints when it is ready, and shuts down in order. */
const SERVER = `#!/bin/sh
trap 'echo stopped; exit 0' TERM
echo ready
while :; do sleep 0.1; done
`;

/** The init in front of a service with `init: true`: Docker's, here ours. */
const DOCKER_INIT = resolve("dist/tini-ts");

/** Files that determine what is started; the first that exists is used. */
const STARTING = ["compose.yaml", "pod.yaml", "Dockerfile"];

/** What starts in the container, after all fixes; the platform's init is in front of it. */
function fixed(files: Readonly<Record<string, string>>): { words: readonly string[]; count: number; rules: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-fixes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const all = { server: SERVER, ...files };
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  copyFileSync(DOCKER_INIT, join(folder, "tini-ts"));
  let count = 0;
  for (let round = 0; round < 4; round++) count += fixAll(lint([folder])).fixed;
  const report = lint([folder]);
  const workspace = new Workspace();
  const starting = STARTING.find((name) => Object.hasOwn(files, name)) ?? "";
  const source = workspace.open(join(folder, starting), true);
  const launch = source === null ? undefined : workspace.launchesOf(source).at(-1);
  if (launch === undefined) throw new Error("there is nothing to run");
  // The image's root is the folder here.
  const said = wordsOf(launch, workspace).map(({ value }) => value.replaceAll("/srv/", `${folder}/`));
  for (const name of readdirSync(folder)) {
    if (STARTING.includes(name) || name === "tini-ts") continue;
    const text = readFileSync(join(folder, name), "utf8");
    writeFileSync(join(folder, name), text.replaceAll("/srv/", `${folder}/`));
  }
  const words = launch.platformInit?.value === true ? [DOCKER_INIT, "--", ...said] : said;
  return { words, count, rules: report.findings.map(({ rule }) => rule) };
}

/** Runs words as PID 1, asks it to stop once it is ready. @returns what it printed, and its exit code. */
function stopped(
  words: readonly string[],
  front: readonly string[] = [],
): Promise<{ output: string; code: number | null }> {
  const all = ["--pid", "--fork", "--mount-proc", "--kill-child", ...front, ...words];
  const child = spawn("unshare", all, { stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  return new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!text.includes("ready")) return;
      const [first = ""] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ");
      process.kill(Number(first), "SIGTERM");
    });
    child.on("close", (code) => resolve({ output, code }));
  });
}

const FIXES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "exec at the end of a script": {
    Dockerfile: 'FROM debian\nCOPY entry.sh server /srv/\nENTRYPOINT ["/srv/entry.sh"]\n',
    "entry.sh": "#!/bin/sh\ntrue\n/srv/server\n",
  },
  "exec before the arguments of a script": {
    Dockerfile: 'FROM debian\nCOPY entry.sh server /srv/\nENTRYPOINT ["/srv/entry.sh"]\nCMD ["/srv/server"]\n',
    "entry.sh": '#!/bin/sh\ntrue\n"$@"\n',
  },
  "exec in sh -c": { Dockerfile: 'FROM debian\nCOPY server /srv/\nCMD ["sh", "-c", "true && /srv/server"]\n' },
  "a list for the shell form": { Dockerfile: "FROM debian\nCOPY server /srv/\nCMD /srv/server --all\n" },
  "a list for single quotes": { Dockerfile: "FROM debian\nCOPY server /srv/\nENTRYPOINT ['/srv/server']\n" },
};

test.each(Object.entries(FIXES))("%s", async (_name, files) => {
  const { words, count, rules } = fixed(files);
  expect({ count, rules }).toEqual({ count: 1, rules: [] });
  expect(await stopped(words)).toEqual({ output: "ready\nstopped\n", code: 0 });
});

/** With a program that has no handler for SIGTERM: as PID 1 it would stay. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "init: true for a service": {
    "compose.yaml": 'services:\n  web:\n    image: debian\n    command: ["tail", "-f", "/srv/log"]\n',
    log: "ready\n",
  },
  "init: true and exec for a service": {
    "compose.yaml": 'services:\n  web:\n    image: debian\n    command: ["sh", "-c", "true; tail -f /srv/log"]\n',
    log: "ready\n",
  },
};

test.each(Object.entries(SERVICES))("%s", async (_name, files) => {
  const { words, count, rules } = fixed(files);
  expect({ count, rules }).toEqual({ count: 1, rules: [] });
  expect(await stopped(words)).toEqual({ output: "ready\n", code: 143 });
});

test("init: false for a service whose image has an init", async () => {
  const { words, count, rules } = fixed({
    "compose.yaml":
      'services:\n  web:\n    image: debian\n    init: true\n    entrypoint: ["/srv/tini-ts", "--"]\n    command: ["/srv/server"]\n',
  });
  expect({ count, rules }).toEqual({ count: 1, rules: [] });
  expect(words).toHaveLength(3);
  expect(await stopped(words)).toEqual({ output: "ready\nstopped\n", code: 0 });
});

test("-s for tini where PID 1 is another", async () => {
  const { words, count, rules } = fixed({
    "pod.yaml": `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  shareProcessNamespace: true
  containers:
    - name: web
      image: registry.example.org/web
      command: ["tini", "--", "/srv/server"]
`,
  });
  expect({ count, rules }).toEqual({ count: 1, rules: [] });
  expect(words.slice(0, -1)).toEqual(["tini", "-s", "--"]);
  // The sandbox's own program, which hands the signal on, is PID 1.
  expect(await stopped(words, [DOCKER_INIT, "--"])).toEqual({ output: "ready\nstopped\n", code: 0 });
});

test("the package's path of an init that stands elsewhere", async () => {
  const { words, count, rules } = fixed({
    Dockerfile:
      'FROM debian\nRUN apt-get update && apt-get install -y tini\nCOPY server /srv/\nENTRYPOINT ["/opt/tini", "--"]\nCMD ["/srv/server"]\n',
  });
  expect({ count, rules }).toEqual({ count: 1, rules: [] });
  expect(words.slice(0, 2)).toEqual(["/usr/bin/tini", "--"]);
  expect(await stopped(words)).toEqual({ output: "ready\nstopped\n", code: 0 });
});

test.each([
  ["a script that ends in tail", { "entry.sh": "#!/bin/sh\ntrue\ntail -f /dev/null\n" }],
  ["a script that ends in python", { "entry.sh": "#!/bin/sh\ntrue\npython3 server.py\n" }],
])("%s gets no fix that would only hide that nothing stops it", (_name, files) => {
  const { count, rules } = fixed({
    Dockerfile: 'FROM debian\nCOPY entry.sh /srv/\nENTRYPOINT ["/srv/entry.sh"]\n',
    ...files,
  });
  expect(count).toBe(0);
  expect(rules).toContain("script-without-exec");
});

test("what keeps a development container open stops at SIGTERM as PID 1", async () => {
  const [shell = "", option = "", text = ""] = OPEN;
  // Ready is what has its trap.
  const words = [shell, option, text.replace("while", "echo ready; while")];
  expect(await stopped(words)).toEqual({ output: "ready\n", code: 0 });
});
