/** Whatever a file contains: the linter ends, its findings lie in the file, and its fixes fix them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { fixAll } from "../../src/kit/fix.ts";
import { lint } from "../../src/kit/lint.ts";
import { folderOf } from "./command.ts";

const DOCKERFILE = [
  "FROM node:22",
  "FROM scratch",
  "FROM debian AS a",
  "FROM a",
  "FROM $A",
  "ARG A",
  "ARG A=alpine",
  "ENV A=b C=$A D",
  "ENV PATH=/x:$PATH",
  "COPY a.sh /",
  "COPY --from=a / /",
  "COPY . .",
  "ADD",
  "WORKDIR x",
  "RUN apt-get install tini",
  'SHELL ["/bin/bash", "-c"]',
  "SHELL []",
  'ENTRYPOINT ["tini", "--"]',
  'ENTRYPOINT ["/sbin/tini", "-s", "--", "/a.sh"]',
  "ENTRYPOINT /a.sh",
  "ENTRYPOINT []",
  "CMD npm start",
  "CMD ['node', 'x']",
  'CMD ["sh", "-c", "a && node x"]',
  'CMD ["node", \\\n# x\n "y"]',
  "CMD",
  "HEALTHCHECK CMD curl x",
  'HEALTHCHECK CMD ["curl"]',
  "HEALTHCHECK NONE",
  "STOPSIGNAL SIGQUIT",
  "RUN <<E\nCMD x\nE",
  "# tini-ts-disable no-init",
  "# escape=`",
  "\t\\",
  '["',
  "é😀",
];
const SCRIPT = [
  "#!/bin/sh",
  "set -e",
  '"$@"',
  'exec "$@"',
  "node x",
  "a() {",
  "}",
  "if a; then",
  "fi",
  "'",
  "trap x TERM",
  "A=b node",
];
const YAML = [
  "services:",
  "  web:",
  "    build: .",
  "    image: node:22",
  "    init: true",
  "    init: ${A}",
  "    command: npm start",
  "    command: [node, x]",
  "    command:",
  "      - sh",
  "      - -c",
  "      - |",
  "        a",
  "        node x",
  "    entrypoint: ['tini', '--']",
  "    environment: {TINI_GRACE: 10s}",
  "    <<: *x",
  "  api: &x",
  "    extends: web",
  "    stop_grace_period: 5s",
  "    healthcheck: {test: curl x}",
  "---",
  "  - [",
];

/** What no sentence may contain, each with a control that contains it. */
const NO_WORDS: readonly (readonly [RegExp, string])[] = [
  [/undefined/, `is ${String(undefined)}`],
  [/\[object/, "is [object Object]"],
  [/null/, `is ${String(null)}`],
  [/\n/, "one\ntwo"],
];

test("Dockerfiles, scripts and Compose files of any lines", () => {
  const lines = (known: string[]) =>
    fc.array(fc.constantFrom(...known), { minLength: 3, maxLength: 12 }).map((all) => all.join("\n"));
  const folder = folderOf({});
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  };
  let found = 0;
  let fixed = 0;
  fc.assert(
    fc.property(lines(DOCKERFILE), lines(SCRIPT), lines(YAML), (dockerfile, script, yaml) => {
      write({
        Dockerfile: `FROM node:22\n${dockerfile}\n`,
        "a.sh": `#!/bin/sh\n${script}`,
        "compose.yaml": `services:\n  web:\n${yaml}`,
      });
      const report = lint([folder]);
      found += report.findings.length;
      for (const { file, start, end, edits = [], message, fix } of report.findings) {
        const source = report.sources.get(file);
        if (source === undefined) throw new Error(`${file} is none of the sources`);
        expect(start.line).toBeGreaterThan(0);
        expect(end.line).toBeLessThanOrEqual(source.lines);
        expect(start.line < end.line || start.column <= end.column).toBe(true);
        expect(start.column).toBeLessThanOrEqual(source.line(start.line).length + 1);
        for (const [wrong, control] of NO_WORDS) expectAbsent(wrong, `${message}${fix}`, control);
        for (const { offset, length } of edits) expect(offset + length).toBeLessThanOrEqual(source.text.length);
      }
      // A few rounds, and there is nothing left to fix: no fix brings another back.
      for (let round = 0; round < 4; round++) fixed += fixAll(lint([folder])).fixed;
      const again = lint([folder]);
      expect(again.findings.filter(({ edits }) => edits !== undefined)).toEqual([]);
      // A fix breaks no file that was whole.
      expect(again.remarks.length).toBeLessThanOrEqual(report.remarks.length);
      expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toMatch(/^FROM node:22\n/);
    }),
    { numRuns: 150, seed: 7 },
  );
  expect({ found: found > 100, fixed: fixed > 20 }).toEqual({ found: true, fixed: true });
});
