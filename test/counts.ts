import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Vitest reporter: writes "N passed, N failed" to build/tests.txt for CI, and reports which tests were skipped and why.
 * With CI=true nothing may be skipped. A failure outside of any test (a file that cannot be loaded, a hook, an uncaught
 * error) counts as one failed test.
 */
export class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = join(import.meta.dirname, "../build/tests.txt");
    let passed = 0;
    let failed = unhandled.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed++;
        else if (result.state === "skipped") skipped.push(`${test.fullName} (${result.note ?? "no reason given"})`);
        else failed++;
      }
    }
    if (skipped.length > 0) {
      console.error(`Skipped: ${skipped.join("; ")}`);
      if (process.env["CI"] === "true") {
        console.error("Nothing may be skipped in CI: each counts as failed.");
        failed += skipped.length;
        process.exitCode = 1;
      }
    }
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `${passed} passed, ${failed} failed\n`);
  }
}
