import type { HeldLock } from '../analysis/contexts.ts';
import { structOf } from '../analysis/instances.ts';
import { comparisonOf } from '../ir/comparisons.ts';
import { ZERO, type Assign, type FunctionIr } from '../ir/program.ts';
import type { CheckInput } from './check.ts';
import type { Doubts } from './confidence.ts';
import { assignsOf, framesOf, knownAt, typeOf } from './exclusions.ts';
import type { ChainEnd } from './witness.ts';

interface Side {
  readonly to: ChainEnd;
  readonly from: HeldLock;
}

/**
 * One side waits for a lock only where it has found something set in the object whose lock it holds, and the other side sets that itself, under the
 * lock that it waits for: it may be done with it by then.
 */
export function doubtSettled(waiting: Side, other: Side, { summaries }: Pick<CheckInput, 'summaries'>, doubts: Doubts): void {
  const { from } = waiting;
  const holding = framesOf(waiting.to, from, summaries).at(-1)!;
  const { root } = from.held.lock;
  const type = typeOf(root, from.fn.ir);
  if (type === undefined || type !== structOf(from.lockClass)) return;
  const before = summaries.flow(from.fn).points.get(from.held.step) ?? [];
  const setters = framesOf(other.to, other.from, summaries).map(({ fn }) => fn);
  for (const [key, values] of knownAt(holding)) {
    const comparison = comparisonOf(key);
    const flag = comparison?.mask?.name;
    if (flag === undefined || (values & ZERO) !== 0 || before.some(({ facts }) => facts.has(key))) continue;
    if (!comparison!.place.startsWith(`${root}->`)) continue;
    const field = comparison!.place.slice(root.length + 2);
    const setter = setters.find((fn) => assignsOf(fn.ir).some((assign) => sets(assign, flag, field, type, fn.ir)));
    if (setter) {
      doubts.add(
        `${from.fn.ir.name} goes on only where ${flag} is set, which ${setter.ir.name} sets itself: it may have let go of ${from.lockClass}`,
      );
      return;
    }
  }
}

function sets({ target, bits }: Assign, flag: string, field: string, type: string, ir: FunctionIr): boolean {
  if (bits?.mask.name !== flag || (bits.values & ZERO) !== 0) return false;
  const [, root, rest] = /^(\w+)->(.+)$/.exec(target) ?? [];
  return rest === field && typeOf(root!, ir) === type;
}
