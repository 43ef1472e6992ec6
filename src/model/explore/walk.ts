import { endInDeadlock, endInFinal, endInRace, endInViolation, madeBy, type Broken, type Run } from './ending.ts';
import { brokenFinal } from './finals.ts';
import { raceIn } from './races.ts';
import { Replay } from './replay.ts';
import type { BrokenAfter } from './retrace.ts';
import type { Move, Progress } from './search.ts';
import { StubbornSets } from './stubborn.ts';
import type { System } from './system.ts';

/** What a single run is judged by. */
export interface Judged {
  /** Properties looked for. A system that the run is made on looks for all of them but data races, which are seen without monitors. */
  readonly asked: ReadonlySet<string>;
  /** These are all that there are. */
  readonly isAll: boolean;
  /** Moves after the beginning; as many as usual if absent. */
  readonly moves?: number;
  readonly progress?: (progress: Progress) => void;
}

/** Moves that a run is followed for after the turn. */
const moveLimit = 400;
/** Moves between two reports of progress. */
const progressMoves = 20;

/** A run being made, and looked at after each move: it ends where something goes wrong. */
export class Walk {
  readonly replay: Replay;
  private readonly sets: StubbornSets;
  private readonly asked: Set<string>;
  private readonly earlier: (Broken | BrokenAfter)[];

  constructor(
    readonly system: System,
    initial: number,
    private readonly judged: Judged,
    earlier: readonly BrokenAfter[] = [],
  ) {
    this.replay = new Replay(system, initial);
    this.sets = new StubbornSets(system);
    this.earlier = [...earlier];
    this.asked = new Set(judged.asked);
    for (const { property } of earlier) this.asked.delete(property);
    this.sets.choose(this.replay.state, 0, false);
  }

  /** Where nothing has been done yet: the run, if something is wrong there. */
  begin(): Run | undefined {
    return this.look(this.system.threads.map((_, t) => t));
  }

  /** Makes a move; the run, if it has come to a bad end. */
  go(move: Move): Run | undefined {
    this.step(move);
    return this.look([move.thread]);
  }

  /** Makes moves that are not to be the end of the run: what goes wrong on the way is noted. */
  pass(moves: readonly Move[]): void {
    this.note();
    for (const move of moves) {
      this.step(move);
      this.note();
    }
  }

  private step(move: Move): void {
    const { replay, judged, system } = this;
    replay.step(move);
    const count = replay.moves.length;
    if (count % progressMoves === 0)
      judged.progress?.({ states: count + 1, transitions: count, memory: system.bytes, depth: replay.steps.length });
  }

  private look(movers: readonly number[]): Run | undefined {
    const { system, replay, sets } = this;
    const enabled = sets.choose(replay.state, 0, false);
    const violating = movers.find((t) => system.hasViolation[system.placeOf(replay.state, 0, t)] === 1);
    if (violating !== undefined) return this.told(endInViolation(system, replay, violating));
    const race = this.looksForRaces() ? raceIn(system, replay.state) : undefined;
    if (race) return this.told(endInRace(system, replay, race));
    const stuck = this.asked.has('deadlock') ? sets.stuck(replay.state, 0, enabled === 0) : 0;
    return stuck === 0 ? undefined : this.told(endInDeadlock(system, replay, sets, stuck));
  }

  private note(): void {
    const { system, replay, sets } = this;
    const { length } = replay.steps;
    const enabled = sets.choose(replay.state, 0, false);
    const race = this.looksForRaces() ? raceIn(system, replay.state) : undefined;
    if (race) {
      const { property, message, last } = endInRace(system, replay, race);
      this.earlier.push({ property, message, thread: last!.thread, after: length });
    }
    const stuck = this.asked.has('deadlock') ? sets.stuck(replay.state, 0, enabled === 0) : 0;
    if (stuck !== 0) {
      const { property, message } = endInDeadlock(system, replay, sets, stuck);
      this.earlier.push({ property, message, step: Math.max(0, length - 1) });
    }
    for (const { property } of this.earlier) this.asked.delete(property);
  }

