import { counted, findAccesses, guardsOf, type Access, type AccessSource } from '../analysis/accesses.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { linkedTypes } from '../ir/access-api.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';
import type { AccessChange, AccessSite, AccessSummary, PatchPlace } from './changes.ts';
import { list, without } from './lists.ts';
import { calledBy, keyBefore, usersOfReplaced } from './near.ts';
import { functionKey } from './picture.ts';
import { nameAfter, type NewNames } from './renames.ts';
import type { PatchedLines, Side } from './patched-lines.ts';

interface Input {
  readonly program: Program;
  readonly summaries: Summaries;
  readonly source: AccessSource;
}

/** Calls below a function that a patch touches in which accesses are looked at: their locks may be taken above. */
const depthBelow = 3;
/** Accesses elsewhere that hold a lock of another object, for it to be what guards a place. */
const fewestHolding = 2;
/** One of so many has to hold a lock of the same object. */
const ofThatMany = 4;
/** Functions named of those that access a place. */
const functionsNamed = 5;

/**
 * Fields and variables whose accesses are under other locks than before, told by what all of them have in common, as Eraser's locksets are
 * (Savage et al., 1997). `known`: which; else those that touched functions access otherwise. `stop` is called often, and gives it up by throwing.
 */
export function changedAccesses(
  trees: Record<Side, readonly Input[]>,
  lines: PatchedLines,
  { known, names, stop }: { readonly known: readonly string[] | undefined; readonly names: NewNames; readonly stop: () => void },
): readonly AccessChange[] {
  if (known) return ofAll(known);
  const touched = touchedOnBoth();
  const [old, now] = [inTouched('before', true), inTouched('after', true)];
  // Asked before other functions are: these have the ways of those above.
  const others = movedOutside(withoutKnown('before', old), withoutKnown('after', now));
  const told = ofAll(changedPlaces(old, now));
  return [...told, ...others.filter(({ place }) => told.every((change) => change.place !== place))];

  function ofAll(places: readonly string[]): readonly AccessChange[] {
    if (places.length === 0) return [];
    const of = (side: Side): readonly Access[] =>
      named(side, distinct(trees[side].flatMap((input) => accessesOf(input, { places, fromKnownEntries: true, step: stop }))));
    return compareAccesses(of('before'), of('after'), lines, earlier, removedTakings());
  }

  /** Lines of the patch that took locks, the first of each class. */
  function removedTakings(): ReadonlyMap<string, PatchPlace> {
    const places = new Map<string, PatchPlace>();
    for (const { program } of trees.before) {
      for (const fn of program.functions) {
        if (!lines.touches('before', fn.ir.file)) continue;
        for (const step of fn.ir.steps) {
          const line = step.kind === 'acquire' ? lines.changedAt('before', fn.locate(step.at)) : undefined;
          const lockClass = step.kind === 'acquire' ? nameAfter(step.lock.lockClass, names) : '';
          if (line && !places.has(lockClass)) places.set(lockClass, { patch: line.patch, line: line.line });
        }
      }
    }
    return places;
  }

  /** Whoever came there: also on ways of which nobody knows what is held on them. */
  function earlier(place: string): readonly Access[] {
    return trees.before.flatMap(
      ({ program, summaries, source }) => findAccesses(program, summaries, source, { places: [place], step: stop }).accesses,
    );
  }

  /** What is touched on one side is looked at on both: an added line alone is no line of the tree before. */
  function touchedOnBoth(): ReadonlySet<string> {
    return new Set(
      (['before', 'after'] as const).flatMap((side) =>
        trees[side].flatMap((input) => touchedFunctions(input, side, lines).map((fn) => keyBefore(side, fn, lines))),
      ),
    );
  }

  function inTouched(side: Side, fromKnownEntries: boolean, isAsked = (_: LinkedFunction): boolean => true): readonly Access[] {
    const functionsOf = ({ program }: Input) => program.functions.filter((fn) => touched.has(keyBefore(side, fn, lines)) && isAsked(fn));
    const all = trees[side].flatMap((input) => accessesOf(input, { functions: functionsOf(input), fromKnownEntries, step: stop }));
    return named(side, distinct(all));
  }

  /** Accesses of functions of which it is not known who calls them. */
  function withoutKnown(side: Side, known: readonly Access[]): readonly Access[] {
    const functions = new Set(known.map(({ at, function: name }) => functionKey(at.file, name)));
    return inTouched(side, false, ({ ir }) => !functions.has(functionKey(ir.file, ir.name)));
  }

  /** Those that were under a lock of the object, and are not now, where the function takes it still: so its callers do not have it. */
  function movedOutside(before: readonly Access[], after: readonly Access[]): readonly AccessChange[] {
    const places = new Set(after.map(({ place }) => place));
    const takers = new Set(
      trees.after.flatMap(({ program }) =>
        program.functions.flatMap((fn) =>
          touched.has(keyBefore('after', fn, lines))
            ? fn.ir.steps.flatMap((step) => (step.kind === 'acquire' ? [`${fn.ir.name} ${step.lock.lockClass}`] : []))
            : [],
        ),
      ),
    );
    return [...places].sort().flatMap((place): AccessChange[] => {
      const [old, now] = [before, after].map((accesses) => summaryOf(accesses.filter((access) => access.place === place)));
      if (!old || !now) return [];
      const isOwn = (lock: string, name: string): boolean => ownerOf(lock) === ownerOf(place) && takers.has(`${name} ${lock}`);
      const messages = outside(old, now, isOwn).map(({ who, locks }) => `${who} without ${list(locks)} now, which it still takes`);
      const at = firstShown(now.sites, 'after', lines);
      const sites = changedFirst(now, old.sites, lines);
      return messages.length === 0 ? [] : [{ place, messages, verdict: 'open', before: old, after: { ...now, sites }, ...(at && { at }) }];
    });
  }

  function named(side: Side, accesses: readonly Access[]): readonly Access[] {
    if (side === 'after' || names.size === 0) return accesses;
    return accesses.map((access) => ({
      ...access,
      guards: access.guards.map((guard) => ({ ...guard, lockClass: nameAfter(guard.lockClass, names) })).sort(byClass),
    }));
  }
}

