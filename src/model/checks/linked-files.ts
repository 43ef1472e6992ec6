import type { LinkedFunction, Program } from '../ir/program.ts';

const linked = new WeakMap<Program, ReadonlySet<string>>();

/** Whether one file calls the other by name: those of two drivers that share a library do not. */
export function areLinked({ ir: { file: a } }: LinkedFunction, { ir: { file: b } }: LinkedFunction, program: Program): boolean {
  let known = linked.get(program);
  if (!known) linked.set(program, (known = new Set(linksOf(program))));
  return a === b || known.has(`${a}\0${b}`) || known.has(`${b}\0${a}`);
}

function* linksOf(program: Program): Iterable<string> {
  for (const fn of program.functions)
    for (const step of fn.ir.steps)
      if (step.kind === 'call' && step.name !== undefined)
        for (const target of program.targets(step, fn)) yield `${fn.ir.file}\0${target.function.ir.file}`;
}
