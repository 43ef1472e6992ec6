import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { AnalysisThread } from '../../src/server/analysis-thread.ts';

test('a question that needs more memory than there is is asked once, and told so; the next one is answered', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-thread-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'worker.cjs');
  writeFileSync(
    script,
    `require('node:worker_threads').parentPort.on('message', function ({ id, request }) {
    const all = [];
    while (request.path === 'hungry') all.push(new Array(1000).fill({}));
    this.postMessage({ id, kind: 'answer' });
  });`,
  );
  const logged: string[] = [];
  const thread = new AnalysisThread({ script, documents: () => [], log: (line) => logged.push(line), heapLimit: 32 });
  t.after(() => thread.dispose());
  const hover = (file: string) => thread.ask({ kind: 'hover', root: '/', path: file, line: 1, column: 1, orders: [] });
  await assert.rejects(hover('hungry'), { message: 'analysis needs more than 32 MB: check less at once' });
  assert.equal(logged.length, 1);
  assert.equal(await hover('modest'), undefined);
});
