import * as vscode from 'vscode';
import type { FindingsTree } from './findings-view.ts';
import { literal } from './literal.ts';
import { allFindings } from './shown-findings.ts';

/** The finding after or before the cursor, on to the next file and from the end to the beginning. */
export async function walkFindings(tree: FindingsTree, by: 1 | -1): Promise<void> {
  const findings = allFindings();
  if (findings.length === 0) {
    vscode.window.setStatusBarMessage('Lockstep: there are no findings', 5000);
    return;
  }
  const editor = vscode.window.activeTextEditor;
  const here = editor && { path: editor.document.uri.path, line: editor.selection.active.line };
  const places = findings.map(({ uri, range }) => ({ path: uri.path, line: range.start.line }));
  const compare = (place: (typeof places)[number]): number =>
    !here ? 1 : place.path === here.path ? place.line - here.line : place.path < here.path ? -1 : 1;
  const found = by > 0 ? places.findIndex((place) => compare(place) > 0) : places.findLastIndex((place) => compare(place) < 0);
  const at = found >= 0 ? found : by > 0 ? 0 : findings.length - 1;
  const { uri, id, range, message } = findings[at]!;
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(range.start, range.start) });
  await tree.reveal(id);
  vscode.window.setStatusBarMessage(literal(`${at + 1} of ${findings.length}: ${message}`), 10_000);
}
