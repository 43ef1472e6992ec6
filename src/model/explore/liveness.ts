import type { Expression } from '../ir/execution.ts';
import type { FunctionIr, Step } from '../ir/program.ts';

/** For each block and each step of it (and its end): the locals whose values still matter there. */
export type Liveness = readonly (readonly ReadonlySet<string>[])[];

/** Backward data flow over a function. Two runs that differ in dead locals alone are one state. */
export function livenessOf(ir: FunctionIr): Liveness {
  const atStart: Set<string>[] = ir.blocks.map(() => new Set());
  const blockEnd = (index: number): Set<string> => {
    const { next, returns } = ir.blocks[index]!;
    const live = new Set<string>();
    for (const edge of next) {
      for (const name of atStart[edge.to]!) live.add(name);
      if (edge.when) uses(edge.when, live);
    }
    if (returns?.value) uses(returns.value, live);
    return live;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let i = ir.blocks.length - 1; i >= 0; i--) {
      const live = blockEnd(i);
      for (const step of ir.blocks[i]!.steps.toReversed()) before(step, live);
      if (live.size === atStart[i]!.size) continue;
      atStart[i] = live;
      changed = true;
    }
  }
  return ir.blocks.map((block, i) => {
    const live = blockEnd(i);
    const all: ReadonlySet<string>[] = [new Set(live)];
    for (const step of block.steps.toReversed()) {
      before(step, live);
      all.unshift(new Set(live));
    }
    return all;
  });
}

/** Turns what is live after a step into what is live before it. */
function before(step: Step, live: Set<string>): void {
  for (const name of definedBy(step)) live.delete(name);
  for (const expression of usedBy(step)) uses(expression, live);
}

function definedBy(step: Step): readonly string[] {
  switch (step.kind) {
    case 'read':
    case 'modify':
    case 'compute':
    case 'choose':
      return [step.into];
    case 'wait':
      return step.signal === '' ? [] : [step.signal];
    case 'acquire':
    case 'call':
      return [step.result];
    default:
      return [];
  }
}

function usedBy(step: Step): readonly Expression[] {
  switch (step.kind) {
    case 'read':
      return [step.place];
    case 'write':
    case 'modify':
      return [step.place, step.value];
    case 'compute':
      return [step.value];
    case 'choose':
      return [...('kind' in step.from ? [step.from] : step.from), ...(step.except ? [step.except] : [])];
    case 'wait':
      return [step.condition, ...(step.update ? [step.update.place, step.update.value] : [])];
    case 'claim':
    case 'finally':
      return [step.condition];
    case 'spawn':
      return step.arguments;
    case 'acquire':
      return [step.lock.object, step.subclassValue].filter((each) => each !== undefined);
    case 'release':
    case 'sync':
      return step.lock.object ? [step.lock.object] : [];
    case 'call':
      return step.arguments.flatMap((argument) => (argument.value ? [argument.value] : []));
    default:
      return [];
  }
}

function uses(expression: Expression, live: Set<string>): void {
  switch (expression.kind) {
    case 'local':
      live.add(expression.name);
      break;
    case 'field':
    case 'length':
      uses(expression.of, live);
      break;
    case 'element':
      uses(expression.of, live);
      uses(expression.index, live);
      break;
    case 'operation':
      for (const operand of expression.operands) uses(operand, live);
      break;
    case 'constant':
    case 'global':
      break;
  }
}
