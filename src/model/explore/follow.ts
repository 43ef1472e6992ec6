import { endInDeadlock, endInViolation, madeBy, type Run } from './ending.ts';
import { Replay, type Deed } from './replay.ts';
import type { Move } from './search.ts';
import { StubbornSets } from './stubborn.ts';
import type { System } from './system.ts';

/** A run to begin with, and the move to go on with instead of its own. */
export interface Turn {
  readonly initial: number;
  readonly moves: readonly Move[];
  readonly move: Move;
}

/** What is to be done again, by a thread of the same name in a function of the same name. */
export type Followed = Pick<Deed, 'thread' | 'functions' | 'action' | 'object'>;

/** Moves that a run is followed for after the turn. */
const moveLimit = 400;
/** Moves of one thread that are looked at for the next thing to do, and how many in a row. */
const lookLimit = 2000;
const lookDepth = 60;

/** Takes the turn, and goes on: with the same thread as long as it can, then with the others, until all rest or something is wrong. */
export function takeTurn(system: System, { initial, moves, move }: Turn): Run {
  const walk = new Walk(system, initial);
  for (const each of moves) walk.replay.step(each);
  return walk.go(move) ?? walk.goOn(system.threads.map((_, t) => t).sort((a, b) => Number(b === move.thread) - Number(a === move.thread)));
}

/** A run from the first of the initial states, each thread going on as long as it can. */
export function runThrough(system: System): Run {
  return new Walk(system, 0).goOn(system.threads.map((_, t) => t));
}

/**
 * Lets the threads of another run, of this or another model, do the same here in the same order: what has no counterpart is
 * left out. In the end the threads that took part go on until they hold nothing.
 */
export function followRun(system: System, deeds: readonly Followed[]): Run {
  const walk = new Walk(system, 0);
  const names = system.setup.threads.map(({ name }) => name);
  const threads = [...new Set(deeds.map(({ thread }) => names.indexOf(thread)))].filter((t) => t >= 0);
  for (let left = deeds; ;) {
    const { ended, later } = walk.follow(left, names);
    const run = ended ?? walk.goOn(threads, (t) => walk.holdsSomething(t));
    if (run.property !== undefined || later.length === 0 || later.length === left.length) return run;
    left = later;
  }
}

/** A run being made. */
class Walk {
  readonly replay: Replay;
  private readonly sets: StubbornSets;

  constructor(
    private readonly system: System,
    initial: number,
  ) {
    this.replay = new Replay(system, initial);
    this.sets = new StubbornSets(system);
    this.sets.choose(this.replay.state, 0, false);
  }

  /** Makes a move; the run, if it has come to a bad end. */
  go(move: Move): Run | undefined {
    const { system, replay, sets } = this;
    replay.step(move);
    if (system.hasViolation[system.placeOf(replay.state, 0, move.thread)] === 1) return endInViolation(system, replay, move.thread);
    const enabled = sets.choose(replay.state, 0, false);
    const stuck = sets.stuck(replay.state, 0, enabled === 0);
    return stuck === 0 ? undefined : endInDeadlock(system, replay, sets, stuck);
  }

  /** Does what the deeds say, one after the other. What a thread that has to wait does not get to is for later. */
  follow(deeds: readonly Followed[], names: readonly string[]): { readonly ended?: Run; readonly later: readonly Followed[] } {
    const waiting = new Set<number>();
    const later: Followed[] = [];
    for (const deed of deeds) {
      const thread = names.indexOf(deed.thread);
      if (thread < 0) continue;
      if (this.sets.waits(thread)) waiting.add(thread);
      const way = waiting.has(thread) ? [] : this.wayTo(thread, deed);
      if (waiting.has(thread)) later.push(deed);
      for (const move of way) {
        const ended = this.go(move);
        if (ended) return { ended, later };
      }
    }
    return { later };
  }

  /** Lets the threads go on, each as long as it can and wants to. */
  goOn(threads: readonly number[], wants: (thread: number) => boolean = () => true): Run {
    const { replay } = this;
    for (let left = moveLimit; left > 0; left--) {
      const thread = threads.find((t) => wants(t) && this.alternatives(t).length > 0);
      if (thread === undefined) return { ...madeBy(replay), message: this.endText(), waiting: [] };
      const ended = this.go({ thread, alternative: this.alternatives(thread)[0]! });
      if (ended) return ended;
    }
    return { ...madeBy(replay), message: `goes on after ${moveLimit} steps`, waiting: [] };
  }

  /** What can be said of one run that came to no bad end: what must hold at the end is not looked at. */
  private endText(): string {
    const { system, replay, sets } = this;
    sets.choose(replay.state, 0, false);
    const isIdle = (t: number): boolean => system.places[system.placeOf(replay.state, 0, t)]!.isIdle;
    const waiting = system.setup.threads.flatMap(({ name }, t) => (sets.waits(t) && !isIdle(t) ? [name] : []));
    const who = waiting.length === 0 ? 'nobody waits' : `${waiting.join(' and ')} ${waiting.length === 1 ? 'waits' : 'wait'}`;
    return `${who} in the end; one run shows no more than that`;
  }

  holdsSomething(thread: number): boolean {
    const { system, replay } = this;
    return system.places[system.placeOf(replay.state, 0, thread)]!.held.length > 0;
  }

  /** The fewest moves of a thread alone with which it does what a deed says; none if it cannot. */
  private wayTo(thread: number, { functions, action, object }: Followed): readonly Move[] {
    const { system, replay } = this;
    const open: { state: Int32Array; moves: readonly Move[] }[] = [{ state: replay.state, moves: [] }];
    for (let i = 0; i < open.length && i < lookLimit; i++) {
      const { state, moves } = open[i]!;
      const place = system.placeOf(state, 0, thread);
      for (const alternative of this.alternatives(thread, state)) {
        const way = [...moves, { thread, alternative }];
        const deed = replay.deed(thread, place, alternative);
        if (deed.action === action && deed.object === object && deed.functions.at(-1) === functions.at(-1)) return way;
        if (way.length >= lookDepth) continue;
        const next = Int32Array.from(state);
        system.apply(next, 0, thread, place, alternative);
        open.push({ state: next, moves: way });
      }
    }
    return [];
  }

  private alternatives(thread: number, state = this.replay.state): readonly number[] {
    const { system } = this;
    const list = system.alternatives(state, 0, thread, system.placeOf(state, 0, thread));
    if (list < 0) return [];
    return Array.from({ length: system.listStart[list + 1]! - system.listStart[list]! }, (_, i) => system.listStart[list]! + i);
  }
}
