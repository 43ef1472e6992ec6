import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippedModel, shippedNames } from '../../src/host/models.ts';
import { followSimulation, sampleRun, simulate, type SimulationRequest } from '../../src/model/simulate.ts';
import { foldedPrefix } from '../../src/model/trace/fold.ts';
import { sequenceOfRun } from '../../src/model/trace/from-run.ts';
import { renderSequence } from '../../src/model/trace/mermaid.ts';
import type { Sequence } from '../../src/model/trace/sequence.ts';
import { assertGolden } from './golden.ts';
import { parseMermaid } from './mermaid-parser.ts';

for (const name of shippedNames) {
  const program = (await shippedModel(name))!;
  for (const { name: scenario, title } of program.scenarios) {
    test(`${name}, ${scenario}: the run that breaks something, else one that shows how it goes`, async () => {
      const request: SimulationRequest = { scenario, firstOnly: true, isReduced: true, limits: { states: 2_000_000 }, rules: [] };
      const { counterexample, answer } = simulate(program, request);
      assert.notEqual(answer, 'unknown');
      const sequence = sequenceOfRun(counterexample ?? sampleRun(program, request), { title: `${name}: ${title}`, places: () => ({}) });
      assertWaitOnce(sequence);
      const folded = foldedPrefix(sequence);
      const { text } = renderSequence(sequence, { isFolded: (step) => step < folded });
      await parseMermaid(text);
      assertGolden(`${name}-${scenario}.mmd`, text);
    });
  }
}

test('everything, as another version does it: each thread waits once', async () => {
  const request: SimulationRequest = { scenario: 'everything', firstOnly: true, isReduced: true, limits: { states: 2_000_000 }, rules: [] };
  const { counterexample } = simulate((await shippedModel('before'))!, request);
  const title = 'everything';
  const beside = sequenceOfRun(counterexample!, { title, places: () => ({}) });
  for (const name of ['patched', 'followup']) {
    const run = followSimulation((await shippedModel(name))!, request, counterexample!.steps);
    const sequence = sequenceOfRun(run, { title, beside, places: () => ({}) });
    assert.ok(sequence.steps.some(({ waiting }) => waiting.length > 1));
    assertWaitOnce(sequence);
  }
});

function assertWaitOnce({ steps, waiting: atEnd = [] }: Sequence): void {
  for (const waiting of [...steps.map((step) => step.waiting), atEnd])
    assert.equal(new Set(waiting.map(({ lane }) => lane)).size, waiting.length, 'each waits once');
}
