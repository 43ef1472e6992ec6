import type { Range } from '../source/location.ts';
import { RunError } from './memory.ts';
import type { Move } from './search.ts';
import { get, type System } from './system.ts';

/** One step of a run, in words. */
export interface TraceStep {
  readonly thread: string;
  /** Functions the thread is in, outermost first. */
  readonly functions: readonly string[];
  readonly text: string;
  /** Where the step stands in the model. */
  readonly at: Range | undefined;
  /** Names of the locks it holds after the step, in the order they were taken. */
  readonly held: readonly string[];
  /** New values of shared variables, by name. */
  readonly changed: Readonly<Record<string, number>>;
}

/** A thread that waits at the end of a run. */
export interface Waiting {
  readonly thread: string;
  /** What it is about to do. */
  readonly text: string;
  readonly functions: readonly string[];
  readonly at: Range | undefined;
  readonly held: readonly string[];
  /** Threads that hold what it waits for. */
  readonly for: readonly string[];
}

const accessWords = { read: 'reads', write: 'writes', modify: 'changes' } as const;

/** Performs moves one by one, on the system without reductions: one that is not possible is an error of the search. */
export class Replay {
  readonly state: Int32Array;
  readonly steps: TraceStep[] = [];

  constructor(
    private readonly system: System,
    initial: number,
  ) {
    this.state = Int32Array.from(system.initialStates[initial] ?? system.initialStates[0]!);
  }

  step({ thread, alternative }: Move): void {
    const { system, state } = this;
    const place = system.placeOf(state, 0, thread);
    const list = system.alternatives(state, 0, thread, place);
    if (list < 0 || alternative < system.listStart[list]! || alternative >= system.listStart[list + 1]!)
      throw new RunError('the run found cannot be replayed: please report this');
    const before = this.values();
    system.apply(state, 0, thread, place, alternative);
    const after = this.values();
    const changed: Record<string, number> = {};
    for (const [i, { name }] of system.setup.memory.variables.entries()) if (before[i] !== after[i]) changed[name] = after[i]!;
    // That a plain access goes on is no step of the model.
    if (this.isMonitoring(place)) return;
    const { step, functions } = system.places[place]!;
    const now = system.places[system.placeOf(state, 0, thread)]!;
    this.steps.push({
      thread: system.setup.threads[thread]!.name,
      functions,
      text: this.describe(place, alternative),
      at: step?.at,
      held: now.held.map((h) => this.lockName(h.lock)),
      changed,
    });
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
    const { system } = this;
    const { step, operation, part } = system.places[place]!;
    const { memory } = system.setup;
    const name = operation.kind === 'access' ? (memory.variables[operation.field]?.name ?? this.nameOfField(operation.field)) : '';
    const next = alternative === undefined ? undefined : system.places[system.base[this.threadOf(place)]! + system.altNext[alternative]!];
    switch (step?.kind) {
      case 'acquire': {
        const lock = 'domain' in operation ? `the read side of ${this.lockName(operation.domain)}` : name;
        const got = next === undefined || next.held.length > system.places[place]!.held.length;
        if (operation.kind === 'reader-enter') return `enters ${lock}`;
        if (next && !got) return next.part > 0 ? `waits for ${lock}` : `does not get ${lock}`;
        return `takes ${lock}${step.mode === 'shared' ? ' (shared)' : ''}`;
      }
      case 'release':
        return operation.kind === 'reader-exit' ? `leaves the read side of ${this.lockName(operation.domain)}` : `releases ${name}`;
      case 'sync': {
        const domain = 'domain' in operation ? this.lockName(operation.domain) : '';
        return part === 0 ? `begins to wait for the readers of ${domain}` : `the grace period of ${domain} is over`;
      }
      case 'read':
      case 'write':
      case 'modify': {
        const what = this.racedOver(place) || name;
        return `${accessWords[step.kind]} ${what}${step.kind !== 'modify' && !step.marked ? ' (plain)' : ''}`;
      }
      case 'claim':
        return `finds that this does not hold: ${step.text}`;
      case 'wait':
        return next && step.signal !== '' && this.isSignal(place, alternative!) ? 'is woken by a signal' : 'waits for its condition';
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

  /** Whether the operation only tells others that a plain access goes on, or looks whether one does. */
  private isMonitoring(place: number): boolean {
    const { operation } = this.system.places[place]!;
    const { memory, initial } = this.system.setup;
    return operation.kind === 'access' && operation.field >= initial.length + memory.locks.length;
  }

  /** Name of the variable that a place watches for races, or at which it races; empty otherwise. */
  private racedOver(place: number): string {
    const { violation } = this.system.places[place]!;
    if (violation?.variable !== undefined) return this.system.setup.memory.variables[violation.variable]!.name;
    return this.isMonitoring(place) ? this.system.monitored(place) : '';
  }

  /** Threads about to access the same variable as one that races. */
  racing(thread: number): readonly number[] {
    const { system, state } = this;
    const variable = this.racedOver(system.placeOf(state, 0, thread));
    return system.setup.threads
      .map((_, t) => t)
      .filter((t) => {
        const place = system.placeOf(state, 0, t);
        return t === thread || (system.places[place]!.part === 1 && this.isMonitoring(place) && this.racedOver(place) === variable);
      });
  }

  private isSignal(place: number, alternative: number): boolean {
    const { operation } = this.system.places[place]!;
    const to = this.system.altNext[alternative]!;
    return operation.kind === 'wait' ? operation.signal.includes(to) && !operation.next.includes(to) : false;
  }

  waiting(thread: number, holders: readonly number[]): Waiting {
    const { system, state } = this;
    const place = system.placeOf(state, 0, thread);
    const { functions, step, held } = system.places[place]!;
    return {
      thread: system.setup.threads[thread]!.name,
      text: this.describe(place)
        .replace(/^takes /, 'waits for ')
        .replace(/^the grace period of (.*) is over$/, 'waits for the readers of $1'),
      functions,
      at: step?.at,
      held: held.map((h) => this.lockName(h.lock)),
      for: holders.map((t) => system.setup.threads[t]!.name),
    };
  }
}
