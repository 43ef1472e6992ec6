import {
  ANY,
  isUnknownLock,
  NEGATIVE,
  POSITIVE,
  ZERO,
  type Acquire,
  type Call,
  type Edge,
  type LinkedFunction,
  type LockRef,
  type Mode,
  type Program,
  type Step,
} from '../ir/program.ts';
import type { Range } from '../source/location.ts';
import type { Alphabet } from './alphabet.ts';
import {
  anyConfiguration,
  callEvent,
  configurationKey,
  Draft,
  lockEvent,
  unseenEvent,
  type Automaton,
  type Configuration,
  type Event,
  type Made,
  type Place,
  type Transition,
} from './automaton.ts';
import { assume, forget, onlyConfiguration, trackedKeys, valueOf, type Facts } from './facts.ts';
import { walk, type Point, type Reading } from './walk.ts';

interface Fragment {
  readonly automaton: Automaton;
  /** Whichever way it ends, its caller holds what it held before. */
  readonly isNeutral: boolean;
}

/** What a call cannot be followed for; undefined where it can. */
type Entered = Fragment | { readonly unseen: string };

const depthLimit = 24;
const sizeLimit = 2000;

/**
 * Ways through functions of C: all there are, and some that only values exclude. Calls of functions that the model does not
 * have are followed. Ways that need opposite configurations, or opposite results of one call, are none; but what a callee gives
 * back itself may have been under another configuration than the rest.
 */
export class CPaths {
  private readonly fragments = new Map<string, Fragment>();
  private readonly open = new Set<LinkedFunction>();
  /** Functions that do something of the alphabet, or call one that does. */
  private readonly matters: ReadonlySet<LinkedFunction>;

  constructor(
    readonly program: Program,
    readonly alphabet: Alphabet,
  ) {
    this.matters = mattering(program, alphabet);
  }

  /** All definitions of one name: the configuration decides which is meant. */
  of(definitions: readonly LinkedFunction[]): Automaton {
    const draft = new Draft();
    for (const fn of definitions) {
      const automaton = this.read(fn, anyConfiguration, true);
      for (const { node, exit } of draft.embed(0, automaton, (made) => onTop(made, fn))) draft.exit(node, exit);
    }
    return draft.finish();
  }

  /** What a call of the function does; undefined where it is nothing that is compared. */
  enter(fn: LinkedFunction, configuration: Configuration): Entered | undefined {
    const { name } = fn.ir;
    if (!this.matters.has(fn)) return undefined;
    if (this.open.has(fn)) return { unseen: `${name}, which leads back to itself` };
    if (this.open.size > depthLimit) return { unseen: `${name}, too many calls away` };
    // Of what is given back inside, the configuration it was under is of no use outside.
    const general = this.fragment(fn, anyConfiguration);
    const fragment = general.isNeutral ? general : this.fragment(fn, configuration);
    const size = fragment.automaton.next.reduce((sum, list) => sum + list.length, 0);
    return size > sizeLimit ? { unseen: `${name}, which does too much` } : fragment;
  }

  private fragment(fn: LinkedFunction, configuration: Configuration): Fragment {
    const key = `${fn.id} ${configurationKey(configuration)}`;
    let fragment = this.fragments.get(key);
    if (fragment) return fragment;
    const automaton = this.read(fn, configuration, false);
    this.fragments.set(key, (fragment = { automaton, isNeutral: isNeutral(automaton) }));
    return fragment;
  }

  private read(fn: LinkedFunction, configuration: Configuration, isTop: boolean): Automaton {
    this.open.add(fn);
    const automaton = new FunctionReading(this, fn, isTop).read(configuration);
    this.open.delete(fn);
    return automaton;
  }
}

/** Reads one function. */
class FunctionReading implements Reading<Facts> {
  private readonly draft = new Draft();
  private readonly tracked: ReadonlySet<string>;
  readonly key = configurationKey;
  readonly coarser = onlyConfiguration;
  readonly none = anyConfiguration;
  readonly factLimit = 24;

  constructor(
    private readonly paths: CPaths,
    private readonly fn: LinkedFunction,
    /** Of a function that is called, where in it something is done is not told apart. */
    private readonly isTop: boolean,
  ) {
    this.tracked = trackedKeys(fn.ir);
  }

