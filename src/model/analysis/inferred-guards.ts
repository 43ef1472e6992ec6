import { isUnknownLock, type Program } from '../ir/program.ts';
import { append } from '../source/multimap.ts';
import { findAccesses, type Access, type AccessSource } from './accesses.ts';
import type { Summaries } from './summaries.ts';

/** Places with the lock, at the least, by which a guard is inferred, and those of them that write. */
const fewestGuarded = 4;
const fewestWrites = 2;
/** Of all places the part that has the lock. */
const guardedPart = 0.8;

/** One place that accesses a field, on all ways to it. */
export interface Site {
  readonly first: Access;
  readonly ways: readonly Access[];
}

/** A field, and the lock that is held nearly everywhere it is accessed. */
export interface InferredGuard {
  readonly field: string;
  readonly lockClass: string;
  readonly guarded: readonly Site[];
  /** Places that never have the lock. */
  readonly open: readonly Site[];
  /** All places that count, with those that have the lock on some ways. */
  readonly total: number;
}

const known = new WeakMap<Summaries, readonly InferredGuard[]>();

/** Which lock guards what, by what holds it where. Of all accesses: the first time it takes long. `step` is called often. */
export function inferGuards(
  program: Program,
  summaries: Summaries,
  source: AccessSource,
  step: () => void = () => undefined,
): readonly InferredGuard[] {
  let found = known.get(summaries);
  if (!found) {
    const functions = program.functions.filter(({ ir }) => ir.syntaxErrors.length === 0);
    const { accesses } = findAccesses(program, summaries, source, { functions, step });
    found = sitesByField(accesses).flatMap((sites) => infer(sites) ?? []);
    known.set(summaries, found);
  }
  return found;
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
function infer(sites: readonly Site[]): InferredGuard | undefined {
  const classes = new Set(sites.flatMap(({ ways }) => ways.flatMap(({ guards }) => guards.map(({ lockClass }) => lockClass))));
  const found: InferredGuard[] = [];
  for (const lockClass of classes) {
    if (isUnknownLock(lockClass) || !isNear(lockClass, sites[0]!.first.place)) continue;
    const guarded = sites.filter(({ ways }) => ways.every((way) => isGuarded(way, lockClass)));
    const open = sites.filter(({ ways }) => ways.every((way) => way.guards.every((guard) => guard.lockClass !== lockClass)));
    const writes = guarded.filter(({ first }) => first.kind === 'write').length;
    if (guarded.length < fewestGuarded || writes < fewestWrites || guarded.length < guardedPart * sites.length) continue;
    const { place, fields } = sites[0]!.first;
    found.push({ field: [place, ...fields].join('.'), lockClass, guarded, open, total: sites.length });
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
