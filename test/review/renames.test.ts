import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renamedByAll } from '../../src/model/compare/renames.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { accesses, both, contracts, get, locked, program, review, reviewed, set } from './demo.ts';
import { core, header, History, inverted } from './history.ts';

const write = '\tdemo->state = 1;\n';
const nested = (body: string): string => `\tmutex_lock(&demo->lock);\n${body}\tmutex_unlock(&demo->lock);\n`;
/** A writer that holds the lock, also inside another one, and a reader without: nothing that a rename changes. */
const driver = program(set(locked(write) + nested(locked('\tdemo->count++;\n'))) + get('\treturn demo->state;\n'), both);
const renamed = driver.replaceAll('state_lock', 'guard_lock');

test('a lock with another name is told as such, and nothing else is', async () => {
  const whole = await review(driver, renamed);
  assert.deepEqual(
    whole.changes.renames.map(({ from, to, kind, takers }) => [from, to, kind, takers.length]),
    [['struct demo.state_lock', 'struct demo.guard_lock', 'spinlock', 2]],
  );
  const { classes, edges } = whole.changes;
  assert.deepEqual([accesses(whole), contracts(whole), classes, edges], [[], [], { added: [], removed: [] }, { added: [], removed: [] }]);
  const { review: made, patches } = await reviewed(driver, renamed);
  const text = renderReview(made, patches);
  assert.match(text, /\nlock class renamed: struct demo\.state_lock is struct demo\.guard_lock now \(spinlock\)\n {2}taken in demo_set /);
  assert.doesNotMatch(text, /no change in the locking|in common/);
  const reply = renderReply({ patch: patches[0]!, remarks: remarksOf(made.whole).filter(({ isSaid }) => isSaid) });
  assert.match(reply, /Nothing to remark on the locking\.\n$/);
});

test('what a rename changes besides is told by the new name', async () => {
  const whole = await review(
    driver,
    renamed.replace(locked(write).replaceAll('state_lock', 'guard_lock'), locked('').replaceAll('state_lock', 'guard_lock') + write),
  );
  assert.equal(whole.changes.renames.length, 1);
  assert.deepEqual(accesses(whole), [
    'open struct demo.state: every write held struct demo.guard_lock; now demo_set writes without; its reader demo_get has no lock in common with the writers, before or after',
  ]);
});

test('a lock that is replaced is not renamed: by one of another struct, of another kind, at some places, or by one that stays declared', async () => {
  const others: Readonly<Record<string, string>> = {
    'one user stays': renamed.replace('spin_lock(&demo->guard_lock);\n\tdemo->state', 'spin_lock(&demo->state_lock);\n\tdemo->state'),
    'both declared before and after': driver.replaceAll('demo->state_lock', 'demo->guard_lock'),
    'another kind': renamed.replace('spinlock_t guard_lock', 'struct mutex guard_lock').replaceAll(/spin_(un)?lock\(/g, 'mutex_$1lock('),
  };
  for (const [name, after] of Object.entries(others)) {
    const before = name.startsWith('both') ? driver.replace('\tspinlock_t state_lock;\n', '$&\tspinlock_t guard_lock;\n') : driver;
    const to = name.startsWith('both') ? after.replace('\tspinlock_t state_lock;\n', '$&\tspinlock_t guard_lock;\n') : after;
    const { changes } = await review(before, to);
    assert.deepEqual(changes.renames, [], name);
    assert.equal(changes.classes.added.length, 1, name);
  }
});

test('a finding about a renamed lock is kept, also in a series', async (t) => {
  const file = 'drivers/demo/core.c';
  const history = new History(t, { [file]: inverted });
  const base = history.git('rev-parse', 'HEAD').trim();
  const names = (text: string, name: string): string =>
    text.replace('struct bus {\n\tstruct mutex lock;', `struct bus {\n\tstruct mutex ${name};`).replaceAll('bus->lock', `bus->${name}`);
  history.with('demo: rename', { [file]: names(inverted, 'list_lock'), 'drivers/demo/demo.h': names(header, 'list_lock') });
  const one = await history.said('HEAD');
  assert.equal(one.status, 0, one.lines.join('\n'));
  assert.equal(one.lines.filter((line) => line.includes(': kept: ')).length, 2);
  history.with('demo: rename again', { [file]: names(inverted, 'demos_lock'), 'drivers/demo/demo.h': names(header, 'demos_lock') });
  const { lines, status } = await history.said(`${base}..`);
  assert.equal(status, 0, lines.join('\n'));
  const whole = lines.slice(lines.indexOf('== all 2 patches together'));
  assert.ok(whole.includes('lock class renamed: struct bus.lock is struct bus.demos_lock now (mutex)'), whole.join('\n'));
  assert.ok(!whole.some((line) => /new lock class|^ {2}[+-] /.test(line)), whole.join('\n'));

  // It comes under one name and goes under another.
  history.with('demo: begin anew', { [file]: core, 'drivers/demo/demo.h': header });
  const again = history.git('rev-parse', 'HEAD').trim();
  history.with('demo: break', { [file]: inverted });
  history.with('demo: rename', { [file]: names(inverted, 'list_lock'), 'drivers/demo/demo.h': names(header, 'list_lock') });
  history.with('demo: mend', { [file]: names(core, 'list_lock') });
  const series = await history.said(`${again}..`);
  assert.equal(series.status, 1);
  assert.equal(series.lines.filter((line) => line.includes('error: new with 1/3, gone with 3/3')).length, 2, series.lines.join('\n'));
});

test('what patches rename one after the other has the last name', () => {
  const rename = (from: string, to: string) => ({ from, to, kind: 'mutex' as const, takers: [] });
  assert.deepEqual(
    [...renamedByAll([[rename('a', 'b')], [rename('b', 'c'), rename('x', 'y')]])],
    [
      ['b', 'c'],
      ['x', 'y'],
      ['a', 'c'],
    ],
  );
});