function byClass(a: Access['guards'][number], b: typeof a): number {
  return a.lockClass < b.lockClass ? -1 : a.lockClass > b.lockClass ? 1 : 0;
}

/** Mostly on ways from known entries: of a function that nobody calls in what was read, nobody knows what its callers hold. */
function accessesOf({ program, summaries, source }: Input, wanted: Parameters<typeof findAccesses>[3]): readonly Access[] {
  return findAccesses(program, summaries, source, wanted).accesses;
}

/** Functions with a changed line, or that a changed macro or inline is read in, what they call, and what that calls in the files that the patch touches. */
function touchedFunctions(input: Input, side: Side, lines: PatchedLines): readonly LinkedFunction[] {
  const { program } = input;
  const isNear = (fn: LinkedFunction): boolean => lines.touches(side, fn.ir.file);
  const found = new Set(
    program.functions.filter((fn) => {
      if (!isNear(fn)) return false;
      const { line, endLine } = fn.locate(fn.ir.range);
      return lines.changedWithin(side, fn.ir.file, line, endLine).length > 0;
    }),
  );
  let level = [...found];
  for (const fn of usersOfReplaced(input, side, lines)) found.add(fn);
  for (let depth = 0; depth < depthBelow && level.length > 0; depth++) {
    // What a changed function calls counts wherever it is: a lock that was held around the call may not be any more.
    level = [...new Set(calledBy(program, level))].filter((fn) => (depth === 0 || isNear(fn)) && !found.has(fn));
    for (const fn of level) found.add(fn);
  }
  return [...found];
}

