import * as vscode from 'vscode';
import type { SequencePlace } from '../model/trace/sequence.ts';

/** Shows the lines that steps stand for: the selected one is marked in the editor. */
export class StepSource implements vscode.Disposable {
  private readonly mark = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.stackFrameHighlightBackground'),
    borderColor: new vscode.ThemeColor('contrastActiveBorder'),
    overviewRulerColor: new vscode.ThemeColor('charts.yellow'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });

  /** Shows a place beside the diagram without taking the focus; the text after the line says what happens there. */
  async reveal(place: SequencePlace & { readonly uri: string }, words: string, diagram: vscode.ViewColumn | undefined): Promise<void> {
    const uri = vscode.Uri.parse(place.uri, true);
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: columnFor(uri, diagram), preserveFocus: true, preview: true });
    const line = Math.min(place.line, editor.document.lineCount) - 1;
    const { range } = editor.document.lineAt(line);
    for (const other of vscode.window.visibleTextEditors) if (other !== editor) other.setDecorations(this.mark, []);
    const after = { contentText: `    ${words}`, color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic' };
    editor.setDecorations(this.mark, [{ range, renderOptions: { after } }]);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async open({ uri, line }: SequencePlace & { readonly uri: string }, diagram: vscode.ViewColumn | undefined): Promise<void> {
    const at = new vscode.Position(Math.max(0, line - 1), 0);
    const parsed = vscode.Uri.parse(uri, true);
    await vscode.window.showTextDocument(parsed, { viewColumn: columnFor(parsed, diagram), selection: new vscode.Range(at, at) });
  }

  clear(): void {
    for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(this.mark, []);
  }

  dispose(): void {
    this.mark.dispose();
  }
}

/** Where the document is shown already, else another group than the diagram's, else a new one beside it. */
function columnFor(uri: vscode.Uri, diagram: vscode.ViewColumn | undefined): vscode.ViewColumn {
  const others = vscode.window.visibleTextEditors.filter(({ viewColumn }) => viewColumn !== undefined && viewColumn !== diagram);
  const shown = others.find(({ document }) => document.uri.toString() === uri.toString()) ?? others[0];
  const group = vscode.window.tabGroups.all.find(({ viewColumn }) => viewColumn !== diagram);
  return shown?.viewColumn ?? group?.viewColumn ?? vscode.ViewColumn.Beside;
}
