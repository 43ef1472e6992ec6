import { contractsOf, type Contract } from './analysis/contract.ts';
import { Sleeps } from './analysis/sleeps.ts';
import type { Analysis } from './analyze.ts';
import type { LinkedFunction } from './ir/program.ts';
import type { FunctionLocks } from './reviewer-api.ts';

const sleeping = new WeakMap<Analysis, Sleeps>();

/** What each function of a file does with locks, in the order of the file; those that have nothing to do with any are left out. */
export function functionLocks(analysis: Analysis, file: string, step: () => void): readonly FunctionLocks[] {
  const { program, summaries, source, contexts } = analysis;
  const functions = program.functions.filter(({ ir }) => ir.file === file);
  const contracts = contractsOf(program, summaries, source, functions, contexts);
  let sleeps = sleeping.get(analysis);
  if (!sleeps) sleeping.set(analysis, (sleeps = new Sleeps(program, summaries)));
  const found = functions.flatMap((fn, i) => {
    step();
    return locksOf(fn, contracts[i]!, sleeps) ?? [];
  });
  return found.sort((a, b) => a.at.line - b.at.line);
}

function locksOf(fn: LinkedFunction, contract: Contract, sleeps: Sleeps): FunctionLocks | undefined {
  const { takes, asserts, releases, returnsHeld, onSomeWays, held = [], mayBeCalledElsewhere, isCut } = contract;
  // What was not read may call it with less.
  const always =
    mayBeCalledElsewhere || isCut ? [] : held.filter((lockClass) => !asserts.includes(lockClass) && !releases.includes(lockClass));
  const mayHave = (of: readonly string[], some: readonly string[]): FunctionLocks['returnsHeld'] =>
    of.map((lockClass) => ({ lockClass, isSure: !some.includes(lockClass) }));
  const ways = sleeps.of(fn);
  if ([takes, asserts, releases, returnsHeld, always, ways].every(({ length }) => length === 0)) return undefined;
  return {
    ...{ function: fn.ir.name, at: fn.locate(fn.ir.range), takes, asserts, always },
    returnsHeld: mayHave(returnsHeld, onSomeWays.returnsHeld),
    releases: mayHave(releases, onSomeWays.releases),
    ...(ways.length > 0 && { sleeps: ways.every(({ flags }) => flags >= 0) ? 'by-flags' : 'may' }),
  };
}
