import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { changesIn, patchesOf, reviewBranches, type GitPatches } from '../../src/host/git-patches.ts';
import { treeAt } from '../../src/host/git-tree.ts';
import { findRepository, recentCommits, resolveCommit, type Answer, type Repository as Found } from '../../src/host/git.ts';
import { applyPatch, textsOf } from '../../src/model/patch/apply.ts';
import { PatchedTree } from '../../src/model/patch/overlay.ts';
import type { PatchSet } from '../../src/model/patch/patch.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { numbered, Repository } from '../patch/repository.ts';

const locked = (body: string): string => `int f(struct s *s)\n{\n${body}}\n`;
const header = (field: string): string => `#define TAKE(s) mutex_lock(&(s)->lock)\n\nstruct s {\n\tstruct mutex lock;\n${field}};\n`;

// A history as a maintainer has it, with a kernel tree in a folder of a larger repository.
let repository: Repository;
let root: Found;
let below: Found;
const commits = new Map<string, string>();

before(() => {
  repository = new Repository();
  const step = (name: string): void => void commits.set(name, repository.commit(name));
  repository.write('README', 'about\n');
  repository.write('tree/MAINTAINERS', '');
  repository.write('tree/a.c', numbered(30));
  repository.write('tree/s.h', header(''));
  repository.write('tree/f.c', locked('\tTAKE(s);\n'));
  repository.write('tree/crlf.c', numbered(9, {}, '\r\n'));
  repository.write('tree/latin1.c', Buffer.from('/* Grüße */\nint x;\n', 'latin1'));
  step('root');
  repository.git('mv', 'tree/a.c', 'tree/b.c');
  repository.write('tree/b.c', numbered(30, { 5: 'five' }));
  step('rename and edit');
  repository.write('tree/s.h', header('\tint n;\n'));
  step('struct only');
  repository.write('tree/s.h', header('\tint n;\n').replace('mutex_lock(', 'mutex_lock_nested('));
  step('macro only');
  repository.write('tree/f.c', locked('\t/* held */\n\tTAKE(s);\n'));
  step('comment only');
  repository.git('revert', '--no-edit', 'HEAD~1');
  commits.set('revert', repository.git('rev-parse', 'HEAD').trim());
  repository.write('README', 'more\n');
  step('outside');
  repository.git('checkout', '-q', '-b', 'side', 'HEAD~2');
  repository.write('tree/latin1.c', Buffer.from('/* Größe */\nint x;\n', 'latin1'));
  step('latin1');
  repository.git('checkout', '-q', 'main');
  repository.write('tree/crlf.c', numbered(9, { 5: 'five' }, '\r\n'));
  step('crlf');
  repository.git('merge', '-q', '--no-edit', 'side');
  commits.set('merge', repository.git('rev-parse', 'HEAD').trim());
  repository.write('tree/deep/new.c', 'new\n');
  repository.git('rm', '-q', 'tree/f.c');
  step('new and gone');
  root = got(findRepository(repository.root));
  below = got(findRepository(path.join(repository.root, 'tree')));
});
after(() => repository.remove());

function got<T extends object>(answer: Answer<T>): T {
  if ('error' in answer) assert.fail(String(answer.error));
  return answer;
}

async function read(answer: Answer<GitPatches>): Promise<PatchSet & { notes: readonly string[]; base?: string }> {
  const { bytes, notes, base } = got(answer);
  const set = await readPatches(bytes, 'git');
  assert.deepEqual(set.problems, []);
  return { ...set, notes, ...(base === undefined ? {} : { base }) };
}

function commit(name: string): string {
  return commits.get(name)!;
}

test('a folder knows its repository', () => {
  assert.deepEqual([root.prefix, below.prefix, below.root], ['', 'tree/', repository.root]);
  assert.match(messageOf(findRepository('/')), /not a git repository/);
});

test('every commit gives its patch, which makes the next tree of the one before', async () => {
  const workspace = createDiskTree(below.folder);
  for (const [name, hash] of commits) {
    if (name === 'root' || name === 'outside') continue;
    const set = await read(patchesOf(below, hash));
    assert.equal(set.patches.length, 1, name);
    assert.equal(set.patches[0]!.commit, hash);
    assert.equal(set.base, repository.git('rev-parse', `${hash}^`).trim());
    assert.deepEqual(set.notes, name === 'merge' ? ['the commit is a merge: it is compared with its first parent'] : []);
    const old = got(treeAt(below, `${hash}^`, workspace)).tree;
    const applied = applyPatch(old, set.patches[0]!);
    assert.deepEqual([applied.state, applied.refused], ['forward', []], name);
    const patched = new PatchedTree(old);
    patched.set(textsOf(applied, 'after'));
    assert.deepEqual(contentOf(patched), contentOf(got(treeAt(below, hash, workspace)).tree), name);
    assert.deepEqual(contentOf(old), committed(`${hash}^`), name);
  }
  const first = await read(patchesOf(below, commit('root')));
  assert.equal(first.base, undefined);
  assert.ok(first.patches[0]!.files.every((file) => file.kind === 'added' && !file.after?.startsWith('tree/')));
});

