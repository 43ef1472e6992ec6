import { merge, type Arrival, type HeldLock } from '../analysis/contexts.ts';
import type { OrderEdge } from '../analysis/order-graph.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtCut, doubtGates, doubtLength } from './confidence.ts';
import { gateText, heldText, reportedAt, witnessOf } from './witness.ts';

/** Locks held around both sides: the reader and the one who waits cannot be there at once. */
function gatesOf({ wait, lock, reader }: Pair): readonly string[] {
  const aroundWait = wait.held.slice(0, wait.held.indexOf(lock));
  const aroundReader = reader.to.held.slice(0, reader.to.held.indexOf(reader.from));
  const gates = aroundWait.filter(
    (g) =>
      !g.isPrivate &&
      g.kind !== 'rcu' &&
      g.kind !== 'srcu' &&
      aroundReader.some((h) => h.lockClass === g.lockClass && (h.mode === 'exclusive' || g.mode === 'exclusive')),
  );
  return [...new Set(gates.map((g) => g.lockClass))];
}

interface Pair {
  readonly wait: Arrival;
  /** Lock held while waiting, taken by the reader. */
  readonly lock: HeldLock;
  readonly reader: OrderEdge;
}

/** A grace period waited for with a lock held that readers take: each waits for the other. */
export function checkSyncDeadlock(input: CheckInput): readonly Draft[] {
  const byLocks = new Map<string, Pair[]>();
  const drafts: Draft[] = [];
  for (const wait of input.graph.waits) {
    for (const lock of wait.held) {
      if (lock.isPrivate) continue;
      if (lock.lockClass === wait.lockClass && lock.mode === 'shared') drafts.push(...ownReadSide(wait, lock, input));
      if (lock.kind === 'rcu' || lock.kind === 'srcu') continue;
      for (const reader of input.graph.between(wait.lockClass, lock.lockClass)) {
        if (reader.from.mode !== 'shared' || !merge(wait.config, reader.to.config)) continue;
        // The reader holds the lock already, outside: then it never waits for it inside.
        if (reader.to.held.some((h) => h.lockClass === lock.lockClass)) continue;
        const key = `${wait.lockClass}\0${lock.lockClass}`;
        const pairs = byLocks.get(key);
        if (pairs) pairs.push({ wait, lock, reader });
        else byLocks.set(key, [{ wait, lock, reader }]);
      }
    }
  }
  for (const pairs of byLocks.values()) drafts.push(...report(pairs, input));
  return drafts;
}

/** Reported on the side with fewer places; on both where they are equal. */
function report(pairs: readonly Pair[], input: CheckInput): readonly Draft[] {
  const waits = firstBy(pairs, (p) => placeKey(p.wait));
  const readers = firstBy(pairs, (p) => placeKey(p.reader.to));
  const drafts: Draft[] = [];
  if (waits.length <= readers.length) for (const pair of waits) drafts.push(...describe(pair, pair.wait, input));
  if (readers.length <= waits.length) for (const pair of readers) drafts.push(...describe(pair, pair.reader.to, input));
  return drafts;
}

function describe(pair: Pair, at: Arrival, input: CheckInput): readonly Draft[] {
  const { wait, lock, reader } = pair;
  const gates = gatesOf(pair);
  const gate = gateText(gates, 'around both');
  const place = reportedAt(at, input.isAskedFor);
  if (!place) return [];
  const doubts = new Doubts();
  doubtChain(wait, lock, input, doubts);
  doubtChain(reader.to, reader.from, input, doubts);
  doubtLength([{ to: wait, from: lock }, reader], doubts);
  doubtGates([{ to: wait, from: lock }, reader], input.program, doubts);
  doubtCut(wait.lockClass, lock.lockClass, input.graph, doubts);
  const config = configText(merge(wait.config, reader.to.config) ?? wait.config);
  const waiter = `${wait.context.fn.ir.name} waits for the readers of ${wait.lockClass} with ${lock.lockClass} held`;
  const taker = `${reader.to.context.fn.ir.name} takes ${lock.lockClass} inside that read side`;
  const message =
    at === wait
      ? `waits for the readers of ${wait.lockClass} with ${heldText(lock)} held, but ${taker}`
      : `${lock.lockClass} is taken here inside the read side of ${wait.lockClass}, but ${waiter}`;
  const both = [witnessOf(wait, input.program), witnessOf(reader.to, input.program)];
  return [
    {
      check: 'sync-deadlock',
      severity: gates.length > 0 ? 'information' : doubts.severity('error'),
      confidence: doubts.confidence,
      message: message + gate,
      ...place,
      about: at === wait ? [lock.lockClass, wait.lockClass] : [wait.lockClass, lock.lockClass],
      acquires: at.lockClass,
      held: at.held.map((h) => h.lockClass),
      witnesses: at === wait ? both : both.reverse(),
      ...(config && { config }),
      reasons: doubts.sentences,
    },
  ];
}

function ownReadSide(wait: Arrival, lock: HeldLock, input: CheckInput): readonly Draft[] {
  const place = reportedAt(wait, input.isAskedFor);
  if (!place) return [];
  const doubts = new Doubts();
  doubtChain(wait, lock, input, doubts);
  doubtLength([{ to: wait, from: lock }], doubts);
  const config = configText(wait.config);
  if (wait.context !== lock.context) doubts.add('a task that waits for itself is seldom missed: the code may exclude this path');
  return [
    {
      check: 'sync-deadlock',
      severity: doubts.severity('error'),
      confidence: doubts.confidence,
      message: `waits for the readers of ${wait.lockClass} inside the read side of ${wait.lockClass}: it waits for itself`,
      ...place,
      about: [lock.lockClass, wait.lockClass],
      acquires: wait.lockClass,
      held: wait.held.map((h) => h.lockClass),
      witnesses: [witnessOf(wait, input.program)],
      ...(config && { config }),
      reasons: doubts.sentences,
    },
  ];
}

function firstBy(pairs: readonly Pair[], key: (pair: Pair) => string): readonly Pair[] {
  const first = new Map<string, Pair>();
  const gated = (pair: Pair): number => (gatesOf(pair).length > 0 ? 1 : 0);
  for (const pair of [...pairs].sort(
    (a, b) => gated(a) - gated(b) || a.wait.context.depth + a.reader.to.context.depth - b.wait.context.depth - b.reader.to.context.depth,
  )) {
    if (!first.has(key(pair))) first.set(key(pair), pair);
  }
  return [...first.values()];
}
