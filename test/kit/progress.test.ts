import { describe, expect, test } from "vitest";
import { folderOf, run } from "./command.ts";

const files = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}/Dockerfile`, 'FROM debian\nCMD ["a"]\n']));

describe("the progress bar", () => {
  test("shows how many files are done, only on a terminal, and is removed at the end", async () => {
    const folder = folderOf(files(60));
    const { code, stdout, stderr } = await run(["lint", "--no-color", folder], { isTerminal: true });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/linting \S+ 0\/60 files/);
    // The line is cleared and the cursor is there again before anything else is said.
    expect(stderr).toMatch(/\x1b\[0?K[^\n]*\x1b\[\?25h[^\n]*60 files: nothing found\n$/);
    expect((await run(["lint", folder])).stderr).toBe("60 files: nothing found\n");
  });

  test("is not shown for few files", async () => {
    const folder = folderOf(files(10));
    expect((await run(["lint", folder], { isTerminal: true })).stderr).toBe("10 files: nothing found\n");
  });
});
