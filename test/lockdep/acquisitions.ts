import type { Acquisition, LockUse } from '../../src/model/lockdep/acquisition.ts';
import type { LockdepView } from '../../src/model/lockdep/lockdep-view.ts';
import type { LockKind } from '../../src/model/ir/program.ts';

/**
 * A thread's acquisitions, one lock after the other and none released: `a`, `a:rwsem:read`, `a:srcu:sync`, `a:mutex:try`,
 * `a:srcu:nmi` (srcu_read_lock_nmisafe). A lock without a
 * kind is a mutex; `a@2` is instance 2 of it.
 */
export function run(thread: string, ...locks: readonly string[]): readonly Acquisition[] {
  const held: LockUse[] = [];
  return locks.map((text): Acquisition => {
    const { lock, isSync } = parse(text);
    const acquisition = { kind: isSync ? 'sync' : 'acquire', lock, held: [...held], thread, function: `${thread}_run` } as const;
    if (!isSync) held.push(lock);
    return acquisition;
  });
}

function parse(text: string): { readonly lock: LockUse; readonly isSync: boolean } {
  const [name = '', kind = 'mutex', how = ''] = text.split(':');
  const [lockClass = '', instance] = name.split('@');
  const isShared = how === 'read' || how === 'nmi';
  const lock: LockUse = {
    lockClass,
    kind: kind as LockKind,
    mode: isShared ? 'shared' : 'exclusive',
    isTry: how === 'try',
    ...(how === 'nmi' && { isUnchecked: true }),
    ...(instance === undefined ? {} : { instance }),
  };
  return { lock, isSync: how === 'sync' };
}

/** `a -EN-> b`, as the kernel's documents draw it. */
export function edgesOf(view: LockdepView): readonly string[] {
  return view.edges.map(({ from, to, kind }) => `${from} -${kind}-> ${to}`);
}

/** `circular a b`. */
export function reportsOf(view: LockdepView): readonly string[] {
  return view.reports.map(({ kind, classes }) => [kind, ...classes].join(' '));
}

/** `a -> b: reason`, with the lock in the way and the classes of the circle, if any: `a -> c: nearer-lock b, closes c a`. */
export function hiddenOf(view: LockdepView): readonly string[] {
  return view.hidden.map(({ from, to, reason, between, closes }) => {
    const circle = closes.length > 0 ? `, closes ${closes.map((edge) => edge.from).join(' ')}` : '';
    return `${from} -> ${to}: ${reason}${between === undefined ? '' : ` ${between}`}${circle}`;
  });
}