  private looksForRaces(): boolean {
    return this.asked.has('race') && this.system.racy.length === 0;
  }

  /** Whether the thread is at a step that it cannot take now. */
  waits(thread: number): boolean {
    this.sets.choose(this.replay.state, 0, false);
    return this.sets.waits(thread);
  }

  holdsSomething(thread: number): boolean {
    const { system, replay } = this;
    return system.places[system.placeOf(replay.state, 0, thread)]!.held.length > 0;
  }

  /** Lets the threads go on, each as long as it can and wants to. */
  goOn(threads: readonly number[], wants: (thread: number) => boolean = () => true): Run {
    const limit = Math.min(moveLimit, this.judged.moves ?? Infinity);
    for (let left = limit; left > 0; left--) {
      const thread = threads.find((t) => wants(t) && this.alternatives(t).length > 0);
      if (thread === undefined) return this.end();
      const ended = this.go({ thread, alternative: this.alternatives(thread)[0]! });
      if (ended) return ended;
    }
    return this.told({ ...madeBy(this.replay), message: `it goes on after ${limit} steps`, waiting: [] });
  }

  /** Where all that take part are done: what must hold at the end is looked at if nobody can go on. */
  private end(): Run {
    const { system, replay, sets } = this;
    const enabled = sets.choose(replay.state, 0, false);
    const isAtRest = enabled === 0 && sets.stuck(replay.state, 0, true) === 0;
    const final = isAtRest ? brokenFinal(system, replay.state) : -1;
    if (final >= 0) return this.told(endInFinal(system, replay, final));
    const names = replay.blocked().map(({ thread }) => thread);
    const parts = [
      ...(names.length === 0 ? [] : [`${names.join(' and ')} ${names.length === 1 ? 'waits' : 'wait'} in the end`]),
      ...(isAtRest || system.setup.finals.length === 0 ? [] : ['what must hold at the end was not looked at: not all is at rest']),
    ];
    return this.told({ ...madeBy(replay), message: parts.join('; '), waiting: [] });
  }

  /** With what the run shows, in a sentence. */
  private told(run: Run): Run {
    const { asked, isAll } = this.judged;
    const earlier = this.earlier.map((each) => settle(each, run)).sort((a, b) => a.step - b.step);
    const before = earlier.map(({ property, step, message }) => `${property} at step ${step + 1}: ${message}`);
    const told = { ...run, ...(earlier.length > 0 && { earlier }) };
    if (run.property !== undefined) {
      const now = `${run.property} at step ${run.steps.length + 1}: ${run.message}`;
      return { ...told, verdict: [now, ...before.map((text) => `before that, ${text}`)].join('; ') };
    }
    const nothing = `nothing${earlier.length > 0 ? ' else' : ''}${isAll ? '' : ` of what was looked for (${[...asked].join(', ')})`}`;
    const parts = [...before, `${nothing} goes wrong on this run`, run.message, 'one run shows no more than that'];
    const message = parts.filter((part) => part !== '').join('; ');
    return { ...told, message, verdict: message };
  }

  /** What a thread can do now, or in another state. */
  alternatives(thread: number, state = this.replay.state): readonly number[] {
    const { system } = this;
    const list = system.alternatives(state, 0, thread, system.placeOf(state, 0, thread));
    if (list < 0) return [];
    return Array.from({ length: system.listStart[list + 1]! - system.listStart[list]! }, (_, i) => system.listStart[list]! + i);
  }
}

/** The step that breaks it: the next of the thread that is about to. */
function settle(broken: Broken | BrokenAfter, { steps }: Run): Broken {
  if ('step' in broken) return broken;
  const { property, message, thread, after } = broken;
  const next = steps.findIndex((step, i) => i >= after && step.thread === thread);
  return { property, message, step: Math.max(0, next >= 0 ? next : after - 1) };
}
