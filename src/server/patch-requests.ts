import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../host/system-error.ts';
import { readPatches } from '../model/patch/read.ts';
import type { PatchSet } from '../model/patch/patch.ts';
import { isConfident } from '../model/report/confidence.ts';
import { count, plain } from '../model/report/plain.ts';
import type { Reviewed } from '../model/compare/changes.ts';
import type { Review } from '../model/review-api.ts';
import type { Progress } from '../model/reviewer-api.ts';
import type { PatchSource, ReviewParams, ReviewTextParams, ReviewView, Revisions } from '../protocol/review.ts';
import { fileOf, placeOf, type Place } from './places.ts';
import { describePhase, phasePercentage } from './phases.ts';
import { settingsOf } from './review.ts';
import { viewOf } from './review-view.ts';
import type { Session } from './session.ts';
import type { GitSource } from './worker-messages.ts';

const sizeLimit = 64 * 1024 * 1024;

/** Says what patches change in the locking, and keeps the review. Undefined when it was cancelled. */
export async function reviewPatches(
  session: Session,
  { uri, source, workDoneToken }: ReviewParams,
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
    const found = await patchesFrom(session, root, source, signal);
    if (!found) return undefined;
    const { set, title, commit } = found;
    const [problem] = set.problems;
    if (set.patches.length === 0) throw new Error(`no patch in ${title}${problem ? `: ${problem.message}` : ''}`);
    const at = commit === undefined ? {} : { commit };
    const options = { signal, progress: (step: Progress) => progress.report(phasePercentage(step), describePhase(step)) };
    const all = await reviews.ask((thread) => thread.ask({ kind: 'review', root, orders, patches: set.patches, ...at }, options));
    if (!all) return undefined;
    const review = withoutDoubtful(all, (reviewed) => reviewed.findings.filter((finding) => isConfident(finding, minimumConfidence)));
    const id = reviews.keep({ root, orders, set, review, ...at });
    const notices = [...found.notices, ...set.problems.map(({ line, message }) => (line > 0 ? `line ${line}: ${message}` : message))];
    const milliseconds = Math.round(performance.now() - started);
    session.connection.console.info(plain(`reviewed ${title} in ${milliseconds} ms: ${count(set.patches.length, 'patch', 'patches')}`));
    return viewOf({
      id,
      title: set.cover?.subject ?? title,
      root,
      set,
      review,
      notices,
      ...(found.uri !== undefined && { uri: found.uri }),
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

interface Found {
  readonly set: PatchSet;
  readonly title: string;
  /** The commit that they are put on; the tree as it is where there is none. */
  readonly commit?: string;
  /** The file that the patches are in. */
  readonly uri?: string;
  readonly notices: readonly string[];
}

async function patchesFrom(session: Session, root: string, source: PatchSource, signal: AbortSignal): Promise<Found | undefined> {
  switch (source.kind) {
    case 'file': {
      const file = fileOf(source.uri);
      if (file === undefined) throw new Error(`${source.uri} is no file on disk`);
      const title = path.basename(file);
      return { set: await readPatches(await bytesOf(file), title), title, uri: source.uri, notices: [] };
    }
    case 'text': {
      const { name, text, uri } = source;
      return { set: await readPatches(Buffer.from(text), name), title: name, ...(uri !== undefined && { uri }), notices: [] };
    }
    case 'revision':
      return fromGit(
        session,
        root,
        { revision: source.revision },
        source.revision.replace(/[0-9a-f]{40,64}/g, (hash) => hash.slice(0, 12)),
        signal,
      );
    case 'changes': {
      const changes = source.isStaged ? 'staged' : 'unstaged';
      return fromGit(session, root, { changes }, `${changes} changes`, signal);
    }
  }
}

async function fromGit(session: Session, root: string, from: GitSource, title: string, signal: AbortSignal): Promise<Found | undefined> {
  const made = await session.reviews.ask((thread) => thread.ask({ kind: 'patches', root, orders: [], from }, { signal }));
  if (!made) return undefined;
  if ('error' in made) throw new Error(`cannot review ${title}: ${made.error}`);
  const set = await readPatches(made.bytes, title);
  return { set, title, notices: made.notes, ...(made.base !== undefined && { commit: made.base }) };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > sizeLimit) throw new Error(`${Math.ceil(size / 1024 / 1024)} MB are more than the limit of ${sizeLimit / 1024 / 1024} MB`);
    return await readFile(file);
  } catch (error) {
    throw new Error(`cannot read ${path.basename(file)}: ${reasonOf(error, file)}`, { cause: error });
  }
}

function withoutDoubtful(review: Review, findings: (reviewed: Reviewed) => Reviewed['findings']): Review {
  const only = <T extends Reviewed>(reviewed: T): T => ({ ...reviewed, findings: findings(reviewed) });
  return { ...review, whole: only(review.whole), patches: review.patches.map(only) };
}
