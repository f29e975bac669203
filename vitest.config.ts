import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { Counts } from "./test/counts.ts";
import { type Ground, survey } from "./test/grounds.ts";
import { forgetMachine } from "./test/settings.ts";
import { measureSlowness, patience } from "./test/patience.ts";

forgetMachine();
measureSlowness();

const { present, absent } = survey();
if (absent.length > 0) {
  const left = absent.map(({ ground, reason }) => `${ground} (${reason})`).join(", ");
  if (process.env["CI"] === "true") throw new Error(`Nothing may be left out in CI: ${left}`);
  console.error(`Left out: ${left}`);
}

/**
 * What only computes runs first, on all cores. The grounds that start real processes follow one after the other, a file
 * at a time: they measure times and count processes, and must not be in each other's way.
 */
const together: Ground[] = ["simulation", "checks", "config", "kit"];

/** The full executable passes these of the init's tests: one file of each kind of thing that it has to do as PID 1. */
const asFull = ["arguments", "exec", "init", "log", "pause", "restart", "signals", "stopped", "terminal"];

const include = (ground: Ground): string[] => [
  `test/${ground}/**/*.test.ts`,
  // The model that the simulation rests on, and whoever else.
  ...(ground === "simulation" ? ["test/linux/**/*.test.ts"] : []),
  ...(ground === "shipping" ? asFull.map((file) => `test/processes/${file}.test.ts`) : []),
];

const ifThere = (file: string) => (existsSync(file) ? [file] : []);

export default defineConfig({
  test: {
    reporters: ["default", new Counts()],
    projects: present.map((ground, index) => ({
      test: {
        name: ground,
        include: include(ground),
        // What test/processes/subject.ts takes for the init.
        env: ground === "shipping" ? { TINI_TS_BINARY: "dist/tini-ts-full" } : {},
        // What a ground sets up once for all its files, and what in each worker.
        globalSetup: ifThere(`test/${ground}/setup.ts`),
        setupFiles: ifThere(`test/${ground}/worker.ts`),
        sequence: { groupOrder: together.includes(ground) ? 0 : index },
        maxWorkers: together.includes(ground) ? 2 : 1,
        // Longer than any wait within; what hangs must end all the same.
        testTimeout: patience(120_000),
        hookTimeout: patience(300_000),
      },
    })),
  },
});
