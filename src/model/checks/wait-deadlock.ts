import { Awaits, type Awaiting } from '../analysis/awaits.ts';
import { beginningOf, merge, type Context, type HeldLock } from '../analysis/contexts.ts';
import { Instances, isGlobal, rootOf, structOf } from '../analysis/instances.ts';
import { isOrdering } from '../analysis/order-graph.ts';
import type { State } from '../analysis/state.ts';
import { isConfigurationKey, ZERO, type Complete, type LinkedFunction, type Step } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import { folderOf } from '../source/tree.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtInstances, doubtPointers } from './confidence.ts';
import type { Hop, Witness } from './finding.ts';
import { areLinked } from './linked-files.ts';
import { inTurn } from './turns.ts';
import { heldText, reportedAt, witnessOf, type ChainEnd } from './witness.ts';

/** Who waits and who is waited for, and the lock that each of them has or wants. */
interface Case {
  readonly wait: Awaiting;
  /** Held by who waits. */
  readonly lock: HeldLock;
  /** Where it is taken before what is waited for can end. */
  readonly taken: ChainEnd & { readonly config: ReadonlyMap<string, number> };
  /** What runs: the item itself, or one of a queue's. */
  readonly thing: string;
  readonly doubts: Doubts;
}

/** Calls down to a lock beyond which something is likely to exclude the way. */
const farCalls = 3;

/** Doubts with which it is not worth telling. */
const mostDoubts = 3;

/** A work item, a timer, a thread or a completion waited for with a lock held that it takes, or inside a read side whose end it waits for: each waits for the other. */
export function checkWaitDeadlock(input: CheckInput): readonly Draft[] {
  const awaits = new Awaits(input.program, input.summaries, input.contexts);
  const search = new Search(input, awaits);
  const byPlace = new Map<string, Case[]>();
  const drafts = search.selves();
  for (const wait of awaits.withLocks())
    for (const each of search.cases(wait)) append(byPlace, `${placeKey(wait)}:${wait.lockClass}`, each);
  return [...drafts, ...[...byPlace.values()].flatMap((cases) => describe(surest(cases), input))];
}

class Search {
  private readonly instances: Instances;
  private completions: ReadonlyMap<string, readonly Awaiting<Complete>[]> | undefined;

  constructor(
    private readonly input: CheckInput,
    private readonly awaits: Awaits,
  ) {
    this.instances = new Instances(input.source);
  }

  /** Everything that a wait cannot end for. */
  cases(wait: Awaiting): readonly Case[] {
    const locks = wait.held.filter((lock) => isOrdering(lock) && lock.kind !== 'rcu');
    if (locks.length === 0) return [];
    if (wait.step.runner === 'completion') return this.completed(wait, locks);
    const things = wait.step.runner === 'queue' ? this.input.program.runners.queuedOn(wait.lockClass) : [wait.lockClass];
    return things.flatMap((thing) => this.handled(wait, locks, thing));
  }

  /** What runs and waits until it has ended itself. */
  selves(): readonly Draft[] {
    const drafts = new Map<string, Draft>();
    for (const [thing, waiting] of this.awaits.waitingFor()) {
      for (const handler of this.input.program.runners.handlersOf(thing)) {
        if (!this.awaits.comesTo(handler, waiting)) continue;
        const waits = this.awaits.of(handler).awaits.filter(({ lockClass }) => lockClass === thing);
        for (const wait of waits) {
          const key = placeKey(wait);
          const doubts = drafts.has(key) ? undefined : this.selfDoubts(wait, handler);
          const draft = doubts && describeSelf(wait, handler, doubts, this.input);
          if (draft) drafts.set(key, draft);
        }
      }
    }
    return [...drafts.values()];
  }

  private selfDoubts(wait: Awaiting, handler: LinkedFunction): Doubts | undefined {
    if (this.isKeptOutByBit(wait)) return undefined;
    const doubts = new Doubts();
    doubtPointers(wait.context, undefined, doubts);
    if (wait.context.depth > 0) doubts.add('what waits for itself further in is seldom missed: the code may exclude this path');
    if (wait.context.depth > farCalls) doubts.add(`${wait.context.depth} calls lead to the wait`);
    if (this.isConditional(wait)) doubts.add('it waits only under conditions that may exclude that it is what runs');
    const handlers = this.likely(wait.lockClass, wait).length;
    if (handlers > 1) doubts.add(`${wait.lockClass} may run any of ${handlers} functions`, 2);
    const things = this.awaits.thingsOf(handler).length;
    if (things > 1) doubts.add(`${handler.ir.name} runs for ${things} things that can be waited for`, 2);
    const there = this.instances.nameAbove(wait.step.thing, wait.context, beginningOf(wait.context));
    if (there?.slice(objectOf(there).length).includes('->') !== false || there.split('->').length > 2)
      doubts.add(`${wait.lockClass} may be of another object than the one that runs`);
    return doubts.weight > mostDoubts ? undefined : doubts;
  }

