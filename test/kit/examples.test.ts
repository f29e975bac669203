/** The project's examples must be right themselves: as manifests, as Dockerfiles, and for its own linter. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import * as apps from "kubernetes-models/apps/v1";
import * as node from "kubernetes-models/node.k8s.io/v1";
import * as v1 from "kubernetes-models/v1";
import ts from "typescript";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { lint } from "../../src/kit/lint.ts";

const root = join(import.meta.dirname, "../..");
const examples = join(root, "examples");
const below = (pattern: string) => globSync(pattern, { cwd: examples }).sort();

const dockerfiles = ["../Dockerfile.example", ...below("**/Dockerfile")];
const manifests = below("kubernetes/*.yaml");
const services = below("compose/*.yaml");
const jobs = ["github-actions/.github/workflows/ci.yml", "gitlab-ci/.gitlab-ci.yml"];

describe("the linter has nothing to say", () => {
  test.each([...dockerfiles, ...manifests, ...services, ...jobs])("of %s", (name) => {
    const { findings, remarks, files } = lint([join(examples, name)]);
    expect({ findings, remarks, files }).toEqual({ findings: [], remarks: [], files: 1 });
  });

  test("of all of them together", () => {
    expect(lint([examples])).toMatchObject({
      findings: [],
      remarks: [],
      files: dockerfiles.length - 1 + manifests.length + services.length + jobs.length,
    });
  });

  test("of the lines for a Dockerfile in the README, put into one", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const [, lines = ""] = /^```dockerfile\n(.*?)^```$/ms.exec(readme) ?? [];
    const [, command = ""] = /^`(CMD .*?)` stays/m.exec(readme) ?? [];
    expect(lines).toContain("ENTRYPOINT");
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-readme-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const before = `FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY server.mjs ./\n`;
    for (const [name, init] of [
      ["before", ""],
      ["after", lines],
    ] as const) {
      writeFileSync(join(folder, `${name}.Dockerfile`), `${before}${init}${command}\n`);
    }
    const found = lint([folder]).findings.map(({ file, rule }) => [basename(file), rule]);
    expect(found).toEqual([["before.Dockerfile", "no-init"]]);
  });
});

describe("Dockerfiles", () => {
  test.each(dockerfiles)("%s is one, and what it copies is there or made", (name) => {
    const file = join(examples, name);
    const dockerfile = DockerfileParser.parse(readFileSync(file, "utf8"));
    const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
    expect(dockerfile.getInstructions().map((instruction) => instruction.getKeyword())).toContain("FROM");
    for (const copy of dockerfile.getCOPYs()) {
      const from = copy.getFromFlag()?.getValue();
      if (from !== undefined && from !== null) {
        expect(stages).toContain(from);
        continue;
      }
      const sources = copy
        .getArguments()
        .slice(0, -1)
        .map((argument) => argument.getValue());
      // The init itself is put there by the user, or built.
      for (const source of sources.filter((source) => basename(source) !== "tini-ts")) {
        expect(globSync(source, { cwd: dirname(file) }), `${name}: ${source}`).not.toEqual([]);
      }
    }
  });
});

describe("Kubernetes manifests", () => {
  type Models = Record<string, new (value: never) => { validate(): void }>;
  const models: Record<string, Models> = {
    v1: { Pod: v1.Pod, Service: v1.Service },
    "apps/v1": { Deployment: apps.Deployment },
    "node.k8s.io/v1": { RuntimeClass: node.RuntimeClass },
  };
  const documents = manifests.flatMap((name) =>
    parseAllDocuments(readFileSync(join(examples, name), "utf8")).map((document) => {
      expect(document.errors).toEqual([]);
      return { name, value: document.toJS() as { apiVersion: string; kind: string } };
    }),
  );

  test.each(documents.map(({ name, value }) => [name, value.kind, value] as const))(
    "%s: the values of its %s are such as Kubernetes takes",
    (_, kind, value) => {
      const Model = models[value.apiVersion]?.[kind];
      if (Model === undefined) throw new Error(`add ${kind} of ${value.apiVersion} to this test`);
      new Model(value as never).validate();
    },
  );

  // The validation accepts unknown fields, as the API server does; the types do not.
  test("have no field that Kubernetes does not know", () => {
    const lines = documents.map(({ value: { apiVersion, kind }, value }, index) => {
      const type = `import("kubernetes-models/${apiVersion}").I${kind}`;
      return `export const document${index}: ${type} = ${JSON.stringify(value)};`;
    });
    expect(typeErrors(lines.join("\n"))).toEqual([]);
    expect(
      typeErrors(lines.join("\n").replace('"terminationGracePeriodSeconds"', '"terminationGracePeriod"')),
    ).toHaveLength(1);
  });
});

/** What the compiler has to say of a module of this text, as if it were a file beside this one. */
function typeErrors(text: string): string[] {
  const file = join(import.meta.dirname, "manifests.ts");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    types: [],
    noEmit: true,
    skipLibCheck: true,
    strict: true,
  };
  const host = ts.createCompilerHost(options);
  const others = { ...host };
  host.fileExists = (name) => name === file || others.fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2024) : others.getSourceFile(name, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
