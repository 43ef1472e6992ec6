import type { ModelProgram } from '../ir/execution.ts';
import type { FunctionIr } from '../ir/program.ts';
import { Automaton, type Fields, type Place } from './automaton.ts';
import { combinations } from './conditions.ts';
import { observe } from './observed.ts';
import { racyVariables } from './races.ts';
import { located, MemoryBudget, Patience, RunError } from './run-error.ts';
import type { OrderRule } from './rules.ts';
import { setUp, type Setup } from './scenario.ts';
import { writeBound } from './write-bound.ts';

/** What a run is: a scenario of a model, its numbers and options, what is looked for, and the documented orders. */
export interface RunSettings {
  readonly scenario: string;
  /** vCPUs, rounds, options (0 or 1), by name. */
  readonly values: ReadonlyMap<string, number>;
  readonly properties: ReadonlySet<string>;
  readonly rules: readonly OrderRule[];
}

/** A field of the packed state: word, shift and mask; values are numbers of `values`. */
export interface PackedField {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
}

/** Values of one field; more are a state that grows without bound. */
const valueLimit = 1 << 9;
/** A monitor has two bits for each thread. */
const raceThreadLimit = 15;
/** Entries of all tables together. */
const tableLimit = 1 << 25;
/** Steps that nobody sees, at all places of all threads. */
const silentLimit = 1 << 23;
/** Combinations of values that one wait looks at. */
const combinationLimit = 1 << 18;

class FieldValues implements Fields {
  readonly values: number[][];
  private readonly index: Map<number, number>[];
  /** Computed values that are not followed yet. */
  private pending: (readonly [field: number, value: number])[] = [];
  count: number;

  constructor(
    initial: readonly number[],
    private readonly tooMany: (field: number) => RunError,
  ) {
    this.values = initial.map((value) => [value]);
    this.index = initial.map((value) => new Map([[value, 0]]));
    this.count = initial.length;
  }

  add(field: number, value: number, isComputed: boolean): void {
    const known = this.index[field]!;
    if (known.has(value)) return;
    if (isComputed) {
      this.pending.push([field, value]);
      return;
    }
    if (known.size >= valueLimit) throw this.tooMany(field);
    known.set(value, known.size);
    this.values[field]!.push(value);
    this.count++;
  }

  /** Lets computed values be followed; whether there were any. */
  promote(): boolean {
    const { pending, count } = this;
    this.pending = [];
    for (const [field, value] of pending) this.add(field, value, false);
    return this.count > count;
  }

  indexOf(field: number, value: number): number {
    return this.index[field]!.get(value)!;
  }
}

export const END = 0;
export const ACCESS = 1;
export const WAIT = 2;
export const READER_ENTER_OP = 3;
export const READER_EXIT_OP = 4;
export const SYNC_BEGIN_OP = 5;
export const SYNC_END_OP = 6;
const kinds = {
  end: END,
  access: ACCESS,
  wait: WAIT,
  'reader-enter': READER_ENTER_OP,
  'reader-exit': READER_EXIT_OP,
  'sync-begin': SYNC_BEGIN_OP,
  'sync-end': SYNC_END_OP,
};

/** A domain of SRCU or RCU in the packed state: who reads, and whom each waiting thread waits for. */
export interface Domain {
  readonly lock: number;
  readonly readers: PackedField;
  /** By thread; undefined for those that never wait. */
  readonly awaited: readonly (PackedField | undefined)[];
}

/** A scenario ready to be explored: threads as automata, the state as packed words, every operation as a table. */
export class System {
  readonly setup: Setup;
  readonly threads: readonly Automaton[];
  /** Variables watched for data races; their monitors are the last fields, in this order. */
  readonly racy: readonly number[];
  /** Words of one state. */
  readonly words: number;
  readonly pcs: readonly PackedField[];
  readonly fields: readonly PackedField[];
  readonly fieldValues: FieldValues;
  readonly domains: ReadonlyMap<number, Domain>;
  /** First place of each thread in the numbering of all places. */
  readonly base: readonly number[];
  readonly places: readonly Place[];
  readonly kind: Uint8Array;
  /** Field or domain (lock number) of a place's operation; -1 where it has several or none. */
  readonly field: Int32Array;
  /** Where the table of a place's operation starts: by value, the number of its list of alternatives, or -1. */
  readonly table: Int32Array;
  readonly tables: Int32Array;
  /** Alternatives of a list stand from `listStart[list]` to `listStart[list + 1]`. */
  readonly listStart: Int32Array;
  readonly altValue: Int32Array;
  readonly altNext: Int32Array;
  readonly hasViolation: Uint8Array;
  /** States to begin with: one for every combination of places that the threads may start at. */
  readonly initialCount: number;
  /** What it takes itself, besides any state. */
  readonly bytes: number;

