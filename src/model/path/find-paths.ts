import { configurationOf, type Contexts } from '../analysis/contexts.ts';
import { apply } from '../analysis/flow.ts';
import { emptyState, type State } from '../analysis/state.ts';
import type { Summaries } from '../analysis/summaries.ts';
import { configText } from '../checks/check.ts';
import type { BoundRule } from '../checks/resolve-rules.ts';
import type { LinkedFunction, Program } from '../ir/program.ts';
import type { Location } from '../source/location.ts';
import { findCallers, type Callers, type Chain } from './callers.ts';
import { Follower, type Stage } from './follow.ts';
import type { LockPath } from './lock-path.ts';
import { PathWriter } from './steps.ts';
import type { Aim } from './target.ts';
import { through, type Place, type Reached } from '../analysis/ways.ts';

/** What is known of the program that paths are looked for in. */
export interface PathInput {
  readonly program: Program;
  readonly summaries: Summaries;
  readonly contexts: Contexts;
  readonly rules: readonly BoundRule[];
}

export interface FoundPaths {
  readonly paths: readonly LockPath[];
  readonly isCut: boolean;
  /** The conditions on every way contradict each other, as far as they are understood: they were ignored. */
  readonly isForced: boolean;
}

/** Paths given at the most. */
const pathLimit = 20;
/** Chains of calls that are followed, besides those on which the analysis found something else held. */
const chainLimit = 120;

/**
 * Ways from entries to a place, the shortest first. Chains of calls are found backwards, then followed forwards through ways that
 * each function really has. Where there are more than are given, those with other locks held at the end go first.
 */
export function findPaths(input: PathInput, aims: readonly Aim[], step: () => void): FoundPaths {
  const callers = findCallers(input.program);
  const agreed = follow(true);
  return agreed.paths.length > 0 ? { ...agreed, isForced: false } : { ...follow(false), isForced: true };

  function follow(isStrict: boolean): Omit<FoundPaths, 'isForced'> {
    const found: LockPath[] = [];
    let isCut = false;
    for (const aim of aims) {
      const follower = new Follower(input.program, input.summaries, aim.fn, isStrict, step);
      for (const chain of chainsTo(aim.fn, callers, input.contexts, step, () => (isCut = true))) {
        found.push(...endings(input, follower, aim, follower.follow(chain)));
        if (follower.isExhausted) break;
      }
      isCut ||= follower.cut.size > 0 || follower.isExhausted;
    }
    const paths = chosen(found);
    return { paths, isCut: isCut || paths.length < found.length };
  }
}

function* chainsTo(fn: LinkedFunction, callers: Callers, contexts: Contexts, step: () => void, cut: () => void): Iterable<Chain> {
  const seen = new Set<string>();
  const isNew = (chain: Chain): boolean => {
    step();
    const key = chain.map(({ id }) => id).join();
    return !seen.has(key) && seen.add(key) !== undefined;
  };
  for (const context of contexts.of(fn)) {
    const chain: LinkedFunction[] = [];
    for (let c: typeof context | undefined = context; c; c = c.caller?.context) chain.unshift(c.fn);
    if (new Set(chain).size === chain.length && isNew(chain)) yield chain;
  }
  let followed = 0;
  for (const chain of callers.chainsTo(fn, cut)) {
    if (!isNew(chain)) continue;
    if (++followed > chainLimit) {
      cut();
      return;
    }
    yield chain;
  }
}

/** Ways to the place from the ways into its function; of those with less held, all of which others hold too, none. */
function endings(input: PathInput, follower: Follower, aim: Aim, stages: readonly Stage[]): readonly LockPath[] {
  const best: { held: readonly string[]; path: LockPath }[] = [];
  for (const stage of stages) {
    const held = stage.context.held.map((h) => h.lockClass);
    if (best.some((other) => held.every((lock) => other.held.includes(lock)))) continue;
    const paths = endsOf(input, follower, aim, stage).map((end) => write(input, follower, aim, stage, end));
    const [first] = paths.sort(compareEnds);
    if (first) best.push({ held, path: first });
  }
  return best.map(({ path }) => path);
}

/** Where a way ends in the function of its last stage: at a place, before or after the step there; or where the function begins. */
interface End {
  readonly way: Reached;
  /** Absent where a lock operation is the end, or the function itself. */
  readonly place?: Place;
}

