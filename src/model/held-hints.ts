import { bind, enter, type Context, type HeldLock } from './analysis/contexts.ts';
import { contractsOf, type Contract } from './analysis/contract.ts';
import { apply } from './analysis/flow.ts';
import { lockKey, type State } from './analysis/state.ts';
import type { Analysis } from './analyze.ts';
import { chainSince, heldText } from './checks/witness.ts';
import type { Block, FunctionIr, LinkedFunction, Step } from './ir/program.ts';
import type { HeldHint, HintedLock } from './reviewer-api.ts';

/** Hints of the functions that were asked about, as long as their analysis is the last one. */
const known = new WeakMap<Analysis, Map<LinkedFunction, readonly HeldHint[]>>();

/** Lines of a file, from `from` to `to`, behind which other locks are held than before, and what callers hold of the functions there. */
export function heldHints(analysis: Analysis, file: string, from: number, to: number, step: () => void): readonly HeldHint[] {
  let byFunction = known.get(analysis);
  if (!byFunction) known.set(analysis, (byFunction = new Map()));
  const found: HeldHint[] = [];
  for (const fn of analysis.program.functions) {
    if (fn.ir.file !== file) continue;
    const { line, endLine } = fn.locate(fn.ir.range);
    if (endLine < from || line > to) continue;
    step();
    let hints = byFunction.get(fn);
    if (!hints) byFunction.set(fn, (hints = hintsOf(analysis, fn)));
    found.push(...hints.filter((hint) => hint.line >= from && hint.line <= to));
  }
  return found.sort((a, b) => a.line - b.line);
}

function hintsOf(analysis: Analysis, fn: LinkedFunction): readonly HeldHint[] {
  const { program, summaries, source, contexts } = analysis;
  const [contract] = contractsOf(program, summaries, source, [fn], contexts);
  const doubts = doubtsOf(contract!);
  const atEntry = entryHint(analysis, fn, contract!, doubts);
  return [...(atEntry ? [atEntry] : []), ...new Walk(analysis, fn, contract!).changes().map((change) => ({ ...change, doubts }))];
}

function doubtsOf({ function: name, mayBeCalledElsewhere, isCut }: Contract): readonly string[] {
  return [
    ...(mayBeCalledElsewhere ? [`code that was not read may call ${name}, and hold other locks`] : []),
    ...(isCut ? [`there are more ways into ${name}, or through it, than are followed`] : []),
  ];
}

function entryHint(analysis: Analysis, fn: LinkedFunction, contract: Contract, doubts: readonly string[]): HeldHint | undefined {
  const [way] = analysis.contexts.of(fn);
  const locks = (way?.held ?? []).toReversed().flatMap((lock, i, all): HintedLock[] => {
    const isAgain = all.findIndex(({ lockClass }) => lockClass === lock.lockClass) < i;
    if (isAgain || contract.held?.includes(lock.lockClass) !== true) return [];
    return [{ ...namesOf(lock), sure: 'always', chain: chainSince(lock, way!, analysis.program) }];
  });
  if (locks.length === 0) return undefined;
  return { line: openingLine(analysis, fn), at: 'entry', locks, doubts };
}

