import type { Place } from '../explore/automaton.ts';
import { RunError } from '../explore/run-error.ts';
import type { Final } from '../explore/scenario.ts';
import type { System } from '../explore/system.ts';
import { describe, fieldName, Identifiers } from './names.ts';

/** A scenario as what every model checker knows: variables, and threads that go from place to place by guarded steps. */
export interface Outline {
  readonly variables: readonly Variable[];
  readonly threads: readonly Thread[];
  /** What must hold where nothing can happen. */
  readonly finals: readonly { readonly condition: Condition; readonly text: string }[];
  /** Whether to wait for ever is wrong, where a place does not say that a thread may. */
  readonly deadlocks: boolean;
  /** A start in which nothing can happen and something is wrong: one place for each thread. */
  readonly stuckStart: readonly number[] | undefined;
}

export interface Variable {
  readonly name: string;
  readonly text: string;
  readonly initial: number;
  /** In ascending order; undefined for a set of threads, which is empty at first. */
  readonly values: readonly number[] | undefined;
}

export interface Thread {
  readonly name: string;
  readonly text: string;
  /** Places it may start at; none if there is no such run. */
  readonly starts: readonly number[];
  readonly places: readonly OutlinePlace[];
}

export interface OutlinePlace {
  readonly function: string;
  readonly text: string;
  readonly hasEnded: boolean;
  /** To stay here for ever is no deadlock: the thread has ended, or is idle. */
  readonly isAtRest: boolean;
  readonly violation: string | undefined;
  readonly steps: readonly Step[];
}

/** One way to go on. */
export interface Step {
  readonly condition: Condition;
  readonly effects: readonly Effect[];
  /** Number of a place of the same thread. */
  readonly next: number;
}

export type Condition =
  | boolean
  /** A variable has one of some values, in ascending order. */
  | { readonly kind: 'among'; readonly variable: number; readonly values: readonly number[] }
  /** No thread is in a set. */
  | { readonly kind: 'empty'; readonly variable: number }
  | { readonly kind: 'ended' | 'at-rest'; readonly thread: number; readonly is: boolean }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

export type Effect =
  | { readonly kind: 'set' | 'add'; readonly variable: number; readonly value: number }
  /** A thread joins or leaves a set of threads. */
  | { readonly kind: 'join' | 'leave'; readonly variable: number; readonly thread: number }
  | { readonly kind: 'copy'; readonly variable: number; readonly from: number };

export interface ExportOptions {
  /** Text of the model, quoted beside the places. */
  readonly text?: string;
  /** Whether to wait for ever is wrong; it is unless told otherwise. */
  readonly deadlocks?: boolean;
}

/** Conditions that would look at more combinations of values are refused. */
const combinationLimit = 1 << 18;

export function outline(system: System, { text, deadlocks = true }: ExportOptions): Outline {
  const variables = new Variables(system);
  const names = new Identifiers();
  const threads = system.threads.map((automaton, t): Thread => {
    const { name } = system.setup.threads[t]!;
    return {
      name: names.unique('thread', name),
      text: name,
      starts: automaton.start,
      places: automaton.places.map((place, i) => ({
        function: place.functions.at(-1) ?? '',
        text: describe(place, system, text),
        hasEnded: place.step === undefined,
        isAtRest: place.isIdle || (place.step === undefined && !place.violation),
        violation: place.violation?.message,
        steps: place.violation ? [] : stepsOf(place, t, automaton.followedValues(i), variables),
      })),
    };
  });
  // Of a deadlock, a scenario says nothing: where deadlocks are not looked for, they have to be told from its end.
  const waits = deadlocks
    ? []
    : threads.flatMap(({ places }, thread) => (places.every((p) => p.isAtRest) ? [] : [{ kind: 'at-rest', thread, is: false } as const]));
  const finals = system.setup.finals.map((final) => ({ condition: or([...waits, atEnd(system, variables, final)]), text: final.text }));
  const scenario = { variables: variables.all, threads, finals, deadlocks };
  return { ...scenario, stuckStart: stuckStart(system, scenario) };
}

