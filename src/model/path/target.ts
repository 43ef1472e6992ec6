import type { LinkedFunction, Program } from '../ir/program.ts';
import type { PathTarget } from './lock-path.ts';
import type { Place } from '../analysis/ways.ts';

/** What a target means in one function. */
export interface Aim {
  readonly fn: LinkedFunction;
  /** Where to end; absent where the function as a whole is meant. */
  readonly places?: readonly Place[];
  /** The line asked for, where no step of it is known: the places are the next ones after it. */
  readonly before?: number;
}

export function findAims(program: Program, target: PathTarget): readonly Aim[] {
  if ('function' in target)
    return program.functions
      .filter(({ ir }) => ir.name === target.function && (target.file === undefined || ir.file === target.file))
      .map((fn) => ({ fn }));
  const { file, line } = target;
  return program.functions.flatMap((fn): readonly Aim[] => {
    if (fn.ir.file !== file) return [];
    const whole = fn.locate(fn.ir.range);
    if (line < whole.line || line > whole.endLine) return [];
    return [line === whole.line && whole.endLine > line ? { fn } : aimAt(fn, line)];
  });
}

/** Steps on a line; if it has none, what comes next in the text is reached with the same locks held. */
function aimAt(fn: LinkedFunction, line: number): Aim {
  const places = fn.ir.blocks.flatMap(({ steps, returns }): Place[] => [...steps, ...(returns ? [returns] : [])]);
  const located = places.map((place) => ({ place, at: fn.locate(place.at) }));
  const on = located.filter(({ at }) => at.line <= line && line <= at.endLine).map(({ place }) => place);
  if (on.length > 0) return { fn, places: mostTelling(on) };
  const after = located.filter(({ at }) => at.line > line).sort((a, b) => a.place.at.start - b.place.at.start);
  const next = after.filter(({ place }) => place.at.start === after[0]!.place.at.start).map(({ place }) => place);
  return next.length > 0 ? { fn, places: next, before: line } : { fn };
}

/** Of a line's steps those that say most: lock operations, else calls, else whatever there is. */
function mostTelling(places: readonly Place[]): readonly Place[] {
  const isLock = (place: Place): boolean => 'lock' in place;
  const isCall = (place: Place): boolean => 'kind' in place && place.kind === 'call';
  for (const is of [isLock, isCall]) if (places.some(is)) return places.filter(is);
  return places;
}
