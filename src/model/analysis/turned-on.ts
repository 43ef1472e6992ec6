import { isOfCpu, type Acquire, type LinkedFunction, type Release, type Toggle } from '../ir/program.ts';
import { configurationOf, enter, heldAt, withoutSubclass, type Arrival, type Context, type HeldLock } from './contexts.ts';
import type { CpuChanges } from './cpu-changes.ts';
import type { CpuState } from './cpu-state.ts';
import { apply } from './flow.ts';
import type { Summaries } from './summaries.ts';

/** A place where an interrupt may come to a lock: it is taken there, or is held where interrupts are turned on. */
export type OpenArrival = Omit<Arrival, 'step' | 'isPrivate'> & { readonly step: Acquire | TurningOn };

/** Turns softirqs or interrupts on, with a lock or without. */
export type TurningOn = (Release | Toggle) & Required<Pick<Release, 'interrupts'>>;

/** A lock that is held where something is turned on, and the CPU after that. */
export interface TurnedOn {
  readonly arrival: OpenArrival & { readonly step: TurningOn };
  readonly lock: HeldLock;
  readonly cpu: CpuState;
}

/** Locks that are held where a function turns softirqs or interrupts on, in each of the ways into it. */
export function* turnedOnIn(
  fn: LinkedFunction,
  isWanted: (lock: HeldLock) => boolean,
  contexts: readonly Context[],
  summaries: Summaries,
  changes: CpuChanges,
): Iterable<TurnedOn> {
  for (const step of fn.ir.steps) {
    if (!turnsOn(step)) continue;
    const isKept = (lock: HeldLock): boolean => isWanted(lock) && !lock.isPrivate && !lock.held.isStale && isOther(lock, step);
    const states = summaries.flow(fn).points.get(step) ?? [];
    const holding = contexts.filter((context) => states.some((state) => heldAt(context, state).some(isKept)));
    if (holding.length === 0) continue;
    for (const before of changes.statesAt(fn, step)) {
      // What was given back then may be the very lock.
      if (before.dropped.some(({ key }) => key.startsWith('?'))) continue;
      for (const after of apply(step, before, () => [])) {
        if (!after.cpu || after.cpu.isLost) continue;
        for (const context of holding) {
          const there = enter(context, after);
          for (const lock of there?.held.filter(isKept) ?? []) {
            const { lockClass, mode } = lock;
            const config = configurationOf(there!.facts);
            yield { arrival: { step, lockClass, mode, held: there!.held, config, context }, lock, cpu: after.cpu };
          }
        }
      }
    }
  }
}

function turnsOn(step: LinkedFunction['ir']['steps'][number]): step is TurningOn {
  if (step.kind === 'release') return step.interrupts !== undefined && step.lock.lockClass !== '';
  return step.kind === 'toggle' && step.does === 'on' && isOfCpu(step);
}

/** Whether what is given back is surely not the lock: of two of one class it is not told which one is meant. */
function isOther({ lockClass }: HeldLock, step: TurningOn): boolean {
  return step.kind === 'toggle' || withoutSubclass(step.lock.lockClass) !== withoutSubclass(lockClass);
}
