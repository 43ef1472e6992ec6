import type { LockKind, Mode } from '../ir/program.ts';
import { readOf as readOfKind, type Read } from '../ir/readers.ts';

/** A lock as its user has it: an entry of a task's stack of held locks, or the lock about to be taken. */
export interface LockUse {
  /** As lockdep would name it, subclass included: `struct kvm.lock`, `struct inode.i_rwsem/1`. */
  readonly lockClass: string;
  readonly kind: LockKind;
  readonly mode: Mode;
  readonly isTry: boolean;
  /** A reader that lockdep is told of without `check` whatever others do: srcu_read_lock_nmisafe. */
  readonly isUnchecked?: boolean;
  /** Tells locks of one class apart. lockdep knows only classes; a report says when no run has the same instance on both sides. */
  readonly instance?: string;
}

/** A lock taken, or for `sync` a wait for the readers of an (S)RCU domain, with what the task held, oldest first. */
export interface Acquisition {
  readonly kind: 'acquire' | 'sync';
  readonly lock: LockUse;
  readonly held: readonly LockUse[];
  readonly thread: string;
  readonly function: string;
  /** `file` relative to the tree, `line` counted from 1. */
  readonly at?: { readonly file: string; readonly line: number };
}

/**
 * How SRCU tells lockdep what it does, before and after commit f0f44752f5f6 (Linux 6.4): before, readers are not checked and
 * synchronize_srcu says nothing; after, readers are checked and synchronize_srcu is an empty write section (lock_sync).
 */
export type SrcuAnnotation = 'before' | 'after';

/** What lockdep is told: the arguments of lock_acquire() that matter here. */
export interface Annotation {
  readonly lockClass: string;
  readonly read: Read;
  /** Without it the lock is on the stack of held locks, but neither makes nor checks an order. */
  readonly check: boolean;
  readonly isTry: boolean;
}

/** How a lock blocks others and is blocked, whatever lockdep is told. Task context and CONFIG_QUEUED_RWLOCKS are taken for granted. */
export function readOf(lock: LockUse): Read {
  return readOfKind(lock.kind, lock.mode);
}

/**
 * Annotation of a lock that is held or acquired; undefined if lockdep is told nothing at all. Sources: include/linux/lockdep.h 6.1:548-585
 * and 6.12:509-546 for the blocking locks; rcupdate.h 6.1:350 and 6.12:337, srcu.h 6.1:165 and 6.12:151 for readers.
 */
export function annotationOf(lock: LockUse, srcu: SrcuAnnotation): Annotation | undefined {
  // Their locks have no lockdep map (include/linux/semaphore.h, bit_spinlock.h).
  if (lock.kind === 'semaphore' || lock.kind === 'bit-lock') return undefined;
  // srcu_read_lock_nmisafe stays unchecked, and is annotated as a trylock (6.12 srcu.h:267).
  const isUnchecked = lock.isUnchecked === true;
  const check = !isUnchecked && (lock.kind === 'srcu' ? srcu === 'after' : lock.kind !== 'rcu');
  return { lockClass: lock.lockClass, read: readOf(lock), check, isTry: lock.isTry || isUnchecked };
}

/** Annotation of what an acquisition or a wait asks for; undefined if lockdep is told nothing. synchronize_rcu never is. */
export function annotationOfNext({ kind, lock }: Acquisition, srcu: SrcuAnnotation): Annotation | undefined {
  if (kind === 'acquire') return annotationOf(lock, srcu);
  if (lock.kind !== 'srcu' || srcu === 'before') return undefined;
  return { lockClass: lock.lockClass, read: 0, check: true, isTry: false };
}

/** Whether the task may have to wait here for others, as a trylock never does. */
export function waits({ kind, lock }: Acquisition): boolean {
  return kind === 'sync' || !lock.isTry;
}

/** How the lock asked for blocks: who waits for readers is like a writer. */
export function readOfNext({ kind, lock }: Acquisition): Read {
  return kind === 'sync' ? 0 : readOf(lock);
}
