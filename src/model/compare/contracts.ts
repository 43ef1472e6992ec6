import type { Contract } from '../analysis/contract.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { compareLocations } from '../source/location.ts';
import { changedAcquisitions } from './acquisitions.ts';
import type { ContractChange, PatchPlace } from './changes.ts';
import { leaksIn } from './leaks.ts';
import { without } from './lists.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { functionKey, type FunctionUse, type Picture } from './picture.ts';

type Told = Pick<ContractChange, 'messages' | 'warnings'>;

/** Functions of the files that a patch touches whose callers have something else to know: locks taken inside, left held, given back, or held by every caller. */
export function compareContracts(before: Picture, after: Picture, lines: PatchedLines): readonly ContractChange[] {
  // What nothing takes in what was read is taken where nobody read: `idr_preload_end()` gives back what `idr_preload()` took.
  const taken = new Set([...before.locks.keys(), ...after.locks.keys()].map(withoutSubclass));
  const isTaken = (lockClass: string): boolean => taken.has(withoutSubclass(lockClass));
  const leaks: Readonly<Record<Side, ReadonlyMap<string, readonly string[]>>> = { before: leaksIn(before), after: leaksIn(after) };
  const changes: ContractChange[] = [];
  const gone = new Map(before.functions);
  const come: FunctionUse[] = [];
  for (const use of after.functions.values()) {
    const key = functionKey(lines.nameBefore(use.at.file), use.name);
    const old = before.functions.get(key);
    if (!old) come.push(use);
    else {
      gone.delete(key);
      add(old, use);
    }
  }
  // One of the same name that is gone from another file has moved.
  for (const use of come) {
    const moved = [...gone].find(([, old]) => old.name === use.name && old.contract !== undefined && use.contract !== undefined);
    if (moved) gone.delete(moved[0]);
    add(moved?.[1], use);
  }
  for (const old of gone.values()) add(old, undefined);
  return changes.sort((a, b) => compareLocations(a.at, b.at));

  function add(old: FunctionUse | undefined, now: FunctionUse | undefined): void {
    const use = now ?? old!;
    const changed = (now && changedIn('after', now)) ?? (old && changedIn('before', old));
    const leaked = { before: leakedBy('before', old), after: leakedBy('after', now) };
    const { messages, warnings } = now ? differences(old?.contract, now.contract, { leaked, isTaken }) : goneText(old!);
    if (messages.length === 0) return;
    const place = changed ?? (now && lines.within('after', now.at)) ?? (old && lines.within('before', old.at));
    const contracts = { ...(old?.contract && { before: old.contract }), ...(now?.contract && { after: now.contract }) };
    changes.push({ function: use.name, at: use.at, ...contracts, messages, warnings, ...(place && { place }) });
  }

  function leakedBy(side: Side, use: FunctionUse | undefined): readonly string[] {
    return (use && leaks[side].get(functionKey(use.at.file, use.name))) ?? [];
  }

  function changedIn(side: Side, { at }: FunctionUse): PatchPlace | undefined {
    const [first] = lines.changedWithin(side, at.file, at.line, at.endLine);
    return first && { patch: first.patch, line: first.line };
  }
}

function goneText({ contract }: FunctionUse): Told {
  return { messages: contract && contract.takes.length > 0 ? [`is gone; took ${contract.takes.join(', ')}`] : [], warnings: [] };
}

interface About {
  /** Locks that the function leaves held by mistake: findings say that. */
  readonly leaked: Readonly<Record<Side, readonly string[]>>;
  /** Whether anything that was read takes a lock of a class. */
  isTaken(lockClass: string): boolean;
}

function differences(before: Contract | undefined, after: Contract | undefined, { leaked, isTaken }: About): Told {
  const messages: string[] = [];
  const warnings: string[] = [];
  if (!after) return { messages, warnings };
  const tell = (old: readonly string[] = [], now: readonly string[], gained: string, lost: string, held = ''): string | undefined => {
    const [more, less] = [without(now, old), without(old, now)];
    const said = more.length > 0 ? `${gained} ${more.join(', ')}${held}` : undefined;
    if (said !== undefined) messages.push(said);
    if (less.length > 0) messages.push(`${lost} ${less.join(', ')}${held}`);
    return said;
  };
  const warn = (said: string | undefined): void => {
    if (said !== undefined) warnings.push(said);
  };
  tell(before?.takes, after.takes, before ? 'now takes' : 'is new, and takes', 'no longer takes');
  if (before) messages.push(...changedAcquisitions(before, after));
  warn(
    tell(
      without(before?.returnsHeld ?? [], [...leaked.after, ...without(leaked.before, after.returnsHeld)]),
      without(after.returnsHeld, leaked.after),
      'now returns with',
      'no longer returns with',
      ' held',
    ),
  );
  warn(
    tell(
      before?.releases.filter(isTaken),
      after.releases.filter(isTaken),
      'now gives back its caller\u2019s',
      'no longer gives back its caller\u2019s',
    ),
  );
  tell(before?.asserts, after.asserts, 'now asserts that it is called with', 'no longer asserts that it is called with', ' held');
  const held = before?.mayBeCalledElsewhere || after.mayBeCalledElsewhere ? ' held, by callers that were read' : ' held';
  if (!before) tell([], after.handed, 'is new, and always called with', '', held);
  else if (before.held && after.held && !before.isCut && !after.isCut)
    tell(before.handed, after.handed, 'is now always called with', 'is no longer always called with', held);
  return { messages, warnings };
}