  read(configuration: Configuration): Automaton {
    const { blocks, conditions } = this.fn.ir;
    const facts = assume(configuration, conditions) ?? configuration;
    for (const { block, point } of walk(blocks, this.draft, { node: 0, facts }, this)) {
      const { values, key, at } = block.returns!;
      this.draft.exit(point.node, {
        values: values & valueOf(point.facts, key),
        configuration: onlyConfiguration(point.facts),
        place: this.place(at),
      });
    }
    return this.draft.finish();
  }

  follow(edge: Edge, facts: Facts, isBack: boolean): Facts | undefined {
    const conditions = edge.conditions.filter(({ key }) => this.tracked.has(key));
    return assume(isBack ? onlyConfiguration(facts) : facts, conditions);
  }

  step(step: Step, from: Point<Facts>): readonly Point<Facts>[] {
    const { node, facts } = from;
    switch (step.kind) {
      case 'acquire':
        return this.acquire(step, from);
      case 'release':
        return [this.lock(step, step.kind, step.mode, from)];
      case 'sync':
        return [this.lock(step, step.kind, 'exclusive', from)];
      case 'call':
        return this.call(step, { node, facts: forget(facts, step.result) });
      case 'assign': {
        const values = step.values & (step.same === '' ? ANY : valueOf(facts, step.same));
        return [{ node, facts: this.learn(forget(facts, step.target), step.target, values) }];
      }
      default:
        return [from];
    }
  }

  private place(at: Range, callee?: LinkedFunction): Place {
    const { fn } = this;
    if (!this.isTop) return { at: fn.ir.range, fn };
    return { at, fn, ...(callee && { callee: callee.ir.name }) };
  }

  private learn(facts: Facts, key: string, values: number): Facts {
    return values !== ANY && this.tracked.has(key) ? new Map(facts).set(key, values) : facts;
  }

  /** Does the event at a step of this function. */
  private done(event: Event, step: Step, { node, facts }: Point<Facts>): Point<Facts> {
    const made: Made = { event, place: this.place(step.at), isOwn: true, configuration: onlyConfiguration(facts) };
    return { node: this.draft.event(node, made), facts };
  }

  private lock(
    step: Step & { readonly lock: LockRef },
    kind: 'acquire' | 'release' | 'sync',
    mode: Mode,
    from: Point<Facts>,
  ): Point<Facts> {
    const event = lockEventOf(this.paths.alphabet, kind, step.lock, mode, step.kind === 'acquire' && step.isTry);
    return event ? this.done(event, step, from) : from;
  }

  private acquire(step: Acquire, from: Point<Facts>): readonly Point<Facts>[] {
    const { node, facts } = this.lock(step, 'acquire', step.mode, from);
    if (step.success === 'always') return [{ node, facts }];
    const [yes, no] = step.success === 'zero' ? [ZERO, POSITIVE | NEGATIVE] : [POSITIVE | NEGATIVE, ZERO];
    return [
      { node, facts: this.learn(facts, step.result, yes) },
      { node: from.node, facts: this.learn(facts, step.result, no) },
    ];
  }

  private call(step: Call, from: Point<Facts>): readonly Point<Facts>[] {
    const { program, alphabet } = this.paths;
    const targets = program.targets(step, this.fn).map((target) => target.function);
    if (targets.length === 0) return [this.done(unseenEvent(step.name ?? 'a call through a pointer'), step, from)];
    const points: Point<Facts>[] = [];
    for (const name of new Set(targets.map((target) => target.ir.name))) {
      if (!alphabet.counterparts.has(name)) continue;
      points.push(this.done(callEvent(name), step, from));
      // Where the model does nothing to a lock, it may leave the call out.
      if (!alphabet.locking.has(name)) points.push(from);
    }
    for (const target of targets) {
      if (alphabet.counterparts.has(target.ir.name)) continue;
      // Of definitions under opposite configurations only that of this way is called.
      const facts = targets.length > 1 ? assume(from.facts, target.ir.conditions) : from.facts;
      if (!facts) continue;
      const entered = this.paths.enter(target, onlyConfiguration(facts));
      if (!entered) points.push(from);
      else if ('unseen' in entered) points.push(this.done(unseenEvent(entered.unseen), step, from));
      else points.push(...this.embed(entered, target, step, { node: from.node, facts: entered.isNeutral ? from.facts : facts }));
    }
    return points;
  }

