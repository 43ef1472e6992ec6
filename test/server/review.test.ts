import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { lineBeside } from '../../src/extension/line-beside.ts';
import type { Requests } from '../../src/protocol/requests.ts';
import type { PatchSource, RemarkView, ReviewView } from '../../src/protocol/review.ts';
import { spawnLockstep } from '../cli/lockstep.ts';
import { startClient, writeFiles, type Client } from './client.ts';

const sample = path.join(import.meta.dirname, '../../samples/riscv-hsm');
const mails = readdirSync(sample).filter((name) => name.endsWith('.patch'));
const [first = '', second = ''] = mails.map((name) => readFileSync(path.join(sample, name), 'utf8'));
const hsm = 'arch/riscv/kvm/vcpu_sbi_hsm.c';

let client: Client;

before(async () => {
  client = await startClient(readTree(path.join(sample, 'tree')), { worker: 'src/server/worker.ts' });
  writeFiles(client.folder, { 'first.patch': first, 'second.patch': second, 'both.mbox': first + second });
});
after(() => client.dispose());

describe('a patch in a file', () => {
  let view: ReviewView;
  before(async () => {
    view = await review({ kind: 'file', uri: client.uri('first.patch') });
  });

  it('is told with its remarks, at lines of its texts and of its file', () => {
    assert.equal(view.title, 'first.patch');
    const [patch] = view.patches;
    assert.equal(patch?.subject, 'RISCV: KVM: Give each vCPU a lock for its state');
    assert.equal(patch.state, 'forward');
    assert.equal(patch.source?.uri, client.uri('first.patch'));
    assert.deepEqual(
      patch.files.map(({ after }) => after),
      ['arch/riscv/include/asm/kvm_host.h', 'arch/riscv/kvm/vcpu.c', 'arch/riscv/kvm/vcpu_sbi.c', 'arch/riscv/kvm/vcpu_sbi_hsm.c'],
    );
    const fixed = patch.remarks.find(({ kind, finding }) => kind === 'fixed' && finding?.check === 'documented-order');
    assert.deepEqual([fixed?.shown?.side, fixed?.shown?.file, fixed?.isSaid], ['before', hsm, true]);
    assert.equal(fixed?.cause, 'by removing "mutex_lock(&kvm->lock);"');
    const lines = first.split('\n');
    assert.equal(lines[patch.source.firstLine - 1 + (fixed.place?.line ?? 0) - 1], '-\t\tmutex_lock(&kvm->lock);');
    assert.ok(patch.remarks.some(({ kind, access }) => kind === 'access' && access?.verdict === 'open'));
  });

  it('has both texts of each file, and those of files it leaves alone', async () => {
    const fixed = view.patches[0]?.remarks.find(({ kind }) => kind === 'fixed');
    const before = await text(view, 0, 'before', hsm);
    assert.equal(before, readFileSync(path.join(sample, 'tree', hsm), 'utf8'));
    assert.match(before.split('\n')[(fixed?.shown?.line ?? 0) - 1] ?? '', /mutex_lock\(&kvm->lock\)/);
    const patched = await text(view, 0, 'after', hsm);
    assert.doesNotMatch(patched, /mutex_lock/);
    assert.match(patched, /mp_state_lock/);
    assert.match(await text(view, 0, 'after', 'virt/kvm/kvm_main.c'), /kvm_vcpu_ioctl/);
  });

  it('says which lines of the two texts stand beside each other', async () => {
    const removed = first.split('\n').filter((line) => /^-(?!--? )/.test(line)).length;
    let gone = 0;
    for (const { before = '', hunks } of view.patches[0]?.files ?? []) {
      const [old, made] = [(await text(view, 0, 'before', before)).split('\n'), (await text(view, 0, 'after', before)).split('\n')];
      const moved = old.filter((line, i) => made[lineBeside(hunks, i + 1) - 1] === line).length;
      gone += old.length - moved;
    }
    assert.ok(gone > 0 && gone <= removed, `${gone} of ${removed} removed lines`);
  });

  it('is answered by a mail with the remarks that are ticked: the one of the command line, if all are', async () => {
    const said = view.patches[0]?.remarks.filter(({ isSaid }) => isSaid) ?? [];
    assert.equal(await reply(view, said), spawnLockstep(client.folder, 'review', 'first.patch', '--format', 'reply').stdout);
    const [one] = said;
    const short = await reply(view, one ? [one] : []);
    assert.match(short, /^To: Jo Sample <jo@example\.org>\nSubject: Re: \[PATCH 1\/2\]/);
    assert.ok(short.length < (await reply(view, said)).length);
  });
});

