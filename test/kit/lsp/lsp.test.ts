/** `tini-ts lsp`, as an editor talks to it: a client of the protocol over standard input and output. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { CodeAction, Diagnostic, InitializeResult, PublishDiagnosticsParams } from "vscode-languageserver/node";
import { patience } from "../../patience.ts";

const PROGRAM = join(import.meta.dirname, "../../../src/kit/main.ts");

/** A server for a folder of files, and what an editor does with it. */
async function editor(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-lsp-"));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const child = spawn(process.execPath, [PROGRAM, "lsp", "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
    timeout: patience(60_000),
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const client = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  onTestFinished(async () => {
    client.dispose();
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  });
  const waiting: ((params: PublishDiagnosticsParams) => void)[] = [];
  client.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) =>
    waiting.shift()?.(params),
  );
  client.listen();
  const root = pathToFileURL(folder).href;
  const initialized = await client.sendRequest<InitializeResult>("initialize", {
    ...{ processId: process.pid, rootUri: root, capabilities: {} },
  });
  await client.sendNotification("initialized", {});
  /** Says something, and resolves with the diagnostics that come of it. */
  const said = async (method: string, params: object): Promise<Diagnostic[]> => {
    const diagnostics = new Promise<PublishDiagnosticsParams>((resolve) => waiting.push(resolve));
    await client.sendNotification(method, params);
    return (await diagnostics).diagnostics;
  };
  const uriOf = (path: string) => `${root}/${path}`;
  return {
    ...{ client, initialized, ended, uriOf },
    open: (path: string, languageId: string) => {
      const text = readFileSync(join(folder, path), "utf8");
      return said("textDocument/didOpen", { textDocument: { uri: uriOf(path), languageId, version: 1, text } });
    },
    change: (path: string, version: number, text: string) =>
      said("textDocument/didChange", { textDocument: { uri: uriOf(path), version }, contentChanges: [{ text }] }),
  };
}

test("findings are shown as they are typed, with a link, and fixes are offered that work", async () => {
  const text = "FROM debian\nCMD nginx -g 'daemon off;'\n";
  const { client, initialized, ended, uriOf, open, change } = await editor({ Dockerfile: text });
  expect(initialized).toMatchObject({ capabilities: { codeActionProvider: {} }, serverInfo: { name: "tini-ts" } });
  const [diagnostic, ...others] = await open("Dockerfile", "dockerfile");
  expect(others).toEqual([]);
  expect(diagnostic).toMatchObject({
    code: "shell-form",
    severity: 2,
    source: "tini-ts",
    range: { start: { line: 1, character: 4 }, end: { line: 1, character: 26 } },
    codeDescription: { href: expect.stringMatching(/^https:.*\/shell-form\.md$/) as string },
  });

  const actions = await client.sendRequest<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri: uriOf("Dockerfile") },
    range: diagnostic?.range,
    context: { diagnostics: [diagnostic] },
  });
  expect(actions.map(({ kind }) => kind)).toEqual(["quickfix", "quickfix"]);
  const texts = actions.map(({ edit }) => {
    const [first] = edit?.documentChanges ?? [];
    if (first === undefined || !("edits" in first)) throw new Error("no edits");
    expect(first.textDocument).toEqual({ uri: uriOf("Dockerfile"), version: 1 });
    return TextDocument.applyEdits(TextDocument.create("", "", 1, text), first.edits as never);
  });
  expect(texts).toEqual([
    'FROM debian\nCMD ["nginx", "-g", "daemon off;"]\n',
    `FROM debian\n# tini-ts-disable-next-line shell-form\nCMD nginx -g 'daemon off;'\n`,
  ]);
  for (const [index, better] of texts.entries()) expect(await change("Dockerfile", index + 2, better)).toEqual([]);
  expect(await change("Dockerfile", 9, text)).toHaveLength(1);

  await client.sendRequest("shutdown");
  await client.sendNotification("exit");
  expect((await ended)[0]).toBe(0);
});

test("settings apply, Compose files count, comments without effect are reported, and other files have no findings", async () => {
  const node = 'FROM node:22\nCMD ["node", "a"]\n';
  const { open } = await editor({
    ".tini-ts-lint.yml": "rules: { shell-form: error }\n",
    Dockerfile: node,
    "shell.Dockerfile": "FROM debian\nCMD nginx -q\n",
    "typo.Dockerfile": '# tini-ts-disable no-inti\nFROM debian\nCMD ["nginx"]\n',
    "compose.yaml": "services:\n  web: { build: ., init: true }\n",
    "notes.txt": node,
  });
  expect(await open("Dockerfile", "dockerfile")).toEqual([]);
  expect(await open("shell.Dockerfile", "dockerfile")).toMatchObject([{ code: "shell-form", severity: 1 }]);
  expect(await open("typo.Dockerfile", "dockerfile")).toMatchObject([
    { severity: 3, message: expect.stringContaining("did you mean no-init?") as string },
  ]);
  expect(await open("notes.txt", "plaintext")).toEqual([]);
});
