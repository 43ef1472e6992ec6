import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Log } from 'sarif';
import { lockstep } from '../cli/lockstep.ts';
import { Repository } from '../patch/repository.ts';
import { core, document, header, History, inverted } from './history.ts';

const file = 'drivers/demo/core.c';
const headerFile = 'drivers/demo/demo.h';
const locking = 'Documentation/demo/locking.rst';
const cycle = [
  'struct state.lock is taken here with struct bus.lock held, but demo_remove takes struct bus.lock with struct state.lock held [lock-order-cycle]',
  'struct bus.lock is taken here with struct state.lock held, but demo_add takes struct state.lock with struct bus.lock held [lock-order-cycle]',
] as const;

/** Lines that say something of findings, and those of what is said besides: without chains. */
function short(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^ {2}(chain|confidence|was)|^ {4}/.test(line) && line !== '');
}

/** Of each notification of a SARIF log its kind, its text and its file. */
function notificationsIn(sarif: string): (string | undefined)[][] {
  const [run] = (JSON.parse(sarif) as Log).runs;
  return (run?.invocations?.[0]?.toolExecutionNotifications ?? []).map(({ descriptor, message, locations }) => [
    descriptor?.id,
    message.text,
    locations?.[0]?.physicalLocation?.artifactLocation?.uri,
  ]);
}

test('a finding that comes: new, with the line that brings it', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  const { lines, status } = await history.said('HEAD');
  assert.equal(status, 1);
  assert.deepEqual(short(lines), [
    '== demo: take the lock',
    `${file}:7:2: error: new: ${cycle[0]}`,
    '  new: comes by adding "mutex_lock(&demo->bus->lock);"',
    `${file}:16:2: error: new: ${cycle[1]}`,
    '  new: comes by adding "mutex_lock(&demo->bus->lock);"',
    'lock order:',
    '  + struct state.lock -> struct bus.lock',
    'what functions do to locks:',
    `  ${file}:13: demo_remove now takes struct bus.lock`,
  ]);
});

test('a rename with an edit: the finding is kept, and nothing else is said', async (t) => {
  const history = new History(t, { [file]: inverted });
  history.git('mv', file, 'drivers/demo/main.c');
  history.with('demo: rename', { 'drivers/demo/main.c': inverted.replace('\tlist_add(', '\twork(1);\n\tlist_add(') });
  const { lines, status } = await history.said('HEAD');
  assert.equal(status, 0);
  assert.deepEqual(short(lines), ['== demo: rename', `drivers/demo/main.c:7:2: error: kept: ${cycle[0]}`, 'no change in the locking']);
});

test('a lock whose type its users do not fit fails', async (t) => {
  const history = new History(t);
  history.with('demo: spin', {
    [headerFile]: header.replace('struct mutex lock;\n\tstruct list_head', 'spinlock_t lock;\n\tstruct list_head'),
  });
  const { lines, status } = await history.said('HEAD');
  assert.equal(status, 1);
  assert.ok(lines.some((line) => /2 operations do not fit spinlock_t/.test(line)));
});

test('a function that moves to another file is no new one', async (t) => {
  const history = new History(t, { [file]: inverted });
  const at = inverted.indexOf('void demo_remove');
  const head = inverted.slice(0, inverted.indexOf('void'));
  history.with('demo: split', { [file]: inverted.slice(0, at), 'drivers/demo/remove.c': head + inverted.slice(at) });
  const { lines, status } = await history.said('HEAD');
  assert.equal(status, 0);
  assert.deepEqual(
    short(lines).filter((line) => !line.includes(': kept: ')),
    ['== demo: split', 'no change in the locking'],
  );
});

test('a revert fixes what came, and a rename in between is followed over the whole range', async (t) => {
  const history = new History(t);
  const bad = history.with('demo: take the lock', { [file]: inverted });
  history.git('mv', file, 'drivers/demo/main.c');
  history.commit('demo: rename');
  history.git('revert', '--no-edit', bad);
  const { lines, status } = await history.said('HEAD');
  assert.equal(status, 0);
  assert.deepEqual(short(lines), [
    '== Revert "demo: take the lock"',
    `drivers/demo/main.c:7:2: error: fixed: ${cycle[0]}`,
    '  fixed: by removing "mutex_lock(&demo->bus->lock);"',
    `drivers/demo/main.c:16:2: error: fixed: ${cycle[1]}`,
    '  fixed: by removing "mutex_lock(&demo->bus->lock);"',
    'lock order:',
    '  - struct state.lock -> struct bus.lock',
    'what functions do to locks:',
    '  drivers/demo/main.c:13: demo_remove no longer takes struct bus.lock',
  ]);
  const range = await history.said('HEAD~3..HEAD');
  const whole = range.lines.slice(range.lines.indexOf('== all 3 patches together') + 1);
  assert.deepEqual(whole, [
    `${file}:7: error: new with 1/3, gone with 3/3: ${cycle[0]}`,
    `${file}:16: error: new with 1/3, gone with 3/3: ${cycle[1]}`,
    'in the end, no change in the locking',
    '',
  ]);
});

