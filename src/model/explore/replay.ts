import type { Mode } from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import type { Action } from './action.ts';
import type { Place } from './automaton.ts';
import { RunError } from './run-error.ts';
import type { Move } from './search.ts';
import { get, type System } from './system.ts';
import { Waits } from './waits.ts';

/** What a thread does, or is about to do, in words and as data. */
export interface Deed {
  readonly thread: string;
  /** Functions the thread is in, outermost first. */
  readonly functions: readonly string[];
  readonly text: string;
  readonly action: Action;
  /** Lock, domain or variable that it acts on; empty if there is none. */
  readonly object: string;
  readonly mode?: Mode;
  /** Where it stands in the model. */
  readonly at: Range | undefined;
  /** Names of the locks held after it (of a thread that waits: now), in the order they were taken. */
  readonly held: readonly string[];
}

/** One step of a run. */
export interface TraceStep extends Deed {
  /** New values of shared variables, by name. */
  readonly changed: Readonly<Record<string, number>>;
  /** After it: threads that wait for others. */
  readonly blocked: readonly Blocked[];
  /** What could have been done instead, by this thread or by others. */
  readonly instead: readonly Instead[];
  /** Moves of the run before it: what nobody sees is a move, but no step. */
  readonly moves: number;
}

export interface Blocked {
  readonly thread: string;
  readonly object: string;
  /** Threads that hold it; none where it waits for what others are to do. */
  readonly for: readonly string[];
}

export interface Instead {
  readonly thread: string;
  readonly text: string;
  readonly move: Move;
}

/** A thread that waits at the end of a run. */
export interface Waiting extends Deed {
  /** Threads that hold what it waits for. */
  readonly for: readonly string[];
}

const accessWords = { read: 'reads', write: 'writes', modify: 'changes' } as const;

/** Performs moves one by one, on the system without reductions: one that is not possible is an error of the search. */
export class Replay {
  readonly state: Int32Array;
  readonly steps: TraceStep[] = [];
  /** Moves made, those that are no step of the model among them. */
  readonly moves: Move[] = [];
  private readonly waits: Waits;

  constructor(
    readonly system: System,
    readonly initial: number,
  ) {
    this.state = system.initialState(initial);
    this.waits = new Waits(system);
  }

  step(move: Move): void {
    const { thread, alternative } = move;
    const { system, state } = this;
    const place = system.placeOf(state, 0, thread);
    const list = system.alternatives(state, 0, thread, place);
    if (list < 0 || alternative < system.listStart[list]! || alternative >= system.listStart[list + 1]!)
      throw new RunError('the run found cannot be replayed: please report this');
    const instead = this.system.isMonitoring(place)
      ? []
      : this.possible().filter(({ move: { thread: t, alternative: a } }) => t !== thread || a !== alternative);
    const before = this.values();
    system.apply(state, 0, thread, place, alternative);
    const after = this.values();
    const changed: Record<string, number> = {};
    for (const [i, { name }] of system.setup.memory.variables.entries()) if (before[i] !== after[i]) changed[name] = after[i]!;
    this.moves.push(move);
    // That a plain access goes on is no step of the model.
    if (this.system.isMonitoring(place)) return;
    const now = system.places[system.placeOf(state, 0, thread)]!;
    this.steps.push({
      ...this.deed(thread, place, alternative),
      held: now.held.map((h) => this.lockName(h.lock)),
      changed,
      blocked: this.blocked(),
      instead: instead.filter(({ text, thread: name }) => name !== this.threadName(thread) || text !== this.describe(place, alternative)),
      moves: this.moves.length - 1,
    });
  }

  /** What a thread is about to do. */
  next(thread: number): Deed {
    return this.deed(thread, this.system.placeOf(this.state, 0, thread));
  }

  /** What each thread can do now; ways of one thread that read the same stand for one another. */
  possible(): readonly Instead[] {
    const { system, state } = this;
    const found = new Map<string, Instead>();
    for (const [t, { name }] of system.setup.threads.entries()) {
      const place = system.placeOf(state, 0, t);
      const list = system.alternatives(state, 0, t, place);
      if (list < 0) continue;
      for (let a = system.listStart[list]!; a < system.listStart[list + 1]!; a++) {
        const text = this.describe(place, a);
        const key = `${t} ${text}`;
        if (!found.has(key)) found.set(key, { thread: name, text, move: { thread: t, alternative: a } });
      }
    }
    return [...found.values()];
  }

  /** Threads that can do nothing until others do: let go of what they wait for, or bring about what they wait for. */
  blocked(): readonly Blocked[] {
    const { system, state, waits } = this;
    waits.look(state, 0);
    return system.setup.threads.flatMap((_, t): Blocked[] => {
      if (!waits.waitsInNeed(t)) return [];
      const { for: holders, object, thread } = this.waiting(t, waits.waitsFor(t, state, 0));
      return [{ thread, object, for: holders }];
    });
  }

  /** What a thread does at a place, by one of its alternatives if one is given. */
  deed(thread: number, place: number, alternative?: number): Deed {
    const { step, functions, held } = this.system.places[place]!;
    return {
      thread: this.threadName(thread),
      functions,
      text: this.describe(place, alternative),
      ...this.actionAt(place, alternative),
      at: step?.at,
      held: held.map((h) => this.lockName(h.lock)),
    };
  }

