import { Assertions, contraryNotes, isConditional, type AssertWay, type Unheld } from '../analysis/unheld.ts';
import type { LinkedFunction, LockRef } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import type { CheckInput, Draft } from './check.ts';
import { Doubts } from './confidence.ts';
import type { Hop } from './finding.ts';
import { calleeOf } from './witness.ts';

/** More calls than this lie between, and something on the way may exclude it. */
const farCalls = 3;

/** What functions say of locks, by assertions and notes, against what the code does. */
export function checkLockContract(input: CheckInput): readonly Draft[] {
  const { program, summaries, source, isAskedFor } = input;
  const assertions = new Assertions(program, summaries, source);
  const drafts = program.functions.flatMap((fn) => {
    if (fn.ir.syntaxErrors.length > 0) return [];
    const notes = isAskedFor(fn.ir.file) ? contraryNotes(fn, summaries).map((note) => describeNote(fn, note)) : [];
    return [...notes, ...nearest(assertions.unheld(fn), input).map(([first, count]) => describe(first, count))];
  });
  return drafts;
}

/** Of those that come to an assertion by the same call, the one with the fewest calls; with how many there are. */
function nearest(all: readonly Unheld[], { isAskedFor }: CheckInput): readonly (readonly [first: Unheld, count: number])[] {
  const byCause = new Map<string, Unheld[]>();
  for (const each of all) {
    if (!isAskedFor(each.way.fn.ir.file) || each.way.fn.ir.syntaxErrors.length > 0) continue;
    const { fn, step } = placesOf(each.way).at(-2) ?? each.way;
    append(byCause, `${fn.id}:${step.at.start}:${each.assertion.at.start}`, each);
  }
  return [...byCause.values()].map((same) => [same.reduce((a, b) => (b.way.calls < a.way.calls ? b : a)), same.length] as const);
}

function describe({ way, assertion, shown }: Unheld, count: number): Draft {
  const { fn, lock } = way;
  const places = placesOf(way);
  const last = places.at(-1)!;
  const name = lock.lockClass === '' ? lock.place : lock.lockClass;
  const needed = assertion.mode === 'exclusive' ? 'held by a writer' : 'held';
  const doubts = new Doubts();
  for (const { inner } of places)
    if (inner && inner.target.via !== '') doubts.add(`the pointer ${inner.target.via} may mean another function`);
  if (isConditional(last.fn.ir, assertion))
    doubts.add(`${last.fn.ir.name} says so only under a condition, which may tell whether the lock is needed`, 2);
  if (way.calls > farCalls) doubts.add(`${way.calls} calls lie between`);
  const line = fn.locate(shown.at.at).line;
  const how = {
    'given back': `${fn.ir.name} has given it back (line ${line})`,
    'taken after': `${fn.ir.name} takes it afterwards (line ${line})`,
    shared: `${fn.ir.name} holds it as a reader (line ${line})`,
  }[shown.kind];
  const message = way.inner
    ? `${fn.ir.name} calls ${places[1]!.fn.ir.name} without ${name} ${needed}, which ${last === places[1] ? 'it' : last.fn.ir.name} asserts: ${how}`
    : `${fn.ir.name} asserts that ${name} is ${needed}, but ${how.slice(fn.ir.name.length + 1)}`;
  return {
    check: 'lock-contract',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `${message}${count > 1 ? `; ${count - 1} more ${count > 2 ? 'functions come' : 'function comes'} to the same call so` : ''}`,
    at: fn.locate(way.step.at),
    function: fn.ir.name,
    about: [name],
    acquires: name,
    held: [],
    witnesses: [chainOf({ way, assertion, shown }, `${assertion.name}: ${name} is to be ${needed}`, name)],
    reasons: doubts.sentences,
  };
}

/** In the order in which it happens. */
function chainOf({ way, assertion, shown }: Unheld, asserts: string, name: string): readonly Hop[] {
  const places = placesOf(way);
  const calls = places.slice(0, -1).map(({ fn, step, inner }, i): Hop => {
    const via = inner?.target.via ?? '';
    const { ir } = places[i + 1]!.fn;
    return { at: fn.locate(step.at), function: fn.ir.name, text: `calls ${ir.name}`, ...(via !== '' && { via }), calls: calleeOf(ir) };
  });
  const { fn } = places.at(-1)!;
  const end: Hop = { at: fn.locate(assertion.at), function: fn.ir.name, text: asserts };
  const mode = shown.kind === 'shared' ? 'shared' : 'exclusive';
  const lock = { does: shown.kind === 'given back' ? 'release' : 'acquire', lockClass: name, mode } as const;
  const own: Hop = { at: way.fn.locate(shown.at.at), function: way.fn.ir.name, text: words[shown.kind](name), lock };
  return shown.kind === 'taken after' ? [...calls, end, own] : [own, ...calls, end];
}

const words = {
  'given back': (name: string) => `gives ${name} back`,
  'taken after': (name: string) => `takes ${name}`,
  shared: (name: string) => `takes ${name} (shared)`,
} as const;

function placesOf(way: AssertWay): readonly AssertWay[] {
  const places = [way];
  for (let at = way.inner?.way; at; at = at.inner?.way) places.push(at);
  return places;
}

function describeNote(fn: LinkedFunction, { does, lock }: { readonly does: 'acquire' | 'release'; readonly lock: LockRef }): Draft {
  const [noted, done] = does === 'acquire' ? ['take', 'gives it back'] : ['give back', 'takes it'];
  const at = fn.locate(fn.ir.range);
  const doneTo = { does: does === 'acquire' ? 'release' : 'acquire', lockClass: lock.lockClass, mode: 'exclusive' } as const;
  return {
    check: 'lock-contract',
    severity: 'error',
    confidence: 'high',
    message: `${fn.ir.name} is noted to ${noted} ${lock.lockClass}, but ${done} wherever it returns`,
    at,
    function: fn.ir.name,
    about: [lock.lockClass],
    acquires: lock.lockClass,
    held: [],
    witnesses: [[{ at, function: fn.ir.name, text: `is noted to ${noted} ${lock.lockClass}, but ${done}`, lock: doneTo }]],
    reasons: [],
  };
}
