import type { Arrival, Context, HeldLock } from '../analysis/contexts.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';
import { withoutSubclass, type CheckInput } from './check.ts';
import type { Confidence, Severity } from './finding.ts';

/** How sure a finding is, and why: each doubt is a sentence and takes a step down. */
export class Doubts {
  private readonly reasons: string[] = [];
  private steps = 0;

  add(reason: string, steps = 1): void {
    if (this.reasons.includes(reason)) return;
    this.reasons.push(reason);
    this.steps += steps;
  }

  get confidence(): Confidence {
    return this.steps === 0 ? 'high' : this.steps === 1 ? 'medium' : 'low';
  }

  /** What is unlikely is worth a look and no alarm; what is certain to end in a deadlock is an error. */
  severity(certain: Severity): Severity {
    return this.confidence === 'high' ? certain : this.confidence === 'medium' ? 'warning' : 'information';
  }

  get sentences(): readonly string[] {
    return this.reasons;
  }
}

/** More functions behind one pointer than this, and the call says little about which of them runs. */
const manyCandidates = 24;

/** Calls between a lock and what is taken under it: each is a place where the code may exclude the path. */
const farCalls = 5;

/** What makes a chain of calls less than certain; `since` is the lock held that the finding is about. */
export function doubtChain(
  arrival: Arrival,
  since: HeldLock,
  { contexts, program, summaries }: Pick<CheckInput, 'contexts' | 'program' | 'summaries'>,
  doubts: Doubts,
): void {
  let pointers = 0;
  for (let c: Context | undefined = arrival.context; c && c !== since.context; c = c.caller?.context) {
    // A helper that takes the lock for its callers is entered in many ways; a way that was found is there all the same.
    const isHelper = summaries.flow(c.fn).outcomes.some((o) => o.acquired.length > 0);
    if (!isHelper && c !== arrival.context && contexts.cut.has(c.fn))
      doubts.add(`${c.fn.ir.name} is entered with more sets of locks than are followed`);
    const { caller } = c;
    if (caller && /_put(_|$)|^put_/.test(c.fn.ir.name))
      doubts.add(`${c.fn.ir.name} drops a reference: the lock is taken only with the last one`);
    if (!caller || caller.via === '') continue;
    pointers++;
    if (caller.via.startsWith('parameter ')) doubts.add(`which function ${caller.via} is depends on the caller`);
    if (caller.candidates > manyCandidates) doubts.add(`the pointer ${caller.via} may mean any of ${caller.candidates} functions`);
  }
  if (pointers > 1) doubts.add(`${pointers} function pointers lie between the two locks`);
  const { step } = arrival;
  if (step.kind === 'acquire' && step.success === 'nonzero' && !step.isTry)
    doubts.add(`${arrival.lockClass} is taken only with the last reference`);
  const entry = entryOf(arrival.context);
  if (program.enteredBy(entry).length === 0) doubts.add(`who calls ${entry.ir.name} was not read`, 0);
  const calls = arrival.context.depth - since.context.depth;
  if (calls > farCalls) doubts.add(`${calls} calls lie between the two locks`, calls > 2 * farCalls ? 2 : 1);
}

function entryOf(context: Context): LinkedFunction {
  let first = context;
  while (first.caller) first = first.caller.context;
  return first.fn;
}

/** Instances that the code itself tells apart for lockdep may be ordered among themselves. */
export function doubtInstances(classes: readonly string[], program: Program, doubts: Doubts): void {
  const told = new Set(program.functions.flatMap((fn) => fn.ir.annotated));
  for (const lockClass of classes) {
    const name = withoutSubclass(lockClass);
    if (told.has(name)) doubts.add(`lockdep annotations tell instances of ${lockClass} apart`);
    const members = [...membersOf(name, program)].sort();
    if (members.length > 1)
      doubts.add(`${lockClass} is part of several structures (${members.slice(0, 3).join(', ')}), whose locks may be ordered`);
  }
}

/** Members of other structures that a lock's own structure is embedded as: `a->queue.lock`, `b->backlog.lock`. */
function membersOf(lockClass: string, program: Program): ReadonlySet<string> {
  const members = new Set<string>();
  for (const fn of program.functions) {
    for (const step of fn.ir.steps) {
      if (step.kind !== 'acquire' || step.lock.lockClass !== lockClass) continue;
      const member = /(?:->|\.)(\w+)\.\w+$/.exec(step.lock.place)?.[1];
      if (member !== undefined) members.add(member);
    }
  }
  return members;
}
