import * as vscode from 'vscode';
import { visible } from './page.ts';

interface Marked {
  readonly uri: string;
  /** From 1. */
  readonly line: number;
  /** Said after the line. */
  readonly words: string;
  /** Said in full where the mouse rests on the line. */
  readonly hover?: string | undefined;
}

/** One line with words after it, in all editors that show it, now or later. */
export class LineMark implements vscode.Disposable {
  private marked: Marked | undefined;
  private readonly decoration: vscode.TextEditorDecorationType;
  /** An editor that was closed, or is not there yet, has no marks. */
  private readonly shown = vscode.window.onDidChangeVisibleTextEditors(() => this.draw());

  constructor(look: vscode.DecorationRenderOptions = {}) {
    this.decoration = vscode.window.createTextEditorDecorationType(look);
  }

  dispose(): void {
    this.shown.dispose();
    this.decoration.dispose();
  }

  /** Instead of the line that was marked before. */
  mark(uri: vscode.Uri, line: number, words: string, hover?: string): void {
    this.marked = { uri: uri.toString(), line, words, hover };
    this.draw();
  }

  clear(): void {
    this.marked = undefined;
    this.draw();
  }

  private draw(): void {
    const { marked } = this;
    for (const editor of vscode.window.visibleTextEditors) {
      const isThere = marked !== undefined && editor.document.uri.toString() === marked.uri;
      editor.setDecorations(this.decoration, isThere ? [optionsOf(editor, marked)] : []);
    }
  }
}

export function lineRange({ document }: vscode.TextEditor, line: number): vscode.Range {
  return document.lineAt(Math.min(line, document.lineCount) - 1).range;
}

function optionsOf(editor: vscode.TextEditor, { line, words, hover }: Marked): vscode.DecorationOptions {
  return {
    range: lineRange(editor, line),
    ...(hover !== undefined && { hoverMessage: markdownOf(hover) }),
    renderOptions: {
      after: { contentText: `    ${visible(words)}`, color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic' },
    },
  };
}

/** Word by word, as spaces within a text become such that no line breaks at. */
function markdownOf(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  for (const line of text.split('\n')) {
    for (const word of visible(line).split(' ')) markdown.appendText(word).appendMarkdown(' ');
    markdown.appendMarkdown('\n\n');
  }
  return markdown;
}
