/** What stands beside the source for those who use a release is true: changelog, compatibility, security policy, pre-commit hook. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { events, levels } from "../../src/init/report/events.data.ts";
import { options } from "../../src/init/config/options.data.ts";
import { expectAbsent } from "../absence.ts";
import { kindOfPath } from "../../src/kit/files/kinds.ts";
import { VERBS } from "../../src/kit/toolkit.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { version } = JSON.parse(read("package.json")) as { version: string };

/** The headings of the changelog that are a release, the newest first. */
const headings = [...read("CHANGELOG.md").matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
const releases = headings.flatMap((heading) => /^\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/.exec(heading)?.[1] ?? []);

/** A version as a number, by which versions compare. */
const rank = (text: string) => text.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);

describe("the changelog", () => {
  it("has what is unreleased first, then the releases, the newest first", () => {
    expect(headings).toEqual(["[Unreleased]", ...headings.slice(1)]);
    expect(releases).toHaveLength(headings.length - 1);
    expect(releases.toSorted((a, b) => rank(b) - rank(a))).toEqual(releases);
  });

  it("groups changes as Keep a Changelog does", () => {
    for (const [, group] of read("CHANGELOG.md").matchAll(/^### (.*)$/gm))
      expect(["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]).toContain(group);
  });

  it("knows the version of package.json, and of each option", () => {
    const known = [...releases, ...(releases.includes(version) ? [] : [version])];
    expect(read("CHANGELOG.md")).toContain(version);
    for (const { name, since } of options) expect(known, `--${name} is there since ${since}`).toContain(since);
  });
});

it("README, changelog and security policy agree on whether there is a release", () => {
  const none = [
    read("README.md").includes("There is no release yet."),
    read("CHANGELOG.md").includes("Nothing has been released yet."),
    read("SECURITY.md").includes("Nothing has been released yet:"),
  ];
  expect(none).toEqual(none.map(() => releases.length === 0));
});

describe("the compatibility policy", () => {
  it("has the init's own exit codes", () => {
    const source = ["src/init/main.ts", "src/init/workload/workload.ts"].map(read).join("\n");
    const names = "USAGE|TIMEOUT|SETUP_FAILED|CANNOT_RUN|NOTHING_TO_RUN";
    const codes = [...source.matchAll(new RegExp(`^(?:export )?const (?:${names}): i32 = (\\d+);`, "gm"))];
    expect(codes).toHaveLength(5);
    const [, listed = ""] = /the init's own exit codes: ([\d, and]+)/.exec(read("docs/compatibility.md")) ?? [];
    expect(listed.match(/\d+/g)).toEqual(codes.map(([, code]) => code).toSorted((a, b) => Number(a) - Number(b)));
  });

  it("has the toolkit's exit codes", () => {
    const codes = [...read("docs/kit.md").matchAll(/^\| (\d) /gm)].map(([, code]) => code);
    expect(read("docs/compatibility.md")).toContain(
      `the toolkit's exit codes: ${codes.join(", ").replace(/, (\d)$/, " and $1")} `,
    );
  });
});

it("the security policy names the files that the init reads its options from", () => {
  const source = read("src/init/config/file.ts");
  for (const file of ["/etc/tini.yml", "/.tini.yml"]) {
    expect(read("SECURITY.md")).toContain(`\`${file}\``);
    expect(source).toContain(`"${file}"`);
  }
});

it.each(["CHANGELOG.md", "SECURITY.md", "docs/compatibility.md"])("the links of %s lead to files", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

it("the usage says which level is the highest that anything is reported at", () => {
  const highest = Math.max(...events.map(({ level }) => levels.indexOf(level)));
  expect(options.find(({ name }) => name === "verbosity")?.help).toContain(`${highest} is all`);
});

describe("the hook for pre-commit", () => {
  interface Hook {
    entry: string;
    language: string;
    files: string;
    pass_filenames: boolean;
  }
  const [hook, ...others] = parse(read(".pre-commit-hooks.yaml")) as [Hook, ...Hook[]];
  const [tool = "", ...words] = hook.entry.split(" ");

  it("runs the linter on the repository, and fails where it finds something", () => {
    expect(others).toEqual([]);
    expect([tool, hook.language, hook.pass_filenames]).toEqual(["tini-ts", "system", false]);
    expect(VERBS.map(({ name }) => name)).toContain(words[0]);
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-hook-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const run = () => spawnSync(process.execPath, [join(root, "src/kit/main.ts"), ...words], { cwd: folder }).status;
    writeFileSync(join(folder, "settings.yaml"), "a: b\n");
    writeFileSync(join(folder, "Dockerfile"), "FROM node:22\nUSER node\nCMD node server.mjs\n");
    const found = run();
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    expect([found, run()]).toEqual([1, 0]);
  });

  it.each([
    ...["Dockerfile", "a/dockerfile.prod", "Containerfile", "web.Dockerfile", "compose.yaml", "docker-compose.dev.yml"],
    ...[".gitlab-ci.yml", ".github/workflows/a.yml", ".devcontainer/devcontainer.json", ".tini.yml", "k8s/pod.yaml"],
  ])("runs for %s, which is linted", (path) => {
    expect(kindOfPath(path)).not.toBeNull();
    expect(path).toMatch(new RegExp(hook.files));
  });

  it.each(["README.md", "src/main.go", "package-lock.json"])("does not run for %s", (path) => {
    expect(kindOfPath(path)).toBeNull();
    expectAbsent(new RegExp(hook.files), path, "a/Dockerfile");
  });
});
