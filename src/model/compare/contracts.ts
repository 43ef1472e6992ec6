import type { Contract, Unmet } from '../analysis/contract.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { changedAcquisitions } from './acquisitions.ts';
import { tellingFirst } from './changed-text.ts';
import type { ContractChange, PatchPlace } from './changes.ts';
import { withCauses, type Calls, type ChangedContract } from './followers.ts';
import { mistakesIn } from './leaks.ts';
import { some, without } from './lists.ts';
import { lostNesting, nestingChange } from './nesting.ts';
import type { PatchedLines, Side } from './patched-lines.ts';
import { changesIn, edgeKey, functionKey, type FunctionUse, type Picture } from './picture.ts';

interface Told extends Pick<ContractChange, 'messages' | 'warnings' | 'lacking'> {
  readonly said: readonly string[];
}

/**
 * Functions of the files that a patch touches whose callers have something else to know: locks taken inside, left held, given back, or held
 * by every caller. Those that the patch changes come first.
 */
export function compareContracts(before: Picture, after: Picture, lines: PatchedLines): readonly ContractChange[] {
  // What nothing takes in what was read is taken where nobody read: `idr_preload_end()` gives back what `idr_preload()` took.
  const taken = new Set([...before.locks.keys(), ...after.locks.keys()].map(withoutSubclass));
  const isTaken = (lockClass: string): boolean => taken.has(withoutSubclass(lockClass));
  const leaks = { before: mistakesIn(before, 'missing-release'), after: mistakesIn(after, 'missing-release') };
  const unheld = { before: mistakesIn(before, 'release-unheld'), after: mistakesIn(after, 'release-unheld') };
  const changes: ChangedContract[] = [];
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
    if (moved || isOfPatch('after', use)) add(moved?.[1], use);
  }
  for (const old of gone.values()) if (isOfPatch('before', old)) add(old, undefined);
  return withCauses(changes, callsIn(before, after));

  function add(old: FunctionUse | undefined, now: FunctionUse | undefined): void {
    const use = now ?? old!;
    const isKnown = old !== undefined && now !== undefined;
    const changed = (now && changedIn('after', now, isKnown)) ?? (old && changedIn('before', old, isKnown));
    const leaked = { before: mistakes(leaks.before, old), after: mistakes(leaks.after, now) };
    const given = { before: mistakes(unheld.before, old), after: mistakes(unheld.after, now) };
    const { said, ...told } = now
      ? differences(old?.contract, now.contract, {
          leaked,
          given,
          isTaken,
          byCallees: byCallees(after, now),
          byGone: byCallees(before, old, (key) => !after.functions.has(key)),
          isNestedOnly: (side, lockClass) => isNestedOnly(side, side === 'after' ? now : old, lockClass),
          lostNesting: old ? lostNesting(changesIn(use.at.file, use.name, { before, after }, lines)) : [],
        })
      : goneText(old!);
    const found = [...mistaken(leaked, 'returns with'), ...mistaken(given, 'gives back its caller\u2019s')];
    if (told.messages.length === 0 && found.length === 0) return;
    const call = newlyUnmet(old?.contract?.unmet, now?.contract?.unmet).find(({ at }) => lines.at('after', at));
    const place =
      changed ?? (call && lines.at('after', call.at)) ?? (now && lines.within('after', now.at)) ?? (old && lines.within('before', old.at));
    const contracts = { ...(old?.contract && { before: old.contract }), ...(now?.contract && { after: now.contract }) };
    const change = { function: use.name, at: use.at, ...contracts, ...told, ...(place && { place }) };
    changes.push({
      ...{ key: functionKey(use.at.file, use.name), change: told.messages.length > 0 ? change : undefined },
      ...{ said: new Set(said), found: new Set(found), isChanged: changed !== undefined },
    });
  }

  /** Others are only read on that side: a header's inline that is called now was there before. Of a whole series no lines are known. */
  function isOfPatch(side: Side, use: FunctionUse): boolean {
    return lines.isEmpty || changedIn(side, use) !== undefined;
  }

  /** A lock taken with another one of its class held, on one side only and last in this function. */
  function isNestedOnly(side: Side, use: FunctionUse | undefined, lockClass: string): boolean {
    const key = edgeKey(lockClass, lockClass);
    const [own, other] = side === 'after' ? [after, before] : [before, after];
    const last = other.edges.has(key) ? undefined : own.edges.get(key)?.witness().at(-1);
    return last !== undefined && last.function === use?.name && last.at.file === use.at.file;
  }

  function mistakes(found: ReadonlyMap<string, readonly string[]>, use: FunctionUse | undefined): readonly string[] {
    return (use && found.get(functionKey(use.at.file, use.name))) ?? [];
  }

  /** Of a function that is there both ways, the line that says most; one that is new is told of where it begins. */
  function changedIn(side: Side, { at }: FunctionUse, isKnown = false): PatchPlace | undefined {
    const changed = lines.changedWithin(side, at.file, at.line, at.endLine);
    const [first] = isKnown ? tellingFirst(changed) : changed;
    return first && { patch: first.patch, line: first.line };
  }
}