test('a merge is compared with its first parent; a range leaves it out', async (t) => {
  const history = new History(t);
  const base = history.git('rev-parse', 'HEAD').trim();
  history.git('checkout', '-q', '-b', 'side');
  history.with('demo: take the lock', { [file]: inverted });
  history.git('checkout', '-q', 'main');
  history.with('demo: another file', { 'drivers/demo/other.c': '#include "kernel.h"\nint other;\n' });
  history.git('merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  const merge = await history.said('HEAD');
  assert.deepEqual([merge.status, merge.notices], [1, 'lockstep: the commit is a merge: it is compared with its first parent\n']);
  assert.equal(short(merge.lines)[1], `${file}:7:2: error: new: ${cycle[0]}`);

  const range = await history.said(`${base}..HEAD`);
  assert.deepEqual([range.status, range.notices], [1, 'lockstep: a merge is left out\n']);
  const second = range.lines.indexOf('== 2/2 demo: another file');
  // The new file brings no module with it that was there before.
  assert.deepEqual(range.lines.slice(second, second + 3), ['== 2/2 demo: another file', 'no change in the locking', '']);
  assert.equal(range.lines[second + 4], `${file}:7:2: error: new: ${cycle[0]}`);
});

test('only the struct of a header: its users are looked at', async (t) => {
  const history = new History(t);
  history.with('demo: rename the struct', {
    [headerFile]: header.replace('struct state {', 'struct inner {').replace('struct state state', 'struct inner state'),
  });
  const { lines } = await history.said('HEAD');
  assert.deepEqual(lines, [
    '== demo: rename the struct',
    'new lock class: struct inner.lock (mutex)',
    `  taken in demo_add (${file}:7), demo_remove (${file}:15)`,
    '  inside struct bus.lock',
    'lock class no longer taken: struct state.lock (mutex)',
    `  taken in demo_add (${file}:7), demo_remove (${file}:15)`,
    '  inside struct bus.lock',
    'lock order:',
    '  + struct bus.lock -> struct inner.lock',
    `      demo_add (${file}:7)`,
    '  - struct bus.lock -> struct state.lock',
    `      demo_add (${file}:7)`,
    '',
  ]);
});

test('only a macro that wraps a lock: its users are looked at', async (t) => {
  const history = new History(t);
  history.with('demo: lock the bus', {
    [headerFile]: header.replace(/mutex_(un)?lock\(&\(demo\)->state.lock\)/g, 'mutex_$1lock(&(demo)->bus->lock)'),
  });
  const { lines } = await history.said('HEAD');
  assert.ok(lines.includes('lock class no longer taken: struct state.lock (mutex)'), lines.join('\n'));
  assert.ok(lines.includes('  - struct bus.lock -> struct state.lock'), lines.join('\n'));
});

test('nothing of the locking: said in one line', async (t) => {
  const history = new History(t);
  const unchanged: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'a comment': { [file]: core.replace('\tlist_del', '\t/* Gone. */\n\tlist_del') },
    'a field': { [headerFile]: header.replace('\tint count;', '\tint count;\n\tint more;') },
    'a text': { README: 'Hello.\n' },
    'white space': { [file]: core.replaceAll('demo->list, ', 'demo->list,\t') },
  };
  for (const [name, files] of Object.entries(unchanged)) {
    history.with(name, files);
    const { lines, status } = await history.said('HEAD');
    assert.deepEqual([status, lines], [0, [`== ${name}`, 'no change in the locking', '']]);
  }
});