function endsOf({ summaries }: PathInput, follower: Follower, aim: Aim, stage: Stage): readonly End[] {
  const { fn } = stage.context;
  const ways = follower.through(stage);
  const places = aim.places ?? fn.ir.steps.filter((s) => s.kind === 'acquire' || s.kind === 'sync' || s.kind === 'call');
  const entry: Reached = { state: { ...emptyState, facts: stage.context.facts }, trail: undefined };
  const ends: End[] = aim.places ? [] : [{ way: entry }];
  const effects = summaries.effects(fn);
  for (const place of places) {
    for (const way of ways.to(place)) {
      const done =
        'kind' in place && aim.before === undefined ? apply(place, way.state, effects).map((after) => through(way, place, after)) : [];
      const changing = done.filter(({ trail }) => trail !== way.trail);
      // A function's own locks count, not what it gives back.
      const counting = aim.places ? changing : changing.filter(({ state }) => isSync(place) || takes(way.state, state));
      if (counting.length > 0) ends.push(...counting.map((way) => ({ way })));
      else if (aim.places) ends.push({ way, place });
    }
  }
  return ends;
}

function isSync(place: Place): boolean {
  return 'kind' in place && place.kind === 'sync';
}

function takes(before: State, after: State): boolean {
  return after.held.some((held) => !before.held.includes(held));
}

function write({ program, rules }: PathInput, follower: Follower, aim: Aim, stage: Stage, { way, place }: End): LockPath {
  const writer = new PathWriter(program, rules, follower);
  writer.into(stage);
  writer.along(stage, way.trail);
  if (place) writer.reach(stage, ...placeText(aim, place), follower.held(stage, way.state));
  return {
    functions: writer.functions,
    steps: writer.steps,
    config: configText(new Map([...configurationOf(stage.context.facts), ...configurationOf(way.state.facts)])) ?? [],
  };
}

function placeText({ fn, before }: Aim, place: Place): [Location, string] {
  if (before !== undefined) return [{ file: fn.ir.file, line: before, column: 1, endLine: before, endColumn: 1 }, `reaches line ${before}`];
  const at = fn.locate(place.at);
  if ('kind' in place && place.kind === 'call' && place.name !== undefined) return [at, `calls ${place.name}`];
  return [at, 'kind' in place ? `reaches line ${at.line}` : 'returns'];
}

/** A broken order whose lock is still held first, then the most held, then a wait for readers, then the fewest steps. */
function compareEnds(a: LockPath, b: LockPath): number {
  const waits = (path: LockPath): number => (lastOf(path).kind === 'wait' ? 1 : 0);
  return (
    breaksAtEnd(b) - breaksAtEnd(a) ||
    lastOf(b).held.length - lastOf(a).held.length ||
    waits(b) - waits(a) ||
    a.steps.length - b.steps.length
  );
}

function breaksAtEnd({ steps }: LockPath): number {
  const held = steps[steps.length - 1]!.held.map((lock) => lock.lockClass);
  return steps.some((s) => s.breaks.length > 0 && held.includes(s.lock?.lockClass ?? '')) ? 1 : 0;
}

function lastOf({ steps }: LockPath): LockPath['steps'][number] {
  return steps[steps.length - 1]!;
}

/** The shortest of each kind before others of a kind that is there already, those that break an order before all; sorted by length. */
function chosen(found: readonly LockPath[]): readonly LockPath[] {
  const kinds = new Set<string>();
  const ranked = [...found].sort(comparePaths).map((path) => {
    const kind = `${lastOf(path)
      .held.map((lock) => lock.lockClass)
      .join()}:${breaksAtEnd(path)}`;
    const isFirst = !kinds.has(kind);
    kinds.add(kind);
    return { path, rank: (isFirst ? 2 : 0) + breaksAtEnd(path) };
  });
  return ranked
    .sort((one, other) => other.rank - one.rank)
    .slice(0, pathLimit)
    .map(({ path }) => path)
    .sort(comparePaths);
}

/** Paths of several architectures, the same once. */
export function mergePaths(found: readonly LockPath[]): readonly LockPath[] {
  return [...new Map(found.map((path) => [JSON.stringify(path), path])).values()].sort(comparePaths).slice(0, pathLimit);
}

function comparePaths(a: LockPath, b: LockPath): number {
  const calls = ({ functions }: LockPath): number => functions.filter((fn) => !fn.isAside).length;
  return (
    calls(a) - calls(b) || breaksAtEnd(b) - breaksAtEnd(a) || a.steps.length - b.steps.length || compareTexts(placesOf(a), placesOf(b))
  );
}

function placesOf({ steps }: LockPath): string {
  return steps.map(({ at }) => `${at.file}:${String(at.line).padStart(7)}:${at.column}`).join();
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
