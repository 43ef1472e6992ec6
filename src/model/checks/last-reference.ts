import { mentions, type State } from '../analysis/state.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { isLastReference } from '../ir/last-reference.ts';
import { ANY, ZERO, type Assign, type Condition, type FunctionIr, type LinkedFunction, type Step } from '../ir/program.ts';

/** By the states of a step: thousands of chains lead by way of the same few calls. */
const answers = new WeakMap<readonly State[], boolean>();

/** Whether a step of a function is only come to where a counter that it counts down, as of references, is at its end. */
export function isOnlyAtZero(fn: LinkedFunction, step: Step, summaries: Summaries): boolean {
  const states = summaries.flow(fn).points.get(step);
  if (!states) return false;
  let answer = answers.get(states);
  if (answer === undefined) answers.set(states, (answer = areOnlyAtZero(states, fn.ir)));
  return answer;
}

function areOnlyAtZero(states: readonly State[], ir: FunctionIr): boolean {
  return [...(states[0]?.facts.keys() ?? [])].some((key) =>
    states.every(({ facts }) => {
      const values = facts.get(key) ?? ANY;
      return values !== ANY && tellsLast({ key, values }, ir);
    }),
  );
}

/** Told by a call, by a variable that has its answer, by a lock that is only taken then, or by a counter that is asked where it is counted down. */
function tellsLast({ key, values }: Condition, { blocks }: FunctionIr): boolean {
  if (isLastReference({ key, values })) return true;
  return blocks.some(({ steps, next }) =>
    steps.some((step) => {
      switch (step.kind) {
        case 'acquire':
          return step.result === key && step.success === 'nonzero' && !step.isTry && (values & ZERO) === 0;
        case 'call':
          return step.result === key && isLastReference({ key: `${step.name ?? ''}(`, values });
        case 'assign':
          if (step.target === key && isLastReference({ key: nameOf(step.same), values })) return true;
          return isCountedDown(step) && next.some(({ conditions }) => conditions.some((each) => each.key === key));
        default:
          return false;
      }
    }),
  );

  /** What is asked of it may be another thing than whether nothing is left. */
  function isCountedDown({ target, isDecrement }: Assign): boolean {
    return isDecrement === true && /->|\./.test(target) && mentions(key, target) && (key !== target || (values & ZERO) !== 0);
  }

  /** The call that a temporary is of, as text. */
  function nameOf(result: string): string {
    for (const { steps } of blocks)
      for (const step of steps) if (step.kind === 'call' && step.result === result) return `${step.name ?? ''}(`;
    return result;
  }
}