test('only a document: its rules are said, and the findings are judged by those after', async (t) => {
  const history = new History(t);
  history.with('docs: the order', { [locking]: document });
  const kept = await history.said('HEAD');
  assert.deepEqual(
    [kept.status, kept.lines],
    [
      0,
      [
        '== docs: the order',
        'documented orders, by which the tree after is judged:',
        `  + struct bus.lock outside struct state.lock  (${locking}:4: bus->lock is taken outside state->lock)`,
        '',
      ],
    ],
  );
  history.with('docs: the other order', {
    [locking]: document.replace('bus->lock is taken outside state->lock', 'state->lock is taken outside bus->lock'),
  });
  const broken = await history.said('HEAD');
  assert.equal(broken.status, 1);
  assert.deepEqual(short(broken.lines), [
    '== docs: the other order',
    `${file}:7:2: warning: new: struct state.lock is taken inside struct bus.lock, documented outside it [documented-order]`,
    '  new: comes by adding "- state->lock is taken outside bus->lock"',
    '  documented order:',
    'documented orders, by which the tree after is judged:',
    `  + struct state.lock outside struct bus.lock  (${locking}:4: state->lock is taken outside bus->lock)`,
    `  - struct bus.lock outside struct state.lock  (${locking}:4: bus->lock is taken outside state->lock)`,
  ]);
});

test('a file with Windows ends of lines, and one in Latin-1', async (t) => {
  const history = new History(t);
  const files: readonly (readonly [string, string | Buffer, string | Buffer])[] = [
    ['drivers/demo/crlf.c', core.replaceAll('\n', '\r\n'), inverted.replaceAll('\n', '\r\n')],
    ['drivers/demo/latin.c', Buffer.from(`/* \u00fcber */\n${core}`, 'latin1'), Buffer.from(`/* \u00fcber */\n${inverted}`, 'latin1')],
  ];
  for (const [name, before, after] of files) {
    history.git('rm', '-q', '-r', '--cached', 'drivers/demo/core.c');
    history.git('clean', '-q', '-f', 'drivers/demo');
    history.with('before', { [name]: before });
    history.with('after', { [name]: after });
    const { lines, status } = await history.said('HEAD');
    assert.equal(status, 1, name);
    const found = short(lines).filter((line) => line.includes(': new: '));
    assert.deepEqual(
      found.map((line) => line.replace(/^\S+ error: new: /, '')),
      cycle,
    );
    assert.ok(lines.includes('  new: comes by adding "mutex_lock(&demo->bus->lock);"'));
    history.git('rm', '-q', name);
    history.with('core again', { [file]: core });
  }
});

test('a new file and one that is deleted', async (t) => {
  const history = new History(t);
  const remove = inverted.slice(inverted.indexOf('void demo_remove')).replaceAll('demo_remove', 'demo_drop');
  history.with('demo: drop', { 'drivers/demo/drop.c': `#include "kernel.h"\n#include "demo.h"\n\n${remove}` });
  const come = await history.said('HEAD');
  assert.equal(come.status, 1);
  assert.ok(
    short(come.lines).includes('  drivers/demo/drop.c:4: demo_drop is new, and takes struct bus.lock, struct state.lock'),
    come.lines.join('\n'),
  );
  history.git('rm', '-q', 'drivers/demo/drop.c');
  history.commit('demo: no drop');
  const gone = await history.said('HEAD');
  assert.equal(gone.status, 0);
  assert.equal(short(gone.lines).filter((line) => line.includes(': fixed: ')).length, 2);
  assert.ok(
    short(gone.lines).includes('  drivers/demo/drop.c:4: demo_drop is gone; took struct bus.lock, struct state.lock'),
    gone.lines.join('\n'),
  );
});

test('a comment that suppresses: the finding is not fixed, and comes back without it', async (t) => {
  const history = new History(t, { [file]: inverted });
  const comment = '/* lockstep: ignore lock-order-cycle: nobody adds any more */';
  history.with('demo: ignore it', { [file]: inverted.replace('\tmutex_lock(&demo->bus->lock);\n\tlist_del', `\t${comment}\n$&`) });
  const { lines, status } = await history.said('HEAD');
  assert.deepEqual(
    [status, lines],
    [0, ['== demo: ignore it', `${file}:17:2: error: now suppressed by a comment: ${cycle[1]}`, '  reason: nobody adds any more', '']],
  );
  const sarif = JSON.parse((await history.review('HEAD', '--format', 'sarif', '--all')).stdout) as {
    runs: { results: { suppressions: object[]; baselineState: string }[] }[];
  };
  assert.deepEqual(
    sarif.runs[0]?.results.map(({ suppressions, baselineState }) => [suppressions, baselineState]),
    [[[{ kind: 'inSource', justification: 'nobody adds any more' }], 'unchanged']],
  );
  history.with('demo: no more', { [file]: inverted });
  const back = await history.said('HEAD');
  assert.equal(back.status, 1);
  assert.ok(back.lines.includes(`  new: comes by removing "${comment}"`), back.lines.join('\n'));
  history.with('demo: without', { [file]: core });
  history.with('demo: both at once', { [file]: inverted.replace('\tmutex_lock(&demo->bus->lock);\n\tlist_del', `\t${comment}\n$&`) });
  const both = await history.said('HEAD');
  assert.ok(both.lines.includes(`${file}:17:2: error: new, suppressed by a comment: ${cycle[1]}`), both.lines.join('\n'));
});

