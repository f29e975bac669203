/** The linter's assumptions about how shells end: each text is run by each shell as PID 1, or behind an init. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { lint } from "../../src/kit/lint.ts";
import { launch } from "./namespace.ts";
import { pathOf } from "./paths.ts";
import { binary } from "./subject.ts";

/** A service with a name that the linter knows: it prints when it is ready, and shuts down in order. */
const SERVER = `#!/bin/sh
trap 'echo stopped; exit 0' TERM
echo ready
while :; do sleep 0.1; done
`;

const SHELLS: readonly (readonly string[])[] = [["bash"], ["dash"], ["busybox", "sh"], ["zsh", "-f"]];

/** What the linter finds in scripts, and why. */
const LOST: Readonly<Record<string, string>> = {
  "a child at the end": "nginx",
  "a child before the end": "nginx; exit 0",
  "a trap that waits for the child in the foreground": "trap 'echo trapped; exit 0' TERM; nginx; true",
  "children in the background, and no trap": "nginx & wait",
  "a child of a branch": "if true; then nginx; else exec true; fi",
  "a child in a loop": "while true; do nginx; done",
  "a child in a pipe": "nginx | cat",
  "a child of a function": 'main() { nginx; }; main "$@"',
};

/** Scripts without a finding. */
const KEPT: Readonly<Record<string, string>> = {
  exec: "true; exec nginx",
  "a trap that passes it on to the background": "trap 'kill -TERM $!' TERM; nginx & wait; wait",
  "what the linter tells to write": "nginx & A=$!; trap 'kill -TERM $A' TERM; wait; wait",
  "exec in a branch": "case a in a) exec nginx ;; esac",
};

/** A folder with the service and a script that runs it. */
function folderOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-endings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "nginx"), SERVER);
  writeFileSync(join(folder, "entry.sh"), `#!/bin/sh\n${text}\n`);
  writeFileSync(join(folder, "Dockerfile"), 'FROM debian\nCOPY entry.sh /\nENTRYPOINT ["/entry.sh"]\n');
  for (const name of ["nginx", "entry.sh"]) chmodSync(join(folder, name), 0o755);
  return folder;
}

/** Starts a script with a shell, waits for its service, and asks it to stop. */
async function started(shell: readonly string[], text: string, before: readonly string[] = []) {
  const folder = folderOf(text);
  const [name = "", ...options] = shell;
  const words = [pathOf(name) ?? name, ...options, join(folder, "entry.sh")];
  const [first = "", ...others] = [...before, ...words];
  const init = await launch({
    binary: first,
    arguments: others,
    environment: { PATH: `${folder}:/usr/bin:/bin` },
  });
  await init.stdout.match(/ready/);
  // A script may set its trap behind the service's start: without one the signal would be lost on PID 1.
  await init.settles();
  init.signal("SIGTERM");
  return init;
}

const there = SHELLS.filter(([name = ""]) => pathOf(name) !== null).map((words) => [words[0] ?? "", words] as const);

describe.each(there)("%s", (_shell, words) => {
  /** The output of the service where it gets the signal. */
  const stopped = async (): Promise<string> => {
    await using init = await started(words, "exec nginx");
    await init.end();
    return init.stdout.text;
  };

  test.each(Object.entries(LOST))("as PID 1, %s never gets the signal", async (_name, text) => {
    await using init = await started(words, text);
    await init.settles();
    init.signal("SIGKILL");
    expect(await init.end()).toEqual({ signal: "SIGKILL" });
    expectAbsent("stopped", init.stdout.text, await stopped());
  });

  test.each(Object.entries(KEPT))("as PID 1, %s stops in order", async (_name, text) => {
    await using init = await started(words, text);
    await init.end();
    expect(init.stdout.text).toContain("stopped");
  });

  test("behind an init, the end of a shell that waits is that of the service, untold", async () => {
    await using init = await started(words, "nginx & wait", [binary, "--"]);
    expect(await init.end()).toEqual({ code: 143 });
    expectAbsent("stopped", init.stdout.text, await stopped());
  });
});

const rulesOf = (text: string) => lint([folderOf(text)]).findings.map(({ rule }) => rule);

test.each(Object.entries(LOST))("the linter finds %s", (_name, text) => {
  expect(rulesOf(text)).toEqual(["script-without-exec"]);
});

test.each(Object.entries(KEPT))("the linter has no finding for %s", (_name, text) => {
  expect(rulesOf(text)).toEqual([]);
});
