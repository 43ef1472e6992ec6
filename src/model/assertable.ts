import { assertedIn, waysInto } from './analysis/accesses.ts';
import { withoutSubclass, type Context, type HeldLock } from './analysis/contexts.ts';
import { contractsOf } from './analysis/contract.ts';
import type { Instances } from './analysis/instances.ts';
import type { Analysis } from './analyze.ts';
import type { LinkedFunction, LockKind, LockRef } from './ir/program.ts';
import { codeOf } from './source/characters.ts';
import type { Assertable } from './reviewer-api.ts';

/** What `lockdep_assert_held()` takes. */
const told: ReadonlySet<LockKind> = new Set(['mutex', 'spinlock', 'rwlock', 'rwsem']);
const assertion = 'lockdep_assert_held';

const known = new WeakMap<Analysis, Map<LinkedFunction, Assertable | undefined>>();

/** Locks that all callers hold of the function whose head a line is in, which it needs, says nothing of, and can name. */
export function assertableAt(analysis: Analysis, file: string, line: number): Assertable | undefined {
  const { program, unit } = analysis;
  const fn = program.functions.find((each) => {
    const { ir } = each;
    if (ir.file !== file || ir.firstStatement === undefined || ir.syntaxErrors.length > 0) return false;
    const { line: first } = each.locate(ir.range);
    return line >= first && line <= each.locate({ start: ir.firstStatement, end: ir.firstStatement }).line;
  });
  if (!fn || unit.macros(assertion, file).length === 0) return undefined;
  let byFunction = known.get(analysis);
  if (!byFunction) known.set(analysis, (byFunction = new Map()));
  if (!byFunction.has(fn)) byFunction.set(fn, assertableIn(analysis, fn));
  return byFunction.get(fn);
}

function assertableIn(analysis: Analysis, fn: LinkedFunction): Assertable | undefined {
  const { program, summaries, source } = analysis;
  const [contract] = contractsOf(program, summaries, source, [fn]);
  const { held = [], asserts, takes, mayBeCalledElsewhere, isCut } = contract!;
  if (isCut) return undefined;
  const ways = waysInto(program, summaries, source, new Set([fn]));
  const needs = new Needs(analysis, fn);
  const locks = held.flatMap((lockClass) => {
    if ([...asserts, ...takes].some((other) => withoutSubclass(other) === withoutSubclass(lockClass))) return [];
    const lock = sameOnAllWays(ways.contexts.of(fn), lockClass, fn, ways.instances);
    return lock && needs.sees(lock) && needs.lock(lock) ? [{ lockClass, text: `${assertion}(&${lock.place});` }] : [];
  });
  if (locks.length === 0) return undefined;
  const start = fn.ir.firstStatement!;
  return { function: fn.ir.name, firstStatement: fn.locate({ start, end: start }), locks, isSure: !mayBeCalledElsewhere };
}

/** The lock as the function names it, where that is the same one on each way into it. */
function sameOnAllWays(ways: readonly Context[], lockClass: string, fn: LinkedFunction, instances: Instances): LockRef | undefined {
  let found: LockRef | undefined;
  for (const context of ways) {
    const lock = context.held.flatMap((held) => (held.lockClass === lockClass ? (namedIn(context, held, fn, instances) ?? []) : []))[0];
    if (!lock || (found && found.place !== lock.place)) return undefined;
    found = lock;
  }
  return found;
}

function namedIn(context: Context, held: HeldLock, fn: LinkedFunction, instances: Instances): LockRef | undefined {
  const place = instances.nameOf(held, context);
  if (!told.has(held.kind) || held.isPrivate || place === undefined || !/^[A-Za-z_]\w*(?:(?:->|\.)\w+)*$/.test(place)) return undefined;
  const lockClass = withoutSubclass(held.lockClass);
  // A class of another name than the field's was set by hand: which locks have it is not known.
  if (/\w+$/.exec(lockClass)?.[0] !== /\w+$/.exec(place)![0]) return undefined;
  const root = /^\w+/.exec(place)![0];
  const lock: LockRef = { lockClass, place, root, parameter: -1, rootParameter: fn.ir.parameters.indexOf(root), kind: held.kind };
  return instances.isHeld({ step: { lock }, context }, held) ? lock : undefined;
}

/** Whether a function has to do with what a lock guards, and can name it. */
class Needs {
  constructor(
    private readonly analysis: Analysis,
    private readonly fn: LinkedFunction,
  ) {}

  /** Whether the file has the name: a parameter's, or a variable that it speaks of somewhere. */
  sees({ root }: LockRef): boolean {
    const { unit } = this.analysis;
    if (this.fn.ir.parameters.includes(root)) return true;
    return new RegExp(`\\b${root}\\b`).test(codeOf(unit.files.get(this.fn.ir.file)?.text ?? ''));
  }

  lock(lock: LockRef): boolean {
    return this.accesses(lock) || this.callsWhatNeeds(lock);
  }

  /** Something in the object that the lock is in; of a lock that is a variable, another variable of its file. */
  private accesses({ place }: LockRef): boolean {
    const object = /^(.*(?:->|\.))\w+$/.exec(place)?.[1];
    const { source } = this.analysis;
    return source.accesses(this.fn).ir.steps.some((step) => {
      if (step.kind !== 'access') return false;
      if (object === undefined) return !step.memory.includes(' ') && step.memory !== place && this.isOfFile(step.memory);
      return step.objects.some(({ path }) => path !== '' && object.startsWith(path) && !object.slice(path.length).includes('->'));
    });
  }

  private isOfFile(variable: string): boolean {
    return this.analysis.unit.lookup('variable', variable).some(({ file }) => file.path === this.fn.ir.file);
  }

  private callsWhatNeeds({ lockClass }: LockRef): boolean {
    const { program, source } = this.analysis;
    return this.fn.ir.steps.some(
      (step) =>
        step.kind === 'call' &&
        program
          .targets(step, this.fn)
          .some(
            ({ function: callee, candidates }) =>
              candidates < 2 && assertedIn(source.accesses(callee)).some((lock) => lock.lockClass === lockClass),
          ),
    );
  }
}
