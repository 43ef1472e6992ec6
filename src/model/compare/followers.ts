import { compareLocations } from '../source/location.ts';
import type { ContractChange } from './changes.ts';
import { some } from './lists.ts';
import { functionKey } from './picture.ts';

/** A function whose contract changes, or of which a finding says so already. */
export interface ChangedContract {
  readonly key: string;
  /** Undefined where findings say all of it. */
  readonly change: ContractChange | undefined;
  /** What is new, one for each lock: `now returns with struct foo.lock`. */
  readonly said: ReadonlySet<string>;
  /** The same, where findings say it. */
  readonly found: ReadonlySet<string>;
  /** The patch changes a line of the function. */
  readonly isChanged: boolean;
}

/** Whom functions call, by `functionKey`. */
export type Calls = ReadonlyMap<string, ReadonlySet<string>>;

/** Changes, those that the patch makes first; of each function that does the same as one of these because it calls it, which that is. */
export function withCauses(all: readonly ChangedContract[], calls: Calls): readonly ContractChange[] {
  const causes = new Map<string, ContractChange['follows']>();
  for (const cause of all.filter(({ isChanged }) => isChanged)) {
    const reached = new Set([cause.key]);
    for (const key of reached) {
      for (const other of all) {
        if (other.isChanged || reached.has(other.key) || !calls.get(other.key)?.has(key)) continue;
        const all = [...other.said];
        if (!all.every((each) => cause.said.has(each) || cause.found.has(each))) continue;
        reached.add(other.key);
        const inFinding = !all.every((each) => cause.said.has(each)) && ({ inFinding: true } as const);
        if (!causes.has(other.key)) causes.set(other.key, { ...namesOf(cause.key), ...inFinding });
      }
    }
  }
  const rank = ({ isChanged }: ChangedContract): number => (isChanged ? 0 : 1);
  const contracts = all
    .flatMap((each) => (each.change ? [{ ...each, change: each.change }] : []))
    .sort((a, b) => rank(a) - rank(b) || compareLocations(a.change.at, b.change.at))
    .map(({ key, change }) => {
      const follows = causes.get(key);
      return follows ? { ...change, follows } : change;
    });
  return withFollowers(contracts);
}

function namesOf(key: string): NonNullable<ContractChange['follows']> {
  const [file = '', name = ''] = key.split('\0');
  return { file, function: name };
}

/** Says on each function that others follow who they are. */
export function withFollowers(contracts: readonly ContractChange[]): readonly ContractChange[] {
  const followers = new Map<string, string[]>();
  for (const { function: name, follows } of contracts) {
    if (!follows || follows.inFinding) continue;
    const key = functionKey(follows.file, follows.function);
    followers.set(key, [...(followers.get(key) ?? []), name]);
  }
  return contracts.map((contract) => {
    const own = followers.get(functionKey(contract.at.file, contract.function));
    return own && !contract.follows ? { ...contract, likewise: likewiseText([...new Set(own)]) } : contract;
  });
}

function likewiseText(names: readonly string[]): string {
  return names.length === 1 ? `likewise ${names[0]!}, which calls it` : `likewise ${names.length} functions that call it (${some(names)})`;
}