/** What functions take that a function calls. */
function byCallees(picture: Picture, use: FunctionUse | undefined, counts = (_key: string) => true): ReadonlyMap<string, string> {
  const called = [...(use?.calls ?? [])].flatMap((key) => (counts(key) ? (picture.functions.get(key) ?? []) : []));
  return new Map(called.flatMap(({ name, contract }) => (contract?.takes ?? []).map((lockClass) => [lockClass, name] as const)));
}

/** Who calls whom on either side. */
function callsIn(before: Picture, after: Picture): Calls {
  const calls = new Map<string, ReadonlySet<string>>();
  for (const { functions } of [after, before])
    for (const [key, use] of functions) if (use.calls) calls.set(key, new Set([...(calls.get(key) ?? []), ...use.calls]));
  return calls;
}

/** What findings say of one side alone, in the words of a contract. */
function mistaken({ before, after }: About['leaked'], does: string): readonly string[] {
  return [
    ...without(after, before).map((lockClass) => `now ${does} ${lockClass}`),
    ...without(before, after).map((lockClass) => `no longer ${does} ${lockClass}`),
  ];
}

function goneText({ contract }: FunctionUse): Told {
  const takes = contract?.takes ?? [];
  const messages = takes.length > 0 ? [`is gone; took ${takes.join(', ')}`] : [];
  return { messages, warnings: [], said: messages, lacking: [] };
}

interface About {
  /** Locks that the function leaves held, and gives back, by mistake: findings say that. */
  readonly leaked: Readonly<Record<Side, readonly string[]>>;
  readonly given: Readonly<Record<Side, readonly string[]>>;
  /** Locks that functions it calls take after, with the name of one. */
  readonly byCallees: ReadonlyMap<string, string>;
  /** The same before, of functions that are gone. */
  readonly byGone: ReadonlyMap<string, string>;
  /** Whether it takes a lock of a class with another one held, and nobody does so on the other side. */
  isNestedOnly(side: Side, lockClass: string): boolean;
  /** What is said of subclasses that operations lost of which no more is known than their names. */
  readonly lostNesting: readonly string[];
  /** Whether anything that was read takes a lock of a class. */
  isTaken(lockClass: string): boolean;
}

