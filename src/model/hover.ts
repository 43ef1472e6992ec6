import { arrivalsIn, enter, type Context, type HeldLock } from './analysis/contexts.ts';
import type { Analysis } from './analyze.ts';
import { withoutSubclass } from './analysis/contexts.ts';
import type { BoundRule } from './checks/resolve-rules.ts';
import type { Witness } from './checks/finding.ts';
import { chainSince } from './checks/witness.ts';
import type { LinkedFunction, Step } from './ir/program.ts';
import type { LockHover, ResolvedRule } from './reviewer-api.ts';

type LockStep = Extract<Step, { lock: unknown }>;

/** What is known of the lock operation at a place. */
export function hoverAt(analysis: Analysis, file: string, line: number, column: number): LockHover | undefined {
  const found = operationAt(analysis, file, line, column);
  if (!found) return undefined;
  const { fn, step } = found;
  const reached = fullest(analysis, fn, step);
  const lockClass = reached?.lockClass ?? step.lock.lockClass;
  return {
    at: fn.locate(step.at),
    operation: operationText(step),
    lockClass: lockClass === '' ? `${step.lock.place} (class not known)` : lockClass,
    mode: step.kind === 'sync' ? 'exclusive' : step.mode,
    held: reached?.held ?? [],
    rules: analysis.rules
      .filter((rule) => rule.outer === withoutSubclass(lockClass) || rule.inner === withoutSubclass(lockClass))
      .map(resolved),
  };
}

export function resolved({ rule, outer, inner }: BoundRule): ResolvedRule {
  return { ...rule, ...(outer !== undefined && { outerClass: outer }), ...(inner !== undefined && { innerClass: inner }) };
}

function operationText(step: LockStep): string {
  if (step.kind === 'release') return 'releases';
  if (step.kind === 'sync') return 'waits for the readers of';
  return step.isTry ? 'tries to acquire' : 'acquires';
}

function operationAt(
  { program }: Analysis,
  file: string,
  line: number,
  column: number,
): { fn: LinkedFunction; step: LockStep } | undefined {
  for (const fn of program.functions) {
    if (fn.ir.file !== file) continue;
    const whole = fn.locate(fn.ir.range);
    if (line < whole.line || line > whole.endLine) continue;
    for (const step of fn.ir.steps) {
      if (!('lock' in step)) continue;
      const at = fn.locate(step.at);
      const after = line > at.line || (line === at.line && column >= at.column);
      const before = line < at.endLine || (line === at.endLine && column <= at.endColumn);
      if (after && before) return { fn, step };
    }
  }
  return undefined;
}

/** The way there with the most locks held; among those a shortest one, which is found first. */
function fullest(analysis: Analysis, fn: LinkedFunction, step: LockStep): { lockClass: string; held: LockHover['held'] } | undefined {
  let best: { lockClass: string; held: readonly HeldLock[]; context: Context } | undefined;
  for (const context of analysis.contexts.of(fn)) {
    for (const { lockClass, held } of arrivalsAt(context, step, analysis))
      if (!best || held.length > best.held.length) best = { lockClass, held, context };
  }
  if (!best) return undefined;
  const { lockClass, held, context } = best;
  const chain = (lock: HeldLock): Witness => chainSince(lock, context, analysis.program);
  return { lockClass, held: held.map((lock) => ({ lockClass: lock.lockClass, mode: lock.mode, chain: chain(lock) })) };
}

function arrivalsAt(
  context: Context,
  step: LockStep,
  { summaries }: Analysis,
): readonly { lockClass: string; held: readonly HeldLock[] }[] {
  if (step.kind !== 'release') return arrivalsIn(context, summaries).filter((arrival) => arrival.step === step);
  const states = summaries.flow(context.fn).points.get(step) ?? [];
  return states.flatMap((state) => {
    const entered = enter(context, state);
    return entered ? [{ lockClass: step.lock.lockClass, held: entered.held }] : [];
  });
}
