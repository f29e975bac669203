/** The linter for editors: findings as diagnostics, fixes as code actions. https://microsoft.github.io/language-server-protocol/ */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  createConnection,
  type Diagnostic,
  DiagnosticSeverity,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocuments,
  TextDocumentSyncKind,
  TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { kindOfPath } from "../files/kinds.ts";
import { readText } from "../files/read.ts";
import type { Finding, Severity } from "../finding.ts";
import { setAdditions } from "../launches/additions.ts";
import { lintFiles } from "../lint.ts";
import { linkOf } from "../output/links.ts";
import { Refusal } from "../refusal.ts";
import { findSettings, NO_SETTINGS, type Settings } from "../settings/project.ts";
import { readSettings } from "../settings/settings.ts";
import { version } from "../version.ts";
import { Workspace } from "../workspace.ts";

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** The editors' language names for files that are linted whatever their names are. */
const LANGUAGES = new Set(["dockerfile", "dockercompose"]);

/** The path of a document; null if it is not a file. */
function pathOf(uri: string): string | null {
  return uri.startsWith("file:") ? fileURLToPath(uri) : null;
}

/** The Compose files in a folder and its parents, up to the root of the repository: they may start its image. */
function composeFiles(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    let names: string[] = [];
    try {
      names = readdirSync(at);
    } catch {
      // A folder that cannot be read has none.
    }
    found.push(...names.filter((name) => kindOfPath(name) === "compose").map((name) => join(at, name)));
    if (names.includes(".git") || dirname(at) === at) return found;
  }
}

class Server {
  private readonly connection: Connection;
  private readonly documents = new TextDocuments(TextDocument);
  /** By document. */
  private readonly findings = new Map<string, readonly Finding[]>();
  /** The last message about wrong settings, which is shown once. */
  private told = "";

  constructor(connection: Connection) {
    this.connection = connection;
  }

  listen(): void {
    this.connection.onInitialize(() => ({
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      },
      serverInfo: { name: "tini-ts", version: version() },
    }));
    this.documents.onDidChangeContent(({ document }) => this.lint(document));
    // Findings in other open documents may depend on a script, a Compose file or the settings.
    this.documents.onDidSave(() => this.lintAll());
    this.connection.onDidChangeWatchedFiles(() => this.lintAll());
    this.documents.onDidClose(({ document: { uri } }) => {
      this.findings.delete(uri);
      void this.connection.sendDiagnostics({ uri, diagnostics: [] });
    });
    this.connection.onCodeAction(({ textDocument, range }) => {
      const document = this.documents.get(textDocument.uri);
      return document === undefined ? [] : this.actions(document, range.start.line, range.end.line);
    });
    this.documents.listen(this.connection);
    this.connection.listen();
  }

  private lintAll(): void {
    for (const document of this.documents.all()) this.lint(document);
  }

  private settingsOf(path: string): Settings {
    try {
      const file = findSettings([path]);
      this.told = file === null ? "" : this.told;
      return file === null ? NO_SETTINGS : readSettings(file);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (this.told !== error.message) this.connection.window.showErrorMessage(`tini-ts: ${error.message}`);
      this.told = error.message;
      return NO_SETTINGS;
    }
  }

  /** The text in the editor, which may not have been saved. */
  private readonly read = (path: string): string => {
    const open = this.documents.all().find(({ uri }) => pathOf(uri) === path);
    return open === undefined ? readText(path) : open.getText().replace(/^\ufeff/, "");
  };

  private lint(document: TextDocument): void {
    const path = pathOf(document.uri);
    if (path === null) return;
    const settings = this.settingsOf(path);
    setAdditions(settings.additions);
    const isNamed = LANGUAGES.has(document.languageId);
    const isMeant = (isNamed || kindOfPath(path) !== null) && !settings.isExcluded(path);
    const around = composeFiles(dirname(path)).filter((file) => file !== path);
    const files = [{ path, isNamed }, ...around.map((file) => ({ path: file, isNamed: false }))];
    const { severityOf } = settings;
    const report = isMeant ? lintFiles(files, { severityOf, workspace: new Workspace(this.read) }) : null;
    const findings = report?.findings.filter(({ file }) => file === path) ?? [];
    const remarks = report?.remarks.filter((remark) => remark.path === path && remark.line !== undefined) ?? [];
    this.findings.set(document.uri, findings);
    const diagnostics = [
      ...findings.map((finding) => this.diagnosticOf(finding)),
      ...remarks.map(({ line = 1, text }): Diagnostic => {
        const start = { line: line - 1, character: 0 };
        const range = { start, end: { line, character: 0 } };
        return { range, severity: DiagnosticSeverity.Information, source: "tini-ts", message: `It ${text}.` };
      }),
    ];
    void this.connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
  }

  private diagnosticOf({ rule, severity, start, end, message, fix }: Finding): Diagnostic {
    return {
      range: {
        start: { line: start.line - 1, character: start.column - 1 },
        end: { line: end.line - 1, character: end.column - 1 },
      },
      severity: SEVERITIES[severity],
      code: rule,
      codeDescription: { href: linkOf(rule) },
      source: "tini-ts",
      message: `${message} ${fix}`,
    };
  }

  /** The fixes of the findings in these lines (from 0), and comments that turn their rules off. */
  private actions(document: TextDocument, first: number, last: number): CodeAction[] {
    const here = (this.findings.get(document.uri) ?? []).filter(
      ({ start, end }) => start.line - 1 <= last && end.line - 1 >= first,
    );
    return here.flatMap((finding) => {
      const action = (title: string, edits: TextEdit[], isPreferred: boolean): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [this.diagnosticOf(finding)],
        isPreferred,
        edit: {
          documentChanges: [{ textDocument: { uri: document.uri, version: document.version }, edits }],
        },
      });
      // Offsets are in the text without its byte order mark.
      const before = document.getText().startsWith("\ufeff") ? 1 : 0;
      const edits = (finding.edits ?? []).map(({ offset, length, text }) => {
        const [start, end] = [document.positionAt(offset + before), document.positionAt(offset + before + length)];
        return TextEdit.replace({ start, end }, text);
      });
      const line = finding.start.line - 1;
      const [indent = ""] =
        /^[ \t]*/.exec(document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } })) ??
        [];
      const comment = TextEdit.insert({ line, character: 0 }, `${indent}# tini-ts-disable-next-line ${finding.rule}\n`);
      return [
        ...(edits.length === 0 ? [] : [action(finding.fix, edits, true)]),
        action(`Turn ${finding.rule} off for this line`, [comment], false),
      ];
    });
  }
}

/** Serves an editor over standard input and output; the library ends the process when the editor asks for it, or has gone. */
export function serve(): void {
  const connection = createConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
  new Server(connection).listen();
}
