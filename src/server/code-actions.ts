import type { SnippetTextEdit } from 'vscode-languageserver/node';
import {
  CodeActionKind,
  type CodeAction,
  type CodeActionParams,
  type Diagnostic,
  type Range as LspRange,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { fixesOf, type Edit, type Fix } from '../model/fixes/fix.ts';
import { explainCommand } from '../protocol/requests.ts';
import { fileOf } from './places.ts';
import type { ShownFinding } from './published.ts';
import type { Session } from './session.ts';

/** What can be done about the findings that a client has under its cursor. */
export function codeActions(session: Session, { textDocument, context }: CodeActionParams): CodeAction[] {
  const file = fileOf(textDocument.uri);
  const document = file === undefined ? undefined : session.documents.get(file);
  const shown = file === undefined ? undefined : session.published.of(file);
  // Findings of an earlier text are checked again presently; their places are wrong meanwhile.
  if (!document || !shown || shown.version !== document.version) return [];
  return context.diagnostics.flatMap((diagnostic) => {
    const found = shown.findings.find((each) => isSame(each.diagnostic, diagnostic));
    return found ? actionsFor(session, document, found, diagnostic) : [];
  });
}

/** By id; a client that keeps no data gives place and code back. */
function isSame(shown: Diagnostic, asked: Diagnostic): boolean {
  const idOf = ({ data }: Diagnostic): unknown => (data as { id?: unknown } | undefined)?.id;
  if (idOf(asked) !== undefined) return idOf(asked) === idOf(shown);
  return asked.source === shown.source && asked.code === shown.code && asked.message === shown.message;
}

function actionsFor(session: Session, document: TextDocument, { finding }: ShownFinding, diagnostic: Diagnostic): CodeAction[] {
  const kind = CodeActionKind.QuickFix;
  const explains = session.explains && finding.witnesses.length > 0;
  const command = { title: 'Explain This Finding', command: explainCommand, arguments: [document.uri, finding.id] };
  return [
    ...(explains ? [{ title: `Explain this ${finding.check}`, kind, diagnostics: [diagnostic], command }] : []),
    ...fixesOf(finding, document.getText()).map((fix) => ({
      ...{ title: fix.title, kind, diagnostics: [diagnostic], edit: workspaceEdit(session, document, fix) },
      ...(fix.isRepair && { isPreferred: true }),
    })),
  ];
}

/** One edit of the document, so that one undo takes it back. */
function workspaceEdit({ capabilities }: Session, document: TextDocument, { edits }: Fix): WorkspaceEdit {
  const { uri, version } = document;
  const { documentChanges, snippetEditSupport } = capabilities.workspace?.workspaceEdit ?? {};
  if (documentChanges !== true) return { changes: { [uri]: edits.map((edit) => plainEdit(document, edit)) } };
  const isSnippet = (edit: Edit): boolean => edit.hole !== undefined && snippetEditSupport === true;
  const changes = edits.map((edit) => (isSnippet(edit) ? snippetEdit(document, edit) : plainEdit(document, edit)));
  return { documentChanges: [{ textDocument: { uri, version }, edits: changes }] };
}

function plainEdit(document: TextDocument, { range, text }: Edit): TextEdit {
  return { range: toLspRange(document, range), newText: text };
}

function snippetEdit(document: TextDocument, { range, text, hole }: Edit): SnippetTextEdit {
  const escaped = (part: string): string => part.replace(/[\\$}]/g, '\\$&');
  const value = `${escaped(text.slice(0, hole!.at))}\${1:${escaped(hole!.hint)}}${escaped(text.slice(hole!.at))}`;
  return { range: toLspRange(document, range), snippet: { kind: 'snippet', value } };
}

function toLspRange(document: TextDocument, { start, end }: Edit['range']): LspRange {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
