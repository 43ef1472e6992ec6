import type { Acquire, FunctionIr } from '../ir/program.ts';
import { lockKey } from './state.ts';

/** Whether it is `if (asked) lock();`: the function goes on with the lock and without it, and what is asked there may tell which. */
export function isTakenIfAsked({ blocks }: FunctionIr, step: Acquire): boolean {
  const own = blocks.findIndex(({ steps }) => steps.includes(step));
  const rest = blocks[own]?.steps.slice(blocks[own].steps.indexOf(step)) ?? [];
  if (rest.some((each) => each.kind === 'release' && lockKey(each.lock) === lockKey(step.lock))) return false;
  const behind = new Set(blocks[own]?.next.flatMap(({ to }) => straightOn(blocks, to)));
  const asked = blocks.filter(({ next }) => next.length > 1 && next.some(({ to }) => to === own));
  return asked.some(({ next }) => next.some(({ to }) => to !== own && straightOn(blocks, to).some((at) => behind.has(at))));
}

/** A block, and those that nothing but empty ones lead to from there. */
function straightOn(blocks: FunctionIr['blocks'], from: number): readonly number[] {
  const seen = new Set([from]);
  for (const at of seen) {
    const { steps, next } = blocks[at]!;
    if (steps.length === 0 && next.length === 1) seen.add(next[0]!.to);
  }
  return [...seen];
}