test('a range gives its patches in order, and says what is left out', async () => {
  const set = await read(patchesOf(below, `${commit('root')}..main`));
  const subjects = [
    'rename and edit',
    'struct only',
    'macro only',
    'comment only',
    'Revert "macro only"',
    'latin1',
    'crlf',
    'new and gone',
  ];
  assert.deepEqual(set.patches.map((patch) => patch.subject).sort(), [...subjects].sort());
  assert.deepEqual(set.notes, ['a merge is left out', 'a commit that changes nothing in the folder left out']);
  assert.equal(set.base, commit('root'));
  const whole = await read(patchesOf(root, `${commit('revert')}..`));
  assert.deepEqual(
    whole.patches.at(-1)!.files.map((file) => file.after ?? file.before),
    ['tree/deep/new.c', 'tree/f.c'],
  );
  const sides = await read(patchesOf(below, 'main~2...side'));
  assert.deepEqual([sides.patches.length, sides.patches[0]!.subject], [1, 'latin1']);
  assert.match(messageOf(patchesOf(below, 'main..main')), /no commits/);
  assert.match(messageOf(patchesOf(below, commit('outside'))), /changes nothing|no commit/);
});

test('what is staged, what is not, and what git does not know', async () => {
  repository.write('tree/b.c', numbered(30, { 5: 'five', 20: 'staged' }));
  repository.git('add', '-A');
  repository.write('tree/b.c', numbered(30, { 5: 'five', 20: 'staged', 28: 'unstaged' }));
  repository.write('tree/unknown.c', 'x\n');
  try {
    const staged = await read(changesIn(below, 'staged'));
    const unstaged = await read(changesIn(below, 'unstaged'));
    const added = (set: PatchSet): (string | undefined)[] =>
      set.patches.map((patch) => patch.files[0]!.hunks[0]!.lines.find((line) => line.kind === '+')?.text);
    assert.deepEqual([added(staged), added(unstaged)], [['staged'], ['unstaged']]);
    assert.equal(staged.base, commit('new and gone'));
    assert.deepEqual(unstaged.notes, ['a file that git does not track is not looked at']);
    const disk = createDiskTree(below.folder);
    assert.equal(applyPatch(disk, unstaged.patches[0]!).state, 'reversed');
    const head = got(treeAt(below, 'HEAD', disk)).tree;
    assert.equal(applyPatch(head, staged.patches[0]!).state, 'forward');
    assert.deepEqual(head.read('b.c'), { text: numbered(30, { 5: 'five' }) });
  } finally {
    rmSync(path.join(repository.root, 'tree/unknown.c'));
    repository.git('reset', '-q', '--hard');
  }
});

test('commits to pick from', () => {
  const { commits: recent } = got(recentCommits(below, 3));
  assert.deepEqual(
    recent.map(({ subject, hash, author }) => [subject, hash, author]),
    [
      ['new and gone', commit('new and gone'), 'Jo Sample'],
      ["Merge branch 'side'", commit('merge'), 'Jo Sample'],
      ['crlf', commit('crlf'), 'Jo Sample'],
    ].filter(([subject]) => recent.some((one) => one.subject === subject)),
  );
  assert.ok(!Number.isNaN(Date.parse(recent[0]!.date)));
});

test('a series that b4 keeps on a branch', async () => {
  repository.git('checkout', '-q', '-b', 'b4/review/20240408-x', commit('crlf'));
  try {
    repository.write('tree/b.c', numbered(30, { 9: 'needed' }));
    repository.commit('needed before');
    repository.write('tree/b.c', numbered(30, { 9: 'needed', 1: 'one' }));
    const first = repository.commit('first');
    repository.write('tree/b.c', numbered(30, { 9: 'needed', 1: 'one', 20: 'two' }));
    repository.commit('second');
    const told = { series: { 'base-commit': commit('crlf'), 'first-patch-commit': first, subject: 'x' } };
    repository.commit(`[PATCH 0/2] Both\n\n--- b4-review-tracking ---\n# Used by b4.\n${JSON.stringify(told, null, 2)}`);
    const { branches } = got(reviewBranches(below));
    assert.deepEqual(
      branches.map(({ name, subject }) => [name, subject]),
      [['b4/review/20240408-x', '[PATCH 0/2] Both']],
    );
    const set = await read(patchesOf(below, branches[0]!.range));
    assert.deepEqual(
      set.patches.map((patch) => patch.subject),
      ['first', 'second'],
    );
    repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'no JSON\n\n--- b4-review-tracking ---\n{"series": 1');
    repository.git('checkout', '-q', 'main');
    const plain = got(reviewBranches(below)).branches;
    assert.equal((await read(patchesOf(below, plain[0]!.range))).patches.length, 3);
  } finally {
    repository.git('checkout', '-q', 'main');
    repository.git('branch', '-q', '-D', 'b4/review/20240408-x');
  }
});

