import type { Sequence, SequenceStep } from './sequence.ts';

/** Steps from `from` on, before `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A sequence of so many steps is shown whole. */
const short = 12;

/**
 * How many steps at the beginning take no part in what the sequence is about: those before the first that takes a lock which is
 * still held at the end, or that touches what a marked step is about. 0 where folding would save little.
 */
export function foldedPrefix({ steps, lanes }: Sequence): number {
  if (steps.length <= short || lanes.some((lane) => lane.kind === 'function')) return 0;
  const objects = concerned(steps);
  const first = steps.findIndex((step, i) => step.mark !== undefined || isConcerned(step, objects) || isKept(steps, i));
  const count = first < 0 ? steps.length - short : first;
  return count < 3 ? 0 : count;
}

/**
 * How many rows at the beginning are the same in all of several sequences and come before what they are compared for: the first row
 * that differs, is marked, or takes a lock that a marked step is about and that is then kept. 0 where folding would save little.
 */
export function foldedTogether(sequences: readonly Sequence[], rows: readonly (readonly (number | undefined)[])[]): number {
  const objects = new Set(sequences.flatMap(({ steps }) => [...concerned(steps), ...heldAgainstOrder(steps)]));
  const first = rows.findIndex((row) => {
    const texts = new Set(row.map((at, column) => (at === undefined ? undefined : sequences[column]!.steps[at]!.text)));
    return texts.size > 1 || row.some((at, column) => at !== undefined && leads(sequences[column]!.steps, at, objects));
  });
  return first < 3 ? 0 : first;
}

/** The part of a long sequence to draw for a step. Neighbours share one, so that stepping seldom draws anew. */
export function windowAround({ steps }: Sequence, step: number, size = 60): Window {
  const half = Math.max(1, Math.floor(size / 2));
  const from = Math.min(Math.floor(step / half) * half - Math.floor(half / 2), steps.length - size);
  return { from: Math.max(0, from), to: Math.min(steps.length, Math.max(0, from) + size) };
}

/** Locks and variables that marked steps are about. */
function concerned(steps: readonly SequenceStep[]): Set<string> {
  const objects = new Set<string>();
  for (const step of steps) {
    if (step.mark === undefined) continue;
    if (step.object !== undefined) objects.add(step.object);
    for (const name of Object.keys(step.changed)) objects.add(name);
    for (const wait of step.waiting) objects.add(wait.object);
  }
  return objects;
}

/** Locks held where an order is broken: taking them was half of it. */
function heldAgainstOrder(steps: readonly SequenceStep[]): readonly string[] {
  return steps.flatMap(({ mark, held }) => (mark === 'order' ? held : []));
}

/** A lock counts where it is taken for good, everything else where it is touched. */
function leads(steps: readonly SequenceStep[], at: number, objects: ReadonlySet<string>): boolean {
  const { mark, action, object } = steps[at]!;
  if (mark !== undefined) return true;
  if (action === 'acquire' || action === 'enter') return object !== undefined && objects.has(object) && isKept(steps, at);
  return action !== 'release' && action !== 'leave' && isConcerned(steps[at]!, objects);
}

function isConcerned(step: SequenceStep, objects: ReadonlySet<string>): boolean {
  return (step.object !== undefined && objects.has(step.object)) || Object.keys(step.changed).some((name) => objects.has(name));
}

/** The step takes a lock that its thread never gives back. */
function isKept(steps: readonly SequenceStep[], at: number): boolean {
  const { action, lane, object } = steps[at]!;
  if (object === undefined || (action !== 'acquire' && action !== 'enter')) return false;
  const back = action === 'acquire' ? 'release' : 'leave';
  return !steps.some((step, i) => i > at && step.lane === lane && step.action === back && step.object === object);
}
