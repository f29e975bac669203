/** What the parsers of each format see: values, and where the file says them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { describe, expect, onTestFinished, test } from "vitest";
import { Source } from "../../src/kit/files/source.ts";
import { instructionsOf } from "../../src/kit/launches/instructions.ts";
import type { Launch } from "../../src/kit/launches/launch.ts";
import { lint } from "../../src/kit/lint.ts";
import { Workspace } from "../../src/kit/workspace.ts";

/** Writes files into a folder of their own, and reads the launches of the first. */
function launchesOf(files: Record<string, string>): Launch[] {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-launches-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const workspace = new Workspace();
  const source = workspace.open(join(folder, Object.keys(files)[0] ?? ""), true);
  return source === null ? [] : [...workspace.launchesOf(source)];
}

const dockerfile = (text: string) => launchesOf({ Dockerfile: text });
const last = (text: string) => {
  const launch = dockerfile(text).at(-1);
  if (launch === undefined) throw new Error("no launch");
  return launch;
};
const wordsOf = (launch: Launch | undefined) => ({
  entrypoint: launch?.entrypoint?.words.map(({ value }) => value) ?? null,
  command: launch?.command?.words.map(({ value }) => value) ?? null,
});

describe("a Dockerfile", () => {
  test("has words where the file has them, over lines that go on and comments between them", () => {
    const launch = last('FROM debian\nCMD [ "a\\"b", \\\n  # a comment\n\n  "c" ]\n');
    expect(launch.command?.words.map((word) => [word.value, launch.source.slice(word.span)])).toEqual([
      ['a"b', '"a\\"b"'],
      ["c", '"c"'],
    ]);
    expect(launch.source.position(launch.command?.words[1]?.span.offset ?? 0)).toEqual({ line: 5, column: 3 });
  });

  test("has the exec form only where Docker reads JSON", () => {
    const formOf = (text: string) => last(`FROM debian\nCMD ${text}\n`).command?.form;
    expect(formOf('["a", "b"]')).toBe("exec");
    expect(formOf("[]")).toBe("exec");
    expect(formOf("['a', 'b']")).toBe("shell");
    expect(formOf('["a", 1]')).toBe("shell");
    expect(formOf('["a", "b"] # not a comment')).toBe("shell");
    expect(formOf('"a"')).toBe("shell");
  });

  test("gives the shell form to the shell that SHELL names", () => {
    expect(wordsOf(last("FROM debian\nCMD a b"))).toEqual({ entrypoint: null, command: ["/bin/sh", "-c", "a b"] });
    expect(wordsOf(last('FROM debian\nSHELL ["/bin/bash", "-ec"]\nCMD a b')).command).toEqual([
      "/bin/bash",
      "-ec",
      "a b",
    ]);
  });

  test("loses the CMD of its base by an ENTRYPOINT of its own", () => {
    const base = 'FROM debian AS base\nCMD ["a"]\n';
    expect(wordsOf(last(`${base}FROM base\nENTRYPOINT ["b"]`))).toEqual({ entrypoint: ["b"], command: null });
    expect(wordsOf(last(`${base}FROM base\nCMD ["c"]\nENTRYPOINT ["b"]`))).toEqual({
      entrypoint: ["b"],
      command: ["c"],
    });
    expect(wordsOf(last(`${base}FROM base\nENV A=b`))).toEqual({ entrypoint: null, command: ["a"] });
  });

  test("starts what no other stage comes from, and the last stage", () => {
    const launches = dockerfile(
      'FROM debian AS base\nCMD ["a"]\nFROM golang AS build\nRUN make\nFROM base AS dev\nFROM base\nCMD ["b"]\n',
    );
    expect(launches.map((launch) => [launch.name, wordsOf(launch).command])).toEqual([
      ['stage "dev"', ["a"]],
      ["the image", ["b"]],
    ]);
  });

  test("comes from an image whose name may be an argument with a default", () => {
    const nameOf = (text: string) => last(text).image.name?.value ?? null;
    expect(nameOf("FROM node:22")).toBe("node:22");
    expect(nameOf("FROM --platform=$BUILDPLATFORM node:22 AS x")).toBe("node:22");
    expect(nameOf("ARG V=22\nFROM node:$V-alpine")).toBe("node:22-alpine");
    expect(nameOf("ARG V\nFROM node:${V:-22}")).toBe(null);
    expect(nameOf("ARG V\nFROM node:$V")).toBe(null);
    expect(nameOf("ARG A=debian\nARG B=${A}:12\nFROM ${B}")).toBe("debian:12");
    expect(nameOf("FROM node:22 AS node\nFROM node")).toBe("node:22");
  });

  test("has the environment that its stages set, and nothing of what they only needed to build", () => {
    const { environment } = last(
      "ARG G=g\nFROM debian AS base\nARG G\nENV A=1 B=\"two words\" \\\n C=$A D='$A' E=${G}x\nENV OLD a value\n" +
        "ARG U\nENV F=$U\nFROM base\nARG A=2\nENV H=$G I=$A",
    );
    expect(Object.fromEntries([...environment].map(([name, { value }]) => [name, value]))).toEqual({
      A: "1",
      B: "two words",
      // All variables of one ENV are those before it.
      C: "",
      D: "$A",
      E: "gx",
      OLD: "a value",
      F: null,
      H: "",
      I: "1",
    });
  });

  test("has its stop signal, its health check and the folder beside it", () => {
    const launch = last(
      "FROM debian\nSTOPSIGNAL SIGQUIT\nHEALTHCHECK --interval=5s --timeout=3s \\\n CMD curl -f localhost\n",
    );
    expect(launch.stopSignal?.value).toBe("SIGQUIT");
    expect(launch.checks.map(({ form, script }) => [form, script?.value])).toEqual([["shell", "curl -f localhost"]]);
    expect(launch.context).toBe(dirname(launch.source.path));
    expect(last("FROM debian\nHEALTHCHECK CMD a\nHEALTHCHECK NONE").checks).toEqual([]);
  });

  test("knows the escape character that a directive sets, line ends of Windows, and here-documents", () => {
    expect(wordsOf(last('# escape=`\nFROM debian\nCMD ["a", `\n "b\\\\c"]')).command).toEqual(["a", "b\\c"]);
    expect(wordsOf(last('FROM debian\r\nCMD ["a", \\\r\n "b"]\r\n')).command).toEqual(["a", "b"]);
    expect(wordsOf(last('FROM debian\nRUN <<EOF\nCMD ["x"]\nEOF\nCMD ["a"]')).command).toEqual(["a"]);
  });

  test("is refused without FROM", () => {
    expect(() => dockerfile('CMD ["a"]\n')).toThrow("it has no FROM");
  });
});