test('a revision is no option', () => {
  const file = path.join(repository.root, 'written');
  for (const revision of [`--output=${file}`, '--all', '-1', '', 'HEAD\0', '..', `..--output=${file}`, 'no such thing', 'HEAD:tree']) {
    assert.ok('error' in resolveCommit(below, revision), revision);
    assert.ok('error' in patchesOf(below, revision), revision);
    assert.ok('error' in treeAt(below, revision, createDiskTree(below.folder)), revision);
  }
  assert.ok(!existsSync(file));
  assert.deepEqual(resolveCommit(below, 'HEAD~1'), { hash: commit('merge') });
});

test('nothing that a repository names is run, and nothing is written', async () => {
  const hostile = new Repository();
  try {
    hostile.write('.gitattributes', '*.c diff=evil filter=evil\n*.h filter=e=vil diff=evil\n');
    hostile.write('a.c', numbered(9));
    hostile.write('b.h', numbered(9));
    const first = hostile.commit('first');
    hostile.write('a.c', numbered(9, { 5: 'five' }));
    const second = hostile.commit('second');
    hostile.write('a.c', numbered(9, { 5: 'other' }));
    hostile.write('b.h', numbered(9, { 5: 'other' }));
    const marker = path.join(hostile.root, '.git', 'marker');
    const program = path.join(hostile.root, '.git', 'evil.sh');
    writeFileSync(program, `#!/bin/sh\ntouch ${marker}\ncat "$1" 2>/dev/null || cat\n`);
    chmodSync(program, 0o755);
    hostile.write('.git/hooks/post-index-change', readFileSync(program));
    chmodSync(path.join(hostile.root, '.git/hooks/post-index-change'), 0o755);
    const keys = [
      'diff.external',
      'diff.evil.command',
      'diff.evil.textconv',
      'core.fsmonitor',
      'core.pager',
      'pager.diff',
      'core.editor',
      'gpg.program',
      'core.sshCommand',
      'filter.evil.clean',
      'filter.evil.process',
      'filter.evil.smudge',
      'filter.e=vil.clean',
      'diff.orderFile',
      'core.alternateRefsCommand',
      'remote.origin.uploadpack',
    ];
    for (const key of keys) hostile.git('config', key, program);
    for (const [key, value] of [
      ['filter.evil.required', 'true'],
      ['log.showSignature', 'true'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['core.repositoryFormatVersion', '1'],
      ['remote.origin.url', `ext::${program}`],
      ['protocol.ext.allow', 'always'],
      ['format.attach', 'true'],
      ['diff.noprefix', 'true'],
      ['format.signatureFile', '/etc/passwd'],
      ['format.headers', 'X: y'],
    ] as const) {
      hostile.git('config', key, value);
    }
    const state = (): unknown => readdirSync(path.join(hostile.root, '.git'), { recursive: true }).sort();
    const index = readFileSync(path.join(hostile.root, '.git/index'));
    const old = state();
    const found = got(findRepository(hostile.root));
    const disk = createDiskTree(hostile.root);
    assert.equal((await read(patchesOf(found, second))).patches.length, 1);
    assert.equal((await read(patchesOf(found, `${first}..${second}`))).patches.length, 1);
    assert.equal((await read(changesIn(found, 'unstaged'))).patches[0]!.files.length, 2);
    assert.equal(messageOf(changesIn(found, 'staged')), 'nothing is staged');
    assert.deepEqual(got(treeAt(found, first, disk)).tree.read('a.c'), { text: numbered(9) });
    got(recentCommits(found, 5));
    got(reviewBranches(found));
    assert.deepEqual(state(), old);
    // A blob that is nowhere would be fetched.
    const blob = hostile.git('rev-parse', `${first}:a.c`).trim();
    const object = path.join(hostile.root, '.git/objects', blob.slice(0, 2), blob.slice(2));
    rmSync(object);
    assert.ok('error' in patchesOf(found, second));
    const gone = treeAt(found, first, disk);
    assert.ok('error' in gone || 'error' in gone.tree.read('a.c'));
    assert.ok(!existsSync(marker), 'a program was run');
    assert.deepEqual(readFileSync(path.join(hostile.root, '.git/index')), index);
    // The same settings run it where nobody forbids them.
    try {
      hostile.git('status');
    } catch {
      // What it ran failed.
    }
    assert.ok(existsSync(marker));
  } finally {
    hostile.remove();
  }
});

function messageOf(answer: Answer<object>): string {
  return 'error' in answer ? String(answer.error) : '';
}

/** All that git has in the folder at a commit, read the plain way. */
function committed(revision: string): Record<string, string> {
  const files = repository.git('ls-tree', '-r', '--name-only', revision, 'tree/').trim().split('\n');
  return Object.fromEntries(files.map((file) => [file.slice('tree/'.length), textOf(repository.bytes('show', `${revision}:${file}`))]));
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text;
}

function contentOf(tree: Tree, folder = ''): Record<string, string> {
  const content: Record<string, string> = {};
  for (const { name, kind } of tree.list(folder) ?? []) {
    const file = folder === '' ? name : `${folder}/${name}`;
    if (kind === 'folder') Object.assign(content, contentOf(tree, file));
    else {
      const text = tree.read(file);
      content[file] = 'text' in text ? text.text : text.error;
    }
  }
  return content;
}
