import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RunError } from '../../src/model/explore/run-error.ts';
import { Search } from '../../src/model/explore/search.ts';
import { System } from '../../src/model/explore/system.ts';
import { toPromela } from '../../src/model/export/promela.ts';
import { compileModel } from '../../src/model/frontend/ts/compile.ts';
import type { ModelProgram } from '../../src/model/ir/execution.ts';
import { runSpin, spinProblem } from '../promela/spin.ts';
import { modelText, randomModel, type RandomModel } from './random-model.ts';
import { goesWrong } from './random-oracle.ts';

/** The same models in each run, more where nobody waits; other ones with LOCKSTEP_SEED, more with LOCKSTEP_RUNS and LOCKSTEP_SPIN_RUNS. */
const seed = Number(process.env['LOCKSTEP_SEED'] ?? 1);
const isCi = process.env['CI'] === 'true';
const runs = Number(process.env['LOCKSTEP_RUNS'] ?? (isCi ? 4000 : 1500));
const spinRuns = Number(process.env['LOCKSTEP_SPIN_RUNS'] ?? (isCi ? 200 : 30));

/** Models with more states are passed over. */
const states = 20_000;

/** Each alone, so that there is one right answer; and what a search by itself visits. */
const properties: readonly (readonly string[])[] = [['deadlock'], ['assert'], ['race'], ['atomic'], ['exit'], []];

type Answer = 'holds' | 'violated' | 'unknown';

function compile(model: RandomModel): ModelProgram {
  const text = modelText(model);
  const { program, problems } = compileModel(text, 'random.model.ts');
  assert.deepEqual(problems, [], text);
  return program;
}

/** Nothing where a loop has no step that others see or counts without bound, or a lock nests too deep: that is refused. */
function systemOf(program: ModelProgram, asked: readonly string[]): System | undefined {
  try {
    return new System(program, { scenario: 's', values: new Map(), properties: new Set(asked), rules: [] });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    assert.match(error.message, /for ever|without bound|times by one thread/);
    return undefined;
  }
}

/** What a search answers, how many states it kept, and the places that threads came to. */
function search(system: System, asked: readonly string[], isReduced: boolean): { answer: Answer; count: number; reached: string } {
  const reached = new Uint8Array(system.places.length);
  const result = new Search(system, { isReduced, limits: { states }, wantsDeadlocks: asked.includes('deadlock'), reached }).run();
  const answer = result.found ? 'violated' : result.limit ? 'unknown' : 'holds';
  return { answer, count: result.states, reached: answer === 'holds' ? reached.join('') : '' };
}

/** How often each answer was given, so that a generator of nothing but deadlocks is seen. */
class Tally {
  readonly counts = new Map<string, number>();

  add(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  toString(): string {
    return [...this.counts].map(([what, count]) => `${what} ${count}`).join(', ');
  }
}

describe('random models', () => {
  for (const endless of [false, true]) {
    test(`the reduction changes no answer${endless ? ', with loops that others end' : ''}`, (t) => {
      const tally = new Tally();
      const property = fc.property(randomModel({ endless }), (model) => {
        const program = compile(model);
        for (const asked of properties) {
          const system = systemOf(program, asked);
          if (!system) {
            tally.add('refused');
            return;
          }
          const full = search(system, asked, false);
          const reduced = search(system, asked, true);
          tally.add(`${asked[0] ?? 'any end'} ${full.answer}`);
          if (full.answer === 'unknown') continue;
          assert.equal(reduced.answer, full.answer, `${asked.join()}\n${modelText(model)}`);
          assert.equal(reduced.reached, full.reached, `places, ${asked.join()}\n${modelText(model)}`);
        }
      });
      fc.assert(property, {
        seed,
        numRuns: Math.ceil(endless ? runs / 10 : runs),
        includeErrorInReport: true,
      });
      t.diagnostic(tally.toString());
    });
  }

  test('answers are those of the statements themselves', (t) => {
    const tally = new Tally();
    const property = fc.property(randomModel({ endless: false }), (model) => {
      const program = compile(model);
      for (const asked of ['deadlock', 'assert'] as const) {
        const isWrong = goesWrong(model, asked, states);
        tally.add(`${asked} ${isWrong}`);
        if (isWrong === undefined) continue;
        const system = systemOf(program, [asked]);
        if (!system) return;
        const { answer } = search(system, [asked], true);
        assert.equal(answer, isWrong ? 'violated' : 'holds', `${asked}\n${modelText(model)}`);
      }
    });
    fc.assert(property, { seed: seed + 2, numRuns: Math.ceil(runs / 5), includeErrorInReport: true });
    t.diagnostic(tally.toString());
  });

  const problem = isCi ? undefined : spinProblem();
  if (problem !== undefined) test('SPIN', { skip: problem }, () => {});
  else
    test('SPIN has the same answers and as many states', async (t) => {
      const tally = new Tally();
      const models = fc.sample(randomModel({ endless: false }), { seed: seed + 1, numRuns: spinRuns });
      const next = models.entries();
      const work = async (): Promise<void> => {
        for (const [i, model] of next) await compareWithSpin(model, properties[i % properties.length]!, tally);
      };
      await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
      t.diagnostic(tally.toString());
    });
});

async function compareWithSpin(model: RandomModel, asked: readonly string[], tally: Tally): Promise<void> {
  const system = systemOf(compile(model), asked);
  if (!system) return;
  const full = search(system, asked, false);
  tally.add(`${asked[0] ?? 'any end'} ${full.answer}`);
  if (full.answer === 'unknown') return;
  const text = toPromela(system, 'random', { deadlocks: asked.includes('deadlock') });
  const spin = await runSpin(text, { reduction: false, optimization: 0, hashBits: 18 });
  const where = `${asked.join()}\n${modelText(model)}\n${text}`;
  assert.equal(spin.answer, full.answer, where);
  if (full.answer === 'holds') assert.equal(spin.states, full.count, where);
}
