import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Log } from 'sarif';
import { core, History } from './history.ts';

const file = 'drivers/demo/core.c';
const more = '2 more of less confidence (2 new; --minimum-confidence medium shows them)';

/** The lock of the bus is taken inside that of what is removed, by a function of its own: who calls may hold a lock around both, a doubt. */
const drop = 'static void demo_drop(struct demo *demo)\n{\n\tmutex_lock(&demo->bus->lock);\n\tmutex_unlock(&demo->bus->lock);\n}\n\n';
const doubtful = core.replace('void demo_remove', `${drop}$&`).replace('\tlist_del(&demo->list);\n', '\tdemo_drop(demo);\n');

function history(t: TestContext): History {
  const made = new History(t);
  made.with('demo: drop it', { [file]: doubtful });
  return made;
}

test('a new finding that is not sure enough is counted in every format, with what shows it', async (t) => {
  const { stdout: text, status } = await history(t).review('HEAD', '--minimum-confidence', 'medium');
  assert.equal(status, 1);
  assert.match(text, /: warning: new: .* \[lock-order-cycle\]\n/);
  assert.doesNotMatch(text, /of less confidence/);

  const hidden = await history(t).review('HEAD');
  assert.equal(hidden.status, 0);
  assert.doesNotMatch(hidden.stdout, /\[lock-order-cycle\]/);
  assert.ok(hidden.stdout.trimEnd().split('\n').at(-1)?.includes(`; ${more}; `), hidden.stdout);

  const made = history(t);
  const json = JSON.parse((await made.review('HEAD', '--format', 'json')).stdout) as { stats: object; patches: { leftOut: object }[] };
  const counts = { lessSure: 2, lessSureNew: 2, shownAt: 'medium' };
  assert.deepEqual(json.patches[0]?.leftOut, counts);
  assert.deepEqual({ ...json.stats, ...counts }, json.stats);

  const sarif = JSON.parse((await made.review('HEAD', '--format', 'sarif')).stdout) as Log;
  assert.deepEqual({ ...sarif.runs[0]?.properties, ...counts }, sarif.runs[0]?.properties);

  const [b4] = JSON.parse((await made.review('HEAD', '--format', 'b4')).stdout) as { status: string; summary: string; details: string }[];
  assert.deepEqual([b4?.status, b4?.summary], ['pass', `no new finding that is sure enough, ${more}`]);
  assert.ok(b4?.details.includes(more));

  const reply = await made.review('HEAD', '--format', 'reply');
  assert.equal(reply.stderr, `lockstep: ${more}\n`);
  assert.doesNotMatch(reply.stdout, /confidence/);
  assert.match(
    reply.stdout,
    /\nNothing certain to remark on the locking\.\n\nWhat it changes: demo_drop is new, and takes struct bus\.lock/,
  );
});

test('of a series each patch counts its own, and nothing claims that nothing changes', async (t) => {
  const made = history(t);
  made.with('demo: work', { [file]: doubtful.replace('\tmutex_unlock(&demo->bus->lock);\n}\n\nvoid', '\twork(1);\n$&') });
  made.with('demo: back', { [file]: core });
  const { stdout } = await made.review('HEAD~3..');
  const parts = stdout.split(/^(?=== )/m).map((part) => part.split('\n').filter((line) => line.includes('of less confidence')));
  assert.deepEqual(parts.slice(0, 3), [
    [more],
    ['1 more of less confidence (--minimum-confidence medium shows it)'],
    ['2 more of less confidence (--minimum-confidence medium shows them)'],
  ]);
  // All of them together leave nothing behind, but each patch is a place to stop at.
  assert.match(parts[3]!.join(), /^3 patches: 0 new, 0 fixed, 0 kept; 2 more of less confidence \(2 new; /);
});

test('what is in the baseline is not counted again as less sure', async (t) => {
  const made = history(t);
  const ids = [...(await made.review('HEAD', '--minimum-confidence', 'low', '--format', 'json')).stdout.matchAll(/"id": "([^"]+)"/g)];
  assert.ok(ids.length > 0);
  const known = JSON.stringify({ version: 1, findings: ids.map(([, id]) => ({ id })) });
  made.write('known.json', known);
  const { stdout, stderr } = await made.review('HEAD', '--baseline', 'known.json');
  assert.equal(stderr, '');
  assert.match(stdout, /; 2 more in the baseline;/);
  assert.doesNotMatch(stdout, /less confidence/);
});

test('a document that more files belong to than are looked at: nothing is claimed of the others', async (t) => {
  const rule = '- bus->lock is taken outside state->lock\n';
  const document = 'Documentation/demo/locking.rst';
  const others = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`drivers/demo/more${i}.c`, `int more${i};\n`]));
  const made = new History(t, { ...others, MAINTAINERS: `DEMO\nF:\t${document}\nF:\tdrivers/demo/\n` });
  made.with('docs: the order', { [document]: `Locks of demo\n=============\n\n${rule}` });
  const told = `${document}: 131 files belong to it: 120 of them are looked at`;
  const text = await made.said('HEAD');
  assert.deepEqual([text.status, text.lines.at(-1)], [0, `${document}: problem: 131 files belong to it: 120 of them are looked at`]);
  const reply = await made.review('HEAD', '--format', 'reply');
  assert.match(reply.stdout, /\nNothing to remark on the locking in the part that was looked at\.\n$/);
  assert.equal(reply.stderr, `lockstep: ${told}\n`);
  const [b4] = JSON.parse((await made.review('HEAD', '--format', 'b4')).stdout) as { status: string; summary: string; details: string }[];
  assert.deepEqual([b4?.status, b4?.summary], ['pass', 'no new finding in what was looked at']);
  assert.ok(b4?.details.includes('131 files belong to it'));

  // Words alone: no rule changes, and no change is seen; a series knows it of its patches.
  made.with('docs: in other words', { [document]: `The locks of demo\n=================\n\n${rule}` });
  const quiet = await made.said('HEAD');
  assert.deepEqual(quiet.lines, ['== docs: in other words', 'no change in the locking that is seen', `  ${told}`, '']);
  made.with('demo: about', { [file]: `/* about */\n${core}` });
  const series = await made.said('HEAD~2..');
  const whole = series.lines.slice(series.lines.indexOf('== all 2 patches together') + 1);
  assert.deepEqual(whole, ['no change in the locking that is seen', `  ${told}`, '']);
});
