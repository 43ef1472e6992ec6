import { comparisonOf, type Comparison } from '../ir/comparisons.ts';
import type { FunctionIr, LinkedFunction, Program } from '../ir/program.ts';
import { asArgument, soleVariable } from './names.ts';

/** A comparison with an integer, by its text in the function that asks it. */
export type Asked = ReadonlyMap<string, Comparison>;

/** Calls that what is asked is followed through. */
const deepest = 4;
/** Functions that a pointer means, looked into at the most. */
const mostTargets = 3;
const nothing: Asked = new Map();

/** What functions, and those that they call, ask of integers that they are given or that are reached through these. */
export class AskedOf {
  private readonly own = new WeakMap<FunctionIr, Asked>();
  private readonly known: WeakMap<LinkedFunction, Asked>[] = [];

  constructor(private readonly program: Pick<Program, 'targets'>) {}

  of(fn: LinkedFunction, deep = deepest): Asked {
    const known = (this.known[deep] ??= new WeakMap());
    let asked = known.get(fn);
    if (!asked) known.set(fn, (asked = deep === 0 ? this.ownOf(fn.ir) : this.withCallees(fn, deep)));
    return asked;
  }

  private withCallees(fn: LinkedFunction, deep: number): Asked {
    const all = new Map(this.ownOf(fn.ir));
    const own = all.size;
    for (const call of fn.ir.steps) {
      if (call.kind !== 'call' || !call.arguments.some(({ variable, base }) => isOf(variable ?? base, fn.ir))) continue;
      const targets = this.program.targets(call, fn);
      if (targets.length > mostTargets) continue;
      for (const target of targets)
        for (const key of this.of(target.function, deep - 1).keys()) {
          const here = asArgument(key, call, target.function.ir, fn.ir);
          const comparison = here === undefined || !isOf(soleVariable(here), fn.ir) ? undefined : comparisonOf(here);
          if (comparison) all.set(here!, comparison);
        }
    }
    return all.size === own ? this.ownOf(fn.ir) : all;
  }

  private ownOf(ir: FunctionIr): Asked {
    let asked = this.own.get(ir);
    if (asked) return asked;
    let all: Map<string, Comparison> | undefined;
    for (const { next } of ir.blocks)
      for (const { conditions } of next)
        for (const { key } of conditions) {
          const comparison = comparisonOf(key);
          if (comparison && isOf(soleVariable(key), ir)) (all ??= new Map()).set(key, comparison);
        }
    this.own.set(ir, (asked = all ?? nothing));
    return asked;
  }
}

/** Whether a variable is a parameter, or leads to an object of one. */
function isOf(variable: string | undefined, { parameters, aliases }: FunctionIr): boolean {
  return variable !== undefined && (parameters.includes(variable) || aliases?.some((alias) => alias.variable === variable) === true);
}

/** One for each program. */
const ofPrograms = new WeakMap<Pick<Program, 'targets'>, AskedOf>();

export function askedIn(program: Pick<Program, 'targets'>): AskedOf {
  let asked = ofPrograms.get(program);
  if (!asked) ofPrograms.set(program, (asked = new AskedOf(program)));
  return asked;
}
