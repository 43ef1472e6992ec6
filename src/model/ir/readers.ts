import { ANY, ZERO, type LockKind, type Mode } from './program.ts';

/** 0: exclusive. 1: reader that waits for a waiting writer. 2: recursive reader, which waits only for a writer that holds. */
export type Read = 0 | 1 | 2;

/** How a lock blocks others and is blocked. Readers of an rwlock wait for waiting writers only where these are queued, and not in an interrupt. */
export function readOf(kind: LockKind, mode: Mode, isQueued = true): Read {
  if (mode === 'exclusive') return 0;
  switch (kind) {
    case 'rwlock':
      return isQueued ? 1 : 2;
    case 'rwsem':
      return 1;
    // By default threads of user space read on while a writer waits.
    case 'user-rwlock':
    case 'seqlock':
    case 'srcu':
    case 'rcu':
      return 2;
    case 'mutex':
    case 'spinlock':
    case 'semaphore':
    case 'local-lock':
    case 'bit-lock':
      return 0;
  }
}

/** Whether a way may run with CONFIG_QUEUED_RWLOCKS, as on x86, arm64 and RISC-V. */
export function hasQueuedReaders(config: ReadonlyMap<string, number>): boolean {
  return ((config.get('CONFIG_QUEUED_RWLOCKS') ?? ANY) & ~ZERO) !== 0;
}
