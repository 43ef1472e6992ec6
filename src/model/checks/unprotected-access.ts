import type { Access } from '../analysis/accesses.ts';
import { callGraphOf, type CallGraph } from '../analysis/call-graph.ts';
import { inferGuards, type InferredGuard, type Site } from '../analysis/inferred-guards.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import type { CheckInput, Draft } from './check.ts';
import type { Hop } from './finding.ts';

/** Fields that are accessed under one lock nearly everywhere, and here without. */
export function checkUnprotectedAccess(input: CheckInput): readonly Draft[] {
  const { program, summaries, source, isAskedFor } = input;
  const entries = new Entries(program);
  const drafts: Draft[] = [];
  for (const inferred of inferGuards(program, summaries, source)) {
    for (const site of inferred.open) {
      if (!isAskedFor(site.first.at.file) || !site.ways.every((way) => isTold(way, inferred.lockClass, entries))) continue;
      drafts.push(describe(site, inferred));
    }
  }
  return drafts;
}

/** Whether nobody who was not read can hold the lock on this way, and no other thing keeps others away. */
function isTold(access: Access, lockClass: string, entries: Entries): boolean {
  if (access.otherInstances.includes(lockClass) || access.guards.length > 0 || access.hidesLock === true) return false;
  // Who takes the lock further on does not hold it yet.
  return entries.isKnown(access.chain[0]!) || access.chain.some((name) => entries.takes(name, lockClass));
}

/** Functions by name, and whether all that calls them was read. */
class Entries {
  private readonly byName = new Map<string, LinkedFunction[]>();
  private readonly callers: CallGraph;

  constructor(private readonly program: Program) {
    this.callers = callGraphOf(program).callers;
    for (const fn of program.functions) append(this.byName, fn.ir.name, fn);
  }

  /** Whether it is only entered through pointers that are called elsewhere. */
  isKnown(name: string): boolean {
    const all = this.byName.get(name) ?? [];
    return all.length > 0 && all.every((fn) => this.program.enteredBy(fn).length > 0 && !this.callers.has(fn));
  }

  takes(name: string, lockClass: string): boolean {
    const all = this.byName.get(name) ?? [];
    return all.some(({ ir }) =>
      ir.steps.some((step) => step.kind === 'acquire' && step.success === 'always' && step.lock.lockClass === lockClass),
    );
  }
}

function describe({ first }: Site, { field, lockClass, guarded, open }: InferredGuard): Draft {
  const total = guarded.length + open.length;
  const example = guarded.find(({ first: other }) => other.kind === 'write')?.first ?? guarded[0]!.first;
  const does = first.kind === 'write' ? 'written' : 'read';
  const hop = (access: Access, held: string): Hop => ({
    at: access.at,
    function: access.function,
    text: `${access.kind === 'write' ? 'writes' : 'reads'} ${access.text} ${held} ${lockClass}`,
  });
  return {
    check: 'unprotected-access',
    severity: 'information',
    confidence: first.kind === 'write' ? 'medium' : 'low',
    message: `${field} is ${does} here without ${lockClass}, which is held at ${guarded.length} of ${total} places that access it`,
    at: first.at,
    function: first.function,
    about: [field, lockClass],
    acquires: lockClass,
    held: first.guards.map((guard) => guard.lockClass),
    witnesses: [[hop(first, 'without')], [hop(example, 'with')]],
    reasons: [
      'which lock guards what is inferred from where it is held, not from what the code says',
      ...(first.chain.length > 1 ? [`reached by ${first.chain.join(', ')}`] : []),
    ],
  };
}
