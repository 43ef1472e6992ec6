import type { Call, CallTarget, Cpu, LinkedFunction, LockRef, Program } from '../ir/program.ts';
import {
  bind,
  findEntries,
  heldAt,
  nobody,
  noCpus,
  none,
  passed,
  rootContext,
  type Context,
  type Contexts,
  type HeldLock,
} from './contexts.ts';
import { cpuOf } from './cpus.ts';
import { both, FactTable, PassedFacts, type Facts, type Literal } from './facts.ts';
import { OwnEntries } from './own-entries.ts';
import { lockKey, type State } from './state.ts';
import type { Summaries } from './summaries.ts';

/** Ways into a function, by the locks held, that are followed at the most. */
const contextLimit = 48;
/** Ways in with the same locks but other facts; beyond them what objects are like does not count, only what is passed itself. */
const factLimit = 6;
/** Those with other arguments, together with these; beyond them only the configuration counts. */
const argumentLimit = 10;
/** Those with another configuration, together with these. */
const configurationLimit = 12;

/** Locks held, as far as the search tells them apart. */
interface HeldSet {
  readonly key: string;
  readonly groups: Map<Binding, Group>;
}

/** Locks, fresh objects and what CPUs have that a call passes, as far as the search tells them apart. */
interface Binding {
  readonly key: string;
  readonly bound: ReadonlyMap<number, LockRef>;
  readonly fresh: ReadonlySet<number>;
  readonly cpus: ReadonlyMap<number, Cpu>;
}

/** Ways in that differ by facts alone. */
interface Group {
  readonly held: HeldSet;
  readonly binding: Binding;
  readonly key: string;
}

interface Found extends Context {
  readonly facts: Facts;
  readonly group: Group;
}

/** A way into a function that was met: only one that is new becomes a context. */
export interface Way {
  readonly fn: LinkedFunction;
  readonly held: readonly HeldLock[];
  readonly from?: { readonly context: Context; readonly call: Call };
}

interface Met {
  readonly fn: LinkedFunction;
  readonly group: Group;
  readonly from?: {
    readonly context: Found;
    readonly locks: OwnLocks;
    readonly call: Call;
    readonly target: CallTarget;
    /** What is held there: made where somebody needs it. */
    readonly held: () => readonly HeldLock[];
  };
}

/** Locks that some states of a function hold and drop: nothing else of them counts for what is held. */
interface OwnLocks extends Pick<State, 'held' | 'dropped'> {
  /** What is held by what is held on entry; undefined where that is the same. */
  readonly sets: Map<Group, HeldSet> | undefined;
}

/** A call, in one of the states it is reached in. */
interface Departure {
  readonly state: State;
  readonly facts: readonly Literal[];
  readonly locks: OwnLocks;
  /** What is passed by what was passed on entry; undefined where it is nothing. */
  readonly passed: Map<Binding, Binding> | undefined;
}

interface Departures {
  readonly call: Call;
  readonly states: readonly Departure[];
  /** Undefined where the way in tells what is called. */
  readonly targets: readonly CallTarget[] | undefined;
}

/**
 * Breadth-first over the call graph from functions that nobody calls, so that every chain is a shortest one. `tell` is told of how
 * many functions a way in is known. `apart` tells ways in apart that are the same by their lock classes.
 */
export function findContexts(
  program: Program,
  summaries: Pick<Summaries, 'flow' | 'reaches'>,
  tell: (done: number) => void,
  apart?: (way: Way) => string,
): Contexts {
  const search = new Search(program, summaries, tell, apart);
  const isEntry = findEntries(program);
  for (const fn of program.functions) if (summaries.reaches(fn) && isEntry(fn)) search.root(fn);
  search.walk();
  // Only recursion calls these.
  for (const fn of program.functions) {
    if (!summaries.reaches(fn) || search.isReached(fn)) continue;
    search.root(fn);
    search.walk();
  }
  return search.found();
}

/**
 * Millions of ways in are met, and most of them are known, or more than are followed. What tells two apart is therefore made of objects
 * of which there is one each, and what is held and known there is only made where that is not enough.
 */
class Search {
  private readonly cut = new Set<LinkedFunction>();
  private readonly byFunction: (Map<string, Found[]> | undefined)[];
  private readonly departures: (readonly Departures[] | undefined)[];
  private readonly callsParameter: (boolean | undefined)[];
  private readonly table = new FactTable();
  private readonly entries = new OwnEntries();
  private readonly passedFacts: PassedFacts;
  private readonly heldSets = new Map<string, HeldSet>();
  private readonly bindings = new Map<string, Binding>();
  private readonly noBinding = this.binding({ bound: none, fresh: nobody, cpus: noCpus });
  private readonly nothing = groupOf(this.heldSet(nothingHeld), this.noBinding);
  private reached = 0;
  private queue: Found[] = [];

