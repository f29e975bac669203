/** The linter's assumptions about programs as PID 1, verified by running each that is installed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AS_PID_1, DEAF } from "../../src/kit/launches/as-pid-1.ts";
import { reasonAgainst } from "../../src/kit/launches/programs.ts";
import { launch } from "./namespace.ts";
import { pathOf } from "./paths.ts";
import { binary } from "./subject.ts";

const folder = mkdtempSync(join(tmpdir(), "tini-ts-deaf-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file for an interpreter that does nothing forever. */
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const page = "<?php echo 'ready';";
const application = "from flask import Flask\napp = Flask(__name__)\n";

/** How the programs of a row are run, by the row's title, so that they stay for good. */
const RUNS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  node: [["node", file("loop.js", "setInterval(() => {}, 1000);\n")]],
  python: [
    ["python3", "-c", "import threading; threading.Event().wait()"],
    ["python3", "-m", "http.server", "--bind", "127.0.0.1", "0"],
  ],
  "flask run": [["flask", "--app", file("app.py", application), "run", "--port", "0"]],
  perl: [["perl", file("loop.pl", "sleep 1 while 1;\n")]],
  php: [
    ["php8.2", file("loop.php", "<?php while (true) sleep(1);\n")],
    ["php8.2", "-S", "127.0.0.1:0", file("page.php", page)],
  ],
  tail: [
    ["tail", "-f", "/dev/null"],
    ["busybox", "tail", "-f", "/dev/null"],
  ],
  sleep: [
    ["sleep", "infinity"],
    ["busybox", "sleep", "1000"],
  ],
  cat: [["cat"]],
  "busybox httpd -f": [["busybox", "httpd", "-f", "-p", "127.0.0.1:0"]],
  "cron -f": [["cron", "-f"]],
  "crond -f": [["busybox", "crond", "-f", "-c", folder]],
};

const FOREVER = "sleep infinity; true";

/** Shells that stay in front of what they run. */
const SHELLS: readonly (readonly string[])[] = [
  ["dash", "-c", FOREVER],
  ["bash", "-c", FOREVER],
  ["busybox", "sh", "-c", FOREVER],
  ["zsh", "-f", "-c", FOREVER],
];

const there = [...Object.values(RUNS).flat(), ...SHELLS].filter(([name = ""]) => pathOf(name) !== null);

describe.each(there.map((words) => [words.join(" ").replaceAll(`${folder}/`, ""), words] as const))(
  "%s",
  (_, words) => {
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
  },
);

test.each(Object.values(RUNS).flat())("the linter takes %s for deaf", (...words) => {
  const program = (words[0] === "busybox" ? words.slice(1) : words).map((value) => ({
    value,
    span: { offset: 0, length: 0 },
  }));
  expect(reasonAgainst(program)).toBe(DEAF);
});

describe("each row of the table", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/rules/no-init.md"), "utf8");

  test("that says so is run here", () => {
    const run = AS_PID_1.filter(({ seen }) => seen === "run").map(({ title }) => title);
    expect(Object.keys(RUNS).sort()).toEqual(run.sort());
  });

  test.each(AS_PID_1.map(({ title, seen }) => [title, seen]))("is in the document: %s, %s", (title, seen) => {
    expect(page).toMatch(new RegExp(`^\\| ${title.replaceAll(".", "\\.")} +\\| [^\n]*\\| ${seen}\\b[^|]*\\|$`, "m"));
  });
});
