import * as vscode from 'vscode';
import { lineBeside } from './line-beside.ts';
import { LineMark } from './line-mark.ts';
import { literal } from './literal.ts';
import { filePair, readName, textUri } from './review-documents.ts';
import type { ReviewNode, Shown, Target } from './review-nodes.ts';
import type { ReviewTree } from './review-view.ts';
import type { OpenReview, Reviews } from './reviews.ts';

/** Goes through the remarks of a review, and opens what a row of its tree is about. */
export class ReviewWalk implements vscode.Disposable {
  private last: string | undefined;
  private review: number | undefined;
  private said: vscode.Disposable | undefined;
  private readonly mark = new LineMark();
  private readonly registered: vscode.Disposable;

  constructor(
    private readonly reviews: Reviews,
    private readonly tree: ReviewTree,
  ) {
    this.registered = vscode.Disposable.from(
      this.mark,
      reviews.onDidChange(() => {
        if (reviews.current?.view.id !== this.review) this.forget();
        this.review = reviews.current?.view.id;
      }),
    );
  }

  dispose(): void {
    this.forget();
    this.registered.dispose();
  }

  /** The remark after or before the one that was shown last; from the end it begins anew. */
  async step(by: 1 | -1): Promise<void> {
    const { remarks } = this.reviews.required;
    if (remarks.length === 0) return this.say('Lockstep: the review has no remarks');
    const at = remarks.findIndex(({ id }) => id === this.last);
    const next = at < 0 ? (by > 0 ? 0 : remarks.length - 1) : (at + by + remarks.length) % remarks.length;
    const node = remarks[next]!;
    await this.open(node);
    await this.tree.reveal(node);
    const isBefore = node.target?.kind === 'text' && node.target.shown.side === 'before';
    if (isBefore) await vscode.commands.executeCommand('editor.action.showHover', { focus: 'noAutoFocus' });
    this.say(literal(`${next + 1} of ${remarks.length}: ${node.remark?.title ?? node.label}`));
  }

  async open(node: ReviewNode): Promise<void> {
    const review = this.reviews.required;
    if (node.kind === 'remark') this.last = node.id;
    this.said?.dispose();
    this.mark.clear();
    if (!node.target) return;
    await showTarget(review, node.target);
    if (node.kind === 'remark' && node.target.kind === 'text') this.markRemark(review, node, node.target.shown);
  }

  private forget(): void {
    this.last = undefined;
    this.said?.dispose();
    this.mark.clear();
  }

  private say(words: string): void {
    this.said?.dispose();
    this.said = vscode.window.setStatusBarMessage(words, 10_000);
  }

  /** What is said of a line before the patch stands beside it, in the text after: where a window is narrow, the diff hides the problems of the other. */
  private markRemark(review: OpenReview, { label, tooltip }: ReviewNode, shown: Shown): void {
    const pair = filePair(review, shown.patch, shown.file);
    if (!pair || shown.side === 'after') this.mark.mark(textUri(review.view.id, shown), shown.line, label);
    else {
      const words = `${label} (line ${shown.line} before the patch)`;
      this.mark.mark(pair.after, lineBeside(pair.hunks, shown.line), words, tooltip);
    }
  }
}

export async function showTarget(review: OpenReview, target: Target): Promise<void> {
  switch (target.kind) {
    case 'text':
      return showText(review, target.shown);
    case 'file':
      return showFile(review, target.patch, target.file);
    case 'line':
      return showLine(review, target.patch, target.line);
  }
}

/** A place in the diff of its file; in a file that the patch leaves alone, in its one text. */
async function showText(review: OpenReview, shown: Shown): Promise<void> {
  const { start } = rangeOf(shown);
  const pair = filePair(review, shown.patch, shown.file);
  if (!pair) {
    await vscode.window.showTextDocument(textUri(review.view.id, shown), { selection: new vscode.Range(start, start), preview: true });
    return;
  }
  if (shown.side === 'after') return showDiff(review, shown.patch, shown.file, start);
  await showDiff(review, shown.patch, shown.file, new vscode.Position(lineBeside(pair.hunks, shown.line) - 1, 0));
  const left = await editorOf(pair.before);
  if (!left) return;
  // At its beginning: without room of its own this side would be scrolled to any other column, and the other one with it.
  const line = new vscode.Range(start.line, 0, start.line, 0);
  left.selection = new vscode.Selection(line.start, line.end);
  left.revealRange(line, vscode.TextEditorRevealType.InCenter);
}

async function showFile(review: OpenReview, patch: number, file: string): Promise<void> {
  const first = review.remarks.find(({ patch: of, remark }) => of === patch && remark?.shown?.file === file)?.remark?.shown;
  if (first) await showText(review, first);
  else await showDiff(review, patch, file, undefined);
}

/** `at`: where the cursor goes, in the text after. An empty selection, as the end of a long one would be scrolled to. */
async function showDiff(review: OpenReview, patch: number, file: string, at: vscode.Position | undefined): Promise<void> {
  const pair = filePair(review, patch, file);
  if (!pair) return;
  const { number, total } = review.view.patches[patch]!;
  const title = `${file.slice(file.lastIndexOf('/') + 1)} (patch${total > 1 ? ` ${number}/${total}` : ''})`;
  await vscode.commands.executeCommand('vscode.diff', pair.before, pair.after, literal(title), {
    preview: true,
    ...(at && { selection: new vscode.Range(at, at) }),
  });
}

/** A line of the patch, in the file that it was read from. */
async function showLine({ view }: OpenReview, patch: number, line: number): Promise<void> {
  const source = view.patches[patch]?.source;
  if (!source) {
    await vscode.window.showInformationMessage('Lockstep: this line of the patch is in no file that can be opened');
    return;
  }
  const at = new vscode.Position(source.firstLine + line - 2, 0);
  await vscode.window.showTextDocument(vscode.Uri.parse(source.uri, true), { selection: new vscode.Range(at, at), preview: true });
}

/** The editor of a document that was just opened, which takes its time. */
async function editorOf(uri: vscode.Uri): Promise<vscode.TextEditor | undefined> {
  const find = (): vscode.TextEditor | undefined =>
    vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  for (let wait = 0; wait < 20 && !find(); wait++) await new Promise((done) => setTimeout(done, 50));
  return find();
}

export function rangeOf({ line, column, endLine, endColumn }: Pick<Shown, 'line' | 'column' | 'endLine' | 'endColumn'>): vscode.Range {
  const from = (number: number): number => Math.max(0, number - 1);
  return new vscode.Range(from(line), from(column), from(endLine), from(endColumn));
}

/** The patch that an editor shows: one of its texts, or the file with the cursor in it. */
export function patchUnderCursor({ view }: OpenReview, editor: vscode.TextEditor | undefined): number | undefined {
  if (!editor) return undefined;
  const name = readName(editor.document.uri);
  if (name) return name.review === view.id ? name.patch : undefined;
  const line = editor.selection.active.line + 1;
  const uri = editor.document.uri.toString();
  const found = view.patches.findLastIndex(
    ({ source }) => source !== undefined && vscode.Uri.parse(source.uri).toString() === uri && source.firstLine <= line,
  );
  return found < 0 ? undefined : found;
}
