import type { Expression } from '../ir/execution.ts';
import type { Locals, Memory } from './memory.ts';
import type { Observed } from './observed.ts';
import { RunError } from './run-error.ts';

/** Variables that a condition looks at. Which they are must not depend on other variables. */
export function variablesIn(condition: Expression, locals: Locals, memory: Memory, observed: Observed): readonly number[] {
  const found = new Set<number>();
  const constant = (variable: number): number => {
    const value = observed.constant(variable);
    if (value !== undefined) return value;
    const { name } = memory.variables[variable]!;
    throw new RunError(`what a wait looks at depends on ${name}, which changes: read it into a local first`);
  };
  const visit = (expression: Expression): void => {
    if (expression.kind === 'operation') expression.operands.forEach(visit);
    if (expression.kind === 'length') memory.evaluate(expression, locals, constant);
    if (expression.kind !== 'field' && expression.kind !== 'element') return;
    const cell = memory.cell(expression, locals, constant);
    if (cell.kind === 'variable' && observed.constant(cell.index) === undefined) found.add(cell.index);
  };
  visit(condition);
  return [...found];
}

/** Whether a value depends on what was read before. */
export function usesLocals(expression: Expression): boolean {
  switch (expression.kind) {
    case 'local':
      return true;
    case 'operation':
      return expression.operands.some(usesLocals);
    default:
      return false;
  }
}

/** Every combination of one value each, the last changing first. The same array each time. */
export function* combinations(lists: readonly (readonly number[])[]): Generator<readonly number[]> {
  const at = lists.map(() => 0);
  const values = lists.map((list) => list[0]!);
  for (let i = lists.some((list) => list.length === 0) ? -1 : lists.length; i >= 0;) {
    yield values;
    for (i = lists.length - 1; i >= 0; i--) {
      at[i] = (at[i]! + 1) % lists[i]!.length;
      values[i] = lists[i]![at[i]!]!;
      if (at[i] !== 0) break;
    }
  }
}