  /** What the operation at a place does; by one of its alternatives, if one is given. */
  private actionAt(place: number, alternative?: number): Pick<Deed, 'action' | 'object' | 'mode'> {
    const { step, operation, part } = this.system.places[place]!;
    const object = this.objectAt(place);
    switch (step?.kind) {
      case 'acquire':
        if (operation.kind === 'reader-enter') return { action: 'enter', object, mode: 'shared' };
        if (alternative !== undefined && !this.getsLock(place, alternative))
          return { action: this.placeAfter(place, alternative).part > 0 ? 'wait' : 'fail', object, mode: step.mode };
        return { action: 'acquire', object, mode: step.mode };
      case 'release':
        return operation.kind === 'reader-exit'
          ? { action: 'leave', object, mode: 'shared' }
          : { action: 'release', object, mode: step.mode };
      case 'sync':
        return { action: part === 0 ? 'synchronize' : 'grace-period', object };
      case 'read':
        return { action: 'read', object };
      case 'write':
      case 'modify':
        return { action: 'write', object };
      case 'claim':
        return { action: 'claim', object };
      case 'wait':
        return { action: 'wake', object };
      default:
        return { action: 'other', object };
    }
  }

  /** What the operation at a place is about: a lock, a domain, variables; empty if it is about none. */
  private objectAt(place: number): string {
    const { operation } = this.system.places[place]!;
    if ('domain' in operation) return this.lockName(operation.domain);
    if (operation.kind === 'wait') return operation.fields.map((field) => this.fieldName(field)).join(' and ');
    if (operation.kind === 'access') return this.racedOver(place) || this.fieldName(operation.field);
    const thread = this.threadOf(place);
    return this.system.threads[thread]!.objectAt(place - this.system.base[thread]!);
  }

  private fieldName(field: number): string {
    return this.system.setup.memory.variables[field]?.name ?? this.nameOfField(field);
  }

  private placeAfter(place: number, alternative: number): Place {
    return this.system.places[this.system.base[this.threadOf(place)]! + this.system.altNext[alternative]!]!;
  }

  private getsLock(place: number, alternative: number): boolean {
    return this.placeAfter(place, alternative).held.length > this.system.places[place]!.held.length;
  }

  private threadName(thread: number): string {
    return this.system.setup.threads[thread]!.name;
  }

  private lockName(lock: number): string {
    return this.system.setup.memory.locks[lock]!.name;
  }

  private values(): readonly number[] {
    const { fields, fieldValues, setup } = this.system;
    return setup.memory.variables.map((_, i) => fieldValues.values[i]![get(this.state, 0, fields[i]!)]!);
  }

  /** What a thread is about to do, or did by one of its alternatives. */
  describe(place: number, alternative?: number): string {
    const { step, operation, part } = this.system.places[place]!;
    const object = this.objectAt(place);
    switch (step?.kind) {
      case 'acquire':
        if (operation.kind === 'reader-enter') return `enters the read side of ${object}`;
        if (alternative !== undefined && !this.getsLock(place, alternative))
          return this.placeAfter(place, alternative).part > 0 ? `waits for ${object}` : `does not get ${object}`;
        return `takes ${object}${step.mode === 'shared' ? ' (shared)' : ''}`;
      case 'release':
        return operation.kind === 'reader-exit' ? `leaves the read side of ${object}` : `releases ${object}`;
      case 'sync':
        return part === 0 ? `begins to wait for the readers of ${object}` : `the grace period of ${object} is over`;
      case 'read':
      case 'write':
      case 'modify':
        return `${accessWords[step.kind]} ${object}${step.kind !== 'modify' && !step.marked ? ' (plain)' : ''}`;
      case 'claim':
        return `finds that this does not hold: ${step.text}`;
      case 'wait':
        if (alternative !== undefined && step.signal !== '' && this.isSignal(place, alternative)) return 'is woken by a signal';
        return step.update ? `goes on: ${object} is complete` : `goes on: its condition${object === '' ? '' : ` on ${object}`} holds`;
      default:
        return 'ends';
    }
  }

  private threadOf(place: number): number {
    return this.system.base.findLastIndex((first) => first <= place);
  }

  private nameOfField(field: number): string {
    return this.system.setup.memory.locks[field - this.system.setup.memory.variables.length]?.name ?? '';
  }

  /** Name of the variable that a place watches for races, or at which it races; empty otherwise. */
  private racedOver(place: number): string {
    const { violation } = this.system.places[place]!;
    if (violation?.variable !== undefined) return this.system.setup.memory.variables[violation.variable]!.name;
    return this.system.isMonitoring(place) ? this.system.monitored(place) : '';
  }

  /** Threads about to access the same variable as one that races. */
  racing(thread: number): readonly number[] {
    const { system, state } = this;
    const variable = this.racedOver(system.placeOf(state, 0, thread));
    return system.setup.threads
      .map((_, t) => t)
      .filter((t) => {
        const place = system.placeOf(state, 0, t);
        return t === thread || (system.places[place]!.part === 1 && this.system.isMonitoring(place) && this.racedOver(place) === variable);
      });
  }

  private isSignal(place: number, alternative: number): boolean {
    const { operation } = this.system.places[place]!;
    const to = this.system.altNext[alternative]!;
    return operation.kind === 'wait' ? operation.signal.includes(to) && !operation.next.includes(to) : false;
  }

  waiting(thread: number, holders: readonly number[]): Waiting {
    const place = this.system.placeOf(this.state, 0, thread);
    const deed = this.deed(thread, place);
    return { ...deed, text: this.waitText(place, deed), for: holders.map((t) => this.threadName(t)) };
  }

  private waitText(place: number, { action, object, text }: Deed): string {
    const { step } = this.system.places[place]!;
    if (step?.kind === 'wait')
      return step.update ? `waits for ${object} to be completed` : `waits for a condition${object === '' ? '' : ` on ${object}`}`;
    if (action === 'grace-period') return `waits for the readers of ${object}`;
    return action === 'acquire' ? text.replace('takes', 'waits for') : text;
  }
}