/** The variables that steps and conditions name, numbered as they are met. */
class Variables {
  readonly all: Variable[] = [];
  private readonly names = new Identifiers();
  private readonly numbers = new Map<string, number>();

  /** Those that steps are about, in the order in which the model declares them. */
  constructor(readonly system: System) {
    const operations = system.places.map(({ operation }) => operation);
    const fields = operations.flatMap((o) => (o.kind === 'access' ? [o.field] : o.kind === 'wait' ? o.fields : []));
    for (const field of [...new Set(fields)].sort((a, b) => a - b)) this.field(field);
    for (const { lock, awaited } of [...system.domains.values()].sort((a, b) => a.lock - b.lock)) {
      this.readers(lock);
      for (const [thread, field] of awaited.entries()) if (field) this.awaited(lock, thread);
    }
  }

  private add(key: string, make: () => Variable): number {
    let number = this.numbers.get(key);
    if (number === undefined) this.numbers.set(key, (number = this.all.push(make()) - 1));
    return number;
  }

  /** A variable of the model, the state of a lock, or who is in a plain access. */
  field(field: number): number {
    const { memory } = this.system.setup;
    const lock = memory.locks[field - memory.variables.length];
    const text = fieldName(this.system, field);
    const values = this.system.fieldValues.values[field]!;
    return this.add(`field ${field}`, () => ({
      name: this.names.unique(lock ? 'lock' : field < memory.variables.length ? 'var' : 'race', text),
      text: lock ? `${lock.kind} ${text}` : text,
      initial: values[0]!,
      values: values.toSorted((a, b) => a - b),
    }));
  }

  readers(domain: number): number {
    const text = this.system.setup.memory.locks[domain]!.name;
    return this.add(`readers ${domain}`, () => ({
      name: this.names.unique('readers', text),
      text: `threads in a read side of ${text}`,
      initial: 0,
      values: undefined,
    }));
  }

  awaited(domain: number, thread: number): number {
    const text = this.system.setup.memory.locks[domain]!.name;
    const waiting = this.system.setup.threads[thread]!.name;
    return this.add(`awaited ${domain} ${thread}`, () => ({
      name: this.names.unique('awaited', `${text} by ${waiting}`),
      text: `readers of ${text} that ${waiting} waits for`,
      initial: 0,
      values: undefined,
    }));
  }

  among(variable: number, values: readonly number[]): Condition {
    return { kind: 'among', variable, values: values.toSorted((a, b) => a - b) };
  }
}

/** `followed` are the values that the field of an access was ever seen to have there. */
function stepsOf(place: Place, thread: number, followed: readonly number[], variables: Variables): readonly Step[] {
  const { operation } = place;
  switch (operation.kind) {
    case 'end':
      return [];
    case 'access':
      return accessSteps(operation, followed, variables);
    case 'wait':
      return waitSteps(operation, variables);
    case 'reader-enter': {
      const effects: readonly Effect[] = [{ kind: 'join', variable: variables.readers(operation.domain), thread }];
      return operation.next.map((next) => ({ condition: true, effects, next }));
    }
    case 'reader-exit': {
      const { awaited } = variables.system.domains.get(operation.domain)!;
      const sets = [
        variables.readers(operation.domain),
        ...awaited.flatMap((field, t) => (field ? [variables.awaited(operation.domain, t)] : [])),
      ];
      const effects = sets.map((variable): Effect => ({ kind: 'leave', variable, thread }));
      return operation.next.map((next) => ({ condition: true, effects, next }));
    }
    case 'sync-begin': {
      const from = variables.readers(operation.domain);
      const effects: readonly Effect[] = [{ kind: 'copy', variable: variables.awaited(operation.domain, thread), from }];
      return operation.next.map((next) => ({ condition: true, effects, next }));
    }
    case 'sync-end': {
      const condition: Condition = { kind: 'empty', variable: variables.awaited(operation.domain, thread) };
      return operation.next.map((next) => ({ condition, effects: [], next }));
    }
  }
}

