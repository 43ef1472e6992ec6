/*
 * What a check finds in parts does not depend on how many threads there are, nor on which of them ends before its time.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { loadGrammar } from '../../src/host/grammar.ts';
import { checkParts, type PoolOptions } from '../../src/host/part-pool.ts';
import { resultOf } from '../../src/model/part-answer.ts';
import type { Part } from '../../src/model/parts.ts';
import { Cancelled } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { abba } from '../cli/abba.ts';
import { bundledPartWorker } from './part-worker.ts';
import { makeTree } from '../cli/lockstep.ts';

const parts: readonly Part[] = ['a', 'b', 'c', 'd'].map((name, i) => ({ sources: [`${name}/1.c`], architectures: [], size: i + 1 }));

/** A thread that answers with the first source, unless words in it say otherwise. */
function scripted(t: TestContext, body: string): Pick<PoolOptions, 'script'> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-pool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'worker.cjs');
  const tally = `{ files: part.sources, headers: [], counts: {}, rules: [], architectures: [] }`;
  writeFileSync(
    script,
    `const { parentPort: port, resourceLimits } = require('node:worker_threads');
    port.on('message', ({ part }) => {
      const [source] = part.sources;
      ${body}
      const answer = { findings: [], suppressed: [], problems: [{ file: source, line: 1, message: 'seen' }], tally: ${tally} };
      port.postMessage({ kind: 'answer', answer, unlisted: [] });
    });`,
  );
  return { script };
}

function pool(options: Partial<PoolOptions> & Pick<PoolOptions, 'script'>, log: (notice: string) => void = () => undefined) {
  return checkParts({ root: '/', laid: [], request: { paths: [''], scope: 'paths' } }, parts, { jobs: 2, log, ...options });
}

const seen = ['a/1.c seen', 'b/1.c seen', 'c/1.c seen', 'd/1.c seen'];

function said({ answers }: Awaited<ReturnType<typeof pool>>): readonly string[] {
  return answers.flatMap(({ problems }) => problems.map(({ file, message }) => `${file} ${message}`));
}

for (const jobs of [1, 2, 4, 9]) {
  test(`${jobs} threads find what one finds, in the same order`, async (t) => {
    const files = ['a', 'b', 'c', 'd'].map((name) => [`${name}/${name}.c`, abba.replaceAll(/\b(first|second)_lock/g, `$1_${name}`)]);
    const root = makeTree(t, { MAINTAINERS: '', ...Object.fromEntries(files) });
    const request = { paths: [''], scope: 'paths' } as const;
    const reviewer = await createReviewer({ tree: createDiskTree(root), ...loadGrammar(), partSize: 500 });
    const real = reviewer.parts(request);
    assert.equal(real.length, 4);
    const shares: number[] = [];
    const { answers, failed } = await checkParts({ root, laid: [], request }, real, {
      ...{ jobs, script: bundledPartWorker(), log: assert.fail },
      progress: (share) => shares.push(share),
    });
    const together = resultOf(answers);
    assert.equal(JSON.stringify(together), JSON.stringify(reviewer.check(request)));
    assert.deepEqual([together.findings.length, together.stats.parts, failed], [8, 4, 0]);
    assert.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0)) && shares.at(-1) === 1, shares.join());
  });
}

test('a thread that ends is said, and its part is checked again', async (t) => {
  const marker = path.join(makeTree(t, {}), 'ended');
  const once = `if (source === 'c/1.c' && !require('node:fs').existsSync(${JSON.stringify(marker)})) {
    require('node:fs').writeFileSync(${JSON.stringify(marker)}, '');
    process.exit(7);
  }`;
  const notices: string[] = [];
  const checked = await pool(scripted(t, once), (notice) => notices.push(notice));
  assert.deepEqual(said(checked), seen);
  assert.equal(checked.failed, 0);
  assert.deepEqual(notices, ['1 file from c/1.c to c/1.c: its thread ended with code 7; checked again alone']);
});

test('a part that ends its thread again is a problem of the report, and the others are checked', async (t) => {
  const checked = await pool(scripted(t, `if (source === 'c/1.c') process.exit(7);`));
  assert.equal(checked.failed, 1);
  assert.deepEqual(said(checked), seen.with(2, 'c/1.c 1 file from c/1.c to c/1.c could not be checked: its thread ended with code 7'));
});

test('a part that needs more memory than there is for one thread has more when it is alone', async (t) => {
  const hungry = `const all = [];
    while (source === 'b/1.c' && resourceLimits.maxOldGenerationSizeMb < 100) all.push(new Array(1000).fill({}));`;
  const notices: string[] = [];
  const checked = await pool({ ...scripted(t, hungry), limits: { heap: 32, alone: 128 } }, (notice) => notices.push(notice));
  assert.deepEqual(said(checked), seen);
  assert.deepEqual(notices, ['1 file from b/1.c to b/1.c: needs more than 32 MB; checked again alone']);
});

test('a mistake of the analysis is one of the whole check', async (t) => {
  await assert.rejects(pool(scripted(t, `if (source === 'b/1.c') return port.postMessage({ kind: 'failed', error: 'a mistake' });`)), {
    message: 'a mistake',
  });
});

test('a check that is given up ends its threads at once, whatever they do', async (t) => {
  const abort = new AbortController();
  const stuck = scripted(t, `if (source === 'd/1.c') for (;;);`);
  const from = performance.now();
  setTimeout(() => abort.abort(), 200);
  await assert.rejects(pool({ ...stuck, signal: abort.signal }), Cancelled);
  assert.ok(performance.now() - from < 20_000);
  await assert.rejects(pool({ ...stuck, signal: abort.signal }), Cancelled);
});
