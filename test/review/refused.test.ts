import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contracts, get, program, reviewed } from './demo.ts';

test('a trylock that a patch asks the wrong way round is told as what it does, not as something of callers that nobody has', async () => {
  const body = (asked: string) =>
    program(get(`\tif (${asked})\n\t\treturn -EBUSY;\n\tdemo->state = 1;\n\tmutex_unlock(&demo->lock);\n\treturn 0;\n`), '.get = demo_get');
  const { review } = await reviewed(body('!mutex_trylock(&demo->lock)'), body('mutex_trylock(&demo->lock)'));
  assert.deepEqual(
    review.whole.findings.map(({ change, confidence, check, causes }) => [change, confidence, check, causes.at(-1)?.text]),
    ['missing-release', 'release-unheld'].map((check) => ['new', 'high', check, 'if (mutex_trylock(&demo->lock))']),
  );
  assert.deepEqual(contracts(review.whole), []);
});
