import { ZERO } from '../ir/program.ts';
import type { Alphabet } from './alphabet.ts';
import type { Automaton, Event, Place, Transition } from './automaton.ts';
import { heldSetsIn, occurrencesIn } from './occurrence.ts';

/** Something C's function does and the model's does not. */
export interface Missing {
  readonly made: Transition;
  /** Locks that C holds then. */
  readonly held: ReadonlySet<string>;
  /** Those of them that the model does not hold when it does it; undefined where it never does. */
  readonly without: readonly string[] | undefined;
}

/** What a callee does in C, or what only one configuration has, and the model's function never does. */
export interface LeftOut {
  readonly place: Place;
  /** `kvm_riscv_vcpu_wfi releases struct kvm.srcu for reading` */
  readonly text: string;
}

/** What C's function does and the model's does not, or not with the locks held that C holds. */
export function missingIn(
  model: Automaton,
  c: Automaton,
  { locking }: Alphabet,
): { readonly missing: readonly Missing[]; readonly leftOut: readonly LeftOut[] } {
  const ours = heldSetsIn(model);
  const missing = new Map<string, Missing>();
  const leftOut = new Map<string, { place: Place; under: string; texts: Set<string> }>();
  for (const { made, held } of occurrencesIn(c)) {
    const { event, place, isOwn, configuration } = made;
    const sets = ours.get(event.text);
    if (isOwn && configuration.size === 0) {
      if (missing.has(event.text) || sets?.some((set) => [...held].every((lock) => set.has(lock)))) continue;
      // Of a lock that the model does not take at all, taking it is what is missing.
      if (event.kind === 'release' && !sets && missing.has(acquiring(event))) continue;
      missing.set(event.text, { made, held, without: sets && notIn(sets, held) });
    } else if (!sets && (event.kind !== 'call' || locking.has(event.subject))) {
      const under = [...configuration]
        .map(([macro, values]) => (values === ZERO ? `!${macro}` : macro))
        .sort()
        .join(' and ');
      const key = `${place.callee ?? place.at.start} ${under}`;
      const known = leftOut.get(key) ?? { place, under, texts: new Set() };
      leftOut.set(key, known);
      known.texts.add(event.text);
    }
  }
  return {
    missing: [...missing.values()],
    leftOut: [...leftOut.values()].map(({ place, under, texts }) => ({
      place,
      text: `${place.callee === undefined ? '' : `${place.callee} `}${[...texts].join(', ')}${under === '' ? '' : ` under ${under}`}`,
    })),
  };
}

function acquiring(event: Event): string {
  return event.text.replace(/^releases/, 'acquires');
}

/** Locks that no set has; all, where it is only never all of them together. */
function notIn(sets: readonly ReadonlySet<string>[], held: ReadonlySet<string>): readonly string[] {
  const never = [...held].filter((lock) => !sets.some((set) => set.has(lock)));
  return (never.length > 0 ? never : [...held]).sort();
}