function differences(
  before: Contract | undefined,
  after: Contract | undefined,
  { leaked, given, isTaken, byCallees, byGone, isNestedOnly, lostNesting }: About,
): Told {
  const messages: string[] = [];
  const warnings: string[] = [];
  const all: string[] = [];
  if (!after) return { messages, warnings, said: all, lacking: [] };
  const newly = before ? 'now ' : '';
  const tell = (old: readonly string[] = [], now: readonly string[], gained: string, lost: string, held = ''): void => {
    const [more, less] = [without(now, old), without(old, now)];
    all.push(...more.map((lockClass) => `${gained} ${lockClass}`), ...less.map((lockClass) => `${lost} ${lockClass}`));
    if (more.length > 0) messages.push(`${gained} ${more.join(', ')}${held}`);
    if (less.length > 0) messages.push(`${lost} ${less.join(', ')}${held}`);
  };
  /** What is wrong unless callers change as well. */
  const warn = (
    kind: keyof Contract['onSomeWays'],
    old: readonly string[],
    now: readonly string[],
    gained: string,
    lost: string,
    held = '',
  ): void => {
    const some = after.onSomeWays[kind];
    const more = without(now, old);
    const [always, sometimes] = [without(more, some), more.filter((lockClass) => some.includes(lockClass))];
    const said = [
      ...(always.length > 0 ? [`${gained} ${always.join(', ')}${held}`] : []),
      ...(sometimes.length > 0 ? [`${gained} ${sometimes.join(', ')}${held} on some ways out`] : []),
    ];
    const less = without(old, now);
    if (less.length > 0) said.push(`${lost} ${less.join(', ')}${held}`);
    // What all ways out did, and some do.
    const fewer = now.filter(
      (lockClass) => before && old.includes(lockClass) && some.includes(lockClass) && !before.onSomeWays[kind].includes(lockClass),
    );
    if (fewer.length > 0) said.push(`${lost} ${fewer.join(', ')}${held} on all ways out`);
    warnings.push(...said);
    messages.push(...said);
    all.push(...more.map((lockClass) => `${gained} ${lockClass}`), ...[...less, ...fewer].map((lockClass) => `${lost} ${lockClass}`));
  };
  // A part of the function that became one of its own takes what it took.
  const movedTo = (lockClass: string): string | undefined => (before?.takes.includes(lockClass) ? byCallees.get(lockClass) : undefined);
  const moved = without(before?.takes ?? [], after.takes).filter((lockClass) => movedTo(lockClass) !== undefined);
  for (const lockClass of moved) messages.push(`takes ${lockClass} in ${movedTo(lockClass)!} now`);
  const folded = without(after.takes, before?.takes ?? []).filter((lockClass) => before !== undefined && byGone.has(lockClass));
  for (const lockClass of folded) messages.push(`takes ${lockClass} itself now, not in ${byGone.get(lockClass)!}`);
  const nesting = nestingChange(before?.takes ?? [], after.takes, isNestedOnly);
  messages.push(...nesting.messages, ...lostNesting);
  warnings.push(...nesting.warnings, ...lostNesting);
  all.push(...nesting.messages, ...lostNesting);
  const [taken, takes] = [without(before?.takes ?? [], moved), without(after.takes, folded)].map((each) => without(each, nesting.classes));
  tell(taken, takes!, `${newly}takes`, 'no longer takes');
  if (before) {
    const changed = changedAcquisitions(before, after);
    const texts = changed.map(({ text }) => text);
    messages.push(...texts);
    all.push(...texts);
    warnings.push(...changed.flatMap(({ text, isWrong }) => (isWrong ? [text] : [])));
  }
  warn(
    'returnsHeld',
    without(before?.returnsHeld ?? [], [...leaked.after, ...without(leaked.before, after.returnsHeld)]),
    without(after.returnsHeld, leaked.after),
    `${newly}returns with`,
    'no longer returns with',
    ' held',
  );
  const kept = without(after.mayReturnHeld, [...(before?.mayReturnHeld ?? []), ...after.returnsHeld, ...leaked.after]);
  const left = kept.filter((lockClass) => before?.takes.includes(lockClass));
  if (left.length > 0) {
    const said = `now returns with ${left.join(', ')} held on some ways out`;
    warnings.push(said);
    messages.push(said);
    all.push(...left.map((lockClass) => `now returns with ${lockClass}`));
  }
  warn(
    'releases',
    without(before?.releases ?? [], [...given.after, ...without(given.before, after.releases)]).filter(isTaken),
    without(after.releases, given.after).filter(isTaken),
    `${newly}gives back its caller\u2019s`,
    'no longer gives back its caller\u2019s',
  );
  const lacking = newlyUnmet(before?.unmet, after.unmet);
  const unmet = unmetTexts(lacking);
  warnings.push(...unmet);
  messages.push(...unmet);
  tell(before?.asserts, after.asserts, `${newly}asserts that it is called with`, 'no longer asserts that it is called with', ' held');
  const held = before?.mayBeCalledElsewhere || after.mayBeCalledElsewhere ? ' held, by callers that were read' : ' held';
  // What it asserts is what its callers hold, as far as they do.
  if (!before) tell([], without(after.handed, after.asserts), 'is always called with', '', held);
  else if (before.held && after.held && !before.isCut && !after.isCut) {
    // Whether a caller takes it, or has it from its own, is the same to the function.
    const [handed, had] = [without(after.handed, before.held), without(before.handed, after.held)];
    tell(had, handed, 'is now always called with', 'is no longer always called with', held);
  }
  if (!before && messages.length > 0) messages[0] = asNew(messages[0]!);
  return { messages, warnings, said: all, lacking: distinctClasses(lacking) };
}

/** Callers that newly do not hold what is asserted. */
function newlyUnmet(before: readonly Unmet[] = [], after: readonly Unmet[] = []): readonly Unmet[] {
  return after.filter(({ lockClass, caller }) => !before.some((old) => old.lockClass === lockClass && old.caller === caller));
}

/** What a function does that was not there before. */
export function asNew(does: string): string {
  return `is new, and ${does}`;
}

function distinctClasses(unmet: readonly Unmet[]): readonly string[] {
  return [...new Set(unmet.map(({ lockClass }) => lockClass))];
}

function unmetTexts(isNew: readonly Unmet[]): readonly string[] {
  return distinctClasses(isNew).map((lockClass) => {
    const callers = isNew.filter((each) => each.lockClass === lockClass);
    const names = some(callers.map(({ caller }) => caller));
    const above = [...new Set(callers.flatMap(({ unread }) => unread ?? []))];
    const [who, does] = above.length > 1 ? ['those who call', 'do'] : ['who calls', 'does'];
    const unless = above.length > 0 ? `, unless ${who} ${some(above)} ${does}` : '';
    return `asserts that ${lockClass} is held, and ${names} ${callers.length > 1 ? 'call' : 'calls'} it without that${unless}`;
  });
}
