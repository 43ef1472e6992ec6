import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileModel } from '../../src/model/compile-model.ts';
import { RunError } from '../../src/model/explore/run-error.ts';
import { continueSimulation, sampleRun, simulate, type MadeRun, type Property, type SimulationRequest } from '../../src/model/simulate.ts';
import { sequenceOfRun } from '../../src/model/trace/from-run.ts';
import { modelText, randomModel } from './random-model.ts';

const seed = Number(process.env['LOCKSTEP_SEED'] ?? 1);
const runs = Number(process.env['LOCKSTEP_FOLLOW_RUNS'] ?? 150);
const properties: readonly Property[] = ['deadlock', 'assert', 'race', 'atomic', 'exit'];
const request: SimulationRequest = { isReduced: true, limits: { states: 20_000 }, rules: [] };

test('a single run of a random model breaks nothing that a search says holds, and a turn keeps the run before it', () => {
  const tally = new Map<string, number>();
  fc.assert(
    fc.property(randomModel({ endless: true }), (random) => {
      const text = modelText(random);
      const { program } = compileModel(text, 'random.model.ts');
      const answers = new Map<string, ReturnType<typeof simulate>>();
      try {
        for (const property of properties) answers.set(property, simulate(program, { ...request, properties: [property] }));
        judge(sampleRun(program, request));
      } catch (error) {
        if (error instanceof RunError) return;
        throw error;
      }
      for (const { counterexample: run } of answers.values()) {
        for (const [i, step] of run?.steps.entries() ?? []) {
          for (const { move, text: turn } of step.instead) {
            const made = continueSimulation(program, request, run!, {
              initial: run!.initial,
              moves: run!.moves.slice(0, step.moves),
              move,
            });
            assert.deepEqual(textsOf(made).slice(0, i), textsOf(run!).slice(0, i), text);
            assert.equal(made.steps[i]?.text, turn, text);
            judge(made);
          }
        }
      }

      function judge(made: MadeRun): void {
        const broken = [...(made.property === undefined ? [] : [made.property]), ...(made.earlier ?? []).map(({ property }) => property)];
        for (const property of broken) assert.notEqual(answers.get(property)?.answer, 'holds', `${made.verdict}\n${text}`);
        assert.doesNotMatch(made.verdict!, /of what was looked for/, text);
        const { steps, lanes, waiting } = sequenceOfRun(made, { title: '', places: () => ({}) });
        assert.ok(steps.every(({ lane, waiting: waits }) => lanes[lane] && waits.every((wait) => lanes[wait.lane])));
        assert.equal(waiting!.length, made.blocked.length);
        for (const what of broken.length > 0 ? broken : ['nothing']) tally.set(what, (tally.get(what) ?? 0) + 1);
      }
    }),
    { seed, numRuns: runs, includeErrorInReport: true },
  );
  console.log([...tally].map(([what, count]) => `${what} ${count}`).join(', '));
  for (const what of [...properties, 'nothing']) assert.ok((tally.get(what) ?? 0) > 0, what);
});

function textsOf({ steps }: MadeRun): readonly string[] {
  return steps.map(({ thread, text }) => `${thread} ${text}`);
}