/** What an access does, by where it leads: values that become one, that stay, that move by the same amount. */
function accessSteps(
  { field, effect }: Extract<Place['operation'], { kind: 'access' }>,
  followed: readonly number[],
  variables: Variables,
): readonly Step[] {
  const variable = variables.field(field);
  const byNext = new Map<number, (readonly [old: number, value: number])[]>();
  for (const old of followed.toSorted((a, b) => a - b)) {
    for (const { value, next } of effect(old)) {
      for (const to of next) {
        const pairs = byNext.get(to);
        if (pairs) pairs.push([old, value]);
        else byNext.set(to, [[old, value]]);
      }
    }
  }
  return [...byNext].flatMap(([next, pairs]) => {
    const step = (olds: readonly number[], effects: readonly Effect[]): Step => ({
      condition: variables.among(variable, [...new Set(olds)]),
      effects,
      next,
    });
    const kept = pairs.filter(([old, value]) => old === value).map(([old]) => old);
    const changed = pairs.filter(([old, value]) => old !== value);
    if (changed.length > 0 && new Set(pairs.map(([, value]) => value)).size === 1) {
      const olds = pairs.map(([old]) => old);
      return [step(olds, [{ kind: 'set', variable, value: pairs[0]![1] }])];
    }
    const steps = kept.length > 0 ? [step(kept, [])] : [];
    const moved = changed.length > 1 ? new Set(changed.map(([old, value]) => value - old)) : new Set<number>();
    if (moved.size === 1 && Math.abs([...moved][0]!) < 2 ** 31) {
      const olds = changed.map(([old]) => old);
      return [...steps, step(olds, [{ kind: 'add', variable, value: [...moved][0]! }])];
    }
    for (const value of new Set(changed.map(([, to]) => to))) {
      const olds = changed.filter(([, to]) => to === value).map(([old]) => old);
      steps.push(step(olds, [{ kind: 'set', variable, value }]));
    }
    return steps;
  });
}

function waitSteps(operation: Extract<Place['operation'], { kind: 'wait' }>, variables: Variables): readonly Step[] {
  const { fields, update, holds, next, signal } = operation;
  const { values } = variables.system.fieldValues;
  const interrupted = signal.map((to): Step => ({ condition: true, effects: [], next: to }));
  const when = (test: (combination: readonly number[]) => boolean): Condition => decide(variables, fields, test);
  if (update < 0) {
    const condition = when((combination) => holds(combination) !== undefined);
    return [...(condition === false ? [] : next.map((to): Step => ({ condition, effects: [], next: to }))), ...interrupted];
  }
  const at = fields.indexOf(update);
  const steps: Step[] = [];
  for (const value of values[update]!) {
    const condition = when((combination) => holds(combination) === value && combination[at] !== value);
    if (condition !== false)
      steps.push(
        ...next.map((to): Step => ({ condition, effects: [{ kind: 'set', variable: variables.field(update), value }], next: to })),
      );
  }
  const same = when((combination) => holds(combination) !== undefined && holds(combination) === combination[at]);
  if (same !== false) steps.push(...next.map((to): Step => ({ condition: same, effects: [], next: to })));
  return [...steps, ...interrupted];
}

/** The combinations of values that pass a test, one variable after the other. */
function decide(variables: Variables, fields: readonly number[], test: (combination: readonly number[]) => boolean): Condition {
  const { values } = variables.system.fieldValues;
  if (fields.reduce((size, field) => size * values[field]!.length, 1) > combinationLimit)
    throw new RunError('a wait looks at variables with too many values together');
  const visit = (combination: readonly number[]): Condition => {
    const field = fields[combination.length];
    if (field === undefined) return test(combination);
    return either(
      variables,
      field,
      values[field]!.map((value) => [value, visit([...combination, value])]),
    );
  };
  return visit([]);
}

/** Which condition holds by the value of a field, with values of the same condition taken together. */
function either(variables: Variables, field: number, cases: readonly (readonly [value: number, condition: Condition])[]): Condition {
  const groups = new Map<string, { readonly condition: Condition; readonly values: number[] }>();
  for (const [value, condition] of cases) {
    const key = JSON.stringify(condition);
    const group = groups.get(key);
    if (group) group.values.push(value);
    else groups.set(key, { condition, values: [value] });
  }
  const [first, ...others] = [...groups.values()];
  if (first && others.length === 0) return first.condition;
  return or([...groups.values()].map(({ condition, values }) => and([variables.among(variables.field(field), values), condition])));
}

