import type { LinkedFunction, Program } from '../ir/program.ts';
import { append } from '../source/multimap.ts';

/** Whether who holds a lock may take it again: `unknown` where that was not read, or places that make such locks differ. */
export type Nesting = 'nests' | 'waits' | 'unknown';

/** Callers of what makes a lock for them that are followed. */
const rounds = 3;

const known = new WeakMap<Program, ReadonlyMap<string, Nesting>>();

/** How locks of a class nest, as those who make them say. */
export function nestingOf(lockClass: string, program: Program): Nesting {
  let all = known.get(program);
  if (!all) known.set(program, (all = collect(program)));
  return all.get(lockClass) ?? 'unknown';
}

function collect(program: Program): ReadonlyMap<string, Nesting> {
  const found = new Map<string, Nesting>();
  const add = (lockClass: string, nests: boolean | undefined): void => {
    const nesting = nests === undefined ? 'unknown' : nests ? 'nests' : 'waits';
    const before = found.get(lockClass);
    found.set(lockClass, before === undefined || before === nesting ? nesting : 'unknown');
  };
  for (const { lockClass, nests } of program.initial) add(lockClass, nests);
  let forCallers = new Map<LinkedFunction, { parameter: number; nests: boolean | undefined }[]>();
  for (const fn of program.functions) {
    for (const { lock, nests } of fn.ir.made ?? []) {
      if (lock.lockClass !== '') add(lock.lockClass, nests);
      else if (lock.parameter >= 0) append(forCallers, fn, { parameter: lock.parameter, nests });
    }
  }
  for (let round = 0; round < rounds && forCallers.size > 0; round++) {
    const next: typeof forCallers = new Map();
    for (const caller of program.functions) {
      for (const call of caller.ir.steps) {
        if (call.kind !== 'call') continue;
        for (const target of program.targets(call, caller)) {
          for (const { parameter, nests } of forCallers.get(target.function) ?? []) {
            const lock = call.arguments[parameter]?.lock;
            if (!lock) continue;
            if (lock.lockClass !== '') add(lock.lockClass, nests);
            else if (lock.parameter >= 0) append(next, caller, { parameter: lock.parameter, nests });
          }
        }
      }
    }
    forCallers = next;
  }
  return found;
}
