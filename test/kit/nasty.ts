/** Pathological files of any size: each kind once took time or memory that grows faster than the file. */
import type { Texts } from "./texts.ts";

/** As many copies of a piece as fit. */
const times = (piece: string, size: number) => piece.repeat(Math.max(1, Math.floor(size / piece.length)));

/** Numbered pieces, one a line. */
function lines(size: number, line: (index: number) => string): string {
  const each = line(1000).length + 1;
  return Array.from({ length: Math.max(2, Math.floor(size / each)) }, (_, index) => line(index)).join("\n");
}

const dockerfile = (text: string): Texts => ({ Dockerfile: `FROM node\n${text}\n` });
const command = (text: string): Texts => dockerfile(`CMD ${text}`);
const compose = (text: string): Texts => ({ "compose.yaml": text });
const script = (text: string): Texts => ({
  Dockerfile: 'FROM node\nCOPY a.sh package.json /\nENTRYPOINT ["/a.sh"]\nCMD ["b", "c"]\n',
  "a.sh": `#!/bin/sh\n${text}\n`,
});

/** A command in shell form, in a script, in a list, in Compose, in a pod and in package.json. */
export function inEachPlace(text: string): Texts[] {
  const list = JSON.stringify(["sh", "-c", text]);
  return [
    command(text.replaceAll("\n", " ")),
    command(list),
    script(text),
    compose(`services: {a: {image: node, command: ${list}}}`),
    compose(`services: {a: {image: node, command: ${JSON.stringify(text)}}}`),
    { "pod.yaml": `apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: node, command: ${list}}]}\n` },
    { Dockerfile: "FROM node\nCMD npm start\n", "package.json": JSON.stringify({ scripts: { start: text } }) },
  ];
}

/** Unicode white space that the shell does not treat as such, and similar characters. */
export const BLANKS = ["\u00a0", "\u3000", "\u2028", "\u2029", "\f", "\v", "\u0085", "\ufeff", "\u1680", "\u200b"];