/** Places whose accesses are not the same on both sides, in the functions looked at. */
function changedPlaces(before: readonly Access[], after: readonly Access[]): readonly string[] {
  const [old, now] = [before, after].map((accesses) => {
    const byPlace = new Map<string, Set<string>>();
    for (const { place, kind, isMarked, isPrivate, guards } of accesses) {
      const said = [kind, isMarked, isPrivate, ...guards.map(({ lockClass, mode }) => `${lockClass}:${mode}`)].join();
      const known = byPlace.get(place);
      if (known) known.add(said);
      else byPlace.set(place, new Set([said]));
    }
    return byPlace;
  }) as [Map<string, Set<string>>, Map<string, Set<string>>];
  const isSame = (a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean =>
    a?.size === b?.size && [...(a ?? [])].every((said) => b?.has(said));
  return [...new Set([...old.keys(), ...now.keys()])].filter((place) => !isSame(old.get(place), now.get(place))).sort();
}

/** Generic code is analyzed with each architecture. */
function distinct(accesses: readonly Access[]): readonly Access[] {
  return [...new Map(accesses.map((access) => [JSON.stringify([access.place, access.at, access.kind, access.guards]), access])).values()];
}

function compareAccesses(
  before: readonly Access[],
  after: readonly Access[],
  lines: PatchedLines,
  earlier: (place: string) => readonly Access[],
  takings: ReadonlyMap<string, PatchPlace>,
): readonly AccessChange[] {
  const places = [...new Set([...before, ...after].map(({ place }) => place))].sort();
  const isNear = ({ at }: AccessSite): boolean => lines.touches('after', at.file);
  return places.flatMap((place) => {
    const old = summaryOf(before.filter((access) => access.place === place));
    const now = summaryOf(after.filter((access) => access.place === place));
    const told = qualified(now ? (old ? differences(place, old, now, isNear) : newcomer(place, now, earlier)) : [], [
      ...(old?.sites ?? []),
      ...(now?.sites ?? []),
    ]);
    if (told.length === 0) return [];
    const shown = firstShown(now?.sites ?? [], 'after', lines) ?? firstShown(old?.sites ?? [], 'before', lines);
    const at = shown ?? (now && old && lostBetween(old, now).flatMap((lock) => takings.get(lock) ?? [])[0]);
    const messages = told.map(({ text }) => text);
    return [
      {
        place,
        messages,
        verdict: verdictOf(told),
        ...(old && { before: old }),
        ...(now && { after: { ...now, sites: changedFirst(now, old?.sites ?? [], lines) } }),
        ...(at && { at }),
      },
    ];
  });
}

/** Accesses on changed lines, then those without the writers' lock, or any: what a reader looks for. Of each, those first that held something else before. */
function changedFirst({ sites, writers }: AccessSummary, old: readonly AccessSite[], lines: PatchedLines): readonly AccessSite[] {
  const keyOf = ({ function: name, kind, isMarked, text, guards }: AccessSite): string =>
    JSON.stringify([name, kind, isMarked, text, guards]);
  const known = new Set(old.map(keyOf));
  const isInside = ({ guards }: AccessSite): boolean =>
    writers.length > 0 ? writers.some((lock) => guards.includes(lock)) : guards.length > 0;
  const rankOf = (site: AccessSite): number =>
    Number(site.isChanged !== true) * 4 + Number(isInside(site)) * 2 + Number(known.has(keyOf(site)));
  return sites
    .map((site): AccessSite => (lines.changedAt('after', site.at) ? { ...site, isChanged: true } : site))
    .map((site) => ({ site, rank: rankOf(site) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ site }) => site);
}

/** Undefined where nothing but its making accesses the place. */
function summaryOf(accesses: readonly Access[]): AccessSummary | undefined {
  // A struct as a whole, behind a pointer that may point anywhere, is no place of its own, nor is some neighbor in a list.
  const counting = counted(accesses).filter(({ place }) => !/^(struct|union) \w+$/.test(place) && !linkedTypes.test(ownerOf(place)));
  if (counting.length === 0) return undefined;
  // Of what its neighbors write to nothing can be said that is so of every write.
  if (counting.some(({ isLinked }) => isLinked)) return { writers: [], all: [], sites: sitesOf(counting) };
  const { writers, all } = guardsOf(counting)[0]!;
  return { writers, all, sites: sitesOf(counting) };
}

/** One for each access: what it is under on every way to it, and the shortest of them. */
function sitesOf(accesses: readonly Access[]): readonly AccessSite[] {
  const sites = new Map<string, AccessSite>();
  for (const { kind, isMarked, at, function: name, text, guards, maybeHeld, chain } of accesses) {
    const key = `${at.file}:${at.line}:${at.column}:${kind}`;
    const known = sites.get(key);
    const locks = guards.map(({ lockClass }) => lockClass);
    const shared = guards.flatMap(({ lockClass, mode }) => (mode === 'shared' ? [lockClass] : []));
    const unsure = [...(known?.unsure ?? []), ...guards.flatMap(unsureOf)];
    const held = (known?.guards ?? locks).filter((lock) => locks.includes(lock));
    const maybe = [...new Set([...(known?.maybeHeld ?? []), ...maybeHeld])].sort();
    sites.set(key, {
      ...{ kind, isMarked, at, function: name, text },
      guards: held,
      shared: [...new Set([...(known?.shared ?? []), ...shared])].sort(),
      ...(maybe.length > 0 && { maybeHeld: maybe }),
      ...(unsure.length > 0 && { unsure: unsure.filter(({ lock }, i) => unsure.findIndex((other) => other.lock === lock) === i) }),
      chain: known && known.chain.length <= chain.length ? known.chain : chain,
    });
  }
  return [...sites.values()];
}

function unsureOf({ lockClass, unread }: Access['guards'][number]): NonNullable<AccessSite['unsure']> {
  return unread === undefined ? [] : [{ lock: lockClass, function: unread }];
}

/** Something to say of a place. */
interface Told {
  readonly text: string;
  /** Locks that it says are or were held. */
  readonly locks?: readonly string[];
  readonly verdict: AccessChange['verdict'];
}

/** Says where locks are held by callers alone, and not all of these were read: nothing is sure to be closed then. */
function qualified(told: readonly Told[], sites: readonly AccessSite[]): readonly Told[] {
  const claimed = new Set(told.flatMap(({ locks = [] }) => locks));
  const unread = sites.flatMap(({ unsure = [] }) => unsure.flatMap(({ lock, function: name }) => (claimed.has(lock) ? [name] : [])));
  if (unread.length === 0) return told;
  const text = `that is so in the callers that were read: who else calls ${namesOf(unread)} was not`;
  return [...told.map((each): Told => (each.verdict === 'closed' ? { ...each, verdict: 'note' } : each)), { text, verdict: 'note' }];
}

/** Open if anything is. */
function verdictOf(told: readonly Told[]): AccessChange['verdict'] {
  return (['open', 'closed'] as const).find((each) => told.some(({ verdict }) => verdict === each)) ?? 'note';
}

/**
 * Nobody accessed it before. Told where a lock of the same object, or a global one of a global, is held at every write: others are
 * often held for other reasons, as where something is set up.
 */
function newcomer(place: string, now: AccessSummary, earlier: (place: string) => readonly Access[]): readonly Told[] {
  const owner = ownerOf(place);
  if (!now.writers.some((lockClass) => ownerOf(lockClass) === owner)) return [];
  const old = earlier(place);
  if (old.some(({ isPrivate }) => !isPrivate)) return [];
  const was = old.length > 0 ? 'was only set up before' : 'was not accessed before';
  const told: Told[] = [{ text: `${was}; every write holds ${list(now.writers)}`, verdict: 'note', locks: now.writers }];
  if (now.all.length > 0) return told;
  const bare = now.sites.filter((site) => site.kind === 'read' && !now.writers.some((lock) => mayHold(site, lock)));
  if (bare.length === 0) return told;
  const areMarked = bare.every(({ isMarked }) => isMarked);
  const how = `${areMarked ? 'always' : 'not always'} marked (READ_ONCE and its like)`;
  return [...told, { text: `read without that in ${functionsOf(bare)}, ${how}`, verdict: areMarked ? 'note' : 'open' }];
}

/** `isNear`: whether an access is in a file that the patch touches. */
function differences(place: string, old: AccessSummary, now: AccessSummary, isNear: (site: AccessSite) => boolean): readonly Told[] {
  return [...guardChanges(place, old, now, isNear), ...marks(old, now)];
}

function guardChanges(place: string, old: AccessSummary, now: AccessSummary, isNear: (site: AccessSite) => boolean): readonly Told[] {
  const writes = now.sites.filter(({ kind }) => kind === 'write');
  if (writes.length === 0 || old.sites.every(({ kind }) => kind === 'read')) return [];
  if ([...old.sites, ...now.sites].every(isAtomic)) return [];
  const told: Told[] = [];
  const tell = (text: string, verdict: Told['verdict'], locks: readonly string[] = []): void => {
    told.push({ text, verdict, locks });
  };
  const gained = without(now.writers, old.writers);
  const lost = without(old.writers, now.writers);
  const [had, has] = [old.all.length > 0, now.all.length > 0];
  const isClosed = has && !had && hasBoth(old);
  const isOpened = had && !has;
  const writers = functionsOf(writes);
  if (gained.length > 0 && lost.length > 0)
    tell(
      `its ${are(writes, 'writer', 'writers')} ${writers} held ${list(lost)} and now ${are(writes, 'holds', 'hold')} ${list(gained)}`,
      'note',
      [...lost, ...gained],
    );
  else if (gained.length > 0 && !(isClosed && without(gained, now.all).length === 0))
    tell(`every write (in ${writers}) now holds ${list(gained)}`, 'note', gained);
  else if (lost.length > 0 && !(isOpened && without(lost, old.all).length === 0)) {
    const lacking = lackingText(writes, lost, 'write');
    // Where all have another one in common it is no loss.
    if (lacking !== '') tell(`every write held ${list(lost)}; now ${lacking}`, has ? 'note' : 'open', lost);
  }
  if (isClosed) tell(`readers and writers now have ${list(now.all)} in common; before, they had none`, 'closed', now.all);
  else if (isOpened) {
    const lacking = lackingText(now.sites, old.all, 'access');
    if (lacking !== '') tell(`every access held ${list(old.all)}; now ${lacking}`, 'open', old.all);
  } else if (told.length > 0 && !has && hasBoth(now)) {
    // A lock that a writer only holds shared is one in common all the same.
    const held = (writes[0]?.guards ?? []).filter((lock) => writes.every(({ guards }) => guards.includes(lock)));
    const readers = now.sites.filter((site) => site.kind === 'read' && !held.some((lock) => mayHold(site, lock)));
    // What each of them was under before: only those that had none then are as they were.
    const heldOne = (site: AccessSite): boolean => old.writers.length > 0 && heldBefore(site, old, old.writers);
    const [losing, lacking] = [readers.filter(heldOne), readers.filter((site) => !heldOne(site))];
    const who = (sites: readonly AccessSite[]): string =>
      `its ${are(sites, 'reader', 'readers')} ${functionsOf(sites)} ${are(sites, 'has', 'have')}`;
    if (losing.length > 0) tell(`${who(losing)} no lock in common with the writers any more`, 'open', old.writers);
    // Where nothing is lost, and what is held besides is no lock of the object, those who do not hold it may have other objects.
    const isOfOthers = lost.length === 0 && gained.every((lock) => ownerOf(lock) !== ownerOf(place)) && !lacking.every(isNear);
    if (lacking.length > 0)
      tell(
        `${who(lacking)} no lock in common with the writers${hasBoth(old) ? ', before or after' : ''}`,
        isOfOthers && hasBoth(old) ? 'note' : 'open',
      );
  }
  const outside = told.length > 0 ? [] : leftOutside(place, old, now);
  return outside.length > 0 ? [{ text: outside.join('; '), verdict: 'open' }] : told;
}

/** Whether a function read the place under one of these locks wherever it did so before. */
function heldBefore({ function: name }: AccessSite, { sites }: AccessSummary, locks: readonly string[]): boolean {
  const own = sites.filter((site) => site.kind === 'read' && site.function === name);
  return own.length > 0 && own.every((site) => locks.some((lock) => mayHold(site, lock)));
}

function mayHold({ guards, maybeHeld = [] }: AccessSite, lock: string): boolean {
  return guards.includes(lock) || maybeHeld.includes(lock);
}

/** Who lacks locks that all had, or has them in a mode that keeps no other away: `demo_set does not`. */
function lackingText(sites: readonly AccessSite[], locks: readonly string[], what: 'write' | 'access'): string {
  const bare = sites.filter((site) => !locks.every((lock) => mayHold(site, lock)));
  const sharing = sites.filter((site) => site.kind === 'write' && !bare.includes(site) && locks.some((lock) => site.shared.includes(lock)));
  const lacks = what === 'write' ? are(bare, 'writes without', 'write without') : are(bare, 'does not', 'do not');
  return [
    ...(bare.length > 0 ? [`${functionsOf(bare)} ${lacks}`] : []),
    ...(sharing.length > 0 ? [`${functionsOf(sharing)} ${are(sharing, 'writes', 'write')} with it held shared`] : []),
  ].join(', and ');
}

/** An atomic operation needs no lock, whatever is held: it is told by its call. READ_ONCE and WRITE_ONCE are marked, and no more. */
function isAtomic({ isMarked, text }: AccessSite): boolean {
  return isMarked && /^\w+\(/.test(text);
}

/**
 * Functions that no longer hold a lock which others still do: not all accesses have to have had a lock for one to lose it. It is a lock
 * of the same object that some of the others hold, or one that most of the others hold.
 */
function leftOutside(place: string, old: AccessSummary, now: AccessSummary): readonly string[] {
  // What all of them still hold keeps them apart.
  if (commonOf(now.sites).length > 0) return [];
  return outside(old, now, (lock, name) => {
    const others = now.sites.filter((site) => site.function !== name);
    const holding = others.filter((site) => mayHold(site, lock)).length;
    return ownerOf(lock) === ownerOf(place)
      ? holding > 0 && holding * ofThatMany >= others.length
      : holding >= fewestHolding && holding * 3 >= others.length * 2;
  }).map(({ who, locks }) => `${who} without ${list(locks)} now, which others hold`);
}

/** Functions that held such locks at all accesses of a kind, and do not now. */
function outside(
  old: AccessSummary,
  now: AccessSummary,
  isGuard: (lock: string, name: string) => boolean,
): readonly { readonly who: string; readonly locks: readonly string[] }[] {
  return [...new Set(now.sites.map((site) => site.function))].flatMap((name) =>
    (['write', 'read'] as const).flatMap((kind) => {
      const own = ({ sites }: AccessSummary): readonly AccessSite[] => sites.filter((site) => site.function === name && site.kind === kind);
      const locks = without(commonOf(own(old)), commonOf(own(now))).filter((lock) => isGuard(lock, name));
      return own(now).length > 0 && locks.length > 0 ? [{ who: `${name} ${kind}s it`, locks }] : [];
    }),
  );
}

/** Locks that some function held at an access, and does not hold at any now. */
function lostBetween(old: AccessSummary, now: AccessSummary): readonly string[] {
  const heldIn = ({ sites }: AccessSummary, name: string): readonly string[] =>
    sites.flatMap((site) => (site.function === name ? site.guards : []));
  return [...new Set(now.sites.map((site) => site.function))].flatMap((name) => without(heldIn(old, name), heldIn(now, name)));
}

function commonOf(sites: readonly AccessSite[]): readonly string[] {
  return (sites[0]?.guards ?? []).filter((lock) => sites.every(({ guards }) => guards.includes(lock)));
}

/** Functions where plain accesses became marked ones, or the other way round. */
function marks(old: AccessSummary, now: AccessSummary): readonly Told[] {
  const told: Told[] = [];
  for (const kind of ['read', 'write'] as const) {
    const changed = now.sites.filter((site) => {
      const others = old.sites.filter((other) => other.kind === kind && site.kind === kind && other.function === site.function);
      return others.length > 0 && others.every(({ isMarked }) => isMarked !== site.isMarked);
    });
    const [marked, plain] = [changed.filter(({ isMarked }) => isMarked), changed.filter(({ isMarked }) => !isMarked)];
    if (marked.length > 0) told.push({ text: `plain ${kind}s became marked ones in ${functionsOf(marked)}`, verdict: 'note' });
    if (plain.length > 0) told.push({ text: `marked ${kind}s became plain ones in ${functionsOf(plain)}`, verdict: 'open' });
  }
  return told;
}

/** `struct kvm_vcpu_arch` of `struct kvm_vcpu_arch.mp_state`; empty for a global. */
function ownerOf(name: string): string {
  return name.startsWith('struct ') ? name.slice(0, name.indexOf('.')) : '';
}

function hasBoth({ sites }: AccessSummary): boolean {
  return sites.some(({ kind }) => kind === 'write') && sites.some(({ kind }) => kind === 'read');
}

/** A line of the patch that shows an access: a changed one, else a write. */
function firstShown(sites: readonly AccessSite[], side: Side, lines: PatchedLines): PatchPlace | undefined {
  for (const { at } of sites) {
    const changed = lines.changedAt(side, at);
    if (changed) return { patch: changed.patch, line: changed.line };
  }
  const shown = sites.filter(({ at }) => lines.at(side, at));
  const best = shown.findLast(({ kind }) => kind === 'write') ?? shown[0];
  return best && lines.at(side, best.at);
}

function functionsOf(sites: readonly AccessSite[]): string {
  return namesOf(sites.map((site) => site.function));
}

function namesOf(all: readonly string[]): string {
  const names = [...new Set(all)];
  if (names.length <= functionsNamed + 1) return list(names);
  return `${names.slice(0, functionsNamed).join(', ')} and ${names.length - functionsNamed} other functions`;
}

/** One word or the other, by how many functions there are. */
function are(sites: readonly AccessSite[], one: string, many: string): string {
  return new Set(sites.map((site) => site.function)).size === 1 ? one : many;
}