describe("a Compose file", () => {
  const compose = (text: string, more: Record<string, string> = {}) => launchesOf({ "compose.yaml": text, ...more });

  test("has words of a list or of a text, each in its place", () => {
    const [web] = compose(`services:\n  web:\n    entrypoint: ["a b"]\n    command: c "d e" 'f'\n`);
    expect(wordsOf(web)).toEqual({ entrypoint: ["a b"], command: ["c", "d e", "f"] });
    expect(web?.command?.words.map(({ span }) => web.source.slice(span))).toEqual(["c", '"d e"', "'f'"]);
  });

  test("puts in the default of a variable, and knows nothing of others", () => {
    const [web] = compose(
      "services: {web: {image: 'node:${V:-22}', command: [$$A, '${B-c}', $D], environment: [E=$F]}}",
    );
    expect(web?.image.name?.value).toBe("node:22");
    expect(wordsOf(web).command).toEqual(["$A", "c", "$D"]);
    expect(web?.environment.get("E")?.value).toBe(null);
  });

  test("inherits by anchors, merge keys and extends", () => {
    const launches = compose(
      "x-base: &base {init: true, stop_grace_period: 1m30s}\nservices:\n  web: {<<: *base, stop_signal: SIGINT}\n" +
        "  api: {extends: {service: web}, stop_grace_period: 5s}\n  far: {extends: {file: other.yaml, service: x}}\n",
    );
    expect(
      launches.map((launch) => [
        launch.platformInit?.value,
        launch.grace?.value,
        launch.stopSignal?.value,
        launch.mayHavePlatformInit,
      ]),
    ).toEqual([
      [true, 90_000, "SIGINT", false],
      [true, 5000, "SIGINT", false],
      [undefined, null, undefined, true],
    ]);
  });

  test("has a time until it is killed that is not known, not the default, where a variable says it", () => {
    const [known, unknown, none] = compose(
      "services:\n  a: {stop_grace_period: 1m}\n  b: {stop_grace_period: '${PERIOD}'}\n  c: {image: x}\n",
    );
    expect([known?.grace?.value, unknown?.grace?.value, none?.grace]).toEqual([60_000, null, null]);
  });

  test("has limits, from deploy before the older keys", () => {
    const limits = compose(
      "services:\n  a: {mem_limit: 50m, cpus: 0.5, pids_limit: 10}\n" +
        "  b: {mem_limit: 1g, deploy: {resources: {limits: {memory: 512M, cpus: '1.5', pids: 5}}}}\n",
    ).map(({ limits }) => [limits.memory?.value, limits.cpus?.value, limits.processes?.value]);
    expect(limits).toEqual([
      [50 * 1024 ** 2, 0.5, 10],
      [512 * 1024 ** 2, 1.5, 5],
    ]);
  });

  test("knows what the Dockerfile beside it makes", () => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-launches-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "web"));
    writeFileSync(
      join(folder, "compose.yaml"),
      "services:\n  a: {build: web}\n  b: {build: {context: ., dockerfile: web/Dockerfile, target: base}}\n" +
        "  c: {build: {context: https://example.org/x.git}}\n  d: {build: {dockerfile_inline: FROM x}}\n",
    );
    writeFileSync(join(folder, "web/Dockerfile"), 'FROM debian AS base\nCMD ["x"]\nFROM base\nCMD ["y"]\n');
    const workspace = new Workspace();
    const source = workspace.open(join(folder, "compose.yaml"), true);
    const launches = source === null ? [] : workspace.launchesOf(source);
    const images = launches.map((launch) => workspace.imageOf(launch));
    expect(images.map((image) => [image?.name, image?.command?.words[0]?.value, image?.context])).toEqual([
      ["the image", "y", join(folder, "web")],
      ['stage "base"', "x", folder],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
    expect(workspace.parses).toEqual([join(folder, "compose.yaml"), join(folder, "web/Dockerfile")]);
  });

  test("has checks, a namespace of somebody else's, and what makes cgroups writable", () => {
    const [a, b, c] = compose(
      "services:\n  a: {healthcheck: {test: curl x}, pid: host, privileged: true}\n" +
        "  b: {healthcheck: {test: [CMD, curl]}, security_opt: ['writable-cgroups=true']}\n" +
        "  c: {healthcheck: {test: [NONE]}, security_opt: ['no-new-privileges:true']}\n",
    );
    expect([a, b, c].map((launch) => launch?.checks[0]?.form)).toEqual(["shell", "exec", undefined]);
    expect([a, b, c].map((launch) => launch?.sharedProcesses?.value)).toEqual([true, undefined, undefined]);
    expect([a, b, c].map((launch) => (launch?.writableCgroups ?? null) !== null)).toEqual([true, true, false]);
  });
});

