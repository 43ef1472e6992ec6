import { oldValue, type Expression } from '../ir/execution.ts';
import type { Acquire, LockRef, Mode, Step } from '../ir/program.ts';
import { combinations, usesLocals, variablesIn } from './conditions.ts';
import type { Stack, Stop } from './machine.ts';
import type { Cell, Locals } from './memory.ts';
import {
  ACQUIRE,
  READ,
  READERS,
  RELEASE,
  TRY,
  WAITING_WRITER,
  WRITE,
  WRITER,
  type Alternative,
  type HeldInstance,
  type Operation,
  type Violation,
} from './operation.ts';
import { raceMessage } from './races.ts';
import { located, type MemoryBudget, Patience, RunError } from './run-error.ts';
import { endViolations, stepViolations, type OrderRule } from './rules.ts';
import type { Setup } from './scenario.ts';
import type { Observed } from './observed.ts';

/** One place of a thread: what it does next, what it holds, and how it came there. */
export interface Place {
  readonly operation: Operation;
  readonly held: readonly HeldInstance[];
  readonly functions: readonly string[];
  readonly step: Step | undefined;
  /** Number of the part it is at, of a step in several: waiting to write, waiting for a grace period, inside a plain access. */
  readonly part: number;
  readonly isIdle: boolean;
  readonly violation?: Violation;
}

interface Position {
  readonly stack: Stack;
  readonly held: readonly HeldInstance[];
  readonly part: number;
}

/** Places of one thread; more are a state that grows without bound. */
const placeLimit = 200_000;

/** How often a thread may hold one lock at once. */
const nestingLimit = 8;

/** Steps in a row that nobody else sees; more are taken for a loop without end. */
const silentLimit = 100_000;

/** Bytes that a place takes, and each value that it is followed by. */
const placeBytes = 2500;
const valueBytes = 100;

/** Reads that go on, of all threads, in the value of a monitor; writes stand one bit higher. */
const evenBits = 0x55555555;

/** Fields of the state, and the values they were seen to take. */
export interface Fields {
  /** Values of a variable or lock, in the order in which they were found. */
  readonly values: readonly (readonly number[])[];
  /** `isComputed`: from other values, so that there may be more where it came from. */
  add(field: number, value: number, isComputed: boolean): void;
}

/** What all threads of a scenario may take together. */
export interface Bounds {
  readonly budget: MemoryBudget;
  /** Steps that nobody sees, at all places. */
  readonly patience: Patience;
}

/**
 * All places of one thread, found from its start by every value that its reads may give. Locals are part of the place, so
 * that every place knows which locks and objects it is about.
 */
export class Automaton {
  readonly places: Place[] = [];
  readonly start: readonly number[];
  private readonly keys = new Map<string, number>();
  private readonly stops: Position[] = [];
  private grown = 0;
  /** For each place, how many values of its field have been followed. */
  private readonly followed: number[] = [];

  constructor(
    private readonly setup: Setup,
    stack: Stack,
    private readonly fields: Fields,
    private readonly observed: Observed,
    private readonly rules: readonly OrderRule[],
    private readonly properties: ReadonlySet<string>,
    /** Fields that watch over variables with accesses that may race, by variable. */
    private readonly monitors: ReadonlyMap<number, number>,
    private readonly thread: number,
    private readonly bounds: Bounds,
  ) {
    this.start = this.arrive(stack, []);
  }

  /** Number of a lock in the state: locks follow the variables. */
  private lockField(lock: number): number {
    return this.setup.memory.variables.length + lock;
  }

  /** Places where the thread may stop next; steps that nobody else can notice are taken on the way. */
  private arrive(stack: Stack, held: readonly HeldInstance[]): readonly number[] {
    const next = new Set<number>();
    const open: Position[] = [{ stack, held, part: 0 }];
    const patience = new Patience(silentLimit, 'a thread runs for ever without a step that others see', this.bounds.patience);
    for (let from = open.pop(); from; from = open.pop()) {
      const { held: now } = from;
      for (const stop of this.setup.machine.advance(from.stack, patience)) {
        try {
          const silent = stop.broken || this.violation(stop, now) ? undefined : this.silent(stop, now);
          if (silent) open.push(...silent);
          else next.add(this.place(stop, now, 0));
        } catch (error) {
          throw located(error, () => this.setup.machine.placeOf(stop.stack));
        }
      }
    }
    return [...next].sort((a, b) => a - b);
  }

