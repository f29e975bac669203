/** `tini-ts config`: the effective settings of the init of each launch, and the source of each value. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { configVerb } from "../../../src/kit/verbs/config.ts";

/** Runs the verb on files of their own; the folder's name is taken out of what it says. */
async function config(files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const said = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({ write: (text: string) => (said[name] += text) });
  const paths = words.map((word) => (word.startsWith("-") ? word : join(folder, word)));
  const code = await configVerb.run(paths.some((path) => path.startsWith(folder)) ? paths : [...paths, folder], {
    environment: {},
    stdout: stream("stdout"),
    stderr: stream("stderr"),
  });
  const strip = (text: string) => text.replaceAll(`${folder}/`, "");
  return { code, stdout: strip(said.stdout), stderr: strip(said.stderr) };
}

const DOCKERFILE = `FROM node:22-slim
ENV TINI_GRACE=10s
WORKDIR /srv
COPY conf/image.yml /etc/tini.yml
COPY tini-ts /tini-ts
ENTRYPOINT ["/tini-ts", "-g", \\
  "--"]
CMD ["node", "a server.mjs"]
`;

describe("tini-ts config", () => {
  test("shows all effective settings, with their sources in the image and in the files", async () => {
    const { code, stdout, stderr } = await config({
      Dockerfile: DOCKERFILE,
      "conf/image.yml": "# how it stops\ndelay: 5s\nremap-exit: 143,130:1\n",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [first, ...lines] = stdout.trimEnd().split("\n");
    expect(first).toBe(`# Dockerfile:1: the image: /tini-ts runs node "a server.mjs"`);
    expect(lines).toEqual(
      expect.arrayContaining([
        "stop-signals:                    # default",
        "  - SIGTERM",
        "delay: 5s                        # /etc/tini.yml:2, conf/image.yml:2",
        "grace: 10s                       # variable TINI_GRACE, Dockerfile:2",
        "linger: off                      # default",
        "forward-to: group                # argument 1, Dockerfile:6",
        "# rewrite:                       # default",
        "remap-exit:                      # /etc/tini.yml:3, conf/image.yml:3",
        "  - 130:1",
        "  - 143:0",
      ]),
    );
    // None is said twice.
    const names = lines.flatMap((line) => /^(?:# )?([a-z-]+):/.exec(line)?.[1] ?? []);
    expect(new Set(names).size).toBe(names.length);
  });

  test("the text is YAML, a document for each launch", async () => {
    const { stdout } = await config({ Dockerfile: DOCKERFILE, "other/Dockerfile": DOCKERFILE });
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Record<string, unknown>);
    expect(documents.map(({ grace }) => grace)).toEqual(["10s", "10s"]);
  });

  test("the environment wins over the file, the arguments over both", async () => {
    const files = {
      Dockerfile: `FROM scratch\nENV TINI_DELAY=2s TINI_GRACE=2s\nCOPY . /\nENTRYPOINT ["/tini-ts", "--grace=3s", "/app"]\n`,
      ".tini.yml": "linger: 1s\ndelay: 1s\ngrace: 1s\n",
    };
    const { stdout } = await config(files, "Dockerfile");
    expect(stdout).toMatch(/^linger: 1s +# \/\.tini\.yml:1, \.tini\.yml:1$/m);
    expect(stdout).toMatch(/^delay: 2s +# variable TINI_DELAY, Dockerfile:2$/m);
    expect(stdout).toMatch(/^grace: 3s +# argument 1, Dockerfile:4$/m);
  });

  test("a refusal is reported, and the exit code is 1", async () => {
    const { code, stdout } = await config({
      Dockerfile: `FROM scratch\nENTRYPOINT ["/tini-ts", "--grace", "soon", "--", "/app"]\n`,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^# Dockerfile:1: the image: \/tini-ts\n# refused: --grace "soon" \(argument 2\) is not a time: .+\n$/,
    );
  });

  test("warnings are reported", async () => {
    const { code, stdout } = await config({
      Dockerfile: `FROM scratch\nENV TINI_GRCE=1\nENTRYPOINT ["/tini-ts", "/app"]\n`,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("# warning: variable TINI_GRCE is none of ours; is TINI_GRACE meant?\n");
  });

  test("an init without a program, and one that only prints", async () => {
    const { stdout } = await config({ Dockerfile: `FROM scratch\nENTRYPOINT ["/tini-ts", "--pause"]\n` });
    expect(stdout).toMatch(/^# Dockerfile:1: the image: \/tini-ts\n/);
    expect(stdout).toMatch(/^pause: yes +# argument 1, Dockerfile:2$/m);
    const printed = await config({ Dockerfile: `FROM scratch\nENTRYPOINT ["/tini-ts", "--version"]\n` });
    expect(printed.stdout).toMatch(/# it prints this, and runs nothing:\n# {3}tini version \S+\n$/);
  });

  test("what cannot be known is not guessed", async () => {
    const argument = `FROM scratch\nARG GRACE\nENV TINI_GRACE=$GRACE\nENTRYPOINT ["/tini-ts", "/app"]\n`;
    expect((await config({ Dockerfile: argument })).stdout).toBe(
      "# Dockerfile:1: the image: what /tini-ts is told is not known here\n",
    );
    const file = `FROM scratch\nENTRYPOINT ["/tini-ts", "--config=/srv/tini.yml", "/app"]\n`;
    expect((await config({ Dockerfile: file })).stdout).toBe(
      "# Dockerfile:1: the image: /tini-ts\n# it reads /srv/tini.yml, and what is in that is not known here\n",
    );
  });

  test("a launch without an init is reported if its file is named, and omitted in folders", async () => {
    const files = { Dockerfile: `FROM node:22\nCMD ["node", "server.mjs"]\n` };
    expect(await config(files, "Dockerfile")).toEqual({
      code: 0,
      stdout: "# Dockerfile:1: the image: no init in front of node server.mjs\n",
      stderr: "",
    });
    expect(await config(files)).toEqual({ code: 0, stdout: "", stderr: "tini-ts: no init is started here\n" });
  });

  test("as JSON, for programs", async () => {
    const { code, stdout } = await config(
      { Dockerfile: DOCKERFILE, "conf/image.yml": "delay: 5s\n" },
      "--format=json",
      "Dockerfile",
    );
    expect(code).toBe(0);
    const [only] = JSON.parse(stdout) as [{ settings: Record<string, unknown> }];
    expect(only).toMatchObject({
      file: "Dockerfile",
      line: 1,
      column: 1,
      name: "the image",
      init: "/tini-ts",
      program: ["node", "a server.mjs"],
      outcome: "configured",
      warnings: [],
    });
    expect(only.settings).toMatchObject({
      grace: {
        value: "10s",
        source: { kind: "variable", name: "TINI_GRACE", place: { file: "Dockerfile", line: 2, column: 16 } },
      },
      "forward-to": { value: "group", source: { kind: "word", index: 0, place: { line: 6, column: 25 } } },
      delay: { source: { kind: "file", path: "/etc/tini.yml", line: 1, place: { file: "conf/image.yml", line: 1 } } },
      linger: { value: "off", source: { kind: "default", place: null } },
      "stop-signals": { value: ["SIGINT", "SIGTERM"] },
    });
  });

  test("as JSON, if refused, unknown, or not our init", async () => {
    const outcomeOf = async (lines: string) => {
      const { stdout } = await config({ Dockerfile: `FROM scratch\n${lines}\n` }, "--format=json", "Dockerfile");
      return (JSON.parse(stdout) as { outcome: string; message?: string }[]).map(({ outcome, message }) => [
        outcome,
        message,
      ]);
    };
    expect(await outcomeOf(`ENTRYPOINT ["/tini-ts", "--foo"]`)).toEqual([
      ["refused", "unknown option --foo (argument 1); tini-ts -h lists the options"],
    ]);
    expect(await outcomeOf(`ENTRYPOINT ["/app"]`)).toEqual([["no init", undefined]]);
    expect(await outcomeOf(`ARG A\nENV TINI_GRACE=$A\nENTRYPOINT ["/tini-ts", "/app"]`)).toEqual([
      ["unknown", undefined],
    ]);
  });

  test("a file that cannot be read gets a line and the exit code 2, the others are shown all the same", async () => {
    const { code, stdout, stderr } = await config(
      { Dockerfile: DOCKERFILE, "B.Dockerfile": "FROM \0" },
      "B.Dockerfile",
      "Dockerfile",
    );
    expect(code).toBe(2);
    expect(stderr).toBe("B.Dockerfile is binary: it has a NUL byte\n");
    expect(stdout).toContain("grace: 10s");
  });

  test("an unknown format or option is refused", async () => {
    await expect(config({}, "--format=xml")).rejects.toThrow("--format xml: text or json was expected");
    await expect(config({}, "--fromat=x")).rejects.toThrow("unknown option --fromat; did you mean --format?");
  });
});
