import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { FindingView } from '../protocol/diagram.ts';
import { asUri, request } from './client.ts';
import type { Diagrams } from './diagrams.ts';
import { findingsOf, type ShownFinding } from './shown-findings.ts';

interface ExplainContext {
  readonly client: LanguageClient;
  readonly diagrams: Diagrams;
}

/** Shows what would have to happen for a finding to come true: one that is named, else the one at the cursor. */
export async function explainFinding(context: ExplainContext, named: readonly unknown[]): Promise<void> {
  const asked = nameOf(named) ?? (await findingAtCursor());
  if (!asked) return;
  const { client, diagrams } = context;
  const began = Date.now();
  const { title, sequence, remarks } = await request(client, 'lockstep/explain', asked.params(client));
  const view: FindingView = { kind: 'finding', title, sequence, remarks };
  diagrams.show(view, began);
}

interface Asked {
  params(client: LanguageClient): { uri: string; id: string };
}

/** As code actions name it, or as a row of the view does. */
function nameOf([first, second]: readonly unknown[]): Asked | undefined {
  if (typeof first === 'string' && typeof second === 'string') return { params: () => ({ uri: first, id: second }) };
  const { finding } = (first ?? {}) as { finding?: ShownFinding };
  return finding && asked(finding);
}

function asked({ uri, id }: ShownFinding): Asked {
  return { params: (client) => ({ uri: asUri(client, uri), id }) };
}

async function findingAtCursor(): Promise<Asked | undefined> {
  const editor = vscode.window.activeTextEditor;
  const line = editor?.selection.active.line;
  const found = editor ? findingsOf(editor.document.uri).filter(({ range }) => range.start.line <= line! && line! <= range.end.line) : [];
  const [first, ...more] = found.filter(({ hasChain }) => hasChain);
  if (!first) {
    await vscode.window.showInformationMessage('Lockstep: no finding on this line has anything to explain: go to one first');
    return undefined;
  }
  if (more.length === 0) return asked(first);
  const items = [first, ...more].map((finding) => ({ label: finding.check, detail: finding.message, finding }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Which finding?', matchOnDetail: true });
  return chosen && asked(chosen.finding);
}
