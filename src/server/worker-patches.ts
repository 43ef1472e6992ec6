import { createDiskTree } from '../host/disk-tree.ts';
import { reviewBranches } from '../host/git-patches.ts';
import { findRepository, recentCommits } from '../host/git.ts';
import { baseTree, openPatches } from '../host/patch-source.ts';
import type { Tree } from '../model/source/tree.ts';
import type { Revisions } from '../protocol/review.ts';
import type { PatchRequest, WorkerAnswers } from './worker-messages.ts';

/** Commits offered to a person. */
const listedCommits = 200;

/** Patches and revisions, as the analysis thread reads them: git runs while this thread waits, and no edit waits for it. */
export async function answerPatches(root: string, request: PatchRequest): Promise<WorkerAnswers[PatchRequest['kind']]> {
  return request.kind === 'revisions' ? revisionsIn(root) : openPatches(root, request.from, request.withGit);
}

function revisionsIn(root: string): Revisions {
  const repository = findRepository(root);
  if ('error' in repository) throw new Error(repository.error);
  const recent = recentCommits(repository, listedCommits);
  const branches = reviewBranches(repository);
  return { commits: 'error' in recent ? [] : recent.commits, series: 'error' in branches ? [] : branches.branches };
}

/** A commit as a tree: what it has in common with the disk is read from there, whatever is open in an editor. */
export function commitTree(root: string, commit: string): Tree {
  const found = baseTree(root, commit, createDiskTree(root));
  if ('error' in found) throw new Error(found.error);
  return found.tree;
}