/** @param size about how many characters each has. */
export function nastyTexts(size: number): Record<string, Texts> {
  const shell = Object.entries({
    separators: times(";", size),
    subshells: times("(", size),
    ifs: times("if ", size),
    "whole ifs": times("if x; then ", size),
    substitutions: times("$(", size),
    "quoted substitutions": times('"$(', size),
    backticks: times('`"', size),
    parameters: times("${", size),
    words: times("a ", size),
    "a word": times("a", size),
    patterns: times("*", size),
    dollars: times("$", size),
    backslashes: `a${times("\\ ", size)}`,
    "here-documents": times("<<E ", size),
    functions: times("a() { ", size),
    cases: times("case x in y) ", size),
    "whole cases": times("case x in y) z;; esac;", size),
    "and-lists": `${times("a && ", size)}b`,
    loops: times("for ", size),
    tests: times("[[ ", size),
    assignments: times("A=b ", size),
    redirections: times("2>a ", size),
    execs: times("exec ", size),
    traps: times("trap x TERM; ", size),
  }).map(([name, text]) => [`a command of ${name}`, command(text)] as const);
  return {
    ...Object.fromEntries(shell),
    "ENV lines": dockerfile(lines(size, (n) => `ENV A${n}=b`)),
    "ENV that doubles": dockerfile(`ENV A=0123456789\n${times("ENV A=$A$A\n", 660)}`),
    "ENV of the longest": dockerfile(
      `ENV A=0123456789\n${times("ENV A=$A$A\n", 143)}${lines(size, (n) => `ENV B${n}=$A`)}`,
    ),
    "ARG that doubles": { Dockerfile: `ARG A=0123456789\n${times("ARG A=$A$A\n", 660)}FROM $A\n` },
    "a long variable": dockerfile(`ENV A=${times("x", size)}`),
    "an escaped variable": dockerfile(`ENV A="${times("\\x", size)}"`),
    "quotes in a variable": dockerfile(`ENV A=${times('"\\"', size)}`),
    "both quotes in a variable": dockerfile(`ENV A=${times("'\"", size)}`),
    "variables in a variable": dockerfile(`ENV A=${times("${A:-", size)}`),
    "stages in a row": { Dockerfile: `FROM node AS a0\n${lines(size, (n) => `FROM a${n} AS a${n + 1}`)}\n` },
    "stages of one base": {
      Dockerfile: `FROM node AS a\n${times("ENV A=b\n", size / 2)}${times("FROM a\nCMD x\n", size / 2)}`,
    },
    "stages of one name": { Dockerfile: times("FROM node AS a\nCMD node x\n", size) },
    "WORKDIR lines": dockerfile(`${times("WORKDIR a\n", size)}CMD ["./a"]`),
    "COPY lines": dockerfile(`${times("COPY a /\n", size)}CMD ["/a"]`),
    "ENTRYPOINT lines": dockerfile(times('ENTRYPOINT ["sh","-c","node x"]\n', size)),
    "RUN lines": dockerfile(`${times("RUN apt-get install -y a\n", size)}ENTRYPOINT ["tini"]`),
    "a RUN": dockerfile(`RUN ${times("apt -a ", size)}\nENTRYPOINT ["tini"]`),
    flags: dockerfile(`COPY ${times("--a ", size)}a b`),
    "continued lines": dockerfile(`RUN a ${times("\\\n b", size)}`),
    "comments in a line": dockerfile(`RUN a \\\n${times("#\n", size)}b`),
    "empty lines in a line": dockerfile(`RUN a \\\n${times("\n", size)}b`),
    "here-documents of RUN": dockerfile(times("RUN <<E\nE\n", size)),
    "an open here-document of RUN": dockerfile(`RUN <<E\n${times("x\n", size)}`),
    "a list": dockerfile(`CMD [${times('"a",', size)}"b"]`),
    "a word of a list": dockerfile(`CMD ["${times("a", size)}"]`),
    "an escaped word of a list": dockerfile(`CMD ["${times('\\"', size)}"]`),
    "a deep list": dockerfile(`CMD ${times("[", size)}`),
    wrappers: dockerfile(`CMD [${times('"env",', size)}"b"]`),
    inits: dockerfile(`CMD [${times('"tini",', size)}"b"]`),
    "a long path of an init": dockerfile(`RUN apt-get install tini\nENTRYPOINT ["/${times("a", size)}/tini"]`),
    "a script": script(times("a\n", size)),
    "a script's here-documents": script(times("cat <<E\nE\n", size)),
    "tabs in a here-document": script(`cat <<E\n${times("\t", size)}\nE`),
    "a script that starts itself": script(`exec /a.sh ${times('"$@" ', size)}`),
    "a script of package.json": {
      Dockerfile: "FROM node\nCMD npm start\n",
      "package.json": JSON.stringify({ scripts: { start: `node ${times("(", size)}` } }),
    },
    services: compose(`services:\n${lines(size, (n) => ` a${n}: {image: node, command: node x}`)}\n`),
    "services of one Dockerfile": {
      ...compose(`services:\n${lines(size, (n) => ` a${n}: {build: .}`)}\n`),
      ...dockerfile("CMD node x"),
    },
    "services that extend each other": compose(`services:\n${lines(size, (n) => ` a${n}: {extends: a${n + 1}}`)}\n`),
    "merge keys": compose(
      `x: &e\n${lines(size / 2, (n) => `  a${n}: b`)}\nservices:\n` +
        lines(size / 2, (n) => ` a${n}: {image: node, environment: {<<: *e}}`),
    ),
    "aliases of a long text": compose(
      `x: &e ${times("a ", size / 2)}\nservices:\n${lines(size / 2, (n) => ` a${n}: {image: node, command: *e}`)}\n`,
    ),
    "anchors of one name": compose(`services:\n${lines(size, (n) => ` a${n}: &a\n  image: *a`)}\n`),
    "variables that are not closed": compose(`services:\n a: {image: '${times("${", size)}'}`),
    "variables within variables": compose(`services:\n a: {image: '${times("${A:-", size)}'}`),
    "open lists": compose(`a: ${times("[", size)}`),
    "open maps": compose(`services: ${times("{a: ", size)}`),
    keys: compose(times("? ", size)),
    dashes: compose(times("- ", size)),
    escapes: compose(`services:\n a:\n  command: "${times("\\x41", size)}"`),
    "quotes in a command": compose(`services:\n a:\n  command: '${times('" ', size)}'`),
    anchors: compose(times("&a ", size)),
    tags: compose(times("! ", size)),
    colons: compose(times(": ", size)),
    documents: compose(times("---\n", size)),
    comments: compose(times("#\n", size)),
    "line feeds": compose(times("\n", size)),
    steps: compose(
      lines(size, () => "a:")
        .split("\n")
        .slice(0, 300)
        .map((key, n) => " ".repeat(n) + key)
        .join("\n"),
    ),
    pods: {
      "a.yaml": `apiVersion: v1\nkind: List\nitems:\n${times("- {kind: Pod, spec: {containers: [{name: a, command: [sh, -c, node x]}]}}\n", size)}`,
    },
    "a list that is in itself": { "a.yaml": "&a\napiVersion: v1\nkind: List\nitems: [*a, *a]\n" },
    "lists of lists": {
      "a.yaml":
        "x0: &x0 {kind: List, items: [{kind: Pod, spec: {containers: [{name: a}]}}]}\n" +
        Array.from(
          { length: 30 },
          (_, n) => `x${n + 1}: &x${n + 1} {kind: List, items: [*x${n}, *x${n}, *x${n}]}\n`,
        ).join("") +
        "apiVersion: v1\nkind: List\nitems: [*x30]\n",
    },
    "jobs of GitHub": {
      ".github/workflows/a.yml": `on: push\njobs:\n${lines(size, (n) => ` a${n}: {container: {image: node, options: --init -e A=b}}`)}\n`,
    },
    "jobs of GitLab": {
      ".gitlab-ci.yml": `variables:\n${lines(size / 2, (n) => `  A${n}: b`)}\n${lines(size / 2, (n) => `a${n}: {image: node}`)}\n`,
    },
    settings: { ".tini.yml": times("grace: 10s\n", size) },
    "a setting": { ".tini.yml": `chdir: ${times("a", size)}\n` },
    "values with quotes": { ".tini.yml": `env:\n${times('- "A=\\\\b"\n', size)}` },
    "comments that turn a rule off": dockerfile(`${times("# tini-ts-disable-next-line no-init\n", size)}CMD node x`),
    "comments in services": compose(
      `services:\n${lines(size, (n) => ` # tini-ts-disable-next-line no-init\n a${n}: {image: node, command: node x}`)}\n`,
    ),
    "a file of line feeds": { x: times("\n", size) },
    "a file of comments": { x: `${times("#\n", size)}FROM node\n` },
    "a file of arguments": { x: times("ARG \n", size) },
    "what may be a template": compose(times(": \t", size)),
  };
}
