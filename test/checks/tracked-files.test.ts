import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";

const root = join(import.meta.dirname, "../..");

/** What git keeps, or would keep after `git add`; a link to a folder, like a worktree's node_modules, has no text. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => file !== "" && statSync(join(root, file), { throwIfNoEntry: false })?.isFile());

const containing = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(root, file), "utf8")));

describe("the files of the project", () => {
  it("are known", () => {
    expect(files).toContain("package.json");
  });

  it("name no path of one machine", () => {
    expect(containing(/(?:^|[^A-Za-z0-9_.])\/(?:work|farm)\//m)).toEqual([]);
  });

  it("name no host of a package registry", () => {
    expect(containing(/registry\.(?:npmjs|yarnpkg)\.|\b(?:deb|security|snapshot)\.debian\.org/)).toEqual([]);
    const lock = readFileSync(join(root, "package-lock.json"), "utf8");
    expectAbsent('"resolved": "http', lock, '"resolved": "https://registry.example/x.tgz"');
  });
});