  /** Throws `OutOfMemory` where the threads alone need more than `budget`. */
  constructor(
    readonly program: ModelProgram,
    readonly settings: RunSettings,
    budget = new MemoryBudget(),
  ) {
    const asked = withProperties(program, settings.properties);
    this.setup = setUp(asked, settings.scenario, settings.values);
    const { memory, initial, threads } = this.setup;
    const observed = observe(asked, this.setup);
    const first = [...initial.map((value, variable) => (observed.matters(variable) ? value : 0)), ...memory.locks.map(() => 0)];
    const bounds = { budget, patience: new Patience(silentLimit, 'the threads do too much that nobody sees') };
    const build = (monitored: readonly number[]): { automata: readonly Automaton[]; values: FieldValues } => {
      budget.used = 0;
      const values: FieldValues = new FieldValues([...first, ...monitored.map(() => 0)], (field) => this.tooMany(field, automata));
      const monitors = new Map(monitored.map((variable, i) => [variable, first.length + i]));
      const size = (): number => values.count + automata.reduce((sum, t) => sum + t.places.length, 0);
      const automata: readonly Automaton[] = threads.map(({ stack }, t) =>
        this.inThread(
          t,
          () => new Automaton(this.setup, stack, values, observed, settings.rules, settings.properties, monitors, t, bounds),
        ),
      );
      for (let round = 0, check = 4; ; round++) {
        for (let before = -1; before !== size();) {
          before = size();
          const known = values.values.map((list) => list.length);
          for (const [t, automaton] of automata.entries()) this.inThread(t, () => automaton.grow(known));
        }
        // What would take more computed writes than any run can make never comes about: it gets a number, and is not followed.
        const bound = round === check ? writeBound(automata, memory.variables.length) : Infinity;
        if (!values.promote() || round >= bound) break;
        if (round === check) check = Math.max(check + 1, Math.min(bound, check * 2));
      }
      return { automata, values };
    };
    let built = build([]);
    const racy = settings.properties.has('race') ? racyVariables(built.automata, initial.length) : [];
    if (racy.length > 0) {
      if (threads.length > raceThreadLimit) throw new RunError(`data races are looked for among ${raceThreadLimit} threads at the most`);
      built = build(racy);
    }
    this.racy = racy;
    this.threads = built.automata;
    this.fieldValues = built.values;
    let at = 0;
    this.base = this.threads.map((t) => (at += t.places.length) - t.places.length);
    this.places = this.threads.flatMap((t) => t.places);
    const layout = new Layout();
    this.pcs = this.threads.map((t) => layout.add(bitsFor(t.places.length)));
    this.fields = this.fieldValues.values.map((values) => layout.add(bitsFor(values.length)));
    this.domains = this.layOutDomains(layout);
    this.words = layout.words;
    const tables = new Tables(this, budget);
    this.kind = Uint8Array.from(this.places, (place) => kinds[place.operation.kind]);
    this.field = Int32Array.from(this.places, ({ operation }) =>
      operation.kind === 'access'
        ? operation.field
        : 'domain' in operation
          ? operation.domain
          : operation.kind === 'wait'
            ? operation.update
            : -1,
    );
    this.table = Int32Array.from(this.threads.flatMap((t) => t.places.map((place, i) => tables.add(place, t.followedValues(i)))));
    this.tables = tables.entries;
    this.listStart = Int32Array.from([...tables.starts, tables.values.length]);
    this.altValue = Int32Array.from(tables.values);
    this.altNext = Int32Array.from(tables.next);
    this.hasViolation = Uint8Array.from(this.places, (place) => (place.violation ? 1 : 0));
    this.bytes = budget.used;
    this.initialCount = this.threads.reduce((count, { start }) => count * start.length, 1);
  }

