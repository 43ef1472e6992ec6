import { findAccesses, type Access } from '../analysis/accesses.ts';
import { callGraphOf, type CallGraph } from '../analysis/call-graph.ts';
import { isUnknownLock, type LinkedFunction, type Program } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import type { CheckInput, Draft } from './check.ts';
import type { Hop } from './finding.ts';

/** Places with the lock, at the least, by which a guard is inferred, and those of them that write. */
const fewestGuarded = 4;
const fewestWrites = 2;
/** Of all places the part that has the lock. */
const guardedPart = 0.8;

/** One place that accesses a field, on all ways to it. */
interface Site {
  readonly first: Access;
  readonly ways: readonly Access[];
}

/** A lock that is held wherever else a field is accessed. */
interface Inferred {
  readonly lockClass: string;
  readonly guarded: readonly Site[];
  readonly open: readonly Site[];
}

/** Fields that are accessed under one lock nearly everywhere, and here without. */
export function checkUnprotectedAccess(input: CheckInput): readonly Draft[] {
  const { program, summaries, source, isAskedFor } = input;
  const functions = program.functions.filter(({ ir }) => ir.syntaxErrors.length === 0);
  const { accesses } = findAccesses(program, summaries, source, { functions });
  const entries = new Entries(program);
  const drafts: Draft[] = [];
  for (const sites of sitesByField(accesses)) {
    const inferred = infer(sites);
    if (!inferred) continue;
    for (const site of inferred.open) {
      if (!isAskedFor(site.first.at.file) || !site.ways.every((way) => isTold(way, inferred.lockClass, entries))) continue;
      drafts.push(describe(site, inferred));
    }
  }
  return drafts;
}

/** Accesses that count, by field and then by place. */
function sitesByField(accesses: readonly Access[]): readonly (readonly Site[])[] {
  const fields = new Map<string, Map<string, Access[]>>();
  for (const access of accesses) {
    if (access.isPrivate || access.isLinked || access.isMarked || access.chain.some((name) => aloneWords.test(name))) continue;
    const field = [access.place, ...access.fields].join('.');
    let sites = fields.get(field);
    if (!sites) fields.set(field, (sites = new Map()));
    const place = `${access.at.file}:${access.at.line}:${access.at.column}:${access.kind}`;
    append(sites, place, access);
  }
  return [...fields.values()].map((sites) => [...sites.values()].map((ways): Site => ({ first: ways[0]!, ways })));
}

/** Words of the names of functions that have an object for themselves: before others can reach it, or when nobody can any more. */
const aloneWords =
  /(^|_)(init|probe|alloc|new|create|setup|add|register|attach|free|destroy|remove|release|exit|fini|cleanup|teardown|unregister|detach|uninit|deinit|disconnect|shutdown|put|kill|reset|suspend|resume|start|stop|open|close)\d*(_|$)/;

/** The lock that most places have, if the others are few. */
function infer(sites: readonly Site[]): Inferred | undefined {
  const classes = new Set(sites.flatMap(({ ways }) => ways.flatMap(({ guards }) => guards.map(({ lockClass }) => lockClass))));
  const found: Inferred[] = [];
  for (const lockClass of classes) {
    if (isUnknownLock(lockClass) || !isNear(lockClass, sites[0]!.first.place)) continue;
    const guarded = sites.filter(({ ways }) => ways.every((way) => isGuarded(way, lockClass)));
    const open = sites.filter(({ ways }) => ways.every((way) => way.guards.every((guard) => guard.lockClass !== lockClass)));
    const writes = guarded.filter(({ first }) => first.kind === 'write').length;
    if (open.length === 0 || guarded.length < fewestGuarded || writes < fewestWrites || guarded.length < guardedPart * sites.length)
      continue;
    found.push({ lockClass, guarded, open });
  }
  return found.sort((a, b) => b.guarded.length - a.guarded.length || (a.lockClass < b.lockClass ? -1 : 1))[0];
}

/** Whether a lock is in the struct of a field, or is a variable of its own: another struct's has to do with more than the field. */
function isNear(lockClass: string, place: string): boolean {
  const owner = (name: string): string => name.replace(/\.\w+$/, '');
  return !lockClass.includes('.') || owner(lockClass) === owner(place);
}

function isGuarded({ kind, guards }: Access, lockClass: string): boolean {
  return guards.some((guard) => guard.lockClass === lockClass && (kind === 'read' || guard.mode === 'exclusive'));
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

function describe({ first }: Site, { lockClass, guarded, open }: Inferred): Draft {
  const total = guarded.length + open.length;
  const field = [first.place, ...first.fields].join('.');
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
