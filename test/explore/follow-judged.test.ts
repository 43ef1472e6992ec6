import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModel } from '../../src/model/compile-model.ts';
import {
  continueSimulation,
  followSimulation,
  sampleRun,
  simulate,
  type MadeRun,
  type ModelProgram,
  type Property,
  type SimulationRequest,
} from '../../src/model/simulate.ts';
import { sequenceOfRun } from '../../src/model/trace/from-run.ts';

const request: SimulationRequest = { isReduced: true, limits: {}, rules: [] };

function compiled(text: string): ModelProgram {
  const { program, problems } = compileModel(text, 'judged.model.ts');
  assert.deepEqual(problems, []);
  return program;
}

/** Threads A and B over one object, and what must hold at the end. */
function model(a: string, b = '', { end = '', comment = '' } = {}): ModelProgram {
  return compiled(`
${comment}
interface both { a: mutex; b: mutex; spin: spinlock_t; n: int; m: int; done: completion; queue: wait_queue_head_t; }
const o = object<both>();
function first(): void { ${a} }
function second(): void { ${b} }
scenario('both', 'Both', () => { thread('A', first); ${b === '' ? '' : "thread('B', second);"} ${end} });
`);
}

const increment = 'const n = READ_ONCE(o.n); WRITE_ONCE(o.n, n + 1);';

/** Each goes wrong on the run in which A goes on as long as it can, then B. */
const broken: readonly [what: string, property: Property, step: number, message: RegExp, program: ModelProgram][] = [
  [
    'what must hold at the end',
    'assert',
    5,
    /^at the end this does not hold: one is lost/,
    model(increment, increment, { end: "at_end(() => o.n === 1, 'one is lost');" }),
  ],
  [
    'a documented order',
    'order',
    2,
    /struct both\.a is taken inside struct both\.b|both\.a is taken inside both\.b/,
    model('mutex_lock(o.b); mutex_lock(o.a); mutex_unlock(o.a); mutex_unlock(o.b);', '', {
      comment: '/* Of the mutexes:\n * - both->a is taken outside both->b\n */',
    }),
  ],
  ['an assertion', 'assert', 3, /n is even/, model("WRITE_ONCE(o.n, 1); const n = READ_ONCE(o.n); assert(n === 0, 'n is even');")],
  ['sleeping in atomic context', 'atomic', 2, /may sleep, with o\.spin held/, model('spin_lock(o.spin); msleep(1); spin_unlock(o.spin);')],
  ['a lock held at exit', 'exit', 2, /ends with o\.a held/, model('mutex_lock(o.a);')],
  ['a data race', 'race', 1, /^data race on o\.n/, model('o.n = 1; o.m = 1;', 'o.n = 2; o.m = o.n;')],
  ['a completion that never comes', 'deadlock', 2, /^A waits for o\.done/, model('WRITE_ONCE(o.n, 1); wait_for_completion(o.done);')],
];

for (const [what, property, step, message, program] of broken) {
  test(`a single run is judged by ${what}: it says so, and at which step`, () => {
    const run = sampleRun(program, request);
    assert.equal(run.property, property, run.verdict ?? run.message);
    assert.match(run.message, message);
    assert.match(run.verdict!, new RegExp(`^${property} at step ${step}: `));
    assert.equal(run.steps.length, step - 1);
    const { steps, summary } = sequenceOfRun(run, { title: '', places: () => ({}) });
    assert.equal(summary, run.verdict);
    assert.ok(steps[step - 1]?.mark);
    assert.equal(simulate(program, { ...request, properties: [property] }).answer, 'violated', 'and so does the search');
  });

  test(`a run that follows another is judged by ${what} too`, () => {
    const { counterexample } = simulate(program, { ...request, properties: [property] });
    const followed = followSimulation(program, request, counterexample!.steps);
    // What is at the end of all is not reached by those that stop as soon as they hold nothing.
    if (followed.property === undefined) assert.match(followed.verdict!, /not looked at: not all is at rest|waits? in the end/);
    else assert.equal(followed.property, property);
  });

  test(`who did not ask about ${what} is not told of it, but of what was looked for`, () => {
    const run = sampleRun(program, { ...request, properties: ['torn'] });
    assert.equal(run.property, undefined);
    assert.match(run.verdict!, /^nothing of what was looked for \(torn\) goes wrong on this run; .*one run shows no more than that$/);
  });
}