  /** What is done for one thread; what goes wrong there is said of it. */
  private inThread<T>(thread: number, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw located(error, () => ({ thread: this.setup.threads[thread]!.name }));
    }
  }

  private tooMany(field: number, automata: readonly Automaton[]): RunError {
    const { memory, threads } = this.setup;
    const name = memory.variables[field]?.name ?? 'a variable';
    const error = new RunError(`${name} takes more than ${valueLimit} values: it grows without bound`);
    for (const [t, { places }] of automata.entries()) {
      const writer = places.find(({ operation }) => operation.kind === 'access' && operation.field === field && operation.isComputed);
      if (writer) return error.within({ thread: threads[t]!.name, function: writer.functions.at(-1), at: writer.step?.at });
    }
    return error;
  }

  private layOutDomains(layout: Layout): ReadonlyMap<number, Domain> {
    const domains = new Map<number, Domain>();
    const threads = this.threads.length;
    for (const lock of new Set(this.places.flatMap(({ operation }) => ('domain' in operation ? [operation.domain] : [])))) {
      const waits = this.threads.map((t) => t.places.some(({ operation: o }) => o.kind === 'sync-begin' && o.domain === lock));
      domains.set(lock, {
        lock,
        readers: layout.add(threads),
        awaited: waits.map((does) => (does ? layout.add(threads) : undefined)),
      });
    }
    return domains;
  }

  /** One of the states to begin with: its number counts the places that threads start at, the last thread changing first. */
  initialState(number: number): Int32Array {
    const state = new Int32Array(this.words);
    for (let t = this.threads.length - 1, rest = number; t >= 0; t--) {
      const { start } = this.threads[t]!;
      set(state, 0, this.pcs[t]!, start[rest % start.length] ?? start[0]!);
      rest = Math.floor(rest / start.length);
    }
    return state;
  }

  initialNumber(state: Int32Array): number {
    return this.threads.reduce((number, { start }, t) => number * start.length + start.indexOf(get(state, 0, this.pcs[t]!)), 0);
  }

  /** Whether the operation at a place only tells others that a plain access goes on, or looks whether one does. */
  isMonitoring(place: number): boolean {
    const { operation } = this.places[place]!;
    return operation.kind === 'access' && operation.field >= this.setup.initial.length + this.setup.memory.locks.length;
  }

  /** Name of the variable whose races the operation at a place watches for. */
  monitored(place: number): string {
    const field = this.field[place]! - this.setup.initial.length - this.setup.memory.locks.length;
    return this.setup.memory.variables[this.racy[field] ?? -1]?.name ?? '';
  }

  /** Place of a thread in a state, in the numbering of all places. */
  placeOf(states: Int32Array, at: number, thread: number): number {
    return this.base[thread]! + get(states, at, this.pcs[thread]!);
  }

  /** List of alternatives that an operation has in a state; -1 if it has to wait. */
  alternatives(states: Int32Array, at: number, thread: number, place: number): number {
    switch (this.kind[place]) {
      case END:
        return -1;
      case ACCESS:
        return this.tables[this.table[place]! + get(states, at, this.fields[this.field[place]!]!)]!;
      case WAIT: {
        const operation = this.places[place]!.operation as Extract<Place['operation'], { kind: 'wait' }>;
        let index = 0;
        for (const field of operation.fields) index = index * this.fieldValues.values[field]!.length + get(states, at, this.fields[field]!);
        return this.tables[this.table[place]! + index]!;
      }
      case SYNC_END_OP:
        return get(states, at, this.domains.get(this.field[place]!)!.awaited[thread]!) === 0 ? this.tables[this.table[place]!]! : -1;
      default:
        return this.tables[this.table[place]!]!;
    }
  }

  /** Performs an alternative in place. */
  apply(states: Int32Array, at: number, thread: number, place: number, alternative: number): void {
    set(states, at, this.pcs[thread]!, this.altNext[alternative]!);
    const field = this.field[place]!;
    switch (this.kind[place]) {
      case ACCESS:
        set(states, at, this.fields[field]!, this.altValue[alternative]!);
        break;
      case WAIT:
        if (field >= 0 && this.altValue[alternative]! >= 0) set(states, at, this.fields[field]!, this.altValue[alternative]!);
        break;
      case READER_ENTER_OP: {
        const { readers } = this.domains.get(field)!;
        set(states, at, readers, get(states, at, readers) | (1 << thread));
        break;
      }
      case READER_EXIT_OP: {
        const { readers, awaited } = this.domains.get(field)!;
        set(states, at, readers, get(states, at, readers) & ~(1 << thread));
        for (const waiting of awaited) if (waiting) set(states, at, waiting, get(states, at, waiting) & ~(1 << thread));
        break;
      }
      case SYNC_BEGIN_OP: {
        const { readers, awaited } = this.domains.get(field)!;
        set(states, at, awaited[thread]!, get(states, at, readers));
        break;
      }
      default:
        break;
    }
  }
}

