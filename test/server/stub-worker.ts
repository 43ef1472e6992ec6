import { parentPort } from 'node:worker_threads';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { Finding } from '../../src/model/checks/finding.ts';
import { Cancelled, type CheckRequest, type CheckResult, type Reviewer } from '../../src/model/reviewer-api.ts';
import type { Entry, FileText, Tree } from '../../src/model/source/tree.ts';
import { answerRequests } from '../../src/server/answer-requests.ts';
import { findingAt } from './finding-at.ts';

/**
 * The analysis thread with a reviewer that does what words in the source say: `BUG` and `GUESS` are findings,
 * `THROW` throws, `CRASH` ends the thread, `SLOW` works until it is cancelled, `STUCK` goes on even then,
 * `READ x` takes in the text of another file, `PHASES` takes its time and tells of it.
 */
if (parentPort) {
  const noGit = (): never => {
    throw new Error('no git is run here');
  };
  const createReviewer = async (tree: Tree) => createStub(tree);
  answerRequests(parentPort, { openDisk: (root) => createDiskTree(root), createReviewer, openCommit: noGit, patches: noGit });
}

function createStub(disk: Tree): Reviewer {
  const tree = new CachedTree(disk);
  return {
    check: (request) => check(tree, request),
    hover: (file, line, column) => {
      const text = textOf(tree, file).split('\n')[line - 1] ?? '';
      const word = /\w+/.exec(text.slice(column - 1))?.[0];
      if (!word) return undefined;
      const at = { file, line, column, endLine: line, endColumn: column + word.length };
      return { at, operation: 'acquires', lockClass: word, mode: 'exclusive', held: [], rules: [] };
    },
    parts: () => [],
    checkPart: () => {
      throw new Error('nothing is split here');
    },
    functions: () => [],
    held: () => [],
    guarded: () => [],
    assertable: () => undefined,
    locks: () => [],
    review: () => {
      throw new Error('no patch is reviewed here');
    },
    forget: (paths) => tree.forget(paths),
    relist: () => undefined,
    paths: () => ({ paths: [], isCut: false, definitions: [], similar: [], problems: [] }),
    orders: () => [{ outer: 'a', inner: 'b', text: 'a is taken outside b', file: 'Documentation/locking.rst', line: 3 }],
  };
}

/** Reads a file once until it is forgotten, as the real reviewer does. */
class CachedTree implements Tree {
  private readonly files = new Map<string, FileText>();

  constructor(private readonly tree: Tree) {}

  read(file: string): FileText {
    const text = this.files.get(file) ?? this.tree.read(file);
    this.files.set(file, text);
    return text;
  }

  list(folder: string): readonly Entry[] | undefined {
    return this.tree.list(folder);
  }

  forget(paths: readonly string[] = [...this.files.keys()]): void {
    for (const path of paths) this.files.delete(path);
  }
}

function check(tree: Tree, request: CheckRequest): CheckResult {
  const files = request.paths.flatMap((path) => filesBelow(tree, path));
  const findings = files.flatMap((file, index) => {
    request.progress?.({ phase: 'read', done: index, total: files.length });
    if (textOf(tree, file).includes('PHASES')) tellPhases(request);
    return findingsIn(tree, file, request);
  });
  const stats = {
    ...{ files: files.length, headers: 0, functions: 0, functionsWithProblems: 0, lockOperations: findings.length },
    ...{ unresolvedLockOperations: 0, calls: 0, callsNotFollowed: 0, rules: 0, architectures: [] },
  };
  return { findings, suppressed: [], problems: [], stats };
}

function tellPhases({ progress }: CheckRequest): void {
  for (const end = Date.now() + 250; Date.now() < end;) progress?.({ phase: 'read', done: 1, total: 2 });
  progress?.({ phase: 'analyze', done: 0, total: 9 });
  progress?.({ phase: 'analyze', done: 9, total: 9 });
}

function findingsIn(tree: Tree, file: string, { cancelled }: CheckRequest): Finding[] {
  const text = textOf(tree, file);
  if (text.includes('CRASH')) process.exit(7);
  if (text.includes('THROW')) throw new Error('the stub was told to throw');
  const end = Date.now() + 20_000;
  while (/SLOW|STUCK/.test(text) && Date.now() < end) if (text.includes('SLOW') && cancelled?.()) throw new Cancelled();
  return text.split('\n').flatMap((line, index) => {
    const word = /BUG|GUESS/.exec(line);
    return word ? [findingAt(file, index + 1, word.index + 1, word[0] === 'BUG' ? 'high' : 'low')] : [];
  });
}

function filesBelow(tree: Tree, path: string): string[] {
  const entries = tree.list(path);
  if (!entries) return [path];
  return entries.flatMap(({ name, kind }) => {
    const below = path === '' ? name : `${path}/${name}`;
    return kind === 'folder' ? filesBelow(tree, below) : /\.[ch]$/.test(name) ? [below] : [];
  });
}

function textOf(tree: Tree, file: string): string {
  const read = tree.read(file);
  if ('error' in read) return '';
  const other = /READ (\S+)/.exec(read.text)?.[1];
  return other ? `${read.text}\n${textOf(tree, other)}` : read.text;
}
