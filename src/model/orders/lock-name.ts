/** `&kvm->lock`, `@ep->mtx`, `rq::lock`, `struct dlm_ctxt->spinlock`, `folio_lock(folio)`; nothing before or after it. */
const path = /^(?:[&@]|->|struct\s+)?([A-Za-z_]\w*(?:(?:->|\.|::)[A-Za-z_]\w*)*)(\([^()]{0,60}\))?$/;
const lockWord = /(?:lock|mutex|mtx|sem|sema|semaphore|srcu|ptl)\d*$/;
/** Ends like a lock but is none: block, clock, and the functions that release, try or wait. */
const otherWord = /(?:block|clock|unlock|trylock|downlock)\d*$|^(?:synchronize|call|release|drop|assert|lockdep)_|^[eE]\.g$|^i\.e$/;
const kindWord = /^(?:lock|mutex|spinlock|semaphore|rwsem|rwlock|seqlock)s?$/i;

/** The lock API itself: which lock is meant stands in its argument. */
const api =
  /^(?:mutex_lock|(?:raw_)?spin_lock|(?:read|write)_lock|down|s?rcu_read_lock)(?:_(?:read|write|irq|irqsave|bh|nested|killable|interruptible))*$/;

export interface LockName {
  /** As rules write it: no `&` or markup, `->` and `.` kept, `()` for a function. */
  readonly name: string;
  /** Reads like a lock by itself, so that no heading must say that locks are meant. */
  readonly certain: boolean;
}

/** One word of prose or of a chain as the name of a lock, or undefined. */
export function readLockName(word: string): LockName | undefined {
  const match = path.exec(word);
  if (!match) return undefined;
  const name = match[1]!.replaceAll('::', '.');
  if (api.test(name)) return readLockName(match[2]?.slice(1, -1) ?? '');
  if (otherWord.test(name) || !/[a-z]/.test(name)) return undefined;
  const last = name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('>')) + 1);
  // A name made of the bare kind says of no lock which one it is.
  if (kindWord.test(name) || /\.[chS]$|\.(?:rst|txt)$/.test(name)) return undefined;
  if (match[2] !== undefined) {
    return name !== last || !(lockWord.test(last) || /^lock_/.test(last)) ? undefined : { name: `${name}()`, certain: true };
  }
  const certain = lockWord.test(last);
  return certain || name.includes('_') || name !== last ? { name, certain } : undefined;
}

export function isKindWord(word: string): boolean {
  return kindWord.test(word);
}
