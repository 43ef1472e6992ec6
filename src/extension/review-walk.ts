import * as vscode from 'vscode';
import { filePair, readName, textUri } from './review-documents.ts';
import { literal } from './literal.ts';
import type { ReviewNode, Shown, Target } from './review-nodes.ts';
import type { ReviewTree } from './review-view.ts';
import type { OpenReview, Reviews } from './reviews.ts';

/** Goes through the remarks of a review, and opens what a row of its tree is about. */
export class ReviewWalk {
  private last: string | undefined;

  constructor(
    private readonly reviews: Reviews,
    private readonly tree: ReviewTree,
  ) {}

  /** The remark after or before the one that was shown last; from the end it begins anew. */
  async step(by: 1 | -1): Promise<void> {
    const { remarks } = this.reviews.required;
    if (remarks.length === 0) {
      vscode.window.setStatusBarMessage('Lockstep: the review has no remarks', 5000);
      return;
    }
    const at = remarks.findIndex(({ id }) => id === this.last);
    const next = at < 0 ? (by > 0 ? 0 : remarks.length - 1) : (at + by + remarks.length) % remarks.length;
    const node = remarks[next]!;
    await this.open(node);
    await this.tree.reveal(node);
    vscode.window.setStatusBarMessage(literal(`${next + 1} of ${remarks.length}: ${node.remark?.title ?? node.label}`), 10_000);
  }

  async open(node: ReviewNode): Promise<void> {
    if (node.kind === 'remark') this.last = node.id;
    if (node.target) await showTarget(this.reviews.required, node.target);
  }

  forget(): void {
    this.last = undefined;
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
  const range = rangeOf(shown);
  const pair = filePair(review, shown.patch, shown.file);
  if (!pair) {
    await vscode.window.showTextDocument(textUri(review.view.id, shown), { selection: range, preview: true });
    return;
  }
  await showDiff(review, shown.patch, shown.file, shown.side === 'after' ? range : undefined);
  if (shown.side === 'after') return;
  const left = await editorOf(pair.before);
  if (!left) return;
  left.selection = new vscode.Selection(range.start, range.start);
  left.revealRange(range, vscode.TextEditorRevealType.InCenter);
}

async function showFile(review: OpenReview, patch: number, file: string): Promise<void> {
  const first = review.remarks.find(({ patch: of, remark }) => of === patch && remark?.shown?.file === file)?.remark?.shown;
  if (first) await showText(review, first);
  else await showDiff(review, patch, file, undefined);
}

async function showDiff(review: OpenReview, patch: number, file: string, selection: vscode.Range | undefined): Promise<void> {
  const pair = filePair(review, patch, file);
  if (!pair) return;
  const { number, total } = review.view.patches[patch]!;
  const title = `${file.slice(file.lastIndexOf('/') + 1)} (patch${total > 1 ? ` ${number}/${total}` : ''})`;
  await vscode.commands.executeCommand('vscode.diff', pair.before, pair.after, literal(title), {
    preview: true,
    ...(selection && { selection }),
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
