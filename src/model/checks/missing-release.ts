import { callGraphOf, reachedFrom, type CallGraph } from '../analysis/call-graph.ts';
import { handedOver } from '../analysis/handed-over.ts';
import { leaksOf, type Leak } from '../analysis/leaks.ts';
import { keyInCaller, type Effects } from '../analysis/flow.ts';
import { refusedReleasesOf } from '../analysis/refused-releases.ts';
import type { UnreadCall } from '../ir/access.ts';
import { isUnknownLock, type Call, type LinkedFunction, type LockRef, type Release } from '../ir/program.ts';
import { className } from '../analysis/contexts.ts';
import { lockKey } from '../analysis/state.ts';
import { addTo } from '../source/multimap.ts';
import type { CheckInput, Draft } from './check.ts';
import { Doubts } from './confidence.ts';
import type { Hop, Sureness } from './finding.ts';
import { calleeOf, takenLock } from './witness.ts';

/** A lock that a function gives back on some ways out and leaves held on others, or that nobody who was read ever gives back. */
export function checkMissingRelease(input: CheckInput): readonly Draft[] {
  const { program, summaries, isAskedFor } = input;
  // Most of the time there is nothing to ask.
  let known: Callers | undefined;
  return program.functions.flatMap((fn) => {
    if (!isAskedFor(fn.ir.file) || fn.ir.notes.some(({ does }) => does === 'acquire') || fn.ir.syntaxErrors.length > 0) return [];
    return leaksOf(fn, program, summaries).flatMap((leak) => {
      const { lockClass } = leak.held.lock;
      const isNever = leak.releases.length === 0;
      // Where nobody gives it back, whoever took it is to blame, and not each of its callers.
      if (isUnknownLock(lockClass) || handedOver(program, summaries).has(lockClass)) return [];
      if (isNever && leak.held.step.kind === 'call') return [];
      const callers = (known ??= new Callers(input));
      if (callers.giveBack(fn, lockClass, isNever || leak.isTold === true)) return [];
      const [doubts, asChange] = [new Doubts(), new Doubts()];
      doubtUnread(fn, leak, input, doubts);
      for (const each of [doubts, asChange]) doubtReleasers(fn, leak, callers, input, each);
      const draft = { ...describe(fn, leak), ...sureness(doubts) };
      return [doubts.weight > asChange.weight ? { ...draft, asChange: sureness(asChange) } : draft];
    });
  });
}

function sureness(doubts: Doubts): Sureness {
  return { severity: doubts.severity('error'), confidence: doubts.confidence, reasons: doubts.sentences };
}

/** Callers that were not read may count on the lock. */
function doubtUnread(fn: LinkedFunction, { held, isTold, releases }: Leak, { program }: CheckInput, doubts: Doubts): void {
  const { name, file } = fn.ir;
  const lockClass = className(held.lock, held.subclass);
  const isOpen = program.mayBeCalledElsewhere(fn);
  if (isTold && (isOpen || program.enteredBy(fn).length > 0))
    doubts.add(`whoever calls ${name} could know by the error that the lock is held, and not all callers were read`);
  if (releases.length === 0 && (isOpen || file.endsWith('.h')) && program.mayBeTakenElsewhere(lockClass))
    doubts.add(`not all callers of ${name} were read, and they may give ${lockClass} back`, 2);
}

/** What was read, or is called, may give the lock back all the same. */
function doubtReleasers(fn: LinkedFunction, leak: Leak, callers: Callers, { source }: CheckInput, doubts: Doubts): void {
  const { held, isAboveZero, isOfRound, mayGive } = leak;
  const { name } = fn.ir;
  const lockClass = className(held.lock, held.subclass);
  if (isAboveZero) doubts.add(`${held.inside?.ir.name ?? ''} would have to return a number above zero, and errors are below`);
  const other = held.step.kind === 'call' ? callers.otherReleaser(fn, held.lock.lockClass) : undefined;
  if (other) doubts.add(`${other.ir.name} gives ${lockClass} back for others, and may do so for whoever calls ${name}`, 2);
  if (callers.isReleaser(fn, held.lock.lockClass))
    doubts.add(`${name} gives ${lockClass} back also where it has not taken it: what decides that is not followed`, 2);
  // Of what a loop goes on with, one round may give back what an earlier one took, by another name.
  const unread = source
    .unread(fn)
    .find((call) => (isOfRound ? isUnlock(call) : isReturned(call, leak) && call.given().some((text) => mayLeadTo(text, held.lock))));
  const through = mayGive?.pointer?.flatMap((value) => (value.kind === 'field' ? [value.field] : []))[0];
  if (unread ?? mayGive)
    doubts.add(
      `${unread?.name ?? through ?? 'a function that is called through a pointer'} was not read, and may give ${lockClass} back`,
      2,
    );
}

/** Whether a function says by its name that it unlocks something. */
function isUnlock({ name }: UnreadCall): boolean {
  return /(?:^|_)unlock(?:_|$)/.test(name);
}

/** Whether a call is part of each return that leaves the lock held: `return update(queue);`. */
function isReturned({ start }: UnreadCall, { returns }: Leak): boolean {
  return returns.every((range) => range.start <= start && start < range.end);
}