function and(of: readonly Condition[]): Condition {
  if (of.includes(false)) return false;
  const needed = of.filter((condition) => condition !== true);
  return needed.length === 0 ? true : needed.length === 1 ? needed[0]! : { kind: 'and', of: needed };
}

function or(of: readonly Condition[]): Condition {
  if (of.includes(true)) return true;
  const possible = of.filter((condition) => condition !== false);
  return possible.length === 0 ? false : possible.length === 1 ? possible[0]! : { kind: 'or', of: possible };
}

/** What a condition has to know next. */
class Missing extends Error {
  constructor(
    readonly kind: 'field' | 'thread',
    readonly number: number,
  ) {
    super();
  }
}

/** What must hold at the end, found by asking for whatever it looks at. */
function atEnd(system: System, variables: Variables, { condition, locals }: Final): Condition {
  const { memory, threads } = system.setup;
  const { values } = system.fieldValues;
  let looked = 0;
  const visit = (fields: ReadonlyMap<number, number>, ended: ReadonlyMap<number, boolean>): Condition => {
    if (++looked > combinationLimit) throw new RunError('what must hold at the end looks at variables with too many values together');
    const read = (field: number): number => {
      if (values[field]!.length === 1) return values[field]![0]!;
      const value = fields.get(field);
      if (value === undefined) throw new Missing('field', field);
      return value;
    };
    const isUnfinished = (thread: number): boolean => {
      const known = ended.get(thread);
      if (known === undefined) throw new Missing('thread', thread);
      return !known;
    };
    const unfinished = (subject: number): number => (threads.some((thread, t) => thread.subject === subject && isUnfinished(t)) ? 1 : 0);
    try {
      return memory.evaluate(condition, locals, read, unfinished) !== 0;
    } catch (error) {
      // Values that meet in no run may lead through null pointers.
      if (error instanceof RunError) return false;
      if (!(error instanceof Missing)) throw error;
      const { kind, number } = error;
      if (kind === 'field')
        return either(
          variables,
          number,
          values[number]!.map((value) => [value, visit(new Map(fields).set(number, value), ended)]),
        );
      const [yes, no] = [true, false].map((known) => visit(fields, new Map(ended).set(number, known)));
      if (JSON.stringify(yes) === JSON.stringify(no)) return yes!;
      return or([and([{ kind: 'ended', thread: number, is: true }, yes!]), and([{ kind: 'ended', thread: number, is: false }, no!])]);
    }
  };
  return visit(new Map(), new Map());
}

function stuckStart(system: System, { variables, threads, finals, deadlocks }: Omit<Outline, 'stuckStart'>): readonly number[] | undefined {
  if (system.initialCount > combinationLimit) throw new RunError('the threads may start in too many ways together');
  for (let i = 0; i < system.initialCount; i++) {
    const state = system.initialState(i);
    const places = threads.map((_, t) => system.placeOf(state, 0, t) - system.base[t]!);
    if (places.some((place, t) => system.alternatives(state, 0, t, system.base[t]! + place) >= 0)) continue;
    const at = places.map((place, t) => threads[t]!.places[place]!);
    const isDeadlock = deadlocks && at.some(({ isAtRest }) => !isAtRest);
    if (isDeadlock || finals.some(({ condition }) => !holdsAtStart(condition, variables, at))) return places;
  }
  return undefined;
}

function holdsAtStart(condition: Condition, variables: readonly Variable[], at: readonly OutlinePlace[]): boolean {
  if (typeof condition === 'boolean') return condition;
  switch (condition.kind) {
    case 'among':
      return condition.values.includes(variables[condition.variable]!.initial);
    case 'empty':
      return true;
    case 'ended':
      return at[condition.thread]!.hasEnded === condition.is;
    case 'at-rest':
      return at[condition.thread]!.isAtRest === condition.is;
    case 'and':
      return condition.of.every((each) => holdsAtStart(each, variables, at));
    case 'or':
      return condition.of.some((each) => holdsAtStart(each, variables, at));
  }
}
