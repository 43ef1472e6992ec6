import type { SnippetTextEdit } from 'vscode-languageserver/node';
import {
  CodeActionKind,
  CodeActionTriggerKind,
  type CodeAction,
  type CodeActionParams,
  type Diagnostic,
  type Position,
  type Range as LspRange,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { assertion, fixesOf, type Edit, type Fix } from '../model/fixes/fix.ts';
import { plainLine } from '../model/report/plain.ts';
import { explainCommand } from '../protocol/requests.ts';
import { fileOf, isKernelSource } from './places.ts';
import type { ShownFinding } from './published.ts';
import { settingsOf } from './review.ts';
import { placeInSession, type Session } from './session.ts';

/** What can be done about the findings that a client has under its cursor, and what the function could say whose name is there. */
export async function codeActions(session: Session, params: CodeActionParams, signal: AbortSignal): Promise<CodeAction[]> {
  const { textDocument, context, range } = params;
  const file = fileOf(textDocument.uri);
  const document = file === undefined ? undefined : session.documents.get(file);
  if (file === undefined || !document) return [];
  const isWanted = (kind: string): boolean => context.only?.some((only) => kind === only || kind.startsWith(`${only}.`)) ?? true;
  // Finding out takes its time: not for a cursor that goes by.
  const isAsked = context.triggerKind !== CodeActionTriggerKind.Automatic;
  return [
    ...(isWanted(CodeActionKind.QuickFix) ? findingActions(session, document, file, context.diagnostics) : []),
    ...(isAsked && isWanted(assertionKind) ? await assertionActions(session, document, file, range.start, signal) : []),
  ];
}

const assertionKind = CodeActionKind.RefactorRewrite;

/** A function that could say which of its callers' locks it needs. */
async function assertionActions(
  session: Session,
  document: TextDocument,
  file: string,
  at: Position,
  signal: AbortSignal,
): Promise<CodeAction[]> {
  if (!isKernelSource(file, document.languageId) || !isOnName(document, at)) return [];
  const { version } = document;
  const { root, path } = placeInSession(session, file);
  try {
    const { orders } = await settingsOf(session, { root, path });
    const found = await session.thread.ask({ kind: 'assertable', root, path, line: at.line + 1, orders }, { signal });
    // Its places are those of the text that was asked about.
    if (!found || document.version !== version) return [];
    return found.locks.flatMap(({ lockClass, text }) => {
      const who = found.isSure ? 'all callers hold it' : 'the known callers hold it';
      const title = plainLine(`Say that ${lockClass} is held, as ${who}: ${text}`);
      const fix = assertion(text, title, found.firstStatement, document.getText());
      return fix ? [{ title, kind: assertionKind, edit: workspaceEdit(session, document, fix) }] : [];
    });
  } catch (error) {
    session.connection.console.error(`cannot tell what holds in ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** Whether a place is at a name before a parenthesis, on a line that is not indented. */
function isOnName(document: TextDocument, { line, character }: Position): boolean {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  if (!/^[A-Za-z_]/.test(text)) return false;
  const before = /\w*$/.exec(text.slice(0, character))![0];
  const after = /^\w*\s*(\(?)/.exec(text.slice(character))!;
  return after[1] === '(' && /\w/.test(before + after[0]);
}

function findingActions(session: Session, document: TextDocument, file: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
  const shown = session.published.of(file);
  // Findings of an earlier text are checked again presently; their places are wrong meanwhile.
  if (!shown || shown.version !== document.version) return [];
  return diagnostics.flatMap((diagnostic) => {
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
