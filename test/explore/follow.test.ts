import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../src/model/compile-model.ts';
import { continueSimulation, followSimulation, simulate, type ModelProgram, type SimulationRequest } from '../../src/model/simulate.ts';
import { moveOf, numberOfMove, sequenceOfRun } from '../../src/model/trace/from-run.ts';

const request: SimulationRequest = { isReduced: true, limits: {}, rules: [] };

/** Two threads that take two locks; `second` says in which order the other one does. */
function pair(second: 'abba' | 'in-order'): ModelProgram {
  const [outer, inner] = second === 'abba' ? ['b', 'a'] : ['a', 'b'];
  const text = `
interface pair { a: mutex; b: mutex; n: int; }
const p = object<pair>();
function up(): void { mutex_lock(p.a); mutex_lock(p.b); p.n = 1; mutex_unlock(p.b); mutex_unlock(p.a); }
function down(): void { mutex_lock(p.${outer}); mutex_lock(p.${inner}); p.n = 2; mutex_unlock(p.${inner}); mutex_unlock(p.${outer}); }
scenario('pair', 'Two locks', () => { thread('UP', up); thread('DOWN', down); });
`;
  const { program, problems } = compileModel(text, `${second}.model.ts`);
  assert.deepEqual(problems, []);
  return program;
}

function deadlockOf(program: ModelProgram) {
  const { counterexample } = simulate(program, request);
  assert.equal(counterexample?.property, 'deadlock');
  return counterexample;
}

test('each step says what else could have been done, and who waits after it', () => {
  const { steps, waiting } = deadlockOf(pair('abba'));
  assert.deepEqual(
    steps.map(({ thread, action, object }) => `${thread} ${action} ${object}`),
    ['UP acquire p.a', 'DOWN acquire p.b'],
  );
  assert.deepEqual(
    steps.map(({ instead }) => instead.map(({ thread, text }) => `${thread} ${text}`)),
    [['DOWN takes p.b'], ['UP takes p.b']],
  );
  assert.deepEqual(steps[0]!.blocked, []);
  assert.deepEqual(steps[1]!.blocked, [
    { thread: 'UP', object: 'p.b', for: ['DOWN'] },
    { thread: 'DOWN', object: 'p.a', for: ['UP'] },
  ]);
  assert.equal(waiting.length, 2);
});

test('what if UP had gone on: it takes both, then DOWN does, and nobody waits in the end', () => {
  const program = pair('abba');
  const run = deadlockOf(program);
  const { moves, instead } = run.steps[1]!;
  const turn = { initial: run.initial, moves: run.moves.slice(0, moves), move: instead[0]!.move };
  const made = continueSimulation(program, request, run, turn);
  assert.equal(made.property, undefined);
  assert.deepEqual(
    made.steps.map(({ thread, text }) => `${thread} ${text}`),
    [
      ...['UP takes p.a', 'UP takes p.b', 'UP writes p.n (plain)', 'UP releases p.b', 'UP releases p.a'],
      ...['DOWN takes p.b', 'DOWN takes p.a', 'DOWN writes p.n (plain)', 'DOWN releases p.a', 'DOWN releases p.b'],
    ],
  );
});

test('what if nothing else is done: the same turn ends in the same deadlock', () => {
  const program = pair('abba');
  const run = deadlockOf(program);
  const { initial, moves, message } = run;
  const made = continueSimulation(program, request, run, { initial, moves: moves.slice(0, -1), move: moves.at(-1)! });
  assert.equal(made.property, 'deadlock');
  assert.equal(made.message, message);
});

test('the same threads do the same where the order is right: nobody waits, and all hold nothing in the end', () => {
  const { steps } = deadlockOf(pair('abba'));
  const made = followSimulation(pair('in-order'), request, steps);
  assert.equal(made.property, undefined);
  assert.deepEqual(
    made.steps.map(({ thread, text }) => `${thread} ${text}`),
    [
      ...['UP takes p.a', 'UP takes p.b', 'UP writes p.n (plain)', 'UP releases p.b', 'UP releases p.a'],
      ...['DOWN takes p.a', 'DOWN takes p.b', 'DOWN writes p.n (plain)', 'DOWN releases p.b', 'DOWN releases p.a'],
    ],
  );
  assert.deepEqual(made.steps.at(-1)!.held, []);
});

test('a move is the same after it was a number', () => {
  for (const move of [
    { thread: 0, alternative: 0 },
    { thread: 29, alternative: 1_000_000 },
  ])
    assert.deepEqual(moveOf(numberOfMove(move)), move);
});

test('a sequence has a lane for each thread and for each lock that more than one wants, and marks who waits', () => {
  const sequence = sequenceOfRun(deadlockOf(pair('abba')), { title: 'pair', places: () => ({}) });
  assert.deepEqual(
    sequence.lanes.map(({ name, kind }) => `${kind} ${name}`),
    ['thread UP', 'thread DOWN', 'lock p.a', 'lock p.b'],
  );
  assert.deepEqual(
    sequence.steps.map(({ lane, to, action, mark }) => [lane, to, action, mark]),
    [
      [0, 2, 'acquire', undefined],
      [1, 3, 'acquire', undefined],
      [0, 3, 'wait', 'cycle'],
      [1, 2, 'wait', 'cycle'],
    ],
  );
  assert.match(sequence.steps[3]!.note!, /UP waits for p\.b, held by DOWN; DOWN waits for p\.a, held by UP/);
});
