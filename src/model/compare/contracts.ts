import type { Contract } from '../analysis/contract.ts';
import { compareLocations } from '../source/location.ts';
import type { ContractChange } from './changes.ts';
import type { PatchedLines } from './patched-lines.ts';
import { functionKey, type FunctionUse, type Picture } from './picture.ts';

/** Functions of the files that a patch touches whose callers have something else to know: locks taken inside, left held, given back, or held by every caller. */
export function compareContracts(before: Picture, after: Picture, lines: PatchedLines): readonly ContractChange[] {
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
    const place = (now && lines.within('after', now.at)) ?? (old && lines.within('before', old.at));
    const messages = now ? (now.contract ? differences(old?.contract, now.contract) : []) : goneText(old!);
    if (messages.length === 0) return;
    const contracts = { ...(old?.contract && { before: old.contract }), ...(now?.contract && { after: now.contract }) };
    changes.push({ function: use.name, at: use.at, ...contracts, messages, ...(place && { place }) });
  }
}

function goneText({ contract }: FunctionUse): readonly string[] {
  return contract && contract.takes.length > 0 ? [`is gone; took ${list(contract.takes)}`] : [];
}

function differences(before: Contract | undefined, after: Contract): readonly string[] {
  const messages: string[] = [];
  const tell = (of: (contract: Contract) => readonly string[] | undefined, gained: string, lost: string, held = ''): void => {
    const [old, now] = [(before && of(before)) ?? [], of(after) ?? []];
    const more = without(now, old);
    const less = without(old, now);
    if (more.length > 0) messages.push(`${gained} ${list(more)}${held}`);
    if (less.length > 0) messages.push(`${lost} ${list(less)}${held}`);
  };
  tell(({ takes }) => takes, before ? 'now takes' : 'is new, and takes', 'no longer takes');
  tell(({ returnsHeld }) => returnsHeld, 'now returns with', 'no longer returns with', ' held');
  tell(({ releases }) => releases, 'now gives back its caller\u2019s', 'no longer gives back its caller\u2019s');
  tell(({ asserts }) => asserts, 'now asserts that it is called with', 'no longer asserts that it is called with', ' held');
  if (!before) tell(({ handed }) => handed, 'is new, and always called with', '', ' held');
  else if (before.held && after.held && !before.isCut && !after.isCut)
    tell(({ handed }) => handed, 'is now always called with', 'is no longer always called with', ' held');
  return messages;
}

function without(these: readonly string[], those: readonly string[]): readonly string[] {
  return these.filter((each) => !those.includes(each));
}

function list(classes: readonly string[]): string {
  return classes.join(', ');
}
