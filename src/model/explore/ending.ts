import { digestOf } from './digest.ts';
import { raceMessage, type Race } from './races.ts';
import type { Blocked, Deed, Replay, TraceStep, Waiting } from './replay.ts';
import type { Move } from './search.ts';
import type { StubbornSets } from './stubborn.ts';
import type { System } from './system.ts';

/** A run, step by step, as far as it goes. */
export interface Run {
  /** Which of the initial states it begins in, and its moves: enough to make it again. */
  readonly initial: number;
  readonly moves: readonly Move[];
  /** What the moves are numbers of: the model as it was run, looking for these properties. */
  readonly digest: string;
  readonly properties: readonly string[];
  /** All of the scenario. */
  readonly threads: readonly string[];
  readonly steps: readonly TraceStep[];
  /** Threads that wait at its end, whether that is wrong or not. */
  readonly blocked: readonly Blocked[];
  /** How it ends, in a sentence. */
  readonly message: string;
  /** Of a run that was not searched for: what it shows of all that was looked for, in a sentence. */
  readonly verdict?: string;
  /** What it broke on its way, before it was made to go on otherwise. */
  readonly earlier?: readonly Broken[];
  /** What it breaks, if anything. */
  readonly property?: string;
  /** Threads that wait for one another at the end, of a deadlock; that race, of a data race. */
  readonly waiting: readonly Waiting[];
  /** What the thread is about to do that breaks the property, otherwise. */
  readonly last?: Deed;
}

/** A property that a run breaks on its way. */
export interface Broken {
  readonly property: string;
  readonly message: string;
  /** Number of the step that breaks it, from 0. */
  readonly step: number;
}

/** A run that breaks a property. */
export type Counterexample = Run & { readonly property: string };

/** The run that ends where a thread is about to break something. */
export function endInViolation(system: System, replay: Replay, thread: number): Counterexample {
  const at = system.placeOf(replay.state, 0, thread);
  const { property, message } = system.places[at]!.violation!;
  const waiting = property === 'race' ? replay.racing(thread).map((t) => replay.waiting(t, [])) : [];
  return { ...madeBy(replay), property, message, waiting, last: replay.next(thread) };
}

/** The run that ends where two threads are about to access the same at once. */
export function endInRace(system: System, replay: Replay, { threads, variable }: Race): Counterexample {
  const message = raceMessage(system.setup.memory.variables[variable]!.name);
  const waiting = threads.map((t) => replay.waiting(t, []));
  return { ...madeBy(replay), property: 'race', message, waiting, last: replay.next(threads[0]) };
}

/** The run after which these threads, as a mask, wait for ever. */
export function endInDeadlock(system: System, replay: Replay, sets: StubbornSets, stuck: number): Counterexample {
  sets.choose(replay.state, 0, false);
  const waitsFor = (thread: number): readonly number[] => sets.waitsFor(thread, replay.state, 0);
  const threads = system.setup.threads.map((_, t) => t).filter((t) => (stuck & (1 << t)) !== 0);
  const waiting = waitForCycle(threads, waitsFor).map((t) => replay.waiting(t, waitsFor(t)));
  return { ...madeBy(replay), property: 'deadlock', message: deadlockMessage(waiting), waiting };
}

/** The run after which all is at rest, and something does not hold that should. */
export function endInFinal(system: System, replay: Replay, final: number): Counterexample {
  const { property, text } = system.setup.finals[final]!;
  return { ...madeBy(replay), property, message: `at the end this does not hold: ${text}`, waiting: [] };
}

/** What a replay has done so far. */
export function madeBy(replay: Replay): Omit<Run, 'message' | 'waiting'> {
  const { initial, moves, steps, system } = replay;
  return {
    ...{ initial, moves, steps, digest: digestOf(system), properties: [...system.settings.properties] },
    threads: system.setup.threads.map(({ name }) => name),
    blocked: replay.blocked(),
  };
}

/** Threads that wait for one another in a circle, or all that wait if there is none. */
function waitForCycle(threads: readonly number[], waitsFor: (thread: number) => readonly number[]): readonly number[] {
  for (const start of threads) {
    const path = [start];
    for (let at = start; ;) {
      const next = waitsFor(at).find((t) => threads.includes(t));
      if (next === undefined) break;
      const known = path.indexOf(next);
      if (known >= 0) return path.slice(known);
      path.push(next);
      at = next;
    }
  }
  return threads;
}

function deadlockMessage(waiting: readonly Waiting[]): string {
  return waiting
    .map(({ thread, text, for: holders }) => `${thread} ${text}${holders.length > 0 ? `, held by ${holders.join(' and ')}` : ', for ever'}`)
    .join('; ');
}
