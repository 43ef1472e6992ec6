import type { Applied, PlacedHunk } from './applied.ts';

/** Hunks that are at other lines than their patch says. */
export interface Moved {
  readonly file: string;
  /** Line of `Patch.text` that has the `@@` of the first. */
  readonly line: number;
  /** `hunk #2 applied at 158, 12 lines further down`. */
  readonly message: string;
}

interface Run {
  readonly first: number;
  last: number;
  readonly at: number;
  readonly by: number;
  readonly line: number;
}

/** Of each file the hunks that were found some lines off; those that follow each other by the same distance together. */
export function movedHunks({ files, state }: Pick<Applied, 'files' | 'state'>): readonly Moved[] {
  const [side, verb] = state === 'reversed' ? (['afterStart', 'is'] as const) : (['beforeStart', 'applied'] as const);
  return files.flatMap(({ change, hunks }) => {
    const runs: Run[] = [];
    for (const placed of hunks) {
      const number = change.hunks.indexOf(placed.hunk) + 1;
      const by = distance(placed, side);
      const run = runs.at(-1);
      if (run?.by === by && run.last === number - 1) run.last = number;
      else runs.push({ first: number, last: number, at: placed[side], by, line: placed.hunk.line });
    }
    const file = change.after ?? change.before ?? '';
    return runs.filter(({ by }) => by !== 0).map((run) => ({ file, line: run.line, message: messageOf(run, verb) }));
  });
}

function distance({ hunk, ...placed }: PlacedHunk, side: 'beforeStart' | 'afterStart'): number {
  return placed[side] - hunk[side];
}

function messageOf({ first, last, at, by }: Run, verb: 'applied' | 'is'): string {
  const lines = Math.abs(by);
  const where = `${lines} ${lines === 1 ? 'line' : 'lines'} further ${by > 0 ? 'down' : 'up'}`;
  if (first === last) return `hunk #${first} ${verb} at ${at}, ${where}`;
  return `hunks #${first} to #${last} ${verb === 'is' ? 'are' : verb} ${where}, the first at ${at}`;
}