test('a commit of a range that changes nothing is no patch that is missing', async (t) => {
  const history = new History(t);
  history.commit('nothing');
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: back', { [file]: core });
  const { lines, status, notices } = await history.said('HEAD~3..');
  assert.deepEqual([status, notices], [1, 'lockstep: a commit that changes nothing is left out\n']);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('== ')),
    ['== 1/2 demo: take the lock', '== 2/2 demo: back', '== all 2 patches together'],
  );
});

test('the last commit of a shallow clone is not taken for one that made the tree', async (t) => {
  const history = new History(t);
  const first = history.git('rev-parse', 'HEAD').trim();
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: back', { [file]: core });
  const head = history.git('rev-parse', 'HEAD').trim();
  const clone = new Repository();
  t.after(() => clone.remove());
  clone.git('fetch', '-q', '--depth=1', `file://${history.root}`, 'main');
  clone.git('checkout', '-q', 'FETCH_HEAD');
  clone.git('fetch', '-q', '--depth=1', `file://${history.root}`, `${first}:refs/heads/base`);
  for (const name of ['HEAD', 'base..HEAD']) {
    const { status, stderr } = await lockstep(clone.root, 'review', name);
    assert.equal(status, 2);
    assert.match(
      stderr,
      new RegExp(`the clone is shallow and ends at ${head.slice(0, 12)}: what that commit changes is not known here\n$`),
    );
  }
  // The commit that really is the first one has no parent anywhere.
  assert.equal((await lockstep(clone.root, 'review', 'base')).status, 0);
});

test('staged and unstaged changes', async (t) => {
  const history = new History(t);
  const nothing = await history.said('--staged');
  assert.deepEqual([nothing.status, nothing.notices], [2, 'lockstep: cannot read staged changes: nothing is staged\n']);
  history.write(file, inverted);
  const unstaged = await history.said('--unstaged');
  history.git('add', '-A');
  history.write(file, core);
  const staged = await history.said('--staged');
  for (const { lines, status } of [unstaged, staged]) {
    assert.equal(status, 1);
    assert.ok(lines.includes(`${file}:7:2: error: new: ${cycle[0]}`), lines.join('\n'));
  }
  // The work tree takes back what is staged.
  const back = await history.said('--unstaged');
  assert.equal(back.status, 0);
  assert.ok(back.lines.includes(`${file}:7:2: error: fixed: ${cycle[0]}`), back.lines.join('\n'));
});

test('a mail that names its base-commit is put on that, whatever is checked out', async (t) => {
  const history = new History(t);
  const base = history.git('rev-parse', 'HEAD').trim();
  history.with('demo: take the lock', { [file]: inverted });
  const mail = history.git('format-patch', '--stdout', '--base', base, '-1', 'HEAD');
  history.git('rm', '-q', '-r', 'drivers');
  history.commit('all gone');
  const patch = path.join(history.root, 'demo.patch');
  writeFileSync(patch, mail);
  const { lines, status, notices } = await history.said(patch);
  assert.deepEqual([status, notices], [1, `lockstep: put on its base-commit, ${base.slice(0, 12)}\n`]);
  assert.equal(short(lines)[1], `${file}:7:2: error: new: ${cycle[0]}`);
  const elsewhere = mail.replaceAll(base, '0123456789'.repeat(4));
  writeFileSync(patch, elsewhere);
  const became = await history.said(patch);
  assert.equal(became.status, 1);
  assert.match(became.notices, /base-commit 0123\S+ is not known here\n.*put on the parent of [0-9a-f]{12}, the commit of this subject/);
  writeFileSync(patch, elsewhere.replace('demo: take the lock', 'demo: something else'));
  const unknown = await history.said(patch);
  assert.equal(unknown.status, 2);
  assert.match(unknown.notices, /^lockstep: base-commit 0123\S+ is not known here\n$/);
});

