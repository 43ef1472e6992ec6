import type { HunkView } from '../protocol/review.ts';

/** The line after a patch that stands beside one before it; of a removed one, the line above that is there. Lines count from 1. */
export function lineBeside(hunks: readonly HunkView[], line: number): number {
  let shift = 0;
  for (const { before, after, marks } of hunks) {
    if (line < before) break;
    let at = { before, after };
    for (const mark of marks) {
      if (at.before === line && mark !== '+') return Math.max(1, mark === '-' ? at.after - 1 : at.after);
      at = { before: at.before + (mark === '+' ? 0 : 1), after: at.after + (mark === '-' ? 0 : 1) };
    }
    shift = at.after - at.before;
  }
  return line + shift;
}
