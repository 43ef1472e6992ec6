import * as vscode from 'vscode';
import type { SequencePlace } from '../model/trace/sequence.ts';
import { LineMark, lineRange } from './line-mark.ts';

/** Shows the lines that steps stand for: the selected one is marked in the editor. */
export class StepSource implements vscode.Disposable {
  private readonly marked = new LineMark({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
    borderColor: new vscode.ThemeColor('contrastActiveBorder'),
    overviewRulerColor: new vscode.ThemeColor('charts.yellow'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });

  /** Shows a place beside the diagram without taking the focus; the words say what happens there. */
  async reveal(place: SequencePlace & { readonly uri: string }, words: string, diagram: vscode.ViewColumn | undefined): Promise<void> {
    const uri = vscode.Uri.parse(place.uri, true);
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: columnFor(uri, diagram), preserveFocus: true, preview: true });
    this.mark(place, words);
    editor.revealRange(lineRange(editor, place.line), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Marks a place in the editors that show it, now or later. */
  mark({ uri, line }: SequencePlace & { readonly uri: string }, words: string): void {
    this.marked.mark(vscode.Uri.parse(uri, true), line, words);
  }

  async open({ uri, line }: SequencePlace & { readonly uri: string }, diagram: vscode.ViewColumn | undefined): Promise<void> {
    const at = new vscode.Position(Math.max(0, line - 1), 0);
    const parsed = vscode.Uri.parse(uri, true);
    await vscode.window.showTextDocument(parsed, { viewColumn: columnFor(parsed, diagram), selection: new vscode.Range(at, at) });
  }

  clear(): void {
    this.marked.clear();
  }

  dispose(): void {
    this.marked.dispose();
  }
}

/** Where the document is shown already, else another group than the diagram's, else a new one beside it. */
function columnFor(uri: vscode.Uri, diagram: vscode.ViewColumn | undefined): vscode.ViewColumn {
  const others = vscode.window.visibleTextEditors.filter(({ viewColumn }) => viewColumn !== undefined && viewColumn !== diagram);
  const shown = others.find(({ document }) => document.uri.toString() === uri.toString()) ?? others[0];
  const group = vscode.window.tabGroups.all.find(({ viewColumn }) => viewColumn !== diagram);
  return shown?.viewColumn ?? group?.viewColumn ?? vscode.ViewColumn.Beside;
}