describe("a Kubernetes manifest", () => {
  const pod =
    "spec:\n  shareProcessNamespace: true\n  terminationGracePeriodSeconds: 45\n" +
    "  initContainers: [{name: first, image: a}, {name: beside, image: b, restartPolicy: Always}]\n" +
    "  containers:\n    - name: web\n      image: node:22\n      command: [a]\n      args: [b, c]\n" +
    "      env: [{name: A, value: x}, {name: B, valueFrom: {}}, {name: C, value: $(A)}]\n      envFrom: [{}]\n" +
    "      resources: {limits: {memory: 64Mi, cpu: 500m}}\n" +
    "      livenessProbe: {exec: {command: [sh, -c, x]}}\n      lifecycle: {stopSignal: SIGINT}\n";
  const indented = (text: string, by: number) => text.replaceAll(/^(?=.)/gm, " ".repeat(by));

  test.each([
    ["Pod", `kind: Pod\n${pod}`],
    ["Deployment", `kind: Deployment\nspec:\n  template:\n${indented(pod, 4)}`],
    ["StatefulSet", `kind: StatefulSet\nspec:\n  template:\n${indented(pod, 4)}`],
    ["DaemonSet", `kind: DaemonSet\nspec:\n  template:\n${indented(pod, 4)}`],
    ["Job", `kind: Job\nspec:\n  template:\n${indented(pod, 4)}`],
    ["CronJob", `kind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n${indented(pod, 8)}`],
  ])("of kind %s has its containers", (kind, text) => {
    const launches = launchesOf({ "x.yaml": `apiVersion: v1\nmetadata: {name: shop}\n${text}` });
    expect(launches.map(({ name, isShortLived }) => [name, isShortLived])).toEqual([
      [`container "first" of ${kind} "shop"`, true],
      [`container "beside" of ${kind} "shop"`, false],
      [`container "web" of ${kind} "shop"`, kind.endsWith("Job")],
    ]);
    const web = launches[2];
    expect(wordsOf(web)).toEqual({ entrypoint: ["a"], command: ["b", "c"] });
    expect([...(web?.environment ?? [])].map(([name, { value }]) => [name, value])).toEqual([
      ["A", "x"],
      ["B", null],
      ["C", null],
    ]);
    expect(web).toMatchObject({
      image: { name: { value: "node:22" } },
      hasMoreEnvironment: true,
      grace: { value: 45_000 },
      stopSignal: { value: "SIGINT" },
      limits: { memory: { value: 64 * 1024 ** 2 }, cpus: { value: 0.5 } },
      sharedProcesses: { value: true },
    });
    expect(web?.checks.map(({ words }) => words.map(({ value }) => value))).toEqual([["sh", "-c", "x"]]);
  });

  test("may have several documents and lists, and others that make no pods", () => {
    const item = "{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: c}]}}";
    const launches = launchesOf({
      "x.yaml":
        "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}]}\n---\n" +
        `apiVersion: v1\nkind: List\nitems: [${item}]\n`,
    });
    expect(launches.map(({ name }) => name)).toEqual(['container "a" of Pod', 'container "c" of Pod "b"']);
  });
});