describe('a series', () => {
  it('is told patch by patch and as a whole; each patch stands on the one before', async () => {
    const view = await review({ kind: 'file', uri: client.uri('both.mbox') });
    assert.deepEqual(
      view.patches.map(({ number, total, state }) => [number, total, state]),
      [
        [1, 2, 'forward'],
        [2, 2, 'forward'],
      ],
    );
    assert.match(await text(view, 1, 'before', hsm), /mp_state_lock/);
    assert.match(await text(view, 0, 'after', 'arch/riscv/kvm/vcpu.c'), /mp_state_lock/);
    assert.doesNotMatch(await text(view, 0, 'after', 'arch/riscv/kvm/vcpu.c'), /reset_cntx_lock/);
    assert.ok(view.whole.remarks.some(({ kind }) => kind === 'fixed'));
    assert.ok((view.patches[1]?.source?.firstLine ?? 0) > first.split('\n').length - 5);
  });

  it('whose first patch is missing says which hunks do not fit, and why', async () => {
    const view = await review({ kind: 'file', uri: client.uri('second.patch') });
    assert.equal(view.patches[0]?.state, 'partly');
    assert.match(view.patches[0].refused[0]?.message ?? '', /it expects/);
  });
});

describe('a patch that is cut off', () => {
  it('says what could not be read, and its mail claims nothing of it', async () => {
    const cut = first.slice(0, first.indexOf('diff --git a/arch/riscv/kvm/vcpu.c')).trimEnd();
    writeFiles(client.folder, { 'cut.patch': cut.slice(0, cut.lastIndexOf('\n')) });
    const view = await review({ kind: 'file', uri: client.uri('cut.patch') });
    assert.match(view.unread[0]?.message ?? '', /^of the 4 files of the diffstat 3 are not here: /);
    assert.equal(view.unread[1]?.message, 'hunk left out: it ends too early');
    assert.deepEqual(view.notices, []);
    assert.match(await reply(view, []), /\nNothing to remark on the locking in the part that was looked at\.\n$/);
  });
});

describe('an open editor', () => {
  it('counts as it is, a patch and the tree below it', async () => {
    client.open(hsm, readFileSync(path.join(sample, 'tree', hsm), 'utf8').replaceAll('kvm->lock', 'kvm->slots_lock'));
    const view = await review({ kind: 'text', name: 'first.patch', text: first, uri: client.uri('first.patch') });
    client.close(hsm);
    assert.equal(view.patches[0]?.state, 'partly');
  });

  it('that has no patch is told so', async () => {
    await assert.rejects(review({ kind: 'text', name: 'clipboard', text: 'hello\n' }), /no patch in clipboard/);
  });
});

