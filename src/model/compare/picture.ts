import { arrivalsIn } from '../analysis/contexts.ts';
import { waysInto, type AccessSource } from '../analysis/accesses.ts';
import { contractsOf, type Contract } from '../analysis/contract.ts';
import type { CheckInput } from '../checks/check.ts';
import type { Finding, SuppressedFinding, Witness } from '../checks/finding.ts';
import { witnessOf } from '../checks/witness.ts';
import { isUnknownLock, type LinkedFunction, type LockKind } from '../ir/program.ts';
import type { Rule } from '../orders/rule.ts';
import { compareLocations, type Location } from '../source/location.ts';
import type { Cause, RuleChange, Taker } from './changes.ts';
import { callGraphOf } from '../analysis/call-graph.ts';
import { declaredLocks, unreadCallsUnder, type DeclaredLock } from './lock-types.ts';
import type { PatchedLines, Side } from './patched-lines.ts';

/** What is known of the locking of some files of a tree. */
export interface Picture {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  /** By lock class. */
  readonly locks: ReadonlyMap<string, LockUse>;
  readonly declared: ReadonlyMap<string, DeclaredLock>;
  /** Asked for while the analysis is what it was when the picture was taken. */
  readonly unreadCallsUnder: (lockClass: string) => readonly Taker[];
  /** By both classes, see `edgeKey`: a shortest way. */
  readonly edges: ReadonlyMap<string, EdgeUse>;
  /** By file and name, see `functionKey`; a function that is there many times (by configuration) is the first of them. */
  readonly functions: ReadonlyMap<string, FunctionUse>;
  readonly rules: readonly Omit<RuleChange, 'place'>[];
}

export interface LockUse {
  readonly kind: LockKind;
  readonly takers: readonly Taker[];
}

export interface EdgeUse {
  readonly outer: string;
  readonly inner: string;
  /** The outer one is held by a reader of (S)RCU. */
  readonly isReadSide: boolean;
  /** Asked for while the analysis is what it was when the picture was taken. */
  readonly witness: () => Witness;
}

export interface FunctionUse {
  readonly name: string;
  readonly at: Location;
  /** Of functions that were asked for, and by `functionKey` what they call. */
  readonly contract?: Contract;
  readonly calls?: ReadonlySet<string>;
}

export function edgeKey(outer: string, inner: string): string {
  return `${outer}\0${inner}`;
}

export function functionKey(file: string, name: string): string {
  return `${file}\0${name}`;
}

/** What a picture is taken of: an analysis, with what reads accesses for it. */
export interface PictureInput extends CheckInput {
  readonly source: AccessSource;
}

/** `inputs`: one for each architecture; contracts are those of the functions near. Findings are those of all of them together; `documented` are orders that no code may be known for. `stop` is called often, and gives it up by throwing. */
export function takePicture(
  inputs: readonly PictureInput[],
  { findings, suppressed, documented }: Pick<Picture, 'findings' | 'suppressed'> & { readonly documented: readonly Rule[] },
  isNear: (fn: LinkedFunction) => boolean,
  stop: () => void,
): Picture {
  const locks = new Map<string, { kind: LockKind; takers: Map<string, Taker> }>();
  const edges = new Map<string, EdgeUse>();
  const functions = new Map<string, FunctionUse>();
  const rules = new Map<string, Omit<RuleChange, 'place'>>();
  const addRule = (rule: Rule, outer = rule.outer, inner = rule.inner): void => {
    const { file, line, text } = rule;
    rules.set([file, rule.outer, rule.inner, text].join('\0'), { outer, inner, file, line, text });
  };
  for (const rule of documented) addRule(rule);
  for (const input of inputs) {
    takeLocks(input, locks);
    takeEdges(input, edges);
    takeFunctions(input, isNear, functions, stop);
    for (const { rule, outer, inner } of input.rules) addRule(rule, outer, inner);
  }
  const byPlace = (a: Taker, b: Taker): number => compareLocations(a.at, b.at);
  return {
    findings,
    suppressed,
    locks: new Map([...locks].map(([lockClass, { kind, takers }]) => [lockClass, { kind, takers: [...takers.values()].sort(byPlace) }])),
    declared: declaredLocks(inputs.map(({ program }) => program)),
    unreadCallsUnder: (lockClass) => inputs.flatMap((input) => unreadCallsUnder(lockClass, input)),
    edges,
    functions,
    rules: [...rules.values()],
  };
}

