import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { request } from './client.ts';
import type { Shown } from './review-nodes.ts';
import type { OpenReview } from './reviews.ts';
import type { HunkView } from '../protocol/review.ts';

export const reviewScheme = 'lockstep-review';

/** Which text a document is. */
interface TextName {
  readonly review: number;
  readonly patch: number;
  readonly side: Shown['side'];
}

/** The files of a review before and after each patch, as documents that nobody can edit. */
export class ReviewDocuments implements vscode.TextDocumentContentProvider {
  constructor(private readonly client: LanguageClient) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const name = readName(uri);
    if (!name) return '';
    return (await request(this.client, 'lockstep/reviewText', { ...name, file: uri.path.slice(1) })).text;
  }
}

export function textUri(review: number, { patch, side, file }: Pick<Shown, 'patch' | 'side' | 'file'>): vscode.Uri {
  return vscode.Uri.from({ scheme: reviewScheme, path: `/${file}`, query: `review=${review}&patch=${patch}&side=${side}` });
}

/** Undefined for documents that are none of ours. */
export function readName({ scheme, query }: vscode.Uri): TextName | undefined {
  const [, review, patch, side] = /^review=(\d+)&patch=(\d+)&side=(before|after)$/.exec(query) ?? [];
  if (scheme !== reviewScheme || review === undefined) return undefined;
  return { review: Number(review), patch: Number(patch), side: side as Shown['side'] };
}

interface FilePair {
  readonly before: vscode.Uri;
  readonly after: vscode.Uri;
  readonly hunks: readonly HunkView[];
}

/** The two texts of a file that a patch touches; a file that it leaves alone has one. */
export function filePair({ view }: OpenReview, patch: number, file: string): FilePair | undefined {
  const found = view.patches[patch]?.files.find(({ before, after }) => before === file || after === file);
  if (!found) return undefined;
  const uri = (side: Shown['side']): vscode.Uri => textUri(view.id, { patch, side, file: found[side] ?? file });
  return { before: uri('before'), after: uri('after'), hunks: found.hunks };
}

/** Closes the tabs of reviews that are no longer shown: their texts have no remarks any more. */
export async function closeOthers(review: number | undefined): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const stale = tabs.filter(({ input }) => {
    const uri = input instanceof vscode.TabInputTextDiff ? input.modified : input instanceof vscode.TabInputText ? input.uri : undefined;
    const name = uri && readName(uri);
    return name !== undefined && name.review !== review;
  });
  if (stale.length > 0) await vscode.window.tabGroups.close(stale, true);
}
