import type { ModelProgram } from '../ir/execution.ts';
import type { Acquisition } from '../lockdep/acquisition.ts';
import { acquisitionsAt } from './acquisitions.ts';
import { endInDeadlock, endInFinal, endInViolation, type Counterexample } from './ending.ts';
import { Replay } from './replay.ts';
import { MemoryBudget, OutOfMemory } from './run-error.ts';
import { Search, type Found, type Limits, type Progress } from './search.ts';
import { StubbornSets } from './stubborn.ts';
import { System, type RunSettings } from './system.ts';

export interface ExploreOptions {
  readonly isReduced: boolean;
  readonly limits: Limits;
  /** Called now and then; may throw to stop. */
  readonly progress?: (progress: Progress) => void;
}

/** What an exploration found. `holds` only if every state was seen. */
export interface Exploration extends Progress {
  readonly answer: 'holds' | 'violated' | 'unknown';
  readonly limit?: 'states' | 'memory';
  readonly counterexample?: Counterexample;
  /** What all runs acquire, where all were seen. */
  readonly acquisitions?: readonly Acquisition[];
}

/** States that looking for a shorter run may take, for each set of threads. */
const shorterLimit = 100_000;

/** Bytes that threads may take, whatever states may: they are objects, of which a process has fewer. */
const threadMemory = 1.5e9;

/** Explores a scenario, and replays what is found. Throws `RunError` where the model itself goes wrong. */
export function explore(program: ModelProgram, settings: RunSettings, options: ExploreOptions): Exploration {
  const system = systemWithin(program, settings, options.limits);
  if (system) return exploreSystem(system, settings, options);
  return { answer: 'unknown', limit: 'memory', states: 0, transitions: 0, memory: 0, depth: 0 };
}

/** Undefined where memory does not suffice for the threads alone. */
export function systemWithin(program: ModelProgram, settings: RunSettings, { memory = Infinity }: Limits): System | undefined {
  try {
    return new System(program, settings, new MemoryBudget(Math.min(memory, threadMemory)));
  } catch (error) {
    if (error instanceof OutOfMemory) return undefined;
    throw error;
  }
}

export function exploreSystem(system: System, { properties }: RunSettings, options: ExploreOptions): Exploration {
  const wantsDeadlocks = properties.has('deadlock');
  const reached = new Uint8Array(system.places.length);
  const { found, limit, ...seen } = new Search(system, { ...options, wantsDeadlocks, reached }).run();
  if (limit) return { ...seen, answer: 'unknown', limit };
  if (!found) return { ...seen, answer: 'holds', acquisitions: acquisitionsAt(system, reached) };
  return { ...seen, answer: 'violated', counterexample: counterexample(system, shorter(system, found, wantsDeadlocks)) };
}

/**
 * The shortest run to what was found in which fewer threads take part: the others stay where they start, as they may. What
 * was found at rest needs them all.
 */
function shorter(system: System, found: Found, wantsDeadlocks: boolean): Found {
  if (found.kind === 'final') return found;
  const needed = found.kind === 'deadlock' ? found.threads : 1 << found.thread;
  const property = propertyOf(system, found);
  const others = subsets(system.threads.length).filter((mask) => (mask & needed) === needed);
  let best = found;
  for (const only of others) {
    const result = new Search(system, { isReduced: false, limits: { states: shorterLimit }, wantsDeadlocks, only }).run();
    if (result.found && result.found.kind === found.kind && propertyOf(system, result.found) === property) {
      if (result.found.moves.length < best.moves.length) best = result.found;
      break;
    }
  }
  return best;
}

/** Sets of threads, small ones first. */
function subsets(threads: number): readonly number[] {
  if (threads > 10) return [];
  const count = (mask: number): number => (mask === 0 ? 0 : 1 + count(mask & (mask - 1)));
  return Array.from({ length: (1 << threads) - 1 }, (_, i) => i + 1).sort((a, b) => count(a) - count(b) || a - b);
}

function propertyOf(system: System, found: Found): string {
  if (found.kind === 'deadlock') return 'deadlock';
  if (found.kind === 'final') return system.setup.finals[found.final]!.property;
  const state = system.initialState(found.initial);
  for (const { thread, alternative } of found.moves) system.apply(state, 0, thread, system.placeOf(state, 0, thread), alternative);
  return system.places[system.placeOf(state, 0, found.thread)]!.violation!.property;
}

function counterexample(system: System, found: Found): Counterexample {
  const replay = new Replay(system, found.initial);
  for (const move of found.moves) replay.step(move);
  if (found.kind === 'final') return endInFinal(system, replay, found.final);
  if (found.kind === 'violation') return endInViolation(system, replay, found.thread);
  return endInDeadlock(system, replay, new StubbornSets(system), found.threads);
}