export function get(states: Int32Array, at: number, { word, shift, mask }: PackedField): number {
  return (states[at + word]! >>> shift) & mask;
}

export function set(states: Int32Array, at: number, { word, shift, mask }: PackedField, value: number): void {
  states[at + word] = (states[at + word]! & ~(mask << shift)) | (value << shift);
}

function bitsFor(values: number): number {
  return values <= 1 ? 0 : 32 - Math.clz32(values - 1);
}

/** Puts fields into words; none crosses from one word into the next. */
class Layout {
  private readonly used: number[] = [0];

  get words(): number {
    return this.used.length;
  }

  add(bits: number): PackedField {
    let word = this.used.findIndex((used) => used + bits <= 32);
    if (word < 0) word = this.used.push(0) - 1;
    const shift = this.used[word]!;
    this.used[word] = shift + bits;
    return { word, shift: shift & 31, mask: bits === 0 ? 0 : 0xffffffff >>> (32 - bits) };
  }
}

/** Tables of all operations, with equal lists of alternatives kept once. */
class Tables {
  readonly entries: Int32Array;
  readonly starts: number[] = [];
  readonly values: number[] = [];
  readonly next: number[] = [];
  private readonly lists = new Map<string, number>();
  private used = 0;

  constructor(
    private readonly system: System,
    budget: MemoryBudget,
  ) {
    const size = system.places.reduce((sum, place) => sum + this.sizeOf(place), 0);
    if (size > tableLimit) throw new RunError('threads have too many places, and variables too many values, to be explored');
    budget.take(size * 4);
    this.entries = new Int32Array(size);
  }

  private sizeOf({ operation, functions, step }: Place): number {
    const { values } = this.system.fieldValues;
    switch (operation.kind) {
      case 'end':
        return 0;
      case 'access':
        return values[operation.field]!.length;
      case 'wait': {
        const size = operation.fields.reduce((product, field) => product * values[field]!.length, 1);
        if (size <= combinationLimit) return size;
        throw new RunError('a wait looks at variables with too many values together').within({ function: functions.at(-1), at: step?.at });
      }
      default:
        return 1;
    }
  }

  add({ operation }: Place, followed: readonly number[]): number {
    const start = this.used;
    const { fieldValues } = this.system;
    switch (operation.kind) {
      case 'end':
        break;
      case 'access':
        for (const old of followed)
          this.entry(
            operation
              .effect(old)
              .flatMap(({ value, next }) => next.map((to) => [fieldValues.indexOf(operation.field, value), to] as const)),
          );
        // Values that never come about.
        for (let i = followed.length; i < fieldValues.values[operation.field]!.length; i++) this.entry([]);
        break;
      case 'wait': {
        for (const values of combinations(operation.fields.map((field) => fieldValues.values[field]!))) {
          const value = operation.holds(values);
          const update = value === undefined || operation.update < 0 ? -1 : fieldValues.indexOf(operation.update, value);
          const go = value === undefined ? [] : operation.next.map((to) => [update, to] as const);
          this.entry([...go, ...operation.signal.map((to) => [-1, to] as const)]);
        }
        break;
      }
      default:
        this.entry(operation.next.map((to) => [0, to] as const));
    }
    return start;
  }

  private entry(alternatives: readonly (readonly [number, number])[]): void {
    this.entries[this.used++] = this.list(alternatives);
  }

  private list(alternatives: readonly (readonly [number, number])[]): number {
    if (alternatives.length === 0) return -1;
    const key = alternatives.map(([value, to]) => `${value}>${to}`).join();
    const known = this.lists.get(key);
    if (known !== undefined) return known;
    const list = this.starts.length;
    this.lists.set(key, list);
    this.starts.push(this.values.length);
    for (const [value, to] of alternatives) {
      this.values.push(value);
      this.next.push(to);
    }
    return list;
  }
}

/** Without claims that nobody asked about: what is computed for them alone is no part of the state then. */
function withProperties(program: ModelProgram, properties: ReadonlySet<string>): ModelProgram {
  const strip = (ir: FunctionIr): FunctionIr => ({
    ...ir,
    blocks: ir.blocks.map((block) => ({
      ...block,
      steps: block.steps.filter((step) => (step.kind !== 'claim' && step.kind !== 'finally') || properties.has(step.property)),
    })),
  });
  return {
    ...program,
    functions: program.functions.map(strip),
    scenarios: program.scenarios.map((scenario) => ({ ...scenario, body: strip(scenario.body) })),
  };
}