  private embed(
    { automaton, isNeutral: keepsLocks }: Fragment,
    target: LinkedFunction,
    call: Call,
    { node: from, facts }: Point<Facts>,
  ): readonly Point<Facts>[] {
    const place = this.place(call.at, target);
    const outside = assume(onlyConfiguration(facts), target.ir.conditions) ?? anyConfiguration;
    const inCaller = (made: Transition): Made | undefined => {
      const event = this.inCaller(made.event, call);
      return event && { event, place, isOwn: made.isOwn && !keepsLocks, configuration: new Map([...outside, ...made.configuration]) };
    };
    return this.draft.embed(from, automaton, inCaller).flatMap(({ node, exit }) => {
      const conditions = keepsLocks ? [] : [...exit.configuration].map(([key, values]) => ({ key, values }));
      const after = assume(facts, conditions);
      return after ? [{ node, facts: this.learn(after, call.result, exit.values) }] : [];
    });
  }

  /** What a callee does to a lock it was passed, as its caller names the lock. */
  private inCaller(event: Event, call: Call): Event | undefined {
    if (!event.subject.startsWith('@') || event.kind === 'unseen' || event.kind === 'call') return event;
    const lock = call.arguments[Number(event.subject.slice(1))]?.lock;
    return lock ? lockEventOf(this.paths.alphabet, event.kind, lock, event.mode, event.isTry) : unseenEvent('a lock that is passed on');
  }
}

/** The event, if it is of the alphabet; a lock whose class nobody can tell may be any. */
function lockEventOf(
  alphabet: Alphabet,
  kind: 'acquire' | 'release' | 'sync',
  lock: LockRef,
  mode: Mode,
  isTry: boolean,
): Event | undefined {
  const { lockClass, parameter } = lock;
  if (lockClass === '' && parameter >= 0) return lockEvent(kind, lock, `@${parameter}`, mode, isTry);
  if (isUnknownLock(lockClass)) return unseenEvent(`the lock ${lock.place}, whose class cannot be told`);
  return alphabet.classes.has(lockClass) ? lockEvent(kind, lock, lockClass, mode, isTry) : undefined;
}

/** As it is where the comparison starts: no caller passes a lock, and what the function itself is defined under goes without saying. */
function onTop(made: Transition, { ir }: LinkedFunction): Made {
  const configuration = new Map([...made.configuration].filter(([key]) => !ir.conditions.some((condition) => condition.key === key)));
  const event = made.event.subject.startsWith('@') ? unseenEvent('a lock that its caller passes') : made.event;
  return { ...made, event, configuration };
}

function mattering(program: Program, { classes, counterparts }: Alphabet): ReadonlySet<LinkedFunction> {
  const callers = new Map<LinkedFunction, LinkedFunction[]>();
  const found = new Set<LinkedFunction>();
  for (const fn of program.functions) {
    for (const step of fn.ir.steps) {
      if ('lock' in step && (classes.has(step.lock.lockClass) || (step.lock.lockClass === '' && step.lock.parameter >= 0))) found.add(fn);
      if (step.kind !== 'call') continue;
      for (const { function: target } of program.targets(step, fn)) {
        if (counterparts.has(target.ir.name)) found.add(fn);
        const known = callers.get(target);
        if (known) known.push(fn);
        else callers.set(target, [fn]);
      }
    }
  }
  for (const fn of found) if (!counterparts.has(fn.ir.name)) for (const caller of callers.get(fn) ?? []) found.add(caller);
  return found;
}

/** Every way through it releases what it acquires, and acquires again what it releases. */
function isNeutral(automaton: Automaton): boolean {
  const seen = new Set<string>();
  const queue: { node: number; net: ReadonlyMap<string, number> }[] = [{ node: 0, net: new Map() }];
  for (const { node, net } of queue) {
    if (automaton.exits[node]!.length > 0 && net.size > 0) return false;
    for (const { to, event } of automaton.next[node]!) {
      const after = event.kind === 'acquire' || event.kind === 'release' ? counted(net, event) : net;
      const key = `${to} ${configurationKey(after)}`;
      if (seen.has(key) || seen.size > sizeLimit) continue;
      seen.add(key);
      queue.push({ node: to, net: after });
    }
  }
  return true;
}

function counted(net: ReadonlyMap<string, number>, event: Event): ReadonlyMap<string, number> {
  const count = (net.get(event.subject) ?? 0) + (event.kind === 'acquire' ? 1 : -1);
  const after = new Map(net);
  if (count === 0) after.delete(event.subject);
  else after.set(event.subject, Math.max(-2, Math.min(2, count)));
  return after;
}