test('a patch that is cut off: what could not be read is said in every format, and the status is 2', async (t) => {
  const history = new History(t);
  const patch = path.join(history.root, 'cut.patch');
  history.with('demo: invert', { [file]: inverted });
  const whole = history.bytes('diff', 'HEAD~1', 'HEAD').toString();
  writeFileSync(patch, whole.trimEnd().slice(0, -20));
  history.with('demo: back', { [file]: core });
  const { lines, status } = await history.said(patch);
  assert.equal(status, 2);
  assert.ok(lines.includes('no change in the locking in what could be read'), lines.join('\n'));
  assert.ok(!lines.includes('no change in the locking'));
  const told = lines.find((line) => line.startsWith('not read: '));
  assert.match(told ?? '', /^not read: hunk left out: .* \(line \d+ of what was read\)$/);
  const json = JSON.parse((await history.review(patch, '--format', 'json')).stdout) as { unread: { line: number; message: string }[] };
  assert.deepEqual(
    json.unread.map(({ line, message }) => `not read: ${message} (line ${line} of what was read)`),
    [told],
  );
  const [b4, ...rest] = JSON.parse((await history.review(patch, '--format', 'b4')).stdout) as { status: string; details: string }[];
  assert.deepEqual([b4?.status, rest], ['warn', []]);
  assert.ok(b4?.details.startsWith(`${told}\n\n== cut.patch\n`), b4?.details);
  const sarif = await history.review(patch, '--format', 'sarif');
  assert.deepEqual([sarif.status, sarif.stderr], [2, `lockstep: ${told}\n`]);
  assert.deepEqual(notificationsIn(sarif.stdout), [['not-reviewed', told, undefined]]);
  const reply = await history.review(patch, '--format', 'reply');
  assert.deepEqual([reply.status, reply.stderr], [2, `lockstep: ${told}\n`]);
  // What was sent may be whole: the mail says nothing of how it arrived here, and claims nothing of the rest.
  assert.match(reply.stdout, /\nNothing to remark on the locking in the part that was looked at\.\n$/);
  assert.doesNotMatch(reply.stdout, /hunk/);
});

test('a patch that fits in part is reviewed as far as it does; one that fits nowhere is not; the status is 2', async (t) => {
  const history = new History(t);
  history.with('demo: two files', { [file]: inverted, 'drivers/demo/other.c': `${'\n'.repeat(9)}int other;\n` });
  history.with('demo: two changes', { [file]: core, 'drivers/demo/other.c': `${'\n'.repeat(9)}int another;\n` });
  const patch = path.join(history.root, 'demo.patch');
  writeFileSync(patch, history.bytes('diff', 'HEAD~1', 'HEAD'));
  history.with('demo: back', { [file]: inverted, 'drivers/demo/other.c': 'int nothing;\n' });
  const part = await history.said(patch);
  assert.equal(part.status, 2, part.lines.join('\n'));
  assert.deepEqual(part.lines.slice(0, 2), ['== demo.patch', 'put on in part']);
  assert.match(part.lines[2]!, /^drivers\/demo\/other\.c: left out: .* \(line \d+ of the patch\)$/);
  assert.equal(part.lines[3], `${file}:7:2: error: fixed: ${cycle[0]}`);

  history.git('rm', '-q', '-r', 'drivers');
  history.commit('all gone');
  const none = await history.said(patch);
  assert.equal(none.status, 2);
  assert.deepEqual(none.lines.slice(0, 2), ['== demo.patch', 'not put on: nothing of it fits on this tree']);
  assert.equal(none.lines.filter((line) => line.includes('no change in the locking')).length, 0);
  const sarif = await history.review(patch, '--format', 'sarif');
  assert.equal(sarif.status, 2);
  const notes = notificationsIn(sarif.stdout);
  assert.deepEqual(
    notes.map(([id, , uri]) => [id, uri]),
    [
      ['not-reviewed', file],
      ['not-reviewed', 'drivers/demo/other.c'],
    ],
  );
  assert.match(notes[0]?.[1] ?? '', /^left out: .* is not in the tree \(line \d+ of the patch\)$/);
  const json = JSON.parse((await history.review(patch, '--format', 'json')).stdout) as { unread: Record<string, unknown>[] };
  assert.deepEqual(
    json.unread.map(({ file: name, line, patchLine }) => [name, line, patchLine]),
    [
      [file, 1, { patch: 1, line: 1, fileLine: 1 }],
      ['drivers/demo/other.c', 14, { patch: 1, line: 14, fileLine: 14 }],
    ],
  );
  const reply = await history.review(patch, '--format', 'reply');
  assert.deepEqual([reply.status, reply.stdout], [2, '']);
  const b4 = await history.review(patch, '--format', 'b4');
  assert.equal(b4.status, 0);
  assert.deepEqual(
    (JSON.parse(b4.stdout) as { status: string }[]).map(({ status }) => status),
    ['warn'],
  );
  const [{ details }] = JSON.parse(b4.stdout) as [{ details: string }];
  assert.match(
    details,
    /^drivers\/demo\/.*: left out: .* \(line \d+ of the patch\)\ndrivers\/demo\/.* \(line \d+ of the patch\)\n\n== demo\.patch\n/,
  );
  assert.doesNotMatch(details, /\\x0a/);
});

