/** What the linter takes for granted of programs as PID 1, seen by running each of them that the machine has. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { reasonAgainst } from "../../src/kit/launches/programs.ts";
import { launch } from "./namespace.ts";
import { binary } from "./subject.ts";

const FOREVER = "sleep infinity; true";

/** Programs that no signal stops, run so that they stay for good. Each is on a plain Debian or among what the tests need. */
const DEAF: readonly (readonly string[])[] = [
  ["tail", "-f", "/dev/null"],
  ["sleep", "infinity"],
  ["cat"],
  ["python3", "-c", "import threading; threading.Event().wait()"],
  ["node", "-e", "setInterval(() => {}, 1000)"],
];

/** Shells that stay in front of what they run. */
const SHELLS: readonly (readonly string[])[] = [
  ["dash", "-c", FOREVER],
  ["bash", "-c", FOREVER],
  ["busybox", "sh", "-c", FOREVER],
  ["zsh", "-f", "-c", FOREVER],
];

/** Where a program is; null where the machine does not have it. */
function pathOf(name: string): string | null {
  if (name === "node") return process.execPath;
  // Not what a version manager of the user's puts in front.
  for (const folder of ["/usr/bin", "/bin", ...(process.env["PATH"] ?? "").split(delimiter)]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  return null;
}

const there = [...DEAF, ...SHELLS].filter(([name = ""]) => pathOf(name) !== null);

describe.each(there.map((words) => [words.join(" "), words] as const))("%s", (_, words) => {
  const [name = "", ...others] = words;

  test("as PID 1 lives on at SIGTERM", async () => {
    await using init = await launch({ binary: pathOf(name) ?? name, arguments: others });
    await init.settles();
    init.signal("SIGTERM");
    await init.settles();
    init.signal("SIGKILL");
    // Whatever SIGTERM had begun, it would not have ended like this.
    expect(await init.end()).toEqual({ signal: "SIGKILL" });
  });

  test("with the init in front ends at SIGTERM", async () => {
    await using init = await launch({ binary, arguments: ["--", pathOf(name) ?? name, ...others] });
    await init.isUp();
    init.signal("SIGTERM");
    expect(await init.end()).toEqual({ code: 143 });
  });
});

test.each(DEAF.map((words) => [words[0] ?? "", words] as const))("the linter takes %s for deaf", (_, words) => {
  const program = words.map((value) => ({ value, span: { offset: 0, length: 0 } }));
  expect(reasonAgainst(program)?.text).toContain("no default action for SIGTERM");
});
