import { digestOf } from './digest.ts';
import type { Run } from './ending.ts';
import type { Deed } from './replay.ts';
import { retrace, type BrokenAfter, type Turn } from './retrace.ts';
import type { Move } from './search.ts';
import type { System } from './system.ts';
import { Walk, type Judged } from './walk.ts';

/** What is to be done again, by a thread of the same name in a function of the same name. */
export type Followed = Pick<Deed, 'thread' | 'functions' | 'action' | 'object'>;

/** What the moves of a run are numbers of. */
export type Numbering = Pick<Run, 'digest' | 'properties'>;

/** Moves of one thread that are looked at for the next thing to do, and how many in a row. */
const lookLimit = 2000;
const lookDepth = 60;

/**
 * Takes the turn, and goes on: with the same thread as long as it can, then with the others, until all rest or something is wrong.
 * The run was made looking for some properties; it is made again looking for all. Undefined if its moves are of another model.
 */
export function takeTurn(
  systemFor: (properties: readonly string[]) => System,
  made: Numbering,
  turn: Turn,
  judged: Judged,
): Run | undefined {
  const from = systemFor(made.properties);
  if (digestOf(from) !== made.digest) return undefined;
  const earlier: BrokenAfter[] = [];
  for (let left = withoutRaces(judged.asked); ;) {
    const to = systemFor(left);
    const again = digestOf(to) === made.digest ? turn : retrace(from, to, turn);
    if (!again) return turned(new Walk(from, turn.initial, { ...judged, asked: new Set(made.properties), isAll: false }), turn);
    if ('move' in again) return turned(new Walk(to, again.initial, judged, earlier), again);
    // It cannot be made with what it breaks before the turn: that is told, and not looked for behind it.
    earlier.push(again);
    left = left.filter((property) => property !== again.property);
  }
}

function turned(walk: Walk, { moves, move }: Turn): Run {
  walk.pass(moves);
  return walk.go(move) ?? walk.goOn(threadsOf(walk.system).sort((a, b) => Number(b === move.thread) - Number(a === move.thread)));
}

/** What a system looks for on which single runs are made. */
export function withoutRaces(asked: ReadonlySet<string>): readonly string[] {
  return [...asked].filter((property) => property !== 'race');
}

/** A run from the first of the initial states, each thread going on as long as it can. */
export function runThrough(system: System, judged: Judged): Run {
  const walk = new Walk(system, 0, judged);
  return walk.begin() ?? walk.goOn(threadsOf(system));
}

/**
 * Lets the threads of another run, of this or another model, do the same here in the same order: what has no counterpart is
 * left out. In the end the threads that took part go on until they hold nothing.
 */
export function followRun(system: System, deeds: readonly Followed[], judged: Judged): Run {
  const walk = new Walk(system, 0, judged);
  const names = system.setup.threads.map(({ name }) => name);
  const threads = [...new Set(deeds.map(({ thread }) => names.indexOf(thread)))].filter((t) => t >= 0);
  const begun = walk.begin();
  if (begun) return begun;
  for (let left = deeds; ;) {
    const { ended, later } = follow(walk, left, names);
    const run = ended ?? walk.goOn(threads, (t) => walk.holdsSomething(t));
    if (run.property !== undefined || later.length === 0 || later.length === left.length) return run;
    left = later;
  }
}

/** Does what the deeds say, one after the other. What a thread that has to wait does not get to is for later. */
function follow(
  walk: Walk,
  deeds: readonly Followed[],
  names: readonly string[],
): { readonly ended?: Run; readonly later: readonly Followed[] } {
  const waiting = new Set<number>();
  const later: Followed[] = [];
  for (const deed of deeds) {
    const thread = names.indexOf(deed.thread);
    if (thread < 0) continue;
    if (walk.waits(thread)) waiting.add(thread);
    if (waiting.has(thread)) {
      later.push(deed);
      continue;
    }
    for (const move of wayTo(walk, thread, deed)) {
      const ended = walk.go(move);
      if (ended) return { ended, later };
    }
  }
  return { later };
}

/** The fewest moves of a thread alone with which it does what a deed says; none if it cannot. */
function wayTo(walk: Walk, thread: number, { functions, action, object }: Followed): readonly Move[] {
  const { system, replay } = walk;
  const open: { state: Int32Array; moves: readonly Move[] }[] = [{ state: replay.state, moves: [] }];
  const seen = new Set([replay.state.join()]);
  for (let i = 0; i < open.length && i < lookLimit; i++) {
    const { state, moves } = open[i]!;
    const place = system.placeOf(state, 0, thread);
    for (const alternative of walk.alternatives(thread, state)) {
      const way = [...moves, { thread, alternative }];
      const deed = replay.deed(thread, place, alternative);
      if (deed.action === action && deed.object === object && deed.functions.at(-1) === functions.at(-1)) return way;
      if (way.length >= lookDepth) continue;
      const next = Int32Array.from(state);
      system.apply(next, 0, thread, place, alternative);
      const key = next.join();
      if (seen.has(key)) continue;
      seen.add(key);
      open.push({ state: next, moves: way });
    }
  }
  return [];
}

function threadsOf({ threads }: System): number[] {
  return threads.map((_, t) => t);
}