describe("a workflow of GitHub", () => {
  test("has the containers of jobs, services and steps, with the options of docker create", () => {
    const launches = launchesOf({
      ".github/workflows/ci.yml":
        "on: push\njobs:\n  test:\n    container: {image: 'node:22', options: --init --memory 2g -e A=b, env: {C: d}}\n" +
        "    services:\n      db: {image: postgres, options: \"--health-cmd 'pg_isready -q' --stop-timeout=5\"}\n" +
        '    steps:\n      - run: make\n      - {uses: "docker://alpine:3", with: {args: "a b"}}\n' +
        "  other: {container: 'x:${{ matrix.v }}', steps: []}\n",
    });
    expect(launches.map(({ name, image }) => [name, image.name?.value ?? null])).toEqual([
      ['the container of job "test"', "node:22"],
      ['service "db" of job "test"', "postgres"],
      ['a step of job "test"', "alpine:3"],
      ['the container of job "other"', null],
    ]);
    expect(wordsOf(launches[0]).entrypoint).toEqual(["tail", "-f", "/dev/null"]);
    expect(launches[0]).toMatchObject({ platformInit: { value: true }, limits: { memory: { value: 2 * 1024 ** 3 } } });
    expect([...(launches[0]?.environment.keys() ?? [])]).toEqual(["C", "A"]);
    expect(launches[1]).toMatchObject({ platformInit: null, grace: { value: 5000 } });
    expect(wordsOf(launches[2]).command).toEqual(["a", "b"]);
  });
});