/** The line that ends the head of a function: the last one with something before the brace. */
function openingLine({ unit }: Analysis, fn: LinkedFunction): number {
  const { line, column, endLine, endColumn } = fn.locate(fn.ir.range);
  const file = unit.files.get(fn.ir.file);
  if (!file) return line;
  const start = file.lines.offset(line, column);
  const head = /^[^{]*?(?=\s*\{)/.exec(file.text.slice(start, file.lines.offset(endLine, endColumn)));
  return file.lines.line(start + (head?.[0].length ?? 0));
}

type Names = Pick<HintedLock, 'text' | 'short'>;

function namesOf(lock: HeldLock): Names {
  const isReadSide = lock.kind === 'srcu' || lock.kind === 'rcu';
  const name = lock.lockClass.replace(/^struct /, '');
  return { text: heldText(lock), short: lock.mode === 'shared' && !isReadSide ? `${name} (shared)` : name };
}

/** A lock that is held at a place, on one way to it. */
interface Seen extends Names {
  readonly isOwn: boolean;
  /** The operation that took it, of this function. */
  readonly step: Step | undefined;
  readonly chain: () => HintedLock['chain'];
}

/** What is held on each way to a place. */
type Ways = readonly (readonly Seen[])[];

/** Goes through a function's lock operations and calls, and sees what is held before and after each. */
class Walk {
  private readonly asserted: readonly Extract<Step, { kind: 'assert' }>[];

  constructor(
    private readonly analysis: Analysis,
    private readonly fn: LinkedFunction,
    private readonly contract: Contract,
  ) {
    const taken = new Set(
      [...analysis.summaries.flow(fn).points.values()].flatMap((states) =>
        states.flatMap(({ held }) => held.map(({ lock }) => lockKey(lock))),
      ),
    );
    // One on a branch speaks of that alone; what the function takes itself was held only then.
    this.asserted = stepsOnAllWays(fn.ir).flatMap((step) => (step.kind === 'assert' && !taken.has(lockKey(step.asserted)) ? [step] : []));
  }

  /** By line: what is held behind it, where that is not what was held before. */
  changes(): readonly Omit<HeldHint, 'doubts'>[] {
    const { summaries } = this.analysis;
    const effects = summaries.effects(this.fn);
    const lines = new Map<number, { readonly before: Ways; readonly after: Ways; readonly last: Step }>();
    const points = [...summaries.flow(this.fn).points].sort(([a], [b]) => a.at.start - b.at.start);
    for (const [step, states] of points) {
      if (step.kind !== 'acquire' && step.kind !== 'release' && step.kind !== 'call') continue;
      // No text stands for what the end of a scope gives back.
      if (step.at.start === step.at.end) continue;
      const pairs = states.map((state) => ({ state, after: apply(step, state, effects) }));
      if (pairs.every(({ state, after }) => after.every(({ held, dropped }) => held === state.held && dropped === state.dropped))) continue;
      const after = this.waysAt(pairs.flatMap((pair) => pair.after));
      const line = this.fn.locate(step.at).endLine;
      const known = lines.get(line);
      // Of several operations on a line: before the first, after the last.
      lines.set(line, { before: known?.before ?? this.waysAt(states), after, last: step });
    }
    return [...lines].flatMap(([line, { before, after, last }]) => {
      const locks = this.told(after, last);
      if (keyOf(locks) === keyOf(this.told(before, undefined))) return [];
      return [{ line, at: 'line' as const, locks }];
    });
  }

  private waysAt(states: readonly State[]): Ways {
    return this.analysis.contexts.of(this.fn).flatMap((context) =>
      states.flatMap((state) => {
        const entered = enter(context, state);
        return entered ? [this.heldIn(context, state, entered.held)] : [];
      }),
    );
  }

  private heldIn(context: Context, state: State, held: readonly HeldLock[]): readonly Seen[] {
    const { program } = this.analysis;
    const locks = held.map((lock): Seen => {
      const isOwn = lock.context === context;
      return { ...namesOf(lock), isOwn, step: isOwn ? lock.held.step : undefined, chain: () => chainSince(lock, context, program) };
    });
    // A class that nothing tells is not among them, and held all the same.
    const unknown = state.held.flatMap(({ lock, step }): Seen[] => {
      if (bind(lock, context).lockClass !== '') return [];
      const text = `${lock.place} (class not known)`;
      return [{ text, short: lock.place, isOwn: true, step, chain: () => [this.hop(step, `takes ${lock.place}`)] }];
    });
    return [...this.assertedIn(context, state, held), ...locks, ...unknown];
  }

  private assertedIn(context: Context, { dropped }: State, held: readonly HeldLock[]): readonly Seen[] {
    return this.asserted.flatMap((step): Seen[] => {
      const { lockClass } = bind(step.asserted, context);
      const isGivenBack = dropped.some(({ key }) => key === lockKey(step.asserted));
      if (lockClass === '' || isGivenBack || held.some((lock) => lock.lockClass === lockClass)) return [];
      const shared = step.mode === 'shared' ? ' (shared)' : '';
      const names = { text: `${lockClass}${shared}`, short: `${lockClass.replace(/^struct /, '')}${shared}` };
      return [{ ...names, isOwn: true, step: undefined, chain: () => [this.hop(step, `says by ${step.name} that it is held`)] }];
    });
  }

  private hop(step: Step, text: string): HintedLock['chain'][number] {
    return { at: this.fn.locate(step.at), function: this.fn.ir.name, text };
  }

  /** Each lock once, the last taken first; before all others those that are held on every way. */
  private told(ways: Ways, last: Step | undefined): readonly HintedLock[] {
    const { mayBeCalledElsewhere, isCut, isCutWithin } = this.contract;
    const all = new Map<string, Seen>();
    for (const way of ways) for (const seen of way.toReversed()) if (!all.has(seen.text)) all.set(seen.text, seen);
    const locks = [...all.values()].map((seen): HintedLock => {
      const isKnown = seen.isOwn ? !isCutWithin : !mayBeCalledElsewhere && !isCut;
      const isAlways = isKnown && ways.every((way) => way.some(({ text }) => text === seen.text));
      const isTried = last?.kind === 'acquire' && last.success !== 'always' && seen.step === last;
      const sure = isAlways ? 'always' : isTried ? 'if-taken' : seen.isOwn ? 'at-times' : 'by-some-callers';
      return { text: seen.text, short: seen.short, sure, chain: seen.chain() };
    });
    return [...locks.filter(({ sure }) => sure === 'always'), ...locks.filter(({ sure }) => sure !== 'always')];
  }
}

/** Steps before the first branch. The entry leads to each reading of the function. */
function stepsOnAllWays({ blocks }: FunctionIr): readonly Step[] {
  const steps: Step[] = [];
  for (const { to } of blocks[0]?.next ?? []) {
    const seen = new Set<number>();
    for (let at: number | undefined = to; at !== undefined && !seen.has(at);) {
      seen.add(at);
      const { steps: own, next }: Block = blocks[at]!;
      steps.push(...own);
      at = next.length === 1 ? next[0]!.to : undefined;
    }
  }
  return steps;
}

function keyOf(locks: readonly HintedLock[]): string {
  return locks.map(({ text, sure }) => `${text} ${sure === 'always' ? '' : '?'}`).join();
}
