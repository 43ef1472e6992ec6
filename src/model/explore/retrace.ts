import type { Broken } from './ending.ts';
import type { Stack } from './machine.ts';
import { Replay } from './replay.ts';
import { RunError } from './run-error.ts';
import type { Move } from './search.ts';
import { get, type System } from './system.ts';

/** A run to begin with, and the move to go on with instead of its own. */
export interface Turn {
  readonly initial: number;
  readonly moves: readonly Move[];
  readonly move: Move;
}

/** What a run breaks at the next step of a thread after so many steps. */
export type BrokenAfter = Omit<Broken, 'step'> & { readonly thread: string; readonly after: number };

/** What can be seen of a move, whatever is looked for besides. */
interface Seen {
  readonly thread: number;
  readonly at: string;
  readonly text: string;
  /** Place that it leads to; absent where that does not matter. */
  readonly next?: number;
  readonly changed: readonly (readonly [variable: number, value: number])[];
}

/** States tried, where several ways look alike. */
const tryLimit = 100_000;

/**
 * The same run and turn on a system of the same model that looks for other properties: places and moves have other numbers there, so
 * the same steps are looked for. What the run breaks before the turn, if it cannot be made for that; undefined if it is not found.
 */
export function retrace(from: System, to: System, turn: Turn): Turn | BrokenAfter | undefined {
  const seen = look(from, turn);
  const words = new Replay(to, 0);
  const start = from.initialState(turn.initial);
  let broken: BrokenAfter | undefined;
  let tries = 0;

  for (let initial = 0; initial < to.initialCount && tries < tryLimit; initial++) {
    const moves = fromInitial(initial);
    if (moves) return { initial, moves: moves.slice(0, -1), move: moves.at(-1)! };
  }
  return broken;

  function fromInitial(initial: number): readonly Move[] | undefined {
    const state = to.initialState(initial);
    const places = to.threads.map((_, t) => to.placeOf(state, 0, t));
    const wrong = places.findIndex((place) => to.hasViolation[place] === 1);
    if (wrong >= 0) note(wrong, places[wrong]!, 0);
    if (wrong >= 0 || places.some((place, t) => !areAlike(from, from.placeOf(start, 0, t), to, place))) return undefined;
    const ways = [optionsAt(state, 0)];
    const moves: Move[] = [];
    while (ways.length > 0 && tries++ < tryLimit) {
      const option = ways.at(-1)!.shift();
      if (!option) {
        ways.pop();
        moves.pop();
        continue;
      }
      moves.push(option.move);
      if (moves.length === seen.length) return moves;
      ways.push(optionsAt(option.state, moves.length));
    }
    return undefined;
  }

  function optionsAt(state: Int32Array, number: number): { readonly move: Move; readonly state: Int32Array }[] {
    const { thread, at, text, next, changed } = seen[number]!;
    const place = to.placeOf(state, 0, thread);
    const list = to.alternatives(state, 0, thread, place);
    if (list < 0 || keyOf(to, place) !== at) return [];
    const isTurn = number === seen.length - 1;
    const alike = [];
    const wrong = [];
    for (let alternative = to.listStart[list]!; alternative < to.listStart[list + 1]!; alternative++) {
      const after = Int32Array.from(state);
      to.apply(after, 0, thread, place, alternative);
      const arrived = to.placeOf(after, 0, thread);
      const option = { move: { thread, alternative }, state: after };
      const hasChanged = changed.every(([variable, value]) => valueOf(to, after, variable) === value);
      const isAlike =
        hasChanged && words.describe(place, alternative) === text && (next === undefined || areAlike(from, next, to, arrived));
      if (isAlike) {
        if (isTurn || to.hasViolation[arrived] === 0) alike.push(option);
        else note(thread, arrived, number + 1);
      } else if (to.hasViolation[arrived] === 1) {
        // What goes wrong is no step of the run that was made without looking for it.
        if (isTurn) wrong.push(option);
        else note(thread, arrived, number + 1);
      }
    }
    return [...alike, ...wrong];
  }

  /** The way that led furthest is the run's own. */
  function note(thread: number, place: number, after: number): void {
    if (broken && broken.after >= after) return;
    const { property, message } = to.places[place]!.violation!;
    broken = { property, message, thread: to.setup.threads[thread]!.name, after };
  }
}

/** What is seen of a run and of the turn, which is last. */
function look(system: System, { initial, moves, move }: Turn): readonly Seen[] {
  const state = system.initialState(initial);
  const { variables } = system.setup.memory;
  const words = new Replay(system, initial);
  const seen: Seen[] = [];
  for (const [number, { thread, alternative }] of [...moves, move].entries()) {
    if (thread >= system.threads.length) throw notPossible();
    const place = system.placeOf(state, 0, thread);
    const list = system.alternatives(state, 0, thread, place);
    if (list < 0 || alternative < system.listStart[list]! || alternative >= system.listStart[list + 1]!) throw notPossible();
    const before = variables.map((_, i) => valueOf(system, state, i));
    system.apply(state, 0, thread, place, alternative);
    const isSilent = system.isMonitoring(place);
    // That an access goes on is no step; where the turn only says so, it is the access that is meant.
    if (isSilent && number < moves.length) continue;
    const changed = variables.flatMap((_, i) => {
      const now = valueOf(system, state, i);
      return now === before[i] ? [] : [[i, now] as const];
    });
    const next = system.placeOf(state, 0, thread);
    const text = words.describe(place, alternative);
    seen.push({ thread, at: keyOf(system, place), text, changed, ...(!isSilent && { next }) });
  }
  return seen;
}

function notPossible(): RunError {
  return new RunError('the run cannot be made again');
}

function valueOf({ fields, fieldValues }: System, state: Int32Array, variable: number): number {
  return fieldValues.values[variable]![get(state, 0, fields[variable]!)]!;
}

/** Whether a place of a system is the same as one of another that looks for other properties: what matters to the first is alike. */
function areAlike(from: System, place: number, to: System, other: number): boolean {
  const stackOf = (system: System, of: number): Stack => {
    const thread = threadOf(system, of);
    return system.threads[thread]!.stackAt(of - system.base[thread]!);
  };
  return keyOf(from, place) === keyOf(to, other) && from.setup.machine.agrees(stackOf(from, place), stackOf(to, other));
}

function threadOf({ base }: System, place: number): number {
  return base.findLastIndex((first) => first <= place);
}

const keys = new WeakMap<System, Map<number, string>>();

/** What a place looks like, without its number: the step and its object, how far it is, where it was called from, what is held. */
function keyOf(system: System, place: number): string {
  const known = keys.get(system) ?? new Map<number, string>();
  keys.set(system, known);
  const key = known.get(place) ?? makeKey(system, place);
  known.set(place, key);
  return key;
}

function makeKey(system: System, place: number): string {
  const { step, held, functions, part } = system.places[place]!;
  const thread = threadOf(system, place);
  const isAccess = step?.kind === 'read' || step?.kind === 'write' || step?.kind === 'modify';
  const object = system.threads[thread]!.objectAt(place - system.base[thread]!);
  const locks = held.map(({ lock, mode }) => `${lock} ${mode}`);
  return JSON.stringify([step?.kind, step?.at, object, isAccess ? 0 : part, functions, locks]);
}