/** Whether an expression, or what it is the address of, is a lock or what leads to it, as `&queue->limits` does to `queue->limits.lock`. */
function mayLeadTo(text: string, { lockClass, place, root }: LockRef): boolean {
  // What a callee returned with is called by its name there.
  if (root === '' && lockClass !== place) return true;
  const path = text.replace(/^&\s*/, '');
  return path !== '' && place.startsWith(path) && /^($|->|\.)/.test(place.slice(path.length));
}

function describe(fn: LinkedFunction, { held, returns, releases, isShared, isOfRound }: Leak): Omit<Draft, keyof Sureness> {
  const lockClass = className(held.lock, held.subclass);
  const hop = (range: Leak['returns'][number], text: string): Hop => ({ at: fn.locate(range), function: fn.ir.name, text });
  const text = held.step.kind === 'call' ? `calls ${held.inside?.ir.name}, which returns with ${lockClass} held` : `takes ${lockClass}`;
  const calls = held.step.kind === 'call' && held.inside && { calls: calleeOf(held.inside.ir) };
  const takes: Hop = { ...hop(held.step.at, text), ...calls, lock: takenLock(held.lock.kind, lockClass, held.mode) };
  const again = isOfRound ? [hop(held.step.at, `comes to it again for another object, with ${lockClass} held`)] : [];
  const message =
    releases.length > 0
      ? isOfRound
        ? `${fn.ir.name} returns with ${lockClass} held, which a round of a loop leaves held as it goes on to the next one`
        : `${fn.ir.name} returns with ${lockClass} held, which its other ways out give back`
      : `${fn.ir.name} returns with ${lockClass} held, and nothing that was read gives it back`;
  return {
    check: 'missing-release',
    message,
    at: fn.locate(returns[0]!),
    function: fn.ir.name,
    about: [lockClass],
    acquires: lockClass,
    held: [lockClass],
    ...(releases.length > 0 && !isShared && { releases: releases.map((range) => fn.locate(range)) }),
    witnesses: returns.map((range) => [takes, ...again, hop(range, `returns with ${lockClass} held`)]),
  };
}

/** What callers do with a lock that they are left with. */
class Callers {
  private readonly callers: CallGraph;
  private readonly callees: CallGraph;
  /** Functions that give back a lock which they did not take, and those that give back one which they were left with, by its class. */
  private readonly releasers = new Map<string, Set<LinkedFunction>>();
  private readonly left = new Map<string, Set<LinkedFunction>>();

  constructor({ program, summaries }: CheckInput) {
    ({ callers: this.callers, callees: this.callees } = callGraphOf(program));
    for (const fn of program.functions) {
      const { outcomes, points, isCut } = summaries.flow(fn);
      const effects = summaries.effects(fn);
      for (const [step, states] of points) {
        if (step.kind !== 'release' && step.kind !== 'call') continue;
        const keys = new Set(states.flatMap(({ held }) => held.flatMap((each) => (each.step.kind === 'call' ? [lockKey(each.lock)] : []))));
        if (isCut && step.kind === 'release') keys.add(lockKey(step.lock));
        for (const key of keys) if (givesBack(step, key, effects)) addTo(this.left, key, fn);
      }
      // What is given back where it could not be taken is no caller's.
      const refused = new Set(refusedReleasesOf(fn, program, summaries).map(({ taken }) => lockKey(taken.lock)));
      for (const { key } of outcomes.flatMap(({ released }) => released)) if (!refused.has(key)) addTo(this.releasers, key, fn);
    }
  }

  /** Whether a caller gives the lock back; `byAnybody`: also whether anybody does who has not taken it. */
  giveBack(fn: LinkedFunction, lockClass: string, byAnybody: boolean): boolean {
    const releasers = this.releasers.get(lockClass);
    const left = this.left.get(lockClass);
    if (byAnybody)
      return releasers !== undefined || [...reachedFrom([fn], this.callers)].some((caller) => caller !== fn && left?.has(caller));
    const calls = (other: LinkedFunction): boolean => this.callers.get(fn)?.has(other) === true;
    return [...(releasers ?? [])].some((other) => calls(other) || isCounterpart(other, fn)) || [...(left ?? [])].some(calls);
  }

  /** Whether a function gives back such a lock that it has not taken. */
  isReleaser(fn: LinkedFunction, lockClass: string): boolean {
    return this.releasers.get(lockClass)?.has(fn) === true;
  }

  /** A function that gives back such a lock without having taken it, and that the function does not come to by itself. */
  otherReleaser(fn: LinkedFunction, lockClass: string): LinkedFunction | undefined {
    const own = reachedFrom([fn], this.callees);
    return [...(this.releasers.get(lockClass) ?? [])].find((other) => !own.has(other));
  }
}

function givesBack(step: Release | Call, key: string, effects: Effects): boolean {
  if (step.kind === 'release') return lockKey(step.lock) === key;
  return effects(step).some(({ outcomes }) =>
    outcomes.some(({ released }) => released.some((each) => keyInCaller(each.key, step) === key)),
  );
}

/** Whether two functions of a file are called as a pair is: `x_lock` and `x_unlock`, `x_begin` and `x_end`. */
function isCounterpart(gives: LinkedFunction, takes: LinkedFunction): boolean {
  const [, prefix] = /^(.*?_?)(?:(?:try)?lock|start|begin|enter|acquire|get|freeze|suspend)(?:_|$)/.exec(takes.ir.name) ?? [];
  return prefix !== undefined && prefix.length > 2 && gives.ir.file === takes.ir.file && gives.ir.name.startsWith(prefix);
}
