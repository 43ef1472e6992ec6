import { createDiskTree } from '../host/disk-tree.ts';
import { findRepository, recentCommits } from '../host/git.ts';
import { changesIn, patchesOf, reviewBranches } from '../host/git-patches.ts';
import { treeAt } from '../host/git-tree.ts';
import type { Tree } from '../model/source/tree.ts';
import type { Revisions } from '../protocol/review.ts';
import type { GitAnswer, WorkerAnswers, WorkerRequest } from './worker-messages.ts';

/** Commits offered to a person. */
const listedCommits = 200;

/** What is asked of the repository that a tree is in. Git runs while this thread waits: no edit waits for it. */
export function fromGit(
  root: string,
  request: Extract<WorkerRequest, { kind: 'patches' | 'revisions' }>,
): WorkerAnswers['patches' | 'revisions'] {
  return request.kind === 'revisions' ? revisionsIn(root) : patchesFrom(root, request.from);
}

function patchesFrom(root: string, from: Extract<WorkerRequest, { kind: 'patches' }>['from']): GitAnswer {
  const repository = findRepository(root);
  if ('error' in repository) return repository;
  return 'revision' in from ? patchesOf(repository, from.revision) : changesIn(repository, from.changes);
}

function revisionsIn(root: string): Revisions {
  const repository = findRepository(root);
  if ('error' in repository) throw new Error(repository.error);
  const recent = recentCommits(repository, listedCommits);
  const branches = reviewBranches(repository);
  return { commits: 'error' in recent ? [] : recent.commits, series: 'error' in branches ? [] : branches.branches };
}

export function commitTree(root: string, commit: string): Tree {
  const repository = findRepository(root);
  if ('error' in repository) throw new Error(repository.error);
  const found = treeAt(repository, commit, createDiskTree(root));
  if ('error' in found) throw new Error(found.error);
  return found.tree;
}