  /** Whether on some part of the way something has to be so that it is gone. */
  private isConditional(wait: Awaiting): boolean {
    const isFree = ({ facts }: State): boolean => [...facts.keys()].every((key) => isConfigurationKey(key) || key.startsWith('@'));
    return [...this.pointsOn(wait)].some(({ states }) => !states.some(isFree));
  }

  /** Whether a function on the way goes on only as the first to set a bit, and one that it calls only where that is not set. */
  private isKeptOutByBit(wait: Awaiting): boolean {
    const unset = new Set<string>();
    for (const { states, fn } of this.pointsOn(wait)) {
      if (bitsOf(states, /^test_and_set_bit\((\w+),/).some((bit) => unset.has(bit))) return true;
      const cleared = clearedIn(fn);
      for (const bit of bitsOf(states, /&#(\w+):\d+$/)) if (!cleared.has(bit)) unset.add(bit);
    }
    return false;
  }

  /** What is known at the wait, and at each call on the way to it, the last first. */
  private *pointsOn({ context, step }: Awaiting): Iterable<{ readonly fn: LinkedFunction; readonly states: readonly State[] }> {
    let last: Step = step;
    for (let c: Context | undefined = context; c; c = c.caller?.context) {
      yield { fn: c.fn, states: this.input.summaries.flow(c.fn).points.get(last) ?? [] };
      if (c.caller) last = c.caller.call;
    }
  }

  private handled(wait: Awaiting, locks: readonly HeldLock[], thing: string): readonly Case[] {
    const likely = this.likely(thing, wait);
    const found: Case[] = [];
    for (const lock of locks) {
      const taking = likely.flatMap((handler) => {
        // Who waits for itself is told as such; what takes turns with who waits does not run then.
        if (handler === wait.context.entry || inTurn(handler, wait.context.entry, this.input.program)) return [];
        const all = this.awaits.of(handler).taken.get(lock.lockClass);
        return all?.find((arrival) => blocks(lock, arrival) && merge(wait.config, arrival.config)) ?? [];
      });
      for (const taken of taking) {
        const doubts = this.doubtsOf(wait, lock, taken);
        if (!doubts) continue;
        if (likely.length > taking.length)
          doubts.add(`${thing} may run any of ${likely.length} functions, of which ${likely.length - taking.length} do not take it`, 2);
        if (wait.step.runner === 'queue') doubts.add(`${thing} may not be on ${wait.lockClass}`);
        found.push({ wait, lock, taken, thing, doubts });
      }
    }
    return found;
  }

  /** What may run for something: of a type that many drivers use, or of two of one name, that of the driver that waits. */
  private likely(thing: string, { context: { fn } }: Awaiting): readonly LinkedFunction[] {
    const handlers = this.input.program.runners.handlersOf(thing);
    const own = handlers.filter(({ ir }) => ir.file === fn.ir.file);
    if (own.length > 0) return own;
    return handlers.filter((other) => folderOf(other.ir.file) === folderOf(fn.ir.file) || areLinked(other, fn, this.input.program));
  }

  /** A wait for what is only completed by who holds the lock. */
  private completed(wait: Awaiting, locks: readonly HeldLock[]): readonly Case[] {
    this.completions ??= this.awaits.completions();
    const ends = this.completions.get(wait.lockClass) ?? [];
    const found: Case[] = [];
    for (const lock of locks) {
      const holding = ends.map((end) => ({
        end,
        held: end.held.find((h) => h.lockClass === lock.lockClass && !h.isTry && blocks(lock, h)),
      }));
      if (holding.length === 0 || holding.some(({ held }) => !held)) continue;
      const { end, held } = holding[0]!;
      if (!merge(wait.config, end.config)) continue;
      const doubts = this.doubtsOf(wait, lock, end);
      if (!doubts) continue;
      doubtPointers(held!.context, undefined, doubts);
      doubts.add(`${wait.lockClass} may be completed by what was not read`);
      found.push({ wait, lock, taken: end, thing: wait.lockClass, doubts });
    }
    return found;
  }

  /** Undefined where it is another lock that is taken, or more speaks against it than for it. */
  private doubtsOf(wait: Awaiting, lock: HeldLock, taken: Case['taken']): Doubts | undefined {
    const doubts = new Doubts();
    const apart = this.apart(wait, lock, taken);
    if (apart === 'other' || this.isKeptOutByBit(wait) || takesItself(wait, lock)) return undefined;
    doubtChain(wait, lock, this.input, doubts);
    doubtPointers(taken.context, undefined, doubts);
    const calls = taken.context.depth + wait.context.depth - lock.context.depth;
    if (calls > farCalls) doubts.add(`${calls} calls lie between the lock and the wait`, calls > 2 * farCalls ? 2 : 1);
    if (wait.step.bound === 'timeout') doubts.add(`${wait.step.name} gives up after some time`, 2);
    else if (wait.step.bound === 'signal') doubts.add(`${wait.step.name} ends with a signal`);
    if (isSetUpOnTheWay(wait)) doubts.add(`${wait.lockClass} is set up on the way to the wait, and may not have run yet`);
    if (apart !== 'same') doubtInstances([lock.lockClass], this.input.program, doubts);
    if (apart !== 'same') doubts.add(`${lock.lockClass} may be of another object than the one waited for`, apart === 'unlike' ? 2 : 1);
    return doubts.weight > mostDoubts ? undefined : doubts;
  }

  /** Whether the lock belongs to what is waited for in the same way on both sides, as far as that can be told. */
  private apart(wait: Awaiting, lock: HeldLock, taken: Case['taken']): 'same' | 'unknown' | 'unlike' | 'other' {
    const { held } = lock;
    if (isGlobal(held.lock)) return 'same';
    if (held.isStale === true || (held.inside !== undefined && held.lock.root === '')) return 'unknown';
    const mine = this.instances.nameAbove(held.lock, lock.context, lock.context);
    const thing = this.instances.nameAbove(wait.step.thing, wait.context, lock.context);
    if (mine === undefined || thing === undefined) return 'unknown';
    const object = objectOf(thing);
    if (!mine.startsWith(object)) {
      if (structOf(lock.lockClass) !== structOf(wait.lockClass)) return 'unknown';
      return this.instances.areOthers(mine, thing, lock.context.fn) ? 'other' : 'unlike';
    }
    const own = mine.slice(object.length);
    const theirs = this.whereTaken(taken, lock);
    if (theirs === undefined) return 'unknown';
    // One of them may come from an object that is embedded in that of the other.
    return own === theirs || own.endsWith(`.${theirs}`) || theirs.endsWith(`.${own}`) ? 'same' : 'unknown';
  }

  /** How what runs comes from its object to the lock. */
  private whereTaken(taken: Case['taken'], { lockClass }: HeldLock): string | undefined {
    const held = taken.step.kind === 'complete' ? taken.held.find((h) => h.lockClass === lockClass) : undefined;
    const ref = 'lock' in taken.step ? taken.step.lock : held?.held.lock;
    const from = 'lock' in taken.step ? taken.context : held?.context;
    const there = ref && from && this.instances.nameAbove(ref, from, beginningOf(from));
    return there?.slice(/^\w+(->|\.)?/.exec(there)?.[0].length ?? 0);
  }
}

/** Bits that are zero in all states, as far as a test of them says so. */
function bitsOf(states: readonly State[], test: RegExp): readonly string[] {
  const [first] = states;
  return [...(first?.facts.keys() ?? [])].flatMap((key) => {
    const bit = test.exec(key)?.[1];
    return bit !== undefined && states.every(({ facts }) => facts.get(key) === ZERO) ? bit : [];
  });
}

/** Bits that a function clears itself, by name. */
function clearedIn({ ir }: LinkedFunction): ReadonlySet<string | undefined> {
  const steps = ir.blocks.flatMap((block) => block.steps);
  return new Set(steps.flatMap((step) => (step.kind === 'assign' && step.bits?.values === ZERO ? step.bits.mask.name : [])));
}

/** Whether who holds a lock in one mode makes wait who wants it in the other. */
function blocks(a: { readonly mode: string }, b: { readonly mode: string }): boolean {
  return a.mode === 'exclusive' || b.mode === 'exclusive';
}

/** The object that a field is in: `port->link.` of `port->link.work`'s is `port->`. */
function objectOf(path: string): string {
  const pointed = path.lastIndexOf('->');
  return pointed < 0 ? rootOf(path) : path.slice(0, pointed + 2);
}

/** Whether what is called with the lock held takes a lock of its class before: who has that already does not come past it. */
function takesItself({ context, step }: Awaiting, lock: HeldLock): boolean {
  let last: Step = step;
  for (let c = context; c !== lock.context && c.caller; c = c.caller.context) {
    const { start } = last.at;
    if (c.fn.ir.steps.some((s) => s.kind === 'acquire' && !s.isTry && s.lock.lockClass === lock.lockClass && s.at.start < start))
      return true;
    last = c.caller.call;
  }
  return false;
}

/** Whether a function on the chain says itself what runs: it is setting up, and takes that back. */
function isSetUpOnTheWay({ context, lockClass }: Awaiting): boolean {
  for (let c: Context | undefined = context; c; c = c.caller?.context)
    if (c.fn.ir.handlers?.some(({ thing }) => thing === lockClass)) return true;
  return false;
}

function surest(cases: readonly Case[]): Case {
  return [...cases].sort((a, b) => a.doubts.weight - b.doubts.weight || a.taken.context.depth - b.taken.context.depth)[0]!;
}

function describe({ wait, lock, taken, thing, doubts }: Case, input: CheckInput): readonly Draft[] {
  const place = reportedAt(wait, input.isAskedFor);
  if (!place) return [];
  const config = configText(merge(wait.config, taken.config) ?? wait.config);
  const handler = taken.context.entry;
  const by = handler === taken.context.fn ? '' : `, by way of ${taken.context.fn.ir.name},`;
  const chain = witnessOf(taken, input.program);
  const runs = thing === wait.lockClass ? `runs for ${thing}` : `runs for ${thing} on ${wait.lockClass}`;
  const other = taken.step.kind === 'complete' ? completing(chain, thing, lock, handler) : running(chain, wait.lockClass, handler, runs);
  const does =
    taken.step.kind === 'complete'
      ? `which ${taken.context.fn.ir.name} takes before it completes that`
      : taken.step.kind === 'sync'
        ? `whose end ${handler.ir.name}${by} waits for before it ends`
        : `which ${handler.ir.name}${by} takes before it ends`;
  return [
    {
      check: 'sync-deadlock',
      severity: doubts.severity('error'),
      confidence: doubts.confidence,
      message: `waits for ${wait.lockClass} ${lock.kind === 'srcu' ? `inside ${heldText(lock)}` : `with ${heldText(lock)} held`}, ${does}`,
      ...place,
      about: [lock.lockClass, wait.lockClass],
      acquires: wait.lockClass,
      held: wait.held.map((h) => h.lockClass),
      witnesses: [witnessOf(wait, input.program), other],
      ...(config && { config }),
      reasons: doubts.sentences,
    },
  ];
}

function describeSelf(wait: Awaiting, handler: LinkedFunction, doubts: Doubts, input: CheckInput): Draft | undefined {
  const place = reportedAt(wait, input.isAskedFor);
  if (!place) return undefined;
  const config = configText(wait.config);
  return {
    check: 'sync-deadlock',
    severity: doubts.severity('error'),
    confidence: doubts.confidence,
    message: `waits for ${wait.lockClass}, for which ${handler.ir.name} runs that comes here: it waits for itself`,
    ...place,
    about: [wait.lockClass, wait.lockClass],
    acquires: wait.lockClass,
    held: wait.held.map((h) => h.lockClass),
    witnesses: [running(witnessOf(wait, input.program), wait.lockClass, handler)],
    ...(config && { config }),
    reasons: doubts.sentences,
  };
}

/** A chain whose first function runs for the one who waits. */
function running(chain: Witness, thing: string, handler: LinkedFunction, text = `runs for ${thing}`): Witness {
  const [first, ...rest] = chain;
  const runs: Pick<Hop, 'text' | 'lock'> = { text, lock: { does: 'run', lockClass: thing, mode: 'exclusive' } };
  if (first?.text === 'entered') return [{ ...first, ...runs }, ...rest];
  return [{ at: handler.locate(handler.ir.range), function: handler.ir.name, ...runs }, ...chain];
}

/** A chain to what ends the wait, as far as the lock that it does not get. */
function completing(chain: Witness, thing: string, lock: HeldLock, first: LinkedFunction): Witness {
  const at = chain.findLastIndex((hop) => hop.lock?.does === 'acquire' && hop.lock.lockClass === lock.lockClass);
  const taken = chain[at]!;
  const end = chain.at(-1)!;
  const last = { ...taken, text: `${taken.text}, and only then ${end.text} (line ${end.at.line})` };
  return running([...chain.slice(0, at), last], thing, first, `is to complete ${thing}`);
}
