import type { Acquisition, LockUse } from '../lockdep/acquisition.ts';
import type { HeldInstance } from './operation.ts';
import { Search, type Limits } from './search.ts';
import type { System } from './system.ts';

/**
 * Every acquisition that any run makes, with what the thread holds then; thread by thread. The system should have no
 * properties that end a search. `isComplete` is false if a limit was reached.
 */
export function exploreAcquisitions(
  system: System,
  limits: Limits,
): { readonly acquisitions: readonly Acquisition[]; readonly isComplete: boolean } {
  const reached = new Uint8Array(system.places.length);
  const { limit } = new Search(system, { isReduced: true, limits, wantsDeadlocks: false, reached }).run();
  return { acquisitions: acquisitionsAt(system, reached), isComplete: limit === undefined };
}

/** The acquisitions at the places that a search marked as reached. */
export function acquisitionsAt(system: System, reached: Uint8Array): readonly Acquisition[] {
  const acquisitions: Acquisition[] = [];
  const seen = new Set<string>();
  for (const [t, { name }] of system.setup.threads.entries()) {
    for (const [i, { step, held, functions, part }] of system.threads[t]!.places.entries()) {
      if (reached[system.base[t]! + i] === 0 || part > 0 || (step?.kind !== 'acquire' && step?.kind !== 'sync')) continue;
      const lock = lockAt(system, system.base[t]! + i);
      if (lock === undefined) continue;
      const use: LockUse =
        step.kind === 'acquire'
          ? toUse(system, { lock, lockClass: step.lock.lockClass, mode: step.mode, isTry: step.isTry, subclass: step.subclass })
          : toUse(system, { lock, lockClass: step.lock.lockClass, mode: 'exclusive', isTry: false, subclass: '' });
      const acquisition: Acquisition = {
        kind: step.kind,
        lock: use,
        held: held.map((h) => toUse(system, h)),
        thread: name,
        function: functions.at(-1) ?? '',
      };
      const key = JSON.stringify({ ...acquisition, thread: '' });
      if (seen.has(key)) continue;
      seen.add(key);
      acquisitions.push(acquisition);
    }
  }
  return acquisitions;
}

/** The lock instance that the operation at a place is about. */
function lockAt(system: System, place: number): number | undefined {
  const { operation } = system.places[place]!;
  if (operation.kind === 'access') return operation.field - system.setup.memory.variables.length;
  return 'domain' in operation ? operation.domain : undefined;
}

function toUse(system: System, { lock, lockClass, mode, isTry, subclass }: HeldInstance): LockUse {
  const { name, kind } = system.setup.memory.locks[lock]!;
  const suffix = subclass === '' ? '' : `/${subclass === 'SINGLE_DEPTH_NESTING' ? '1' : subclass}`;
  return { lockClass: lockClass + suffix, kind, mode, isTry, instance: name };
}
