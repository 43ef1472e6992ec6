import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { core, header, History, inverted } from './history.ts';

const file = 'drivers/demo/core.c';

test('a series tells once what it keeps', async (t) => {
  const history = new History(t, { [file]: inverted });
  const first = inverted.replace('\tlist_add(', '\twork(1);\n\tlist_add(');
  history.with('demo: work', { [file]: first });
  history.with('demo: more work', { [file]: first.replace('\tlist_add(', '\twork(2);\n\tlist_add(') });
  const { stdout } = await history.review('HEAD~2..');
  const [one = '', two = '', whole = ''] = stdout.split(/^(?=== )/m);
  assert.match(one, /: error: kept: struct state\.lock [^]*\n {2}chain 1 of 2:\n/);
  assert.equal(two, '== 2/2 demo: more work\n1 finding kept, told above\nno change in the locking\n\n');
  assert.doesNotMatch(whole, /: error: |chain/);
  assert.match(whole, /^== all 2 patches together\n1 finding kept, told above\nno change in the locking\n/);
  assert.match(whole, /2 patches: 0 new, 0 fixed, 1 kept; 1 finding that the patch does not touch; read/);
});

test('what one patch brings is kept by the next, and told of the whole', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: work', { [file]: inverted.replace('\tlist_del(', '\twork(1);\n\tlist_del(') });
  const { stdout, status } = await history.review('HEAD~2..');
  assert.equal(status, 1);
  const [one = '', two = '', whole = ''] = stdout.split(/^(?=== )/m);
  assert.equal(one.match(/: error: new: /g)?.length, 2);
  assert.match(two, /^== 2\/2 demo: work\n1 finding kept, told above\n/);
  assert.equal(whole.match(/: error: new: /g)?.length, 2);
});

test('replies to commits of a range have their numbers', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: work', { [file]: inverted.replace('\tlist_del(', '\twork(1);\n\tlist_del(') });
  const { stdout } = await history.review('HEAD~2..', '--format', 'reply');
  assert.deepEqual(stdout.match(/^Subject: .*$/gm), ['Subject: Re: [PATCH 1/2] demo: take the lock']);
});

test('a hunk at another line is said in a line, and is no problem', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  const patch = path.join(history.root, 'demo.patch');
  writeFileSync(patch, history.bytes('diff', 'HEAD~1', 'HEAD'));
  history.with('demo: longer', { [file]: `/* Two lines\n * more. */\n${core}` });
  const { lines, status, notices } = await history.said(patch);
  assert.deepEqual([status, notices], [1, '']);
  assert.deepEqual(lines.slice(0, 2), ['== demo.patch', `${file}: hunk #1 applied at 15, 2 lines further down`]);
  const json = JSON.parse((await history.review(patch, '--format', 'json')).stdout) as {
    patches: { moved: object[]; refused: object[] }[];
  };
  assert.deepEqual(
    json.patches.map(({ moved, refused }) => [moved, refused]),
    [[[{ file, line: 5, message: 'hunk #1 applied at 15, 2 lines further down' }], []]],
  );
});

test('a function of a header that is called now is not new', async (t) => {
  const counted = `static inline void demo_count_lock(struct demo *demo)\n{\n\tmutex_lock(&demo->state.lock);\n}\n\nstatic inline void demo_count_unlock(struct demo *demo)\n{\n\tmutex_unlock(&demo->state.lock);\n}\n`;
  const history = new History(t, { 'drivers/demo/demo.h': `${header}\n${counted}` });
  history.with('demo: work alone', {
    [file]: `${core}\nvoid demo_work(struct demo *demo)\n{\n\tdemo_count_lock(demo);\n\twork(1);\n\tdemo_count_unlock(demo);\n}\n`,
  });
  const { stdout } = await history.review('HEAD~1..');
  assert.match(stdout, /demo: work alone/);
  assert.doesNotMatch(stdout, /demo_count_\w+ (is new|now)/);
});
