import { withoutSubclass } from './analysis/contexts.ts';
import { inferGuards, type Site } from './analysis/inferred-guards.ts';
import type { Analysis } from './analyze.ts';
import type { GuardedField, LockTaker } from './reviewer-api.ts';
import { compareLocations } from './source/location.ts';

/** Fields and variables that a lock class guards, as far as that is inferred, by name. */
export function guardedFields({ program, summaries, source }: Analysis, lockClass: string, step: () => void): readonly GuardedField[] {
  return inferGuards(program, summaries, source, step)
    .filter((inferred) => inferred.lockClass === withoutSubclass(lockClass))
    .map(({ field, guarded, open, total }) => {
      // Who writes it shows most of what the lock is for; by this alone some do.
      const [example] = placesOf(guarded.filter(({ first }) => first.kind === 'write'));
      return { field, total, guarded: guarded.length, open: placesOf(open), example: example! };
    })
    .sort((a, b) => (a.field < b.field ? -1 : 1));
}

function placesOf(sites: readonly Site[]): readonly LockTaker[] {
  return sites.map(({ first }) => ({ function: first.function, at: first.at })).sort((a, b) => compareLocations(a.at, b.at));
}
