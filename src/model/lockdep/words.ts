import { readOf, type Acquisition, type LockUse } from './acquisition.ts';
import type { Edge } from './dependency-graph.ts';
import type { HiddenOrder } from './hidden-orders.ts';

/** `A → B → A: vcpu0 in f acquires B with A held; …`. */
export function circleMessage(circle: readonly Edge[], disjoint: readonly string[]): string {
  const apart = disjoint.length > 0 ? `; ${apartText(disjoint)}, but lockdep compares classes` : '';
  return `${arrows(circle)}: ${circle.map(describe).join('; ')}${apart}`;
}

function apartText(disjoint: readonly string[]): string {
  return `no acquisition has the same instance of ${disjoint.join(' and ')} on both sides`;
}

export function recursionMessage(acquisition: Acquisition): string {
  const { lock, held } = acquisition;
  const other = held.find((h) => h.lockClass === lock.lockClass);
  const isOther = lock.instance !== undefined && other?.instance !== undefined && lock.instance !== other.instance;
  const apart = isOther ? `; ${lock.instance} and ${other.instance} are two locks, but lockdep compares classes` : '';
  return `${doing(acquisition)} with ${other ? heldText(other) : lock.lockClass} held already${apart}`;
}

export function suspiciousMessage(acquisition: Acquisition, reader: LockUse): string {
  return `${doing(acquisition)} inside the read side of ${reader.lockClass}`;
}

export function hiddenMessage(order: Omit<HiddenOrder, 'message'>): string {
  const apart = order.disjoint.length > 0 ? `, of which ${apartText(order.disjoint)}` : '';
  const circle = order.closes.length > 0 ? `; it would close ${arrows(order.closes)}${apart}` : '';
  return `${describe(order)}: ${reasonText(order)}${circle}`;
}

function reasonText({ from, to, reason, acquisition, between = '' }: Omit<HiddenOrder, 'message'>): string {
  const rcu = acquisition.lock.kind === 'rcu' || acquisition.held.some((h) => h.lockClass === from && h.kind === 'rcu');
  switch (reason) {
    case 'trylock':
      return 'a trylock never waits, so lockdep makes no edge into it';
    case 'reader-unchecked':
      return `the readers of ${rcu ? 'RCU' : 'SRCU'} are annotated without check, so no edge begins or ends at them`;
    case 'sync-not-annotated':
      return `lockdep is not told that ${to} is waited for`;
    case 'untracked':
      return 'lockdep knows no semaphores and no bit locks';
    case 'nearer-lock':
      return `lockdep stops at ${between}, which was acquired later, and no strong path over it stands for the order`;
    case 'known-chain':
      return 'the same classes were held here before, and lockdep checks a chain of classes once';
    case 'search-order':
      return `the search of lockdep came to ${between} on a weaker way first, and visits a class once`;
  }
}

/** `A → B → A`. */
function arrows(circle: readonly Edge[]): string {
  return [circle[0]?.from, ...circle.map((edge) => edge.to)].join(' → ');
}

function describe({ from, acquisition }: Edge): string {
  const lock = acquisition.held.find((h) => h.lockClass === from);
  return `${doing(acquisition)} with ${lock ? heldText(lock) : from} held`;
}

function doing({ kind, lock, thread, function: name }: Acquisition): string {
  const how =
    kind === 'sync' ? 'waits for the readers of' : lock.isTry ? 'tries' : readOf(lock) === 0 ? 'acquires' : 'acquires, for reading,';
  return `${thread} in ${name} ${how} ${lock.lockClass}`;
}

function heldText(lock: LockUse): string {
  return readOf(lock) === 0 ? lock.lockClass : `the read side of ${lock.lockClass}`;
}
