import type { Expression, ModelProgram } from '../ir/execution.ts';
import type { FunctionIr, Step } from '../ir/program.ts';
import { livenessOf } from './liveness.ts';
import type { Setup } from './scenario.ts';

/** Which variables threads change, and which of them anything ever depends on. */
export interface Observed {
  /** Value of a variable that no thread writes; undefined for others. */
  constant(variable: number): number | undefined;
  /** Whether any read of it makes a difference. */
  matters(variable: number): boolean;
}

/** Places are told apart by the field they end in: a field that is written somewhere is taken to be written in every object. */
export function observe(program: ModelProgram, { memory, machine, initial, threads, finals }: Setup): Observed {
  const written = new Set<string>();
  const read = new Set<string>();
  for (const ir of run(
    program,
    threads.map(({ stack }) => machine.functionNames(stack)[0]!),
  ))
    scan(ir, written, read);
  for (const { condition } of finals) readIn(condition, read);
  const isIn = (set: ReadonlySet<string>, variable: number): boolean => {
    const key = memory.variables[variable]!.field;
    // Through a local that is an array, only the end of the way is known.
    const depth = (key.match(/\[\]/g) ?? []).length;
    return set.has(key) || Array.from({ length: depth }, (_, i) => '[]'.repeat(i + 1)).some((end) => set.has(end));
  };
  return {
    constant: (variable) => (isIn(written, variable) ? undefined : initial[variable]!),
    matters: (variable) => isIn(read, variable),
  };
}

/** Functions that threads run: those they start in, and all that these call. */
function run(program: ModelProgram, entries: readonly string[]): readonly FunctionIr[] {
  const byName = new Map(program.functions.map((ir) => [ir.name, ir]));
  const found = new Set<FunctionIr>();
  const visit = (name: string): void => {
    const ir = byName.get(name);
    if (!ir || found.has(ir)) return;
    found.add(ir);
    for (const step of ir.steps) if (step.kind === 'call') visit(step.name ?? '');
  };
  entries.forEach(visit);
  return [...found];
}

function scan(ir: FunctionIr, written: Set<string>, read: Set<string>): void {
  const live = livenessOf(ir);
  for (const [b, block] of ir.blocks.entries()) {
    for (const [i, step] of block.steps.entries()) {
      const place = writtenBy(step);
      if (place) written.add(keyOf(place));
      if (step.kind === 'modify' || (step.kind === 'read' && live[b]![i + 1]!.has(step.into))) read.add(keyOf(step.place));
      if (step.kind === 'wait') {
        readIn(step.condition, read);
        if (step.update) read.add(keyOf(step.update.place));
      }
    }
  }
}

function writtenBy(step: Step): Expression | undefined {
  if (step.kind === 'write' || step.kind === 'modify') return step.place;
  return step.kind === 'wait' ? step.update?.place : undefined;
}

/** Everything that is looked at to get a value, also on the way to its place. */
function readIn(expression: Expression, read: Set<string>): void {
  if (expression.kind === 'field' || expression.kind === 'element') read.add(keyOf(expression));
  for (const part of partsOf(expression)) readIn(part, read);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'field':
    case 'length':
      return [expression.of];
    case 'element':
      return [expression.of, expression.index];
    case 'operation':
      return expression.operands;
    default:
      return [];
  }
}

function keyOf(place: Expression): string {
  switch (place.kind) {
    case 'field':
      return `.${place.field}`;
    case 'element': {
      const of = keyOf(place.of);
      return `${of}[]`;
    }
    case 'global':
      return place.name;
    default:
      return '';
  }
}
