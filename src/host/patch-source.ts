import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PatchSet } from '../model/patch/patch.ts';
import { fit } from '../model/patch/fit.ts';
import { readPatches } from '../model/patch/read.ts';
import type { Tree } from '../model/source/tree.ts';
import { createDiskTree } from './disk-tree.ts';
import { changesIn, patchesOf, type GitPatches } from './git-patches.ts';
import { treeAt } from './git-tree.ts';
import { findRepository, git, recentCommits, resolveCommit, type Answer, type Repository } from './git.ts';
import { reasonOf } from './system-error.ts';

/** Where patches come from; a revision is a commit or a range. */
export type PatchOrigin =
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'revision'; readonly revision: string }
  | { readonly kind: 'changes'; readonly place: 'staged' | 'unstaged' };

/** Patches, and the commit that they are to be put on. */
export interface OpenedPatches extends PatchSet {
  /** Where it is not the tree as it is. */
  readonly base?: string;
  /** The tree has them: they are what is changed in it. */
  readonly isInTree: boolean;
  /** What a person should know of how they were read. */
  readonly notices: readonly string[];
}

/** Larger files are no patches. */
const maxSize = 64 * 1024 * 1024;

/** Reads patches for a tree, those of git from the repository that it is in. Without git, a file or text stands for itself. */
export async function openPatches(root: string, origin: PatchOrigin, withGit = true): Promise<Answer<OpenedPatches>> {
  if (origin.kind === 'revision' || origin.kind === 'changes') {
    if (!withGit) return { error: 'git is not run here' };
    const repository = findRepository(root);
    if ('error' in repository) return repository;
    const found = origin.kind === 'revision' ? patchesOf(repository, origin.revision) : changesIn(repository, origin.place);
    if ('error' in found) return found;
    const set = await setOf(found, origin);
    return {
      ...set,
      ...(found.base === undefined ? {} : { base: found.base }),
      isInTree: origin.kind === 'changes' && origin.place === 'unstaged',
      notices: [...found.notes, ...replacedIn(set)],
    };
  }
  const bytes = origin.kind === 'bytes' ? { bytes: origin.bytes } : bytesOf(origin.file);
  if ('error' in bytes) return bytes;
  const set = await readPatches(bytes.bytes, origin.kind === 'bytes' ? origin.name : path.basename(origin.file));
  const { notices, ...base } = withGit ? baseOf(set, root) : { notices: [] };
  return { ...set, isInTree: false, ...base, notices: [...notices, ...replacedIn(set)] };
}

function replacedIn({ replaced }: PatchSet): readonly string[] {
  return replaced.map(({ line, message }) => `line ${line}: ${message}`);
}

/** The tree that patches are put on: `workspace`, or the commit that they were made on. */
export function baseTree(root: string, base: string | undefined, workspace: Tree): Answer<{ readonly tree: Tree }> {
  if (base === undefined) return { tree: workspace };
  const repository = findRepository(root);
  return 'error' in repository ? repository : treeAt(repository, base, workspace);
}

/** A commit that is called so, by a name that no file can have: its whole reference, else the beginning of its hash. */
export function revisionCalled(root: string, name: string): string | undefined {
  const repository = findRepository(root);
  if ('error' in repository) return undefined;
  const commit = resolveCommit(repository, name);
  if ('error' in commit) return undefined;
  const full = git(repository, ['rev-parse', '--symbolic-full-name', '--verify', '--quiet', '--end-of-options', name]);
  const reference = 'error' in full ? '' : full.bytes.toString().trim();
  return reference.startsWith('refs/') ? reference : commit.hash.slice(0, 12);
}

async function setOf({ bytes }: GitPatches, origin: PatchOrigin): Promise<PatchSet> {
  const name = origin.kind === 'revision' ? origin.revision : origin.kind === 'changes' ? `${origin.place} changes` : '';
  const set = await readPatches(bytes, name);
  return { ...set, patches: set.patches.map((patch, i, all) => ({ ...patch, number: i + 1, total: all.length })) };
}

/** Commits that are looked through for one that is the patch. */
const commitsSearched = 1000;

/**
 * What a series is put on, where that is not the tree as it is: the commit that it says it is made on; or, if it does not fit on the
 * tree, the parent of the commit that it became, as on the branch of a review.
 */
function baseOf({ patches, cover }: PatchSet, root: string): Pick<OpenedPatches, 'base' | 'notices'> {
  const named = cover?.base ?? patches.find(({ base }) => base !== undefined)?.base;
  const repository = findRepository(root);
  if ('error' in repository)
    return { notices: named === undefined ? [] : [`base-commit ${named} is not known here: put on the tree as it is`] };
  const notices: string[] = [];
  if (named !== undefined) {
    const commit = resolveCommit(repository, named);
    if ('hash' in commit) return { base: commit.hash, notices: [`put on its base-commit, ${commit.hash.slice(0, 12)}`] };
    notices.push(`base-commit ${named} is not known here`);
  }
  const [first] = patches;
  if (first?.mail === undefined) return { notices };
  const workspace = createDiskTree(root);
  if (fit(workspace, patches)) return { notices };
  const became = commitNamed(first.subject, repository);
  const parent = became === undefined ? undefined : resolveCommit(repository, `${became}^`);
  if (became === undefined || parent === undefined || 'error' in parent) return { notices };
  const tree = treeAt(repository, parent.hash, workspace);
  if ('error' in tree || !fit(tree.tree, patches)) return { notices };
  return { base: parent.hash, notices: [...notices, `put on the parent of ${became.slice(0, 12)}, the commit of this subject`] };
}

function commitNamed(subject: string, repository: Repository): string | undefined {
  const recent = recentCommits(repository, commitsSearched);
  return 'error' in recent ? undefined : recent.commits.find((commit) => commit.subject === subject)?.hash;
}

function bytesOf(file: string): Answer<{ readonly bytes: Uint8Array }> {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { error: stat.isDirectory() ? 'is a folder' : 'not a regular file' };
    if (stat.size > maxSize) return { error: `is larger than ${maxSize / 1024 / 1024} MB` };
    return { bytes: readFileSync(file) };
  } catch (error) {
    return { error: reasonOf(error, file) };
  }
}
