import type { Cpu, LockKind, LockRef } from '../ir/program.ts';
import type { Arrival, Context, HeldLock } from './contexts.ts';

/** Who holds one of these stays on its CPU. */
const staying: ReadonlySet<LockKind> = new Set<LockKind>(['spinlock', 'rwlock', 'seqlock', 'bit-lock', 'local-lock']);

/** Whose instance of a lock it is that each CPU has one of; undefined where nothing tells. */
export function cpuOf(lock: LockRef, { bound, cpus }: Pick<Context, 'bound' | 'cpus'>): Cpu | undefined {
  if (lock.cpu !== undefined) return lock.cpu;
  if (lock.lockClass === '' && lock.parameter >= 0) return bound.get(lock.parameter)?.cpu;
  // Of another object that the parameter's leads to nothing is known.
  return lock.rootParameter >= 0 && lock.place.split('->').length < 3 ? cpus.get(lock.rootParameter) : undefined;
}

/**
 * Whether two locks of one class are those of two CPUs, so that nobody who takes the one waits for who holds the other: each is
 * that of the CPU its taker runs on, and no two take it there at once.
 */
export function areOfTwoCpus(taken: Pick<Arrival, 'context'> & { readonly step: { readonly lock: LockRef } }, held: HeldLock): boolean {
  return staying.has(held.kind) && cpuOf(held.held.lock, held.context) === 'own' && cpuOf(taken.step.lock, taken.context) === 'own';
}

/** Whether two locks of one class may be those of two CPUs: one is of the CPU itself, the other's is not told. */
export function mayBeOfTwoCpus(taken: Pick<Arrival, 'context'> & { readonly step: { readonly lock: LockRef } }, held: HeldLock): boolean {
  const cpus = [cpuOf(taken.step.lock, taken.context), cpuOf(held.held.lock, held.context)];
  return staying.has(held.kind) && !cpus.includes('any') && cpus.some((cpu) => cpu !== undefined);
}
