import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { PatchOrigin } from '../host/patch-source.ts';
import { reasonOf } from '../host/system-error.ts';
import { filterReview } from '../model/report/left-out.ts';
import { count, plain } from '../model/report/plain.ts';
import { describeProgress, percentageOf } from '../model/report/progress.ts';
import type { Progress } from '../model/reviewer-api.ts';
import type { PatchSource, ReviewParams, ReviewTextParams, ReviewView, Revisions } from '../protocol/review.ts';
import { fileOf, placeOf, type Place } from './places.ts';
import { settingsOf } from './review.ts';
import { viewOf } from './review-view.ts';
import type { Session } from './session.ts';

/** Says what patches change in the locking, and keeps the review. Undefined when it was cancelled. */
export async function reviewPatches(
  session: Session,
  { uri, source, withGit = true, workDoneToken }: ReviewParams,
  signal: AbortSignal,
): Promise<ReviewView | undefined> {
  const started = performance.now();
  const place = await treeOf(session, uri);
  const { root } = place;
  const { orders, minimumConfidence } = await settingsOf(session, place);
  const { reviews } = session;
  const progress = session.connection.window.attachWorkDoneProgress(workDoneToken);
  progress.begin('Reviewing', 0);
  try {
    const title = titleOf(source);
    const from = originOf(source);
    const set = await reviews.ask((thread) => thread.ask({ kind: 'patches', root, orders, from, withGit }, { signal }));
    if (!set) return undefined;
    if ('error' in set) throw new Error(`cannot review ${title}: ${set.error}`);
    const [problem] = set.problems;
    if (set.patches.length === 0) throw new Error(`no patch in ${title}${problem ? `: ${problem.message}` : ''}`);
    const { base: commit } = set;
    const at = commit === undefined ? {} : { commit };
    const options = { signal, progress: (step: Progress) => progress.report(percentageOf(step), describeProgress(step)) };
    const all = await reviews.ask((thread) =>
      thread.ask({ kind: 'review', root, orders, patches: set.patches, isInTree: set.isInTree, unread: set.problems, ...at }, options),
    );
    if (!all) return undefined;
    const review = filterReview(all, { minimumConfidence });
    const id = reviews.keep({ root, orders, set, review, ...at });
    const milliseconds = Math.round(performance.now() - started);
    session.connection.console.info(plain(`reviewed ${title} in ${milliseconds} ms: ${count(set.patches.length, 'patch', 'patches')}`));
    return viewOf({
      id,
      title: set.cover?.subject ?? title,
      root,
      set,
      review,
      notices: set.notices,
      ...('uri' in source && source.uri !== undefined && { uri: source.uri }),
    });
  } finally {
    progress.done();
  }
}

/** A file before or after one patch of a review. Undefined when it was cancelled. */
export async function reviewText(
  { reviews }: Session,
  { review, patch, side, file }: ReviewTextParams,
  signal: AbortSignal,
): Promise<{ text: string } | undefined> {
  const kept = reviews.get(review);
  const text = reviews.text(kept, patch, side, file);
  if (text.isKnown) return { text: text.text ?? '' };
  const { root, orders, commit } = kept;
  const found = await reviews.ask((thread) =>
    thread.ask({ kind: 'text', root, orders, path: file, ...(commit !== undefined && { commit }) }, { signal }),
  );
  if (!found) return undefined;
  if ('error' in found) throw new Error(`cannot read ${file}: ${found.error}`);
  return { text: found.text };
}

export async function revisions(session: Session, { uri }: { readonly uri: string }, signal: AbortSignal): Promise<Revisions | undefined> {
  const { root } = await treeOf(session, uri);
  return session.reviews.ask((thread) => thread.ask({ kind: 'revisions', root, orders: [] }, { signal }));
}

/** The tree itself, whatever file of it is named. */
async function treeOf(session: Session, uri: string): Promise<Place> {
  const file = fileOf(uri);
  if (file === undefined) throw new Error(`${uri} is no folder on disk: patches are put on a tree that is`);
  const found = await stat(file).catch((error: unknown) => {
    throw new Error(`cannot read ${file}: ${reasonOf(error, file)}`);
  });
  return { ...placeOf(file, [...session.workspaceFolders], found.isDirectory() ? file : undefined), path: '' };
}

function originOf(source: PatchSource): PatchOrigin {
  switch (source.kind) {
    case 'file': {
      const file = fileOf(source.uri);
      if (file === undefined) throw new Error(`${source.uri} is no file on disk`);
      return { kind: 'file', file };
    }
    case 'text':
      return { kind: 'bytes', name: source.name, bytes: Buffer.from(source.text) };
    case 'revision':
      return { kind: 'revision', revision: source.revision };
    case 'changes':
      return { kind: 'changes', place: source.isStaged ? 'staged' : 'unstaged' };
  }
}

/** As a person calls it; hashes are cut. */
function titleOf(source: PatchSource): string {
  switch (source.kind) {
    case 'file':
      return path.basename(fileOf(source.uri) ?? source.uri);
    case 'text':
      return source.name;
    case 'revision':
      return source.name ?? source.revision.replace(/[0-9a-f]{40,64}/g, (hash) => hash.slice(0, 12));
    case 'changes':
      return source.isStaged ? 'staged changes' : 'unstaged changes';
  }
}