describe("a CI file of GitLab", () => {
  test("has the images and services of jobs, and of all jobs", () => {
    const launches = launchesOf({
      ".gitlab-ci.yml":
        "image: node:22\nvariables: {A: b}\ndefault: {services: [redis]}\ntest:\n" +
        "  image: {name: $IMAGE, entrypoint: ['']}\n  services: [{name: db, command: [x]}]\n  script: [make]\n" +
        ".hidden: {script: [x]}\n",
    });
    expect(launches.map((launch) => [launch.name, launch.image.name?.value ?? null, wordsOf(launch)])).toEqual([
      ["the image of all jobs", "node:22", { entrypoint: null, command: null }],
      ['service "redis" of all jobs', "redis", { entrypoint: null, command: null }],
      ['the image of job "test"', null, { entrypoint: [], command: null }],
      ['service "db" of job "test"', "db", { entrypoint: null, command: ["x"] }],
    ]);
    expect(launches[2]?.environment.get("A")?.value).toBe("b");
  });

  test("has the jobs of the files of the repository that it includes, each once", () => {
    const job = (name: string, include = "") => `${include}${name}: { image: ${name}, script: [make] }\n`;
    const found = (include: string) =>
      launchesOf({
        ".gitlab-ci.yml": job("own", include),
        "ci/a.yml": job("a", "include: /ci/b.yml\n"),
        "ci/b.yml": job("b", "include: [ci/a.yml, {local: .gitlab-ci.yml}]\n"),
        "ci/c.yaml": job("c"),
        "ci/broken.yml": "a: [\n",
        ".git/HEAD": "",
      }).map(({ image }) => image.name?.value);
    expect(found("include: ci/a.yml\n")).toEqual(["own", "a", "b"]);
    expect(found("include: { local: '/ci/c.yaml' }\n")).toEqual(["own", "c"]);
    expect(
      found(
        "include:\n  - local: ci/*.yml\n  - remote: https://example.org/c.yaml\n  - project: x\n    file: ci/c.yaml\n",
      ),
    ).toEqual(["own", "a", "b"]);
    expect(found("include: [ci/none.yml, $FILE, ../other.yml, 'https://example.org/ci/c.yaml']\n")).toEqual(["own"]);
  });
});

test("the instructions of all Dockerfiles of this project are those that another parser tells apart", () => {
  const root = join(import.meta.dirname, "../..");
  const paths = ["test/kit", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(root, folder, path)),
  );
  const dockerfiles = paths.filter((path) => /Dockerfile[^/]*$/.test(path) && statSync(path).isFile());
  expect(dockerfiles.length).toBeGreaterThan(100);
  for (const path of dockerfiles) {
    const source = new Source(path, readFileSync(path, "utf8").replace(/^\ufeff/, ""), "dockerfile");
    const own = [...instructionsOf(source)].map(({ keyword, whole }) => [keyword, source.slice(whole)]);
    const others = DockerfileParser.parse(source.text)
      .getInstructions()
      .map((instruction) => {
        const { start, end } = instruction.getRange();
        const offset = source.offsetOf(start.line + 1) + start.character;
        const text = source.text.slice(offset, source.offsetOf(end.line + 1) + end.character);
        return [instruction.getKeyword(), text.trimEnd()];
      });
    expect(own, path).toEqual(others);
  }
});

