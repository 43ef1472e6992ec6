import type { SequenceStep } from '../src/model/trace/sequence.ts';
import { threadOf, type Shown } from './words.ts';

/** A line of the step list: the step of each column that stands there, undefined where a column has none. */
export type Row = readonly (number | undefined)[];

/** Steps of several runs side by side: what the same thread does in the same function the same way stands in one row. */
export function alignedRows(columns: readonly Shown[]): readonly Row[] {
  const [first, ...others] = columns;
  if (!first) return [];
  let rows: Row[] = first.sequence.steps.map((_step, index) => [index]);
  let keys = keysOf(first);
  for (const [done, column] of others.entries()) {
    const added = keysOf(column);
    const merged: Row[] = [];
    const mergedKeys: string[] = [];
    const none = new Array<undefined>(done + 1).fill(undefined);
    for (const [left, right] of besides(pairs(keys, added), keys, added)) {
      merged.push([...(left === undefined ? none : rows[left]!), right]);
      mergedKeys.push(left === undefined ? added[right!]! : keys[left]!);
    }
    rows = merged;
    keys = mergedKeys;
  }
  return rows;
}

function keysOf({ sequence }: Shown): string[] {
  return sequence.steps.map((step) => `${threadOf(sequence, step)}\0${step.functions.at(-1) ?? ''}\0${actionOf(step)}`);
}

/** Another lock may be taken in another version: its name does not count. That a lock was waited for and not taken does not either. */
function actionOf({ action }: SequenceStep): string {
  return action === 'wait' ? 'acquire' : action;
}

/** Where versions part, a lock that one takes or waits for stands beside the next that the same thread takes in the other. */
function besides(found: readonly Pair[], left: readonly string[], right: readonly string[]): readonly Pair[] {
  const placed: Pair[] = [];
  let [lefts, rights]: [number[], number[]] = [[], []];
  const place = (): void => {
    for (const l of lefts) {
      const at = rights.findIndex((r) => takerOf(left[l]!) !== undefined && takerOf(left[l]!) === takerOf(right[r]!));
      if (at >= 0) placed.push(...rights.splice(0, at).map((r): Pair => [undefined, r]));
      placed.push([l, at < 0 ? undefined : rights.shift()]);
    }
    placed.push(...rights.map((r): Pair => [undefined, r]));
    [lefts, rights] = [[], []];
  };
  for (const pair of found) {
    const [l, r] = pair;
    if (l !== undefined && r !== undefined) {
      place();
      placed.push(pair);
    } else if (l !== undefined) lefts.push(l);
    else rights.push(r!);
  }
  place();
  return placed;
}

/** The thread, if its step takes a lock. */
function takerOf(key: string): string | undefined {
  const [thread, , action] = key.split('\0');
  return action === 'acquire' ? thread : undefined;
}

type Pair = readonly [number | undefined, number | undefined];

/** A longest common subsequence, with everything else between: a left one before a right one. */
function pairs(left: readonly string[], right: readonly string[]): Pair[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        left[i] === right[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const found: Pair[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) found.push([i++, j++]);
    else if (j >= right.length || (i < left.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      found.push([i++, undefined]);
    else found.push([undefined, j++]);
  }
  return found;
}
