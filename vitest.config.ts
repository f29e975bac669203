import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { Counts } from "./test/counts.ts";
import { type Ground, survey } from "./test/grounds.ts";

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

const ifThere = (file: string) => (existsSync(file) ? [file] : []);

export default defineConfig({
  test: {
    reporters: ["default", new Counts()],
    projects: present.map((ground, index) => ({
      test: {
        name: ground,
        include: [`test/${ground}/**/*.test.ts`],
        // What a ground sets up once for all its files, and what in each worker.
        globalSetup: ifThere(`test/${ground}/setup.ts`),
        setupFiles: ifThere(`test/${ground}/worker.ts`),
        sequence: { groupOrder: together.includes(ground) ? 0 : index },
        maxWorkers: together.includes(ground) ? 2 : 1,
        // For what takes seconds on a slow or busy machine; what hangs must end all the same.
        testTimeout: 60_000,
        hookTimeout: 180_000,
      },
    })),
  },
});