describe('a git repository with the tree below its top', () => {
  const isUnchanged = ({ patches }: ReviewView): boolean => patches.every((patch) => patch.unchanged?.reasons.length === 0);
  let folder: string;
  let top: string;

  before(() => {
    top = client.folder;
    folder = path.join(top, 'kernel');
    writeFiles(folder, { MAINTAINERS: '', ...readTree(path.join(sample, 'tree')) });
    git('init', '-q', '-b', 'main');
    git('add', 'kernel');
    git('commit', '-q', '-m', 'A kernel');
    writeFiles(top, { '0001.mail': first });
    git('am', '-q', '--directory=kernel', path.join(top, '0001.mail'));
  });

  it('lists its commits', async () => {
    const { commits, series } = await ask('lockstep/revisions', { uri: pathToFileURL(folder).href });
    assert.deepEqual(
      commits.map(({ subject }) => subject),
      ['RISCV: KVM: Give each vCPU a lock for its state', 'A kernel'],
    );
    assert.deepEqual(series, []);
  });

  it('gives a commit, put on the one before it', async () => {
    const view = await review({ kind: 'revision', revision: 'HEAD' }, folder);
    assert.equal(view.patches[0]?.subject, 'RISCV: KVM: Give each vCPU a lock for its state');
    assert.equal(view.patches[0].state, 'forward');
    assert.ok(view.patches[0].remarks.some(({ kind, finding }) => kind === 'fixed' && finding?.check === 'documented-order'));
  });

  it('gives what is changed, and what is staged', async () => {
    await assert.rejects(review({ kind: 'changes', isStaged: true }, folder), /nothing is staged/);
    const file = path.join(folder, hsm);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `/* HSM */\n${text}`);
    assert.ok(isUnchanged(await review({ kind: 'changes', isStaged: false }, folder)));
    git('add', 'kernel');
    assert.ok(isUnchanged(await review({ kind: 'changes', isStaged: true }, folder)));
  });

  it('is left alone where git may not be run', async () => {
    const uri = pathToFileURL(folder).href;
    await assert.rejects(
      ask('lockstep/review', { uri, source: { kind: 'revision', revision: 'HEAD' }, withGit: false }),
      /git is not run here/,
    );
    const view = await ask('lockstep/review', { uri, source: { kind: 'file', uri: client.uri('first.patch') }, withGit: false });
    assert.deepEqual([view.patches[0]?.state, view.notices], ['reversed', []]);
  });

  it('gives a mail that became a commit, taken off, or put on the parent of that where the tree has gone on', async () => {
    const source = { kind: 'file', uri: client.uri('first.patch') } as const;
    const here = await review(source, folder);
    assert.deepEqual([here.patches[0]?.state, here.notices], ['reversed', []]);
    const file = path.join(folder, hsm);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('mp_state_lock', 'state_lock'));
    const view = await review(source, folder);
    assert.equal(view.patches[0]?.state, 'forward');
    assert.match(view.notices.join(), /the parent of [0-9a-f]{12}, the commit of this subject/);
  });

  it('that has no such revision says so', async () => {
    await assert.rejects(review({ kind: 'revision', revision: 'nowhere' }, folder), /no commit is called `nowhere`/);
  });

  function git(...args: string[]): void {
    const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
    const who = ['-c', 'user.name=Jo Sample', '-c', 'user.email=jo@example.org'];
    execFileSync('git', ['-C', top, ...who, ...args], { env, stdio: 'ignore' });
  }
});

describe('what is kept', () => {
  it('are the last eight reviews', async () => {
    const view = await review({ kind: 'file', uri: client.uri('first.patch') });
    for (let i = 0; i < 7; i++) await review({ kind: 'file', uri: client.uri('first.patch') });
    assert.match(await text(view, 0, 'after', hsm), /mp_state_lock/);
    await review({ kind: 'file', uri: client.uri('first.patch') });
    await assert.rejects(text(view, 0, 'after', hsm), /no longer kept/);
  });
});

function ask<M extends keyof Requests>(method: M, params: Requests[M]['params']): Promise<Requests[M]['result']> {
  return client.connection.sendRequest<Requests[M]['result']>(method, params);
}

function review(source: PatchSource, folder = client.folder): Promise<ReviewView> {
  return ask('lockstep/review', { uri: pathToFileURL(folder).href, source });
}

async function text({ id }: ReviewView, patch: number, side: 'before' | 'after', file: string): Promise<string> {
  return (await ask('lockstep/reviewText', { review: id, patch, side, file })).text;
}

async function reply({ id }: ReviewView, remarks: readonly RemarkView[]): Promise<string> {
  return (await ask('lockstep/reply', { review: id, patch: 0, remarks: remarks.map((remark) => remark.id) })).text;
}

function readTree(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}
