import type { Automaton, Place } from './automaton.ts';
import type { HeldInstance } from './operation.ts';
import type { System } from './system.ts';

interface Access {
  readonly thread: number;
  readonly isPlain: boolean;
  readonly isWrite: boolean;
  readonly held: readonly HeldInstance[];
}

/**
 * Variables with two accesses, of two threads, that may happen at once: one is plain and one is a write (KCSAN's data race,
 * Documentation/dev-tools/kcsan.rst), and no lock keeps them apart. Whether they do happen at once, a search has to find out.
 */
export function racyVariables(threads: readonly Automaton[], variables: number): readonly number[] {
  const accesses = new Map<number, Map<string, Access>>();
  for (const [thread, automaton] of threads.entries()) {
    for (const place of automaton.places) {
      const access = accessAt(place, thread);
      if (!access || place.operation.kind !== 'access' || place.operation.field >= variables) continue;
      const known = accesses.get(place.operation.field) ?? new Map<string, Access>();
      accesses.set(place.operation.field, known.set(keyOf(access), access));
    }
  }
  const doRace = (all: readonly Access[]): boolean => all.some((a) => all.some((b) => mayRace(a, b)));
  return [...accesses].filter(([, all]) => doRace([...all.values()])).map(([variable]) => variable);
}

/** What a data race on a variable is called. */
export function raceMessage(variable: string): string {
  return `data race on ${variable}: two accesses at once, one of them plain and one a write`;
}

/** Two threads that are about to race in a state, and the variable that they race for. */
export interface Race {
  readonly threads: readonly [number, number];
  readonly variable: number;
}

/** The first race in a state of a system that has no monitors: an access can always be made. */
export function raceIn(system: System, state: Int32Array): Race | undefined {
  const accesses = system.setup.threads.flatMap((_, thread) => {
    const place = system.places[system.placeOf(state, 0, thread)]!;
    const { operation } = place;
    const access = operation.kind === 'access' && operation.field < system.setup.memory.variables.length && accessAt(place, thread);
    return access ? [{ ...access, variable: operation.field }] : [];
  });
  for (const a of accesses) {
    const b = accesses.find((other) => other.variable === a.variable && mayRace(a, other));
    if (b) return { threads: [a.thread, b.thread], variable: a.variable };
  }
  return undefined;
}

function accessAt({ step, held }: Place, thread: number): Access | undefined {
  if (step?.kind === 'read') return { thread, isPlain: !step.marked, isWrite: false, held };
  if (step?.kind === 'write') return { thread, isPlain: !step.marked, isWrite: true, held };
  return step?.kind === 'modify' ? { thread, isPlain: false, isWrite: true, held } : undefined;
}

/** Accesses that are alike here race alike. */
function keyOf({ thread, isPlain, isWrite, held }: Access): string {
  return `${thread} ${isPlain} ${isWrite} ${held.map((h) => `${h.lock}${h.mode}`).join()}`;
}

function mayRace(a: Access, b: Access): boolean {
  if (a.thread >= b.thread || !(a.isPlain || b.isPlain) || !(a.isWrite || b.isWrite)) return false;
  return !a.held.some((h) => b.held.some((other) => other.lock === h.lock && (h.mode === 'exclusive' || other.mode === 'exclusive')));
}
