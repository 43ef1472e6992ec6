import * as vscode from 'vscode';
import { request } from './client.ts';
import { literal } from './literal.ts';
import { countsText, isReviewedInPart, tickOf, type ReviewNode } from './review-nodes.ts';
import type { ReviewTree } from './review-view.ts';
import { patchUnderCursor } from './review-walk.ts';
import type { OpenReview, Reviews } from './reviews.ts';

/** Writes the mail that answers a patch with what is ticked: to the clipboard, and to a document to edit. Nothing is sent. */
export async function copyReply(reviews: Reviews, tree: ReviewTree, node: ReviewNode | undefined): Promise<void> {
  const review = reviews.required;
  const patch = node?.patch ?? patchUnderCursor(review, vscode.window.activeTextEditor) ?? (await choosePatch(review, tree));
  if (patch === undefined) return;
  const { view, ticked } = review;
  const reviewed = view.patches[patch]!;
  const remarks = reviewed.remarks.filter((remark) => ticked.has(tickOf(patch, remark))).map(({ id }) => id);
  if (isReviewedInPart(view, reviewed))
    void vscode.window.showWarningMessage(
      'Lockstep: not all of this patch was looked at, and its reply does not say so: Review has what was left out',
    );
  const { text } = await request(reviews.client, 'lockstep/reply', { review: view.id, patch, remarks });
  await vscode.env.clipboard.writeText(text);
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: text });
  await vscode.window.showTextDocument(document, { preview: false });
  const what = remarks.length === 0 ? 'with no remark ticked' : `with ${remarks.length} ${remarks.length === 1 ? 'remark' : 'remarks'}`;
  const more = reviewed.lessSure === undefined ? '' : `; ${reviewed.lessSure}`;
  vscode.window.setStatusBarMessage(`Lockstep: reply ${what} copied; nothing is sent${more}`, 10_000);
}

async function choosePatch({ view }: OpenReview, tree: ReviewTree): Promise<number | undefined> {
  if (view.patches.length === 1) return 0;
  const items = view.patches.map((patch, index) => ({
    ...{ label: literal(`${patch.number}/${patch.total} ${patch.subject}`), description: literal(countsText(patch)), index },
  }));
  const selected = tree.selected?.patch;
  const sorted = [...items].sort((a, b) => Number(b.index === selected) - Number(a.index === selected));
  return (await vscode.window.showQuickPick(sorted, { title: 'Copy Review Reply: To Which Patch?' }))?.index;
}
