import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samples } from '../../webview/sample/samples.ts';
import { alignedRows } from '../../webview/rows.ts';
import { shownOf, telling, type Shown } from '../../webview/words.ts';

function textsOf(name: string): (string | undefined)[][] {
  const columns = shownOf(samples[name]!());
  return alignedRows(columns).map((row) => row.map((step, column) => textOf(columns[column]!, step)));
}

function textOf({ sequence }: Shown, step: number | undefined): string | undefined {
  return step === undefined ? undefined : sequence.steps[step]!.text;
}

test('the same thread in the same function stands in one row, also where it takes another lock', () => {
  const rows = textsOf('comparison');
  assert.deepEqual(rows[5], ['waits for the readers of vm.srcu', 'waits for the readers of vm.srcu']);
  assert.deepEqual(rows[6], ['waits for vm.lock', 'takes vcpus[1].mp_state_lock']);
  assert.deepEqual(rows[7], [undefined, 'writes vcpus[1].mp_state']);
});

test('where versions part, what a thread waits for stands beside what it takes instead', () => {
  const rows = textsOf('three');
  assert.ok(rows.some((row) => row[0] === 'waits for vm.lock' && row[1] === 'takes vcpus[1].mp_state_lock' && row[2] === row[1]));
});

test('every step stands in a row, in its order', () => {
  for (const name of ['comparison', 'three', 'long']) {
    const columns = shownOf(samples[name]!());
    const rows = alignedRows(columns);
    for (const [column, { sequence }] of columns.entries()) {
      const steps = rows.flatMap((row) => row[column] ?? []);
      assert.deepEqual(steps, [...sequence.steps.keys()], `${name}, column ${column}`);
      assert.ok(rows.every((row) => row.length === columns.length));
    }
  }
});

test('the step that tells most is the last that is marked', () => {
  const [deadlock] = shownOf(samples['deadlock']!());
  assert.equal(telling(deadlock!.sequence), 6);
  assert.equal(telling({ ...deadlock!.sequence, steps: deadlock!.sequence.steps.slice(0, 3) }), 2);
});