  constructor(
    private readonly program: Program,
    private readonly summaries: Pick<Summaries, 'flow' | 'reaches'>,
    private readonly tell: (done: number) => void,
    private readonly apart: ((way: Way) => string) | undefined,
  ) {
    this.passedFacts = new PassedFacts(this.table, program);
    const count = program.functions.length;
    this.byFunction = new Array<undefined>(count).fill(undefined);
    this.departures = new Array<undefined>(count).fill(undefined);
    this.callsParameter = new Array<undefined>(count).fill(undefined);
  }

  /** All that was found: it is kept for long, what finding it took is not. */
  found(): Contexts {
    const contexts = this.byFunction.map((all) => {
      const list: Context[] = [];
      for (const same of all?.values() ?? []) list.push(...same);
      return list;
    });
    return { of: (fn) => contexts[fn.id] ?? [], cut: this.cut };
  }

  isReached(fn: LinkedFunction): boolean {
    return this.byFunction[fn.id] !== undefined;
  }

  root(fn: LinkedFunction): void {
    const facts = this.table.literals(rootContext(fn).facts);
    this.meet({ fn, group: this.nothing }, () => facts);
  }

  walk(): void {
    while (this.queue.length > 0) {
      const level = this.queue;
      this.queue = [];
      for (const context of level) {
        this.tell(this.reached);
        this.depart(context);
      }
    }
  }

  private depart(context: Found): void {
    const { fn } = context;
    const known = new Map<OwnLocks, readonly HeldLock[]>();
    const heldWith = (locks: OwnLocks): readonly HeldLock[] => {
      let held = known.get(locks);
      if (!held) known.set(locks, (held = heldAt(context, locks)));
      return held;
    };
    for (const { call, states, targets = this.targetsOf(call, context) } of this.departuresOf(fn)) {
      for (const departure of states) {
        const { locks } = departure;
        const held = (): readonly HeldLock[] => heldWith(locks);
        const factsHere = once(() => both(this.table.without(context.facts.literals, departure.state.changed), departure.facts));
        const group = this.groupBehind(context, departure, call, held);
        for (const target of targets) {
          this.meet({ fn: target.function, group, from: { context, locks, call, target, held } }, () => {
            const here = factsHere();
            return here && this.passedFacts.inCallee(here, call, fn, target.function);
          });
        }
      }
    }
  }

  private departuresOf(fn: LinkedFunction): readonly Departures[] {
    let known = this.departures[fn.id];
    if (known) return known;
    const all: Departures[] = [];
    const locksOf = ownLocks();
    for (const [call, states] of this.summaries.flow(fn).points) {
      if (call.kind !== 'call') continue;
      const isOfWay = call.pointer?.some((value) => value.kind === 'parameter') === true;
      const targets = isOfWay ? undefined : this.program.targets(call, fn).filter((t) => this.summaries.reaches(t.function));
      if (targets?.length === 0) continue;
      const isPassing = call.arguments.some((argument) => argument.lock ?? argument.variable ?? argument.cpu);
      const departures = states.map((state): Departure => ({
        state,
        facts: this.table.literals(state.facts),
        locks: locksOf(state),
        passed: isPassing ? new Map() : undefined,
      }));
      all.push({ call, states: departures, targets });
    }
    this.departures[fn.id] = known = all;
    return known;
  }

  private targetsOf(call: Call, { fn, caller }: Context): readonly CallTarget[] {
    const entered = caller && { call: caller.call, by: caller.context.fn };
    return this.program.targets(call, fn, entered).filter((target) => this.summaries.reaches(target.function));
  }

  private groupBehind(context: Found, departure: Departure, call: Call, heldHere: () => readonly HeldLock[]): Group {
    const { group } = context;
    const { sets } = departure.locks;
    let held = sets ? sets.get(group) : group.held;
    if (!held) sets!.set(group, (held = this.heldSet(heldHere())));
    let binding = departure.passed ? departure.passed.get(group.binding) : this.noBinding;
    if (!binding) {
      departure.passed!.set(group.binding, (binding = this.binding(passed(context, departure.state, call))));
    }
    return groupOf(held, binding);
  }

  /** `factsThere`: undefined where they contradict each other. */
  private meet(met: Met, factsThere: () => readonly Literal[] | undefined): void {
    const { fn, from } = met;
    let all = this.byFunction[fn.id];
    const key = this.keyOf(met);
    const same = all?.get(key);
    const count = same?.length ?? 0;
    const isFull = count >= configurationLimit || (count === 0 && all !== undefined && all.size >= contextLimit);
    // Most ways into what is called from everywhere end here: it is known that not all are followed.
    if (isFull && this.cut.has(fn) && from?.context.depth !== 0) return;
    const facts = factsThere();
    if (!facts) return;
    // A way in that assumes less of the configuration covers this one.
    const known = same && covering(facts, same);
    if (known) {
      this.keepEntry(known, met, () => this.limited(facts, count));
      return;
    }
    if (isFull) {
      this.cut.add(fn);
      return;
    }
    if (!all) {
      this.byFunction[fn.id] = all = new Map<string, Found[]>();
      this.reached++;
    }
    const context = this.make(met, this.table.of(this.limited(facts, count)));
    if (same) same.push(context);
    else all.set(key, [context]);
    this.queue.push(context);
    // What one caller passes, code that was not read need not pass, where it holds as little.
    const isOfCaller = from && met.group.held === this.nothing.held && !context.facts.isConfiguration;
    if (isOfCaller && this.program.mayBeEnteredElsewhere(fn)) this.root(fn);
  }