function takeLocks({ program, contexts, summaries }: CheckInput, locks: Map<string, { kind: LockKind; takers: Map<string, Taker> }>): void {
  for (const fn of program.functions) {
    for (const context of contexts.of(fn)) {
      for (const { step, lockClass } of arrivalsIn(context, summaries)) {
        if (step.kind !== 'acquire' || isUnknownLock(lockClass)) continue;
        let use = locks.get(lockClass);
        if (!use) locks.set(lockClass, (use = { kind: step.lock.kind, takers: new Map<string, Taker>() }));
        const at = fn.locate(step.at);
        use.takers.set(`${at.file}:${at.line}:${at.column}`, { function: fn.ir.name, at });
      }
    }
  }
}

function takeFunctions(
  input: PictureInput,
  isNear: (fn: LinkedFunction) => boolean,
  functions: Map<string, FunctionUse>,
  stop: () => void,
): void {
  const { program, summaries, source } = input;
  const near = program.functions.filter(isNear);
  const { contexts } = waysInto(program, summaries, source, new Set(near), stop);
  const contracts = new Map(contractsOf(program, summaries, source, near, contexts).map((contract, i) => [near[i], contract]));
  const { callees } = callGraphOf(program);
  const keysOf = (called: Iterable<LinkedFunction> = []) => new Set([...called].map(({ ir }) => functionKey(ir.file, ir.name)));
  for (const fn of program.functions) {
    const key = functionKey(fn.ir.file, fn.ir.name);
    const contract = contracts.get(fn);
    if (functions.has(key)) continue;
    functions.set(key, { name: fn.ir.name, at: fn.locate(fn.ir.range), ...(contract && { contract, calls: keysOf(callees.get(fn)) }) });
  }
}

function takeEdges({ program, graph }: CheckInput, edges: Map<string, EdgeUse>): void {
  for (const outer of graph.classes) {
    for (const inner of graph.successors(outer)) {
      const shortest = graph.between(outer, inner)[0];
      // A reader waits for nobody: entering a read side is ordered after nothing.
      if (shortest && isReadSide(shortest.to.step.lock.kind)) continue;
      const key = edgeKey(outer, inner);
      if (shortest && !edges.has(key))
        edges.set(key, { outer, inner, isReadSide: isReadSide(shortest.from.kind), witness: () => witnessOf(shortest.to, program) });
    }
  }
  // Two locks of one class, as of two objects: lockdep takes them for one lock.
  for (const { from, to } of graph.again) {
    const { lockClass } = from;
    const key = edgeKey(lockClass, lockClass);
    if (to.lockClass === lockClass && to.step.kind === 'acquire' && !isReadSide(from.kind) && !edges.has(key))
      edges.set(key, { outer: lockClass, inner: lockClass, isReadSide: false, witness: () => witnessOf(to, program) });
  }
  for (const wait of graph.waits) {
    for (const { lockClass: outer, kind } of wait.held) {
      const inner = `the readers of ${wait.lockClass}`;
      const key = edgeKey(outer, inner);
      if (!edges.has(key) && !isUnknownLock(outer))
        edges.set(key, { outer, inner, isReadSide: isReadSide(kind), witness: () => witnessOf(wait, program) });
    }
  }
}

function isReadSide(kind: LockKind): boolean {
  return kind === 'srcu' || kind === 'rcu';
}

/** `the read side of struct kvm.srcu`, or the class alone. */
export function outerText({ outer, isReadSide: isRead }: Pick<EdgeUse, 'outer' | 'isReadSide'>): string {
  return isRead ? `the read side of ${outer}` : outer;
}

/** Whether nobody read a function on the other side, and the patch does not write it: a header's inline that something else calls. */
export function isOnlyRead({ at: { file }, function: name }: Taker, side: Side, other: Picture, lines: PatchedLines): boolean {
  if (lines.isEmpty || lines.touches(side, file)) return false;
  return !other.functions.has(functionKey(side === 'after' ? lines.nameBefore(file) : file, name));
}

/** What changes in a function, by its file after and its name: what is only taken away has no line after. */
export function changesIn(file: string, name: string, pictures: Readonly<Record<Side, Picture>>, lines: PatchedLines): readonly Cause[] {
  return (['after', 'before'] as const).flatMap((side) => {
    const own = side === 'before' ? lines.nameBefore(file) : file;
    const fn = pictures[side].functions.get(functionKey(own, name));
    return fn ? lines.changedWithin(side, own, fn.at.line, fn.at.endLine) : [];
  });
}
