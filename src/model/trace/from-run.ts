import type { Run } from '../explore/ending.ts';
import type { TraceStep, Waiting } from '../explore/replay.ts';
import type { Alternative, Lane, Mark, Sequence, SequencePlace, SequenceStep, Wait } from './sequence.ts';

type Deed = Run['steps'][number] | Waiting | NonNullable<Run['last']>;

export interface RunWords {
  readonly title: string;
  /** The run of another version that it is to be seen beside: locks that have a lane there, or do not occur there, have one here. */
  readonly beside?: Sequence;
  /** Where a step stands in the C of a tree, and in the model. */
  readonly places: (deed: Deed) => { readonly source?: SequencePlace; readonly model?: SequencePlace };
}

const marks: Readonly<Record<string, Mark>> = { deadlock: 'cycle', race: 'race', torn: 'torn', order: 'order' };
const lockActions = new Set(['acquire', 'release', 'enter', 'leave', 'synchronize', 'grace-period', 'wait', 'fail']);

/** A run as a diagram shows it: its steps, then who waits in the end, or what breaks the property. */
export function sequenceOfRun(run: Run, { title, places, beside }: RunWords): Sequence {
  const lanes = lanesOf(run, beside);
  const threads = new Map(lanes.flatMap(({ kind, name }, i) => (kind === 'thread' ? [[name, i]] : [])));
  const locks = new Map(lanes.flatMap(({ kind, name }, i) => (kind === 'lock' ? [[name, i]] : [])));
  const laneOf = (thread: string): number => {
    const lane = threads.get(thread);
    if (lane === undefined) throw new Error(`${thread} has no lane`);
    return lane;
  };
  const step = (deed: Deed): SequenceStep => {
    const lock = lockActions.has(deed.action) ? locks.get(deed.object) : undefined;
    return {
      lane: laneOf(deed.thread),
      ...(lock !== undefined && { to: lock }),
      action: deed.action,
      text: deed.text,
      ...(deed.object !== '' && { object: deed.object }),
      ...(deed.mode && { mode: deed.mode }),
      functions: deed.functions,
      held: deed.held,
      changed: 'changed' in deed ? deed.changed : {},
      // What is about to be done at the end has changed nothing yet.
      waiting: waitsOf('blocked' in deed ? deed.blocked : run.blocked, laneOf),
      ...places(deed),
      ...('instead' in deed && deed.instead.length > 0 && { instead: deed.instead.map(alternative) }),
    };
  };
  const steps = run.steps.map((each, i) => ({ ...step(each), ...markAt(run, i) }));
  return {
    ...{ title, summary: run.verdict ?? run.message, lanes, steps: [...steps, ...ending(run, step, laneOf)] },
    waiting: waitsOf(run.blocked, laneOf),
  };
}

/** What a step breaks that the run went on after. */
function markAt({ earlier = [] }: Run, step: number): Pick<SequenceStep, 'mark' | 'note'> {
  const broken = earlier.filter((each) => each.step === step);
  const [first] = broken;
  return first ? { mark: marks[first.property] ?? 'broken', note: broken.map(({ message }) => message).join('; ') } : {};
}

/** What stands after the steps of the run. */
function ending(run: Run, step: (deed: Deed) => SequenceStep, laneOf: (thread: string) => number): readonly SequenceStep[] {
  const { property, message, waiting, last } = run;
  if (property === undefined) return [];
  const mark = marks[property] ?? 'broken';
  if (waiting.length === 0) return last ? [{ ...step(last), mark, note: message }] : [{ ...closing(run, laneOf), mark, note: message }];
  const isDeadlock = property === 'deadlock';
  const waits = waitsOf(waiting, laneOf);
  const names = new Set(waiting.map(({ thread }) => thread));
  const others = waitsOf(
    run.blocked.filter(({ thread }) => !names.has(thread)),
    laneOf,
  );
  return waiting.map((each, i): SequenceStep => ({
    ...step(each),
    ...(isDeadlock && { action: 'wait', waiting: [...waits.slice(0, i + 1), ...others] }),
    mark,
    ...(i === waiting.length - 1 && { note: message }),
  }));
}

/** All is at rest, and something does not hold. */
function closing({ steps, threads }: Run, laneOf: (thread: string) => number): SequenceStep {
  const last = steps.at(-1);
  return {
    ...{ lane: laneOf(last?.thread ?? threads[0]!), action: 'claim', text: 'all threads are at rest' },
    ...{ functions: [], held: last?.held ?? [], changed: {}, waiting: [] },
  };
}

function waitsOf(blocked: Run['blocked'], laneOf: (thread: string) => number): readonly Wait[] {
  return blocked.map(({ thread, object, for: holders }) => ({ lane: laneOf(thread), object, holders: holders.map(laneOf) }));
}

/** Thread and alternative in one number: `moveOf` takes it apart again. */
function alternative({ thread, text, move }: TraceStep['instead'][number]): Alternative {
  return { thread, text, move: numberOfMove(move) };
}

type Move = Run['moves'][number];

/** More threads than there may be. */
const threadLimit = 32;

export function numberOfMove({ thread, alternative: way }: Move): number {
  return way * threadLimit + thread;
}

export function moveOf(number: number): Move {
  return { thread: number % threadLimit, alternative: Math.floor(number / threadLimit) };
}

/** Threads that take part, numbered ones of a kind together, and the locks that more than one of them wants; all if none is. */
function lanesOf({ steps, waiting, last, blocked: atEnd, threads: all }: Run, beside: Sequence | undefined): readonly Lane[] {
  const deeds: readonly Deed[] = [...steps, ...waiting, ...(last ? [last] : [])];
  const blocked = [...steps.flatMap((step) => step.blocked), ...atEnd];
  const waiters = [...waiting.flatMap((each) => each.for), ...blocked.flatMap((each) => [each.thread, ...each.for])];
  const found = [...new Set([...deeds.map(({ thread }) => thread), ...waiters])];
  // Where nobody does anything, all have done their part.
  const threads = found.length > 0 ? found : all;
  const families = new Map<string, string[]>();
  for (const thread of threads) {
    const family = /^(.*\S)\s*\d+$/.exec(thread)?.[1] ?? '';
    families.set(family, [...(families.get(family) ?? []), thread]);
  }
  const numbered = [...families].filter(([family]) => family !== '');
  const lane = (name: string, group: string): Lane => ({ name, kind: 'thread', group });
  return [
    ...numbered.flatMap(([family, names]) =>
      names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => lane(name, `${family}s`)),
    ),
    ...(families.get('') ?? []).map((name) => lane(name, numbered.length > 0 ? 'other threads' : 'threads')),
    ...lockNames(deeds, beside).map((name): Lane => ({ name, kind: 'lock', group: 'locks' })),
  ];
}

function lockNames(deeds: readonly Deed[], beside: Sequence | undefined): readonly string[] {
  const users = new Map<string, Set<string>>();
  for (const { action, object, thread } of deeds) {
    if (lockActions.has(action)) users.set(object, (users.get(object) ?? new Set()).add(thread));
  }
  const hasLane = new Set(beside?.lanes.flatMap(({ kind, name }) => (kind === 'lock' ? [name] : [])));
  const occurs = new Set(beside?.steps.map(({ object }) => object));
  const isTold = (name: string): boolean => beside !== undefined && (hasLane.has(name) || !occurs.has(name));
  const told = [...users].flatMap(([name, threads]) => (threads.size > 1 || isTold(name) ? [name] : []));
  return told.length > 0 ? told : [...users.keys()];
}
