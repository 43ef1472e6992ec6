import type { CheckInput } from '../checks/check.ts';
import { operandOf } from '../ir/lock-api.ts';
import { isUnknownLock, type LockRef, type Program } from '../ir/program.ts';
import { compareLocations } from '../source/location.ts';
import type { LockTypeChange, LockUser, PatchPlace, Taker } from './changes.ts';
import { some } from './lists.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import type { Picture } from './picture.ts';

/** How a lock class is declared, and what is done with it. */
export interface DeclaredLock {
  /** More than one where files of one name declare it differently. */
  readonly types: ReadonlySet<string>;
  readonly users: readonly LockUser[];
}

/** Declared types of locks, by class, from the places that were understood. */
export function declaredLocks(programs: readonly Program[]): ReadonlyMap<string, DeclaredLock> {
  const found = new Map<string, { types: Set<string>; users: Map<string, LockUser> }>();
  const entryOf = ({ lockClass, type }: LockRef): { types: Set<string>; users: Map<string, LockUser> } | undefined => {
    if (type === undefined || isUnknownLock(lockClass)) return undefined;
    let entry = found.get(lockClass);
    if (!entry) found.set(lockClass, (entry = { types: new Set(), users: new Map() }));
    entry.types.add(type);
    return entry;
  };
  for (const fn of programs.flatMap(({ functions }) => functions)) {
    for (const step of fn.ir.steps) {
      if (step.kind === 'call') for (const { lock } of step.arguments) if (lock) entryOf(lock);
      if (step.kind !== 'acquire' && step.kind !== 'release') continue;
      const entry = entryOf(step.lock);
      if (!entry || step.name === undefined) continue;
      const at = fn.locate(step.at);
      entry.users.set(`${at.file}:${at.line}:${at.column}`, { operation: step.name, function: fn.ir.name, at });
    }
  }
  return new Map(
    [...found].map(([lockClass, { types, users }]) => [
      lockClass,
      { types, users: [...users.values()].sort((a, b) => compareLocations(a.at, b.at)) },
    ]),
  );
}

/** Calls through pointers of which nobody has read what they lead to, in functions that hold a lock of a class there. */
export function unreadCallsUnder(lockClass: string, { program, summaries }: Pick<CheckInput, 'program' | 'summaries'>): readonly Taker[] {
  const takers = program.functions.filter(({ ir }) =>
    ir.steps.some((step) => step.kind === 'acquire' && step.lock.lockClass === lockClass),
  );
  return takers.flatMap((fn) =>
    [...summaries.flow(fn).points].flatMap(([step, states]) => {
      const isUnread = step.kind === 'call' && step.name === undefined && program.targets(step, fn).length === 0;
      const isUnder = isUnread && states.some(({ held }) => held.some(({ lock }) => lock.lockClass === lockClass));
      return isUnder ? [{ function: fn.ir.name, at: fn.locate(step.at) }] : [];
    }),
  );
}

/** Sorted; what several architectures have, once. */
function places(takers: readonly Taker[]): readonly Taker[] {
  const sorted = [...takers].sort((a, b) => compareLocations(a.at, b.at));
  return sorted.filter(({ at }, i) => i === 0 || compareLocations(at, sorted[i - 1]!.at) !== 0);
}

/** Locks that are of another type than before, with the operations on them that want the old one still. */
export function compareLockTypes(before: Picture, after: Picture, lines: PatchedLines): readonly LockTypeChange[] {
  const changes: LockTypeChange[] = [];
  for (const [lockClass, { types, users }] of after.declared) {
    const [old, ...others] = before.declared.get(lockClass)?.types ?? [];
    const [now, ...more] = types;
    if (old === undefined || now === undefined || old === now || others.length + more.length > 0) continue;
    const misfits = users.filter(({ operation }) => ![now, undefined].includes(operandOf(operation)));
    const mustNotSleep = waiting.get(old) === 'sleeping' && ['spinning', 'raw'].includes(waiting.get(now) ?? '');
    const unread = mustNotSleep ? places(after.unreadCallsUnder(lockClass)) : [];
    const place = placeOf(lockClass, now, lines);
    changes.push({ lockClass, before: old, after: now, misfits, unread, ...(place && { place }) });
  }
  return changes.sort((a, b) => (a.lockClass < b.lockClass ? -1 : 1));
}

/** The changed line that declares it. */
function placeOf(lockClass: string, type: string, lines: PatchedLines): PatchPlace | undefined {
  const side: Side = 'after';
  const name = new RegExp(`\\b${/\w*$/.exec(lockClass)![0]}\\b`);
  const found = [...lines.files(side)].flatMap((file) =>
    [...lines.changedIn(side, file)].flatMap(([line, text]) => (name.test(text) ? [{ text, place: lines.at(side, { file, line }) }] : [])),
  );
  return (found.find(({ text }) => text.includes(type)) ?? found[0])?.place;
}

/** How tasks wait for a lock, by its type: `spinning` locks sleep with PREEMPT_RT. */
const waiting: ReadonlyMap<string, 'raw' | 'spinning' | 'sleeping'> = new Map([
  ['raw_spinlock_t', 'raw'],
  ...['spinlock_t', 'rwlock_t', 'local_lock_t'].map((type): [string, 'spinning'] => [type, 'spinning']),
  ...['mutex', 'rw_semaphore', 'percpu_rw_semaphore', 'semaphore', 'rt_mutex', 'ww_mutex'].map((name): [string, 'sleeping'] => [
    `struct ${name}`,
    'sleeping',
  ]),
]);

/** What those have to know who take a lock that is waited for otherwise than before, from one way to another. */
const consequences: Readonly<Record<string, string>> = {
  'sleeping spinning': 'code that holds it must no longer sleep',
  'sleeping raw': 'code that holds it must no longer sleep, nor take a spinlock_t, which sleeps with PREEMPT_RT',
  'spinning raw': 'code that holds it must no longer take a spinlock_t, which sleeps with PREEMPT_RT',
  'spinning sleeping': 'taking it may sleep now, so not in atomic context',
  'raw sleeping': 'taking it may sleep now, so not in atomic context',
  'raw spinning': 'taking it may sleep now with PREEMPT_RT',
};

/** `struct foo.lock becomes spinlock_t (was struct mutex): code that holds it must no longer sleep`. */
export function lockTypeText({ lockClass, before, after }: LockTypeChange): string {
  const consequence = consequences[`${waiting.get(before)} ${waiting.get(after)}`];
  return `${lockClass} becomes ${after} (was ${before})${consequence === undefined ? '' : `: ${consequence}`}`;
}

/** What is called with the lock held, and may sleep for all that is known; undefined where it could before, or there is none. */
export function callsUnderText({ unread }: LockTypeChange): string | undefined {
  if (unread.length === 0) return undefined;
  const places = some(unread.map(({ function: name, at }) => `${name} (${at.file}:${at.line})`));
  const [calls, hold] = unread.length === 1 ? ['a call', 'that was not read is'] : [`${unread.length} calls`, 'that were not read are'];
  return `${calls} through a pointer ${hold} under it: ${places}`;
}

/** What is done with it as if it were of another type still; undefined where all that was read fits. */
export function misfitText({ after, misfits }: LockTypeChange): string | undefined {
  if (misfits.length === 0) return undefined;
  const named = misfits.map(({ operation, function: name, at }) => `${operation}() in ${name} (${at.file}:${at.line})`);
  return `${misfits.length === 1 ? 'an operation does' : `${misfits.length} operations do`} not fit ${after}: ${some(named)}`;
}