test('where nothing goes wrong it says so, and that one run shows no more than that', () => {
  const program = model('mutex_lock(o.a); o.n = 1; mutex_unlock(o.a);', 'mutex_lock(o.a); o.n = 2; mutex_unlock(o.a);', {
    end: 'at_end(() => o.n !== 0);',
  });
  assert.equal(sampleRun(program, request).verdict, 'nothing goes wrong on this run; one run shows no more than that');
});

/** Deadlocks where each has one lock; both write `m` without a lock before, and nothing holds at the end. */
const several = model(
  'WRITE_ONCE(o.m, 1); mutex_lock(o.a); mutex_lock(o.b); mutex_unlock(o.b); mutex_unlock(o.a);',
  'o.m = 2; mutex_lock(o.b); mutex_lock(o.a); mutex_unlock(o.a); mutex_unlock(o.b);',
  { end: "at_end(() => o.m === 0, 'nobody writes m');" },
);

function found(program: ModelProgram, property: Property): MadeRun {
  const { counterexample } = simulate(program, { ...request, properties: [property] });
  assert.equal(counterexample?.property, property);
  return counterexample;
}

function turnAt(program: ModelProgram, run: MadeRun, step: number, asked: SimulationRequest = request): MadeRun {
  const { moves, instead } = run.steps[step]!;
  return continueSimulation(program, asked, run, { initial: run.initial, moves: run.moves.slice(0, moves), move: instead[0]!.move });
}

test('a turn of a run that was found looking for one property is judged by all: at its end', () => {
  const run = found(several, 'deadlock');
  const made = turnAt(several, run, run.steps.length - 1, { ...request, properties: ['deadlock', 'assert'] });
  assert.equal(made.property, 'assert');
  assert.match(made.verdict!, /^assert at step 11: at the end this does not hold: nobody writes m$/);
  assert.deepEqual(
    made.steps.slice(0, run.steps.length - 1).map(({ text }) => text),
    run.steps.slice(0, -1).map(({ text }) => text),
  );
});

test('what the run broke before the turn is told, with its step, and does not end it', () => {
  const run = found(several, 'deadlock');
  const made = turnAt(several, run, run.steps.length - 1);
  assert.equal(made.property, 'assert');
  assert.match(made.verdict!, /^assert at step 11: .*; before that, race at step 1: data race on o\.m/);
  const { steps } = sequenceOfRun(made, { title: '', places: () => ({}) });
  assert.equal(steps[0]!.mark, 'race');
  assert.match(steps[0]!.note!, /^data race on o\.m/);
});

test('a turn of a run that was found by its race goes on without monitors', () => {
  const program = model('WRITE_ONCE(o.m, 1); o.n = 1;', 'WRITE_ONCE(o.m, 2); o.n = 2;', { end: "at_end(() => o.n === 0, 'n stays');" });
  const run = found(program, 'race');
  const last = run.steps.length - 1;
  const made = turnAt(program, run, last);
  assert.equal(made.steps[last]?.text, run.steps[last]!.instead[0]!.text);
  assert.ok(made.property === 'assert' || made.property === 'race', made.verdict);
});

test('an assertion that is broken before the turn is told where the run was found by something else', () => {
  const program = model(
    "WRITE_ONCE(o.n, 1); const n = READ_ONCE(o.n); assert(n === 0, 'n is even'); mutex_lock(o.a); mutex_lock(o.b); mutex_unlock(o.b); mutex_unlock(o.a);",
    'mutex_lock(o.b); mutex_lock(o.a); mutex_unlock(o.a); mutex_unlock(o.b);',
  );
  const run = found(program, 'deadlock');
  const made = turnAt(program, run, run.steps.length - 1);
  assert.equal(made.property, undefined);
  assert.match(made.verdict!, /^assert at step \d+: n is even; nothing else goes wrong on this run; one run shows no more than that$/);
});

test('every turn of every step of every counterexample keeps the steps before it, and takes the turn', () => {
  for (const [, property, , , program] of broken) {
    const run = found(program, property);
    for (const [i, step] of run.steps.entries()) {
      for (const { move, text } of step.instead) {
        const made = continueSimulation(program, request, run, { initial: run.initial, moves: run.moves.slice(0, step.moves), move });
        assert.deepEqual(
          made.steps.slice(0, i).map((each) => each.text),
          run.steps.slice(0, i).map((each) => each.text),
        );
        assert.equal(made.steps[i]?.text, text);
      }
    }
  }
});

test('a turn can be taken from a run that is a turn itself', () => {
  const run = found(several, 'deadlock');
  const once = turnAt(several, run, run.steps.length - 1);
  const twice = turnAt(several, once, 1);
  assert.deepEqual(
    twice.steps.slice(0, 1).map(({ text }) => text),
    once.steps.slice(0, 1).map(({ text }) => text),
  );
});

