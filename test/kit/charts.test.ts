/**
 * Helm charts. The helm here is a stand-in, because the real one is not available to the tests: it prints what helm's documentation
 * describes for `helm template`, a document for each template that renders to something, with its path after `# Source:`.
 */
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf, run } from "./command.ts";

const HELM = `#!/bin/sh
[ "$1" = template ] && [ $# = 2 ] && cd "$2" && echo "$2" >>"$CALLS" || exit 9
name=$(sed -n 's/^name: //p' Chart.yaml) kind=$(sed -n 's/^kind: //p' values.yaml)
if [ -e missing ]; then echo "Error: found in Chart.yaml, but missing in charts/ directory: $(cat missing)" >&2; exit 1; fi
for file in templates/*.yaml charts/*/templates/*.yaml; do
  [ -e "$file" ] || continue
  grep -q '{{ if false }}' "$file" && continue
  printf -- '---\\n# Source: %s/%s\\n' "$name" "$file"
  sed "s/{{ .Values.kind }}/$kind/" "$file"
done
`;

/** A chart's template, as people write them, of a program that as PID 1 does not stop. */
const TEMPLATE = `apiVersion: apps/v1
kind: {{ .Values.kind }}
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.org/web
          command: ["npm", "start"]
`;

function chartsOf(files: Readonly<Record<string, string>>) {
  const folder = folderOf({
    "bin/helm": HELM,
    "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "web/values.yaml": "kind: Deployment\n",
    ...files,
  });
  chmodSync(join(folder, "bin/helm"), 0o755);
  const calls = join(folder, "calls");
  const lint = (words: readonly string[] = [], path = `${join(folder, "bin")}:/usr/bin:/bin`) =>
    run(["lint", ...words, join(folder, "web")], { folder, environment: { PATH: path, CALLS: calls } });
  return { folder, lint, calls: () => (existsSync(calls) ? readFileSync(calls, "utf8") : "") };
}

const filledIn = (count: number) =>
  `web was filled in by helm template: ${String(count)} ${count === 1 ? "file" : "files"}, and lines are those of what it printed of each\n`;

test("a chart's templates are linted as helm renders them, and are never written", async () => {
  const { folder, lint, calls } = chartsOf({ "web/templates/web.yaml": TEMPLATE });
  const { code, stdout, stderr } = await lint(["--fix"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^web\/templates\/web\.yaml:11:\d+: warning: .*\[package-manager-as-program\]$/m);
  expect(stderr).toContain(filledIn(1));
  expect(calls()).toContain(`${join(folder, "web")}\n`);
  expect(readFileSync(join(folder, "web/templates/web.yaml"), "utf8")).toBe(TEMPLATE);
});

test("templates that render to nothing with the chart's values are not checked", async () => {
  const { lint } = chartsOf({ "web/templates/web.yaml": `{{ if false }}\n${TEMPLATE}{{ end }}\n` });
  expect(await lint()).toEqual({ code: 0, stdout: "", stderr: `${filledIn(0)}0 files: nothing found\n` });
});

test("subcharts are rendered with their chart, once", async () => {
  const { folder, lint, calls } = chartsOf({
    "web/templates/web.yaml": TEMPLATE,
    "web/charts/data/Chart.yaml": "apiVersion: v2\nname: data\nversion: 1.0.0\n",
    "web/charts/data/templates/data.yaml": TEMPLATE,
  });
  const { stdout, stderr } = await lint();
  expect(stdout.match(/^\S+yaml:11:/gm)).toEqual([
    "web/charts/data/templates/data.yaml:11:",
    "web/templates/web.yaml:11:",
  ]);
  expect(stderr).toContain(filledIn(2));
  expect(calls()).toBe(`${join(folder, "web")}\n`);
});

test("a chart that helm cannot render is skipped with helm's message, and that is no failure", async () => {
  const { lint } = chartsOf({ "web/templates/web.yaml": TEMPLATE, "web/missing": "data" });
  const { code, stdout, stderr } = await lint();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain(
    "web is not filled in: helm template: Error: found in Chart.yaml, but missing in charts/ directory: data\n",
  );
  expect(stderr).toContain("web/templates/web.yaml is skipped: a template");
});

test("without helm the templates are skipped with a remark", async () => {
  const { lint, calls } = chartsOf({ "web/templates/web.yaml": TEMPLATE });
  const { code, stderr } = await lint([], "/no/such/folder");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^web\/templates\/web\.yaml is skipped: a template/);
  expect(calls()).toBe("");
});
