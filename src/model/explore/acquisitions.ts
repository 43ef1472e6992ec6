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
    const automaton = system.threads[t]!;
    for (const [i, { step, held, functions }] of automaton.places.entries()) {
      const asked = reached[system.base[t]! + i] === 0 ? undefined : automaton.asked(i);
      if (!asked) continue;
      const acquisition: Acquisition = {
        kind: step?.kind === 'sync' ? 'sync' : 'acquire',
        lock: toUse(system, asked),
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

function toUse(system: System, { lock, lockClass, mode, isTry, isUnchecked, subclass }: HeldInstance): LockUse {
  const { name, kind } = system.setup.memory.locks[lock]!;
  const suffix = subclass === '' ? '' : `/${subclass}`;
  return { lockClass: lockClass + suffix, kind, mode, isTry, ...(isUnchecked && { isUnchecked }), instance: name };
}
