import { structOf } from '../analysis/instances.ts';
import type { Program } from '../ir/program.ts';
import { typeOf } from './exclusions.ts';

const many = new WeakMap<Program, ReadonlySet<string>>();

/** Whether a lock is of objects that have a cache of their own to come from: a device has none. */
export function isOfMany(lockClass: string, program: Program): boolean {
  let known = many.get(program);
  if (!known) many.set(program, (known = new Set(madeOfMany(program))));
  return known.has(structOf(lockClass));
}

function* madeOfMany({ functions }: Program): Iterable<string> {
  for (const { ir } of functions)
    for (const { steps } of ir.blocks)
      for (const step of steps) {
        const type = step.kind === 'allocate' && step.isOfMany ? typeOf(step.variable, ir) : undefined;
        if (type !== undefined) yield type;
      }
}
