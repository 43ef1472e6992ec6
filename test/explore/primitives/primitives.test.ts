import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exploreSystem } from '../../../src/model/explore/explore.ts';
import { Search } from '../../../src/model/explore/search.ts';
import { System } from '../../../src/model/explore/system.ts';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';
import type { ModelProgram } from '../../../src/model/ir/execution.ts';
import { properties } from '../../../src/model/simulate.ts';

const models = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.model.ts'));

for (const name of models) {
  const text = readFileSync(path.join(import.meta.dirname, name), 'utf8');
  test(`${name}: ${/^\/\/ (.*)/.exec(text)?.[1] ?? ''}`, () => {
    const { program, problems } = compileModel(text, name);
    assert.deepEqual(problems, []);
    const bare = systemOf(program, []);
    const { states, transitions } = new Search(bare, { isReduced: false, limits: {}, wantsDeadlocks: false }).run();
    assert.deepEqual(
      { states, transitions, runs: countRuns(bare), fails: failing(program) },
      { states: expected(text, 'STATES'), transitions: expected(text, 'TRANSITIONS'), runs: expected(text, 'RUNS'), fails: failures(text) },
    );
  });
}

function expected(text: string, key: string): number {
  return Number(new RegExp(`^// ${key}: (\\d+)$`, 'm').exec(text)?.[1]);
}

function failures(text: string): readonly string[] {
  if (/^\/\/ HOLDS$/m.test(text)) return [];
  return (/^\/\/ FAILS: (.+)$/m.exec(text)?.[1] ?? 'nothing is expected').split(' ');
}

/** The scenario with nothing looked for but these properties: claims about others take no part. */
function systemOf(program: ModelProgram, wanted: readonly string[]): System {
  return new System(program, { scenario: 'only', values: new Map(), properties: new Set(wanted), rules: [] });
}

/** Properties that fail, with reductions and without. */
function failing(program: ModelProgram): readonly string[] {
  const fails = (wanted: string, isReduced: boolean): boolean => {
    const settings = { scenario: 'only', values: new Map<string, number>(), properties: new Set([wanted]), rules: [] };
    const { answer, counterexample } = exploreSystem(new System(program, settings), settings, { isReduced, limits: {} });
    assert.equal(counterexample?.property, answer === 'violated' ? wanted : undefined);
    return answer === 'violated';
  };
  const full = properties.filter((property) => fails(property, false));
  assert.deepEqual(
    properties.filter((property) => fails(property, true)),
    full,
    'with reductions as without',
  );
  return [...full].sort();
}

/** Runs from an initial state to one where nothing can happen. The models of this folder have no loops in their states. */
function countRuns(system: System): number {
  const known = new Map<string, number>();
  const from = (state: Int32Array): number => {
    const key = state.join();
    const before = known.get(key);
    if (before !== undefined) return before;
    let runs = 0;
    for (let t = 0; t < system.threads.length; t++) {
      const place = system.placeOf(state, 0, t);
      const list = system.alternatives(state, 0, t, place);
      for (let a = list < 0 ? 1 : system.listStart[list]!; a < (list < 0 ? 0 : system.listStart[list + 1]!); a++) {
        const next = Int32Array.from(state);
        system.apply(next, 0, t, place, a);
        runs += from(next);
      }
    }
    known.set(key, Math.max(1, runs));
    return Math.max(1, runs);
  };
  return Array.from({ length: system.initialCount }, (_, i) => from(system.initialState(i))).reduce((sum, each) => sum + each, 0);
}