test('a run of a model that has changed since cannot be gone on with', () => {
  const text = (n: number): ModelProgram =>
    model(`mutex_lock(o.a); o.n = ${n}; mutex_lock(o.b);`, 'mutex_lock(o.b); o.n = 2; mutex_lock(o.a);');
  const run = found(text(1), 'deadlock');
  const turn = { initial: run.initial, moves: run.moves.slice(0, -1), move: run.moves.at(-1)! };
  const message = /^Error: the model has changed since; simulate again$/;
  assert.ok(continueSimulation(text(1), request, run, turn));
  assert.throws(() => continueSimulation(text(3), request, run, turn), message);
  assert.throws(() => continueSimulation(text(1), request, { ...run, digest: '' }, turn), message);
  assert.throws(() => continueSimulation(text(1), request, { ...run, properties: ['race'] }, turn), message);
});

test('the limits of the request bound a single run too', () => {
  assert.throws(() => sampleRun(several, { ...request, limits: { memory: 1000 } }), /need more memory than there may be/);
  const program = model('while (READ_ONCE(o.n) === 0) WRITE_ONCE(o.m, 1);', 'WRITE_ONCE(o.n, 1);');
  const { verdict, steps } = sampleRun(program, { ...request, limits: { states: 30 } });
  assert.equal(steps.length, 30);
  assert.equal(verdict, 'nothing goes wrong on this run; it goes on after 30 steps; one run shows no more than that');
});

test('what comes after many ways that meet again is found: each state is looked at once', () => {
  const program = model(
    'for (let i = 0; i < 14; i = i + 1) { if (mutex_lock_interruptible(o.a) === 0) { mutex_unlock(o.a); } } mutex_lock(o.b); mutex_unlock(o.b);',
  );
  const deeds = [{ thread: 'A', functions: ['first'], action: 'acquire' as const, object: 'o.b' }];
  assert.ok(followSimulation(program, request, deeds).steps.some(({ text }) => text === 'takes o.b'));
});

test('who waits for what nobody holds is seen to wait, after each step and at the end', () => {
  const program = model('wait_for_completion(o.done); o.n = 1;', 'WRITE_ONCE(o.m, 1); WRITE_ONCE(o.m, 2);');
  const run = found(program, 'deadlock');
  assert.deepEqual(run.blocked, [{ thread: 'A', object: 'o.done', for: [] }]);
  const sample = sampleRun(program, { ...request, properties: ['race'] });
  assert.deepEqual(
    sample.steps.map(({ blocked }) => blocked.map(({ thread }) => thread)),
    [['A'], ['A']],
  );
  assert.match(sample.verdict!, /; A waits in the end; /);
  const sequence = sequenceOfRun(sample, { title: '', places: () => ({}) });
  const lane = sequence.lanes.findIndex(({ name }) => name === 'A');
  assert.ok(lane >= 0);
  assert.deepEqual(sequence.waiting, [{ lane, object: 'o.done', holders: [] }]);
  assert.deepEqual(sequence.steps.at(-1)!.waiting, sequence.waiting);
});

test('a step that breaks a property says who waits then, and who idles does not', () => {
  const program = model('mutex_lock(o.a); WRITE_ONCE(o.n, 1);', 'mutex_lock(o.a); mutex_unlock(o.a);');
  const exit = sampleRun(program, { ...request, properties: ['exit'] });
  assert.equal(exit.property, 'exit');
  const sequence = sequenceOfRun(exit, { title: '', places: () => ({}) });
  assert.equal(sequence.waiting!.length, 1);
  assert.deepEqual(sequence.steps.at(-1)!.waiting, sequence.waiting);
  const idle = model('wait_event_idle(o.queue, () => o.n === 1);', 'WRITE_ONCE(o.m, 1);');
  assert.deepEqual(sequenceOfRun(sampleRun(idle, request), { title: '', places: () => ({}) }).waiting, []);
});

test('a scenario that ends wrong without a step has a lane to say so', () => {
  const program = model('const n = 1;', '', { end: "at_end(() => o.n === 1, 'n is set');" });
  const sequence = sequenceOfRun(sampleRun(program, request), { title: '', places: () => ({}) });
  assert.deepEqual(
    sequence.lanes.map(({ name }) => name),
    ['A'],
  );
  assert.equal(sequence.steps[0]!.mark, 'broken');
});