test('a header is looked at beside a C file that has nothing to do with it', async (t) => {
  const history = new History(t, { 'drivers/other/other.c': 'int other(void)\n{\n\treturn 0;\n}\n' });
  const macro = '#define demo_enter(demo) do { mutex_lock(&(demo)->state.lock); mutex_lock(&(demo)->bus->lock); } while (0)';
  history.with('demo, other: take the lock', {
    [headerFile]: header.replace(/#define demo_enter.*/, macro),
    'drivers/other/other.c': 'int other(void)\n{\n\treturn 1;\n}\n',
  });
  const { lines } = await history.said('HEAD');
  assert.ok(lines.includes('  + struct state.lock -> struct bus.lock'), lines.join('\n'));
});

test('a lock that was held around a call into another file', async (t) => {
  const helper = '#include "kernel.h"\n#include "demo.h"\n\nvoid demo_count(struct demo *demo)\n{\n\tdemo->state.count++;\n}\n';
  const caller = (body: string) =>
    `#include "kernel.h"\n#include "demo.h"\n\nvoid demo_count(struct demo *demo);\n\nstatic void demo_add(struct demo *demo)\n{\n${body}}\n`;
  const history = new History(t, {
    [file]: caller('\tdemo_enter(demo);\n\tdemo_count(demo);\n\tdemo_leave(demo);\n'),
    'drivers/demo/help.c': helper,
  });
  history.with('demo: no lock', { [file]: caller('\tdemo_count(demo);\n') });
  const { lines } = await history.said('HEAD');
  assert.ok(lines.includes('  drivers/demo/help.c:4: demo_count is no longer always called with struct state.lock held'), lines.join('\n'));
});

test('patterns of MAINTAINERS that are made to be slow are not', async (t) => {
  const slow = `SLOW\nF:\t${'*'.repeat(40)}x/y\nF:\t${'*a'.repeat(20)}b\n`;
  const history = new History(t, { MAINTAINERS: `${slow}\nDEMO\nF:\tdrivers/d?mo/*.h\nF:\tdrivers/demo/\n` });
  history.with('demo: about', { [headerFile]: `/* about */\n${header}` });
  const started = performance.now();
  const { lines } = await history.said('HEAD');
  assert.deepEqual(lines, ['== demo: about', 'no change in the locking', '']);
  assert.ok(performance.now() - started < 5000);
});

test('a name of a file and of a branch is asked about; of a folder and of a branch, it is the branch', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  history.git('branch', 'drivers');
  history.git('branch', 'fix');
  history.with('demo: back', { [file]: core });
  const folder = await history.said('drivers');
  assert.deepEqual(
    [folder.status, folder.notices],
    [1, 'lockstep: drivers is a folder, which is no patch, and a revision: refs/heads/drivers is reviewed\n'],
  );
  assert.equal(folder.lines[0], '== demo: take the lock');
  history.write('fix', history.bytes('diff', 'HEAD~1', 'HEAD'));
  const both = await history.review('fix');
  assert.deepEqual(
    [both.status, both.stdout, both.stderr.split('\n')[0]],
    [2, '', 'lockstep: fix is a file and a revision: say ./fix or refs/heads/fix'],
  );
  assert.equal((await history.said('refs/heads/fix')).lines[0], '== demo: take the lock');
  assert.equal((await history.said('./fix')).lines[0], '== fix');
  // What git calls a commit only by its hash is asked for by that.
  const hash = history.git('rev-parse', 'HEAD').trim();
  history.write(hash.slice(0, 8), '');
  assert.match((await history.review(hash.slice(0, 8))).stderr, new RegExp(` or ${hash.slice(0, 12)}\n`));
  history.git('branch', '-D', 'drivers');
  const none = await history.review('drivers');
  assert.deepEqual([none.status, none.stderr], [2, 'lockstep: cannot read drivers: is a folder\n']);
});
