import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine } from '../../src/cli/progress.ts';

for (const isTTY of [true, false]) {
  test(`progress is ${isTTY ? 'one line on a terminal' : 'not written to a file'}`, () => {
    let written = '';
    const progress = progressLine({ isTTY, write: (text) => (written += text) });
    progress.show({ phase: 'read', done: 0, total: 0 });
    progress.show({ phase: 'read', done: 1, total: 1000 });
    progress.show({ phase: 'read', done: 10, total: 1000 });
    progress.clear();
    progress.clear();
    assert.equal(written, isTTY ? '\r\u001b[Kreading 0 %\r\u001b[Kreading 1 %\r\u001b[K' : '');
  });
}
