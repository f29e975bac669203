import { describe, expect, it } from "vitest";
import { scriptsBefore } from "../../scripts/suite.ts";

describe("npm test", () => {
  const everything = ["check", "build:full", "pack:npm"];

  it.each([
    [[], everything],
    [["--project", "simulation"], ["build"]],
    [["--project=config", "--project", "kit", "-t", "P4"], ["build"]],
    [["--project", "benchmark"], ["build:full"]],
    [
      ["--project", "simulation", "--project", "shipping"],
      ["build:full", "pack:npm"],
    ],
    [["test/processes/exec.test.ts"], ["build"]],
    [["./test/shipping/npm.test.ts"], ["build:full", "pack:npm"]],
    // Who knows which files these are?
    [["exec"], everything],
    [["--project", "!machine"], everything],
    [["-t", "P20"], everything],
  ])("%j is preceded by %j", (words, scripts) => {
    expect(scriptsBefore(words)).toEqual(scripts);
  });
});