describe("a devcontainer.json", () => {
  const of = (text: string) => launchesOf({ ".devcontainer/devcontainer.json": text }).at(0);

  test("is JSON with comments, tabs and commas at the end, and its values stand where the file has them", () => {
    const launch = of('// one\n{\n\t"image": "debian:12", /* two\n */ "containerEnv": { "A": "// b" }, // three\n}\n');
    expect(launch?.image.name?.value).toBe("debian:12");
    expect(launch?.source.slice(launch.image.name?.span ?? launch.span)).toBe('"debian:12"');
    expect(launch?.environment.get("A")?.value).toBe("// b");
  });

  test("names its Dockerfile from its own folder, the context too", () => {
    const recipe = (text: string) => {
      const { dockerfile = "", context = "", target } = of(text)?.image.recipe ?? {};
      return [dockerfile, context ?? ""]
        .map((path) => path.replace(/^.*tini-ts-launches-[^/]+\/?/, ""))
        .concat(target ?? []);
    };
    expect(recipe('{"build": {"dockerfile": "Dockerfile", "context": "..", "target": "dev"}}')).toEqual([
      ".devcontainer/Dockerfile",
      "",
      "dev",
    ]);
    expect(recipe('{"build": {"dockerfile": "../docker/Dockerfile"}}')).toEqual(["docker/Dockerfile", ".devcontainer"]);
    expect(recipe('{"dockerFile": "Dockerfile", "context": ".."}')).toEqual([".devcontainer/Dockerfile", ""]);
    expect(of('{"build": {"dockerfile": "${localEnv:FILE}"}}')?.image.recipe).toBe(null);
  });

  test("puts a shell of its own in the place of what the image says, or does not", () => {
    expect(wordsOf(of('{"image": "a"}')).entrypoint?.[0]).toBe("/bin/sh");
    expect(wordsOf(of('{"image": "a", "overrideCommand": false}')).entrypoint).toBe(null);
  });

  test("starts nothing itself where a Compose file does, and where it is no map", () => {
    expect(of('{"dockerComposeFile": "a.yaml", "service": "a"}')).toBe(undefined);
    expect(of("[]")).toBe(undefined);
    expect(of("")).toBe(undefined);
  });
});

describe("templates of Dockerfiles", () => {
  test("keep the place of everything, whatever is filled in", () => {
    const text =
      '{{\n  def a:\n    1\n-}}\nFROM {{ base | default(\'a b\') }} AS build\n  {% if x %}  \nRUN a \\\n  {%- endif %}\n  && b\nFROM build\nCOPY {{ a b }} /x\nCMD ["node", "{{ c }}"]\n';
    const launch = last(text);
    expect(launch.image.name).toBe(null);
    expect(launch.image.steps.map(({ keyword, words }) => [keyword, words])).toEqual([
      ["RUN", ["a", "&&", "b"]],
      ["COPY", [null, "/x"]],
      ["CMD", ["node", null]],
    ]);
    expect(launch.command?.words.map(({ span }) => launch.source.slice(span))).toEqual(['"node"', '"{{ c }}"']);
  });

  test("whose places are not closed take no longer than others", () => {
    for (const piece of ["{{\n", "{{ a }}", "{%", "{# #}\n", "<%", "   {{ if x }}\n", "CMD {{ [\n"]) {
      const launch = last(`FROM debian\n${piece.repeat(20_000)}\nCMD ["a"]\n`);
      expect(wordsOf(launch).command).toEqual(["a"]);
    }
  });
});

test("what a program imports is looked for in little time, whatever its text", () => {
  for (const text of [" ", ".", "a,", "from x import y\n"].map(
    (piece) => `from ${piece.repeat(100_000 / piece.length)}`,
  )) {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-launches-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "Dockerfile"), 'FROM python:3\nWORKDIR /srv\nCOPY . .\nCMD ["python", "main.py"]\n');
    writeFileSync(join(folder, "main.py"), text);
    const before = process.cpuUsage();
    expect(lint([folder]).findings.map(({ rule, severity }) => [rule, severity])).toEqual([["no-init", "warning"]]);
    // It takes a hundredth of that; what grows with the square of the text took minutes. No engine counts the steps of a
    // regular expression, so its time is the only measure; that of the processor does not depend on other processes.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  }
});
