import {
  NEGATIVE,
  POSITIVE,
  type Acquire,
  type Assign,
  type Block,
  type FunctionIr,
  type LinkedFunction,
  type Release,
} from '../ir/program.ts';
import type { AccessSource } from './accesses.ts';
import { askedBefore } from './extra-releases.ts';
import { exitValues } from './flow.ts';
import { drops, emptyState, holds, lockKey, type State } from './state.ts';
import type { Summaries } from './summaries.ts';
import { asksWhetherHeld, isBackingOff } from './unasked-releases.ts';
import { takingWords } from './unheld.ts';
import { waysThrough, type Reached, type Ways } from './ways.ts';

/** A lock that a function takes, and gives back as well on a way that does not come by where it is taken. */
export interface UntakenRelease {
  readonly taken: Acquire;
  readonly release: Release;
}

/**
 * Releases that ways out with an error come to before the lock is taken, as by a jump to a label too far up. Callers cannot hold it then: where
 * there is no error the function takes it itself. Not where it gives it back for them on other ways too.
 */
export function untakenReleasesOf(fn: LinkedFunction, summaries: Summaries, source: AccessSource): readonly UntakenRelease[] {
  const { exits, isCut } = summaries.flow(fn);
  if (isCut || !exits.some(({ state }) => state.dropped.length > 0)) return [];
  const taking = new Map(
    fn.ir.steps.flatMap((step) => (step.kind === 'acquire' && isPlain(step) ? [[lockKey(step.lock), step] as const] : [])),
  );
  const keys = [...taking.keys()].filter((key) => exits.some(({ state }) => drops(state, key)) && !isSaid(fn.ir, key));
  if (keys.length === 0 || asksWhetherHeld(fn)) return [];
  return keys.flatMap((key) => untakenRelease(key, fn, summaries, source) ?? []);
}

/** Of a semaphore anybody may let the next one in, and read sides nest. */
function isPlain(step: Acquire): boolean {
  return !isBackingOff(step) && !['semaphore', 'rcu', 'srcu'].includes(step.lock.kind);
}

/** Whether somebody says what callers hold. */
function isSaid({ steps, notes }: FunctionIr, key: string): boolean {
  return notes.some(({ lock }) => lockKey(lock) === key) || steps.some((step) => step.kind === 'assert' && lockKey(step.asserted) === key);
}

function untakenRelease(key: string, fn: LinkedFunction, summaries: Summaries, source: AccessSource): UntakenRelease | undefined {
  const { ir } = fn;
  const from: State = { ...emptyState, facts: new Map(ir.conditions.map((each) => [each.key, each.values])) };
  const marked = withMarks(ir, key);
  const wanted = new Set<unknown>([...ir.steps.filter((step) => isOf(step, key)), ...returnsOf(ir)]);
  const ways = waysThrough(marked, from, summaries.effects(fn), (place) => wanted.has(place), true);
  if (ways.isCut) return undefined;
  const releases = new Set<Release>();
  for (const returns of returnsOf(ir)) {
    for (const way of ways.to(returns)) {
      if (!drops(way.state, key)) continue;
      const release = droppedBy(way, key);
      if (!release || !isError(exitValues(way.state, returns), ir) || way.state.facts.has(comeBy)) return undefined;
      releases.add(release);
    }
  }
  // What is asked right before may tell whether it was taken.
  const unasked = [...releases].filter(
    (each) =>
      askedBefore(
        ir.blocks.findIndex(({ steps }) => steps.includes(each)),
        ir,
      ).length === 0,
  );
  const [release] = unasked.sort((a, b) => a.at.start - b.at.start);
  if (!release || source.unread(fn).some(({ name, start }) => start < release.at.start && takingWords.test(name))) return undefined;
  const taken = ir.steps.find((step): step is Acquire => isOf(step, key) && step.kind === 'acquire' && isTakenFor(release, step, ways));
  return taken && { taken, release };
}

/** Whether the lock is given back there as well where the function has taken it by itself. */
function isTakenFor({ lock: { place } }: Release, step: Acquire, ways: Ways): boolean {
  const key = lockKey(step.lock);
  return step.lock.place === place && ways.to(step).some(({ state }) => !holds(state, key) && !drops(state, key));
}

function isOf(step: FunctionIr['steps'][number], key: string): step is Acquire | Release {
  return (step.kind === 'acquire' || step.kind === 'release') && lockKey(step.lock) === key;
}

function isError(values: number, { returns }: FunctionIr): boolean {
  return returns === 'pointer' ? (values & POSITIVE) === 0 : values === NEGATIVE;
}

/** The step that gave a lock back that was not held; undefined where that was a call. */
function droppedBy({ trail }: Reached, key: string): Release | undefined {
  for (let at = trail; at; at = at.previous)
    if (drops(at.after, key) && !drops(at.before, key)) return at.step.kind === 'release' ? at.step : undefined;
  return undefined;
}

function returnsOf({ blocks }: FunctionIr): readonly NonNullable<Block['returns']>[] {
  return blocks.flatMap(({ returns }) => returns ?? []);
}

/** A fact of ways that came by where the lock is taken, be it in vain. */
const comeBy = 'come by';

function withMarks(ir: FunctionIr, key: string): FunctionIr {
  const mark = ({ at }: Acquire): Assign => ({ kind: 'assign', at, target: comeBy, values: POSITIVE, same: '' });
  return {
    ...ir,
    blocks: ir.blocks.map((block) => ({
      ...block,
      steps: block.steps.flatMap((step) => (step.kind === 'acquire' && lockKey(step.lock) === key ? [mark(step), step] : [step])),
    })),
  };
}
