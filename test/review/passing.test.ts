import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from 'sarif';
import { linkPassing } from '../../src/model/compare/passing.ts';
import type { ChangedFinding } from '../../src/model/compare/changes.ts';
import { core, History, inverted } from './history.ts';

const file = 'drivers/demo/core.c';
const between = ['new with 1/2, gone with 2/2: struct state.lock', 'new with 1/2, gone with 2/2: struct bus.lock'];

/** A series that breaks the order and repairs it. */
function series(history: History): string {
  const base = history.git('rev-parse', 'HEAD').trim();
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: take it no more', { [file]: core.replace('\tlist_del(', '\t/* Not locked. */\n\tlist_del(') });
  return `${base}..HEAD`;
}

test('what one patch of a series breaks and a later one repairs is told, and counts', async (t) => {
  const history = new History(t);
  const range = series(history);
  const { lines, status } = await history.said(range);
  assert.equal(status, 1, lines.join('\n'));
  const [second, whole] = [lines.indexOf('== 2/2 demo: take it no more'), lines.indexOf('== all 2 patches together')];
  assert.equal(lines.slice(0, second).filter((line) => line === '  gone with 2/2').length, 2);
  assert.equal(lines.slice(second, whole).filter((line) => line === '  came with 1/2').length, 2);
  assert.deepEqual(
    lines.slice(whole + 1).map((line) => line.replace(/^drivers\/demo\/core\.c:\d+: error: (.*?\.lock) is .*$/, '$1')),
    [...between, 'in the end, no change in the locking', ''],
  );
  const { stdout } = await history.review(range);
  assert.match(stdout, /\n2 patches: 0 new, 0 fixed, 0 kept, 2 new in between; read 1 file and 2 headers\n$/);
});

test('it is told in JSON, SARIF, b4 and the replies', async (t) => {
  const history = new History(t);
  const range = series(history);
  const json = await history.review(range, '--format', 'json');
  assert.equal(json.status, 1);
  const { passing, findings, patches } = JSON.parse(json.stdout) as Record<
    'passing' | 'findings',
    { patch: number; goneWith: number }[]
  > & {
    patches: { findings: { change: string; goneWith?: number; cameWith?: number }[] }[];
  };
  assert.deepEqual(
    passing.map(({ patch, goneWith }) => [patch, goneWith]),
    [
      [1, 2],
      [1, 2],
    ],
  );
  assert.deepEqual(findings, []);
  assert.deepEqual(
    patches.map((each) => each.findings.map(({ change, goneWith, cameWith }) => [change, goneWith, cameWith])),
    [
      [
        ['new', 2, undefined],
        ['new', 2, undefined],
      ],
      [
        ['fixed', undefined, 1],
        ['fixed', undefined, 1],
      ],
    ],
  );
  const sarif = await history.review(range, '--format', 'sarif');
  assert.equal(sarif.status, 1);
  const [run] = (JSON.parse(sarif.stdout) as Log).runs;
  assert.deepEqual(run?.results, []);
  const notes = run?.invocations?.[0]?.toolExecutionNotifications ?? [];
  assert.deepEqual(
    notes.map(({ descriptor, message }) => [descriptor?.id, message.text?.replace(/^error: (.*?\.lock) is .*$/, '$1')]),
    between.map((text) => ['in-between', text]),
  );
  const b4 = JSON.parse((await history.review(range, '--format', 'b4')).stdout) as { status: string; summary: string }[];
  assert.deepEqual(
    b4.map(({ status, summary }) => [status, summary.replace(/^drivers\/demo\/core\.c:\d+: (.*?\.lock) is .*$/, '$1')]),
    between.map((text) => ['warn', text]),
  );
  const reply = await history.review(range, '--format', 'reply');
  assert.equal(reply.status, 1);
  const [, first, second] = reply.stdout.replace(/\s+/g, ' ').split('From lockstep ');
  assert.match(first!, / It is fixed by 2\/2, but a bisection may end in between\./);
  assert.match(second!, /This patch fixes: .*\. 1\/2 brought it\./);
});

test('what is not asked for is not told, and what was there before is not in between', async (t) => {
  const history = new History(t);
  const range = series(history);
  const baseline = 'known.json';
  history.git('checkout', '-q', 'HEAD~1');
  const written = await history.check('drivers/demo', '--write-baseline', baseline);
  assert.equal(written.status, 0);
  history.git('checkout', '-q', 'main');
  const { lines, status } = await history.said(range.replace('HEAD', 'main'), '--baseline', baseline);
  assert.equal(status, 0, lines.join('\n'));
  assert.ok(!lines.join('\n').includes('gone with'));
  history.with('demo: begin anew', { [file]: inverted });
  const base = history.git('rev-parse', 'HEAD').trim();
  for (const text of [core, inverted, core]) history.with('demo: to and fro', { [file]: text });
  const again = await history.said(`${base}..HEAD`);
  assert.equal(again.status, 0);
  assert.ok(!again.lines.join('\n').includes('gone with'), again.lines.join('\n'));
});

test('a series on a tree that has none of it goes forward, though it ends as it began', async (t) => {
  const history = new History(t);
  history.with('demo: take the lock', { [file]: inverted });
  history.with('demo: take it no more', { [file]: core });
  history.write('series.mbox', history.bytes('format-patch', '--stdout', '-2'));
  const { lines, status } = await history.said('series.mbox');
  assert.equal(status, 1);
  assert.ok(!lines.join('\n').includes('the tree has it'));
  assert.equal(lines.filter((line) => line === '  gone with 2/2').length, 2);
});

test('a finding that moves in between is the same', () => {
  const finding = (id: string, change: ChangedFinding['change']) => ({ id, change }) as ChangedFinding;
  const same = new Map<string, string>();
  const steps = [
    { name: '1/3', findings: [finding('a', 'new'), finding('c', 'new')], named: same, moved: same },
    { name: '2/3', findings: [], named: same, moved: new Map([['a', 'x']]) },
    {
      name: '3/3',
      findings: [finding('b', 'fixed'), finding('a', 'new'), finding('d', 'fixed')],
      named: new Map([['x', 'b']]),
      moved: same,
    },
  ];
  assert.deepEqual(linkPassing(steps, new Set()), [
    [
      { id: 'a', change: 'new', goneWith: { patch: 2, name: '3/3' } },
      { id: 'c', change: 'new' },
    ],
    [],
    [
      { id: 'b', change: 'fixed', cameWith: { patch: 0, name: '1/3' } },
      { id: 'a', change: 'new' },
      { id: 'd', change: 'fixed' },
    ],
  ]);
});