  /** Where a step leads that nobody else can notice; undefined if somebody can. */
  private silent({ stack, step }: Stop, held: readonly HeldInstance[]): readonly Position[] | undefined {
    if (!step) return undefined;
    const go = (into: string, value: number, now = held): Position => ({
      stack: this.setup.machine.after(stack, into, value),
      held: now,
      part: 0,
    });
    const locals = this.setup.machine.localsOf(stack);
    switch (step.kind) {
      case 'sleep':
        return [go('', 0)];
      case 'read': {
        const constant = this.observed.constant(this.variable(step.place, locals));
        return constant === undefined ? undefined : [go(step.into, constant)];
      }
      case 'wait': {
        if (step.update || variablesIn(step.condition, locals, this.setup.memory, this.observed).length > 0) return undefined;
        const signal = step.signal === '' ? [] : [go(step.signal, 1)];
        if (this.setup.memory.evaluate(step.condition, locals, (v) => this.observed.constant(v) ?? 0) !== 0)
          return [go(step.signal, 0), ...signal];
        return signal.length > 0 ? signal : undefined;
      }
      case 'acquire':
      case 'release': {
        const lock = this.lock(step.lock, locals);
        const { kind } = this.setup.memory.locks[lock]!;
        if (kind !== 'srcu' && kind !== 'rcu') return undefined;
        // Read sides nest: only the outermost is seen.
        const count = held.filter((h) => h.lock === lock).length;
        if (step.kind === 'acquire') return count > 0 ? [go(step.result, 0, this.held(step, lock, held, locals))] : undefined;
        return count > 1
          ? [
              go(
                '',
                0,
                held.toSpliced(
                  held.findLastIndex((h) => h.lock === lock),
                  1,
                ),
              ),
            ]
          : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Goes on after the step at a position, with what it gave. */
  private after({ stack, held }: Position, into: string, value: number, now: readonly HeldInstance[] = held): readonly number[] {
    return this.arrive(this.setup.machine.after(stack, into, value), now);
  }

  private place(stop: Stop, held: readonly HeldInstance[], part: number, race?: Violation): number {
    const holding = held.map((h) => `${h.lock}${h.mode[0]!}${h.isTry ? 't' : ''}${h.isUnchecked ? 'u' : ''}${h.subclass}`).join();
    const key = `${this.setup.machine.key(stop.stack)}|${holding}|${part}${stop.broken ? 'b' : ''}${race ? 'r' : ''}`;
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    if (this.places.length >= placeLimit)
      throw new RunError(`a thread has more than ${placeLimit} places: its locals and loops have no bound, or too high a one`);
    this.bounds.budget.take(placeBytes);
    this.keys.set(key, this.places.length);
    const violation = race ?? (part > 0 ? undefined : this.violation(stop, held));
    this.stops.push({ stack: stop.stack, held, part });
    return (
      this.places.push({
        operation: { kind: 'end' },
        held,
        functions: this.setup.machine.functionNames(stop.stack),
        step: stop.step,
        part,
        isIdle: stop.step?.kind === 'wait' && stop.step.idle,
        ...(violation && { violation }),
      }) - 1
    );
  }

  /** The first that is wrong at a place of what was asked about. */
  private violation(stop: Stop, held: readonly HeldInstance[]): Violation | undefined {
    return this.violationsAt(stop, held).find(({ property }) => this.properties.has(property));
  }

  private violationsAt({ step, stack, broken }: Stop, held: readonly HeldInstance[]): readonly Violation[] {
    const { memory, machine } = this.setup;
    if (broken) return [{ property: broken.property, message: broken.text }];
    if (!step) return endViolations(held, memory.locks);
    const lock = 'lock' in step ? this.lock(step.lock, machine.localsOf(stack)) : -1;
    return stepViolations(step, lock, held, memory.locks, this.rules);
  }

  /** Name of the lock or variable that the step at a place is about, also where something is wrong and it has no operation. */
  objectAt(place: number): string {
    const { step } = this.places[place]!;
    if (!step) return '';
    const locals = this.setup.machine.localsOf(this.stops[place]!.stack);
    const { locks, variables } = this.setup.memory;
    if ('lock' in step) return locks[this.lock(step.lock, locals)]!.name;
    return 'place' in step ? variables[this.variable(step.place, locals)]!.name : '';
  }

  stackAt(place: number): Stack {
    return this.stops[place]!.stack;
  }

  private cell(place: Expression, locals: Locals): Cell {
    return this.setup.memory.cell(place, locals);
  }

  private lock({ kind, object }: LockRef, locals: Locals): number {
    if (kind === 'rcu') return this.setup.memory.rcu;
    const cell = object && this.cell(object, locals);
    if (cell?.kind !== 'lock') throw new RunError('this is no lock');
    return cell.index;
  }

  private variable(place: Expression, locals: Locals): number {
    const cell = this.cell(place, locals);
    if (cell.kind !== 'variable') throw new RunError('this is no variable');
    return cell.index;
  }

  private operation(step: Step, position: Position): Operation {
    const locals = this.setup.machine.localsOf(position.stack);
    const watched = this.watched(step, position, locals);
    if (watched) return watched;
    switch (step.kind) {
      case 'read': {
        const field = this.variable(step.place, locals);
        return this.access(field, READ, (old) => [{ value: old, next: this.after(position, step.into, old) }]);
      }
      case 'write': {
        const field = this.variable(step.place, locals);
        const value = this.observed.matters(field) ? this.setup.memory.evaluate(step.value, locals) : 0;
        const written: readonly Alternative[] = [{ value, next: this.after(position, '', 0) }];
        const isComputed = usesLocals(step.value);
        this.fields.add(field, value, isComputed);
        return { kind: 'access', field, use: WRITE, isComputed, effect: () => written };
      }
      case 'modify': {
        const field = this.variable(step.place, locals);
        const effect = (old: number): readonly Alternative[] => {
          const value = this.setup.memory.evaluate(step.value, new Map(locals).set(oldValue, old));
          return [{ value, next: this.after(position, step.into, old) }];
        };
        return this.access(field, WRITE, effect, usesLocals(step.value));
      }
      case 'wait':
        return this.wait(step, position, locals);
      case 'acquire':
        return this.acquire(step, position, this.lock(step.lock, locals));
      case 'release':
        return this.release(position, this.lock(step.lock, locals), step.mode);
      case 'sync': {
        const domain = this.lock(step.lock, locals);
        if (position.part > 0) return { kind: 'sync-end', domain, next: this.after({ ...position, part: 0 }, '', 0) };
        return { kind: 'sync-begin', domain, next: [this.place({ stack: position.stack, step }, position.held, 1)] };
      }
      default:
        throw new RunError(`a thread cannot do this: ${step.kind}`);
    }
  }

  /**
   * Before an access that may race: a plain one says that it goes on, and then that it is over, any other looks whether one
   * goes on. Two that are possible at once, one of them plain and one a write, meet in some run this way.
   */
  private watched(step: Step, position: Position, locals: Locals): Operation | undefined {
    const access = step.kind === 'read' || step.kind === 'write' || step.kind === 'modify' ? step : undefined;
    if (!access || this.monitors.size === 0) return undefined;
    const variable = this.variable(access.place, locals);
    const monitor = this.monitors.get(variable);
    if (monitor === undefined) return undefined;
    const isPlain = access.kind !== 'modify' && !access.marked;
    const last = isPlain ? 2 : 1;
    if (position.part >= last) return undefined;
    const own = 1 << (2 * this.thread + (access.kind === 'read' ? 0 : 1));
    const others = (old: number): number => (access.kind === 'read' ? old & (evenBits << 1) : old) & ~(3 << (2 * this.thread));
    const go = [this.place({ stack: position.stack, step }, position.held, position.part + 1)];
    if (position.part === 1) return this.access(monitor, WRITE, (old) => [{ value: old & ~own, next: go }]);
    return this.access(monitor, isPlain ? WRITE : READ, (old) => {
      if (others(old) !== 0) return [{ value: old, next: [this.racing(position, step, variable)] }];
      return [{ value: isPlain ? old | own : old, next: go }];
    });
  }

  private racing(position: Position, step: Step, variable: number): number {
    const violation = { property: 'race', message: raceMessage(this.setup.memory.variables[variable]!.name), variable };
    return this.place({ stack: position.stack, step }, position.held, position.part, violation);
  }

  private access(field: number, use: number, effect: (old: number) => readonly Alternative[], isComputed = false): Operation {
    const known = new Map<number, readonly Alternative[]>();
    return {
      kind: 'access',
      field,
      use,
      isComputed,
      effect: (old) => {
        let alternatives = known.get(old);
        if (!alternatives) {
          this.bounds.budget.take(valueBytes);
          known.set(old, (alternatives = effect(old)));
          for (const { value } of alternatives) this.fields.add(field, value, isComputed);
        }
        return alternatives;
      },
    };
  }

  private wait(step: Extract<Step, { kind: 'wait' }>, position: Position, locals: Locals): Operation {
    const { memory } = this.setup;
    const fields = variablesIn(step.condition, locals, memory, this.observed);
    const next = this.after(position, step.signal, 0);
    const signal = step.signal === '' ? [] : this.after(position, step.signal, 1);
    const update = step.update ? this.variable(step.update.place, locals) : -1;
    const all = update >= 0 && !fields.includes(update) ? [...fields, update] : fields;
    const holds = (values: readonly number[]): number | undefined => {
      const read = (variable: number): number => this.observed.constant(variable) ?? values[all.indexOf(variable)]!;
      if (memory.evaluate(step.condition, locals, read) === 0) return undefined;
      return step.update ? memory.evaluate(step.update.value, new Map(locals).set(oldValue, read(update)), read) : 0;
    };
    const only = all[0];
    if (all.length !== 1 || only === undefined) return { kind: 'wait', fields: all, update, holds, next, signal };
    const effect = (old: number): readonly Alternative[] => {
      const value = holds([old]);
      const interrupted = signal.length > 0 ? [{ value: old, next: signal }] : [];
      return value === undefined ? interrupted : [{ value: update >= 0 ? value : old, next }, ...interrupted];
    };
    return this.access(only, update >= 0 ? WRITE : READ, effect, update >= 0);
  }

  private held(step: Acquire, lock: number, held: readonly HeldInstance[], locals: Locals): readonly HeldInstance[] {
    const most = Math.min(nestingLimit, Math.floor(READERS / this.setup.threads.length));
    if (held.filter((h) => h.lock === lock).length >= most)
      throw new RunError(`${this.setup.memory.locks[lock]!.name} is taken more than ${most} times by one thread`);
    return [...held, this.instance(step, lock, locals)];
  }

  /** A lock as it is held once it is taken. */
  private instance(
    { lock: { lockClass }, mode, isTry, isUnchecked = false, subclassValue }: Acquire,
    lock: number,
    locals: Locals,
  ): HeldInstance {
    const subclass = subclassValue ? this.setup.memory.evaluate(subclassValue, locals) : 0;
    return { lock, lockClass, mode, isTry, isUnchecked, subclass: subclass === 0 ? '' : String(subclass) };
  }

  /** What a place takes, as it would hold it; of a wait for readers, as whoever keeps them out. */
  asked(place: number): HeldInstance | undefined {
    const { stack, part } = this.stops[place]!;
    const { step } = this.places[place]!;
    if (part > 0 || (step?.kind !== 'acquire' && step?.kind !== 'sync')) return undefined;
    const locals = this.setup.machine.localsOf(stack);
    const lock = this.lock(step.lock, locals);
    if (step.kind === 'acquire') return this.instance(step, lock, locals);
    return { lock, lockClass: step.lock.lockClass, mode: 'exclusive', isTry: false, isUnchecked: false, subclass: '' };
  }

  private acquire(step: Acquire, position: Position, lock: number): Operation {
    const { kind } = this.setup.memory.locks[lock]!;
    const taken = (): readonly HeldInstance[] => this.held(step, lock, position.held, this.setup.machine.localsOf(position.stack));
    if (kind === 'srcu' || kind === 'rcu')
      return { kind: 'reader-enter', domain: lock, next: this.after(position, step.result, 0, taken()) };
    const field = this.lockField(lock);
    const got = (): readonly number[] => this.after(position, step.result, step.success === 'nonzero' ? 1 : 0, taken());
    const missed = (): readonly number[] => this.after(position, step.result, step.success === 'nonzero' ? 0 : 1);
    const isShared = kind === 'rwlock' || kind === 'rwsem';
    // A signal is as possible while somebody has the lock as the answer of a trylock.
    const use = isShared ? WRITE : step.isTry || step.success === 'zero' ? TRY : ACQUIRE;
    const interrupted = (value: number): readonly Alternative[] => (step.success === 'zero' ? [{ value, next: missed() }] : []);
    // Who holds it already waits for itself: that it could succeed is not followed.
    const isOwn = position.held.some((h) => h.lock === lock && (h.mode === 'exclusive' || step.mode === 'exclusive'));
    const queues = isShared && step.mode === 'exclusive' && !step.isTry;
    if (isOwn && !queues) return this.access(field, use, (old) => (step.isTry ? [{ value: old, next: missed() }] : interrupted(old)));
    if (!isShared) {
      if (step.isTry) return this.access(field, use, (old) => [old === 0 ? { value: 1, next: got() } : { value: old, next: missed() }]);
      return this.access(field, use, (old) => [...(old === 0 ? [{ value: 1, next: got() }] : []), ...interrupted(old)]);
    }
    // Readers queue behind a writer that waits, as rwsem and queued rwlock have it.
    const isFree = (old: number): boolean => (step.mode === 'shared' ? old < WAITING_WRITER : old === 0);
    const given = step.mode === 'shared' ? 1 : WRITER;
    if (step.isTry)
      return this.counted(field, (old) => (isFree(old) ? [{ value: old + given, next: got() }] : [{ value: old, next: missed() }]));
    if (step.mode === 'shared')
      return this.counted(field, (old) => [...(isFree(old) ? [{ value: old + given, next: got() }] : []), ...interrupted(old)]);
    if (position.part > 0)
      return this.counted(field, (old) => {
        const isMine = !isOwn && (old & READERS) === 0 && old < WRITER;
        return [...(isMine ? [{ value: old - WAITING_WRITER + WRITER, next: got() }] : []), ...interrupted(old - WAITING_WRITER)];
      });
    return this.counted(field, (old) => {
      if (!isOwn && isFree(old)) return [{ value: WRITER, next: got() }, ...interrupted(old)];
      return [{ value: old + WAITING_WRITER, next: [this.place({ stack: position.stack, step }, position.held, 1)] }];
    });
  }

  /** An operation on readers and writers, of whom there are only so many: other values never come about. */
  private counted(field: number, effect: (old: number) => readonly Alternative[]): Operation {
    const writers = this.setup.threads.length;
    const isPossible = (value: number): boolean =>
      value >= 0 && ((value / WAITING_WRITER) & READERS) <= writers && value < 2 * WRITER && (value & READERS) <= writers * nestingLimit;
    return this.access(field, WRITE, (old) => effect(old).filter(({ value }) => isPossible(value)));
  }

  private release(position: Position, lock: number, mode: Mode): Operation {
    const at = position.held.findLastIndex((h) => h.lock === lock && h.mode === mode);
    const held = at < 0 ? position.held : position.held.toSpliced(at, 1);
    const next = this.after(position, '', 0, held);
    const { kind } = this.setup.memory.locks[lock]!;
    if (kind === 'srcu' || kind === 'rcu') return { kind: 'reader-exit', domain: lock, next };
    // Who releases what it does not hold changes nothing; that it is wrong has been said.
    if (at < 0) return this.access(this.lockField(lock), READ, (old) => [{ value: old, next }]);
    if (kind !== 'rwlock' && kind !== 'rwsem') return this.access(this.lockField(lock), RELEASE, () => [{ value: 0, next }]);
    const given = mode === 'shared' ? 1 : WRITER;
    return this.counted(this.lockField(lock), (old) => (old >= given ? [{ value: old - given, next }] : []));
  }

  /** Finds out what is done at places that are new, and follows every place by the first `known` values of its field. */
  grow(known: readonly number[]): void {
    for (let i = 0; i < this.places.length; i++) {
      try {
        this.growPlace(i, known);
      } catch (error) {
        throw located(error, () => this.setup.machine.placeOf(this.stops[i]!.stack));
      }
    }
  }

  private growPlace(i: number, known: readonly number[]): void {
    const place = this.places[i]!;
    if (i >= this.grown) {
      this.grown = i + 1;
      if (place.step && !place.violation && place.step.kind !== 'claim')
        this.places[i] = { ...place, operation: this.operation(place.step, this.stops[i]!) };
    }
    const { operation } = this.places[i]!;
    if (operation.kind === 'access') {
      const count = known[operation.field]!;
      for (let next = this.followed[i] ?? 0; next < count; next++) operation.effect(this.fields.values[operation.field]![next]!);
      this.followed[i] = count;
    } else if (operation.kind === 'wait' && operation.update >= 0) this.growUpdate(operation, known);
  }

  /** Values of its field that a place was followed by: the first so many. */
  followedValues(place: number): readonly number[] {
    const { operation } = this.places[place]!;
    return operation.kind === 'access' ? this.fields.values[operation.field]!.slice(0, this.followed[place] ?? 0) : [];
  }

  /** Places that may come next after a place, by the values it was followed by. */
  nextOf(place: number): readonly number[] {
    const { operation } = this.places[place]!;
    switch (operation.kind) {
      case 'end':
        return [];
      case 'access':
        return [...new Set(this.followedValues(place).flatMap((old) => operation.effect(old).flatMap(({ next }) => next)))];
      case 'wait':
        return [...new Set([...operation.next, ...operation.signal])];
      default:
        return operation.next;
    }
  }

  private growUpdate(operation: Extract<Operation, { kind: 'wait' }>, known: readonly number[]): void {
    for (const values of combinations(operation.fields.map((field) => this.fields.values[field]!.slice(0, known[field])))) {
      const value = operation.holds(values);
      if (value !== undefined) this.fields.add(operation.update, value, true);
    }
  }
}
