/**
 * The figures that are promises (P80, P13, P4). Times are not among them, because a test cannot know how busy the machine
 * is, but for one: it is the least of many, and far below its limit.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, type TestContext } from "vitest";
import { FILE_LIMIT_BYTES } from "../sizes.ts";
import { full, ours, prepareContenders, removeContenders, type Contender } from "./contenders.ts";
import {
  largestConfiguration,
  measureCalls,
  measureConfiguration,
  measureIdleCalls,
  measureMemory,
  measureSize,
  measureWakeUps,
} from "./measurements.ts";
import { buildNativePrograms, type NativePrograms } from "./native.ts";

let programs: NativePrograms;
let contenders: Contender[];
beforeAll(() => {
  programs = buildNativePrograms();
  contenders = prepareContenders([ours]);
});
afterAll(() => {
  removeContenders(contenders);
});

test("P80: the file has at most 65 536 bytes, and needs no other file", () => {
  const { file, withLibraries } = measureSize(contenders);
  expect(file[ours]).toBeLessThanOrEqual(FILE_LIMIT_BYTES);
  expect(withLibraries[ours]).toBe(file[ours]);
});

test("P80: idle as PID 1, PSS and private memory are at most 52 kB, in each of ten instances", async () => {
  const memory = await measureMemory(programs, contenders, 10);
  expect(memory.pss[ours]).toBeLessThanOrEqual(52);
  expect(memory.private[ours]).toBeLessThanOrEqual(52);
});

test("P80: from its first to the one that starts the program there are at most 30 system calls", () => {
  const { toProgram } = measureCalls(programs, contenders);
  expect(toProgram[ours]).toBeLessThanOrEqual(30);
});

test("P13: idle, it does not wake up", async () => {
  expect(await measureWakeUps(programs, contenders, 3)).toEqual({ [ours]: 0 });
});

test("P13: idle, it makes no system call", async () => {
  expect(await measureIdleCalls(programs, contenders, 3)).toEqual({ [ours]: 0 });
});

test("P4: a configuration file of 64 KiB is read in less than 5 ms", () => {
  expect(largestConfiguration()).toHaveLength(65536);
  const figures = Array.from({ length: 5 }, () => measureConfiguration(contenders, 5)[ours] ?? NaN);
  expect(Math.min(...figures)).toBeLessThan(5);
});

/** The full executable, and the small one beside it. */
function withBoth<T>(context: TestContext, measure: (both: Contender[]) => T): T {
  if (!existsSync(join(import.meta.dirname, "../../dist/tini-ts-full"))) context.skip("npm run build:full");
  const both = prepareContenders([ours, full]);
  onTestFinished(() => removeContenders(both));
  return measure(both);
}

test("P80: with the toolkit behind it in its file, memory is what is promised of the small one", async (context) => {
  const memory = await withBoth(context, (both) => measureMemory(programs, both, 10));
  expect(memory.pss[full]).toBeLessThanOrEqual(52);
  expect(memory.private[full]).toBeLessThanOrEqual(52);
});

test("P80: with the toolkit behind it in its file, a life has the system calls of the small one's", (context) => {
  const { toProgram, all } = withBoth(context, (both) => measureCalls(programs, both));
  expect({ toProgram: toProgram[full], all: all[full] }).toEqual({ toProgram: toProgram[ours], all: all[ours] });
});