  private keyOf({ fn, group, from }: Met): string {
    let { key } = group;
    // What a parameter points to tells ways in apart only where it is called.
    if (from && this.isCallingParameter(fn)) key += JSON.stringify(from.call.arguments.map((argument) => argument.functions));
    if (this.apart) key += `\0${this.apart({ fn, held: from?.held() ?? nothingHeld, ...(from && { from }) })}`;
    return key;
  }

  /** Of a way that is known already: an entry may be better for what is called from here. */
  private keepEntry(known: Found, met: Met, facts: () => readonly Literal[]): void {
    const { context } = met.from ?? {};
    if (context?.depth !== 0 || known.facts.literals.length !== facts().length) return;
    this.entries.keep(known, context.fn.ir.file, () => this.make(met, known.facts));
  }

  private make({ fn, group, from }: Met, facts: Facts): Found {
    const { bound, fresh, cpus } = group.binding;
    if (!from) return { fn, held: nothingHeld, bound, fresh, cpus, facts, group, depth: 0, entry: fn };
    const { target, locks, call } = from;
    const context = target.candidates > 1 ? this.entries.from(from.context, fn.ir.file) : from.context;
    const held = context === from.context ? from.held() : heldAt(context, locks);
    const { via, candidates, doubt } = target;
    const caller = { via, candidates, ...(doubt !== undefined && { doubt }), context, call };
    return { fn, held, bound, fresh, cpus, facts, group, caller, depth: context.depth + 1, entry: context.entry };
  }

  /** What of a way's facts counts where so many ways are known. */
  private limited(facts: readonly Literal[], count: number): readonly Literal[] {
    if (count < factLimit) return facts;
    return count < argumentLimit ? this.table.plain(facts) : this.table.configuration(facts);
  }

  private isCallingParameter(fn: LinkedFunction): boolean {
    return (this.callsParameter[fn.id] ??= fn.ir.steps.some(
      (step) => step.kind === 'call' && step.pointer?.some((value) => value.kind === 'parameter'),
    ));
  }

  private heldSet(locks: readonly HeldLock[]): HeldSet {
    let key = '';
    let behind = '';
    for (const { lockClass, mode, isPrivate, kind, held, context, place } of locks) {
      key += `${lockClass}:${mode}${isPrivate ? 'p' : ''}${memberOf(place)}${cpuOf(held.lock, context) ?? ''};`;
      // What is given back is told by these.
      behind += `${kind}:${bind(held.lock, context).lockClass};`;
    }
    const id = `${key}\0${behind}`;
    let set = this.heldSets.get(id);
    if (!set) this.heldSets.set(id, (set = { key, groups: new Map() }));
    return set;
  }

  private binding({ bound, fresh, cpus }: Omit<Binding, 'key'>): Binding {
    let key = '';
    for (const [index, lock] of bound) key += `${index}=${lockKey(lock)}${lock.cpu ?? ''};`;
    for (const index of fresh) key += `f${index};`;
    for (const [index, cpu] of cpus) key += `${cpu}${index};`;
    let binding = this.bindings.get(key);
    if (!binding) this.bindings.set(key, (binding = { key, bound, fresh, cpus }));
    return binding;
  }
}

/** What is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const nothingHeld: readonly HeldLock[] = [];

/** The locks of one function's states, each kept once: states share the lists that a step leaves as they are. */
function ownLocks(): (state: State) => OwnLocks {
  const known = new Map<State['held'], Map<State['dropped'], OwnLocks>>();
  return ({ held, dropped }) => {
    let all = known.get(held);
    if (!all) known.set(held, (all = new Map<State['dropped'], OwnLocks>()));
    let locks = all.get(dropped);
    if (!locks) all.set(dropped, (locks = { held, dropped, sets: held.length + dropped.length === 0 ? undefined : new Map() }));
    return locks;
  };
}

function groupOf(held: HeldSet, binding: Binding): Group {
  let group = held.groups.get(binding);
  if (!group) held.groups.set(binding, (group = { held, binding, key: held.key + binding.key }));
  return group;
}

/** A way in that is known and assumes no more. */
function covering(literals: readonly Literal[], known: readonly Found[]): Found | undefined {
  for (const each of known) if (isSubset(each.facts.literals, literals)) return each;
  return undefined;
}

function isSubset(a: readonly Literal[], b: readonly Literal[]): boolean {
  if (a.length > b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !b.includes(a[i]!)) return false;
  return true;
}

/** The member that a lock is in, where that is embedded in a larger object: `init_cmds.mutex` and `bsg_cmds.mutex` are two. */
function memberOf(place: string): string {
  const member = place.slice(place.lastIndexOf('->') + 2);
  return member !== place && member.includes('.') ? member : '';
}
