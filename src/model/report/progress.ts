import type { Progress } from '../reviewer-api.ts';

interface Phase {
  readonly words: string;
  /** What is counted. */
  readonly things: string;
  /** The part of the bar that it has, in percent: where it begins, and how long it is. */
  readonly bar: readonly [start: number, length: number];
  /** The same of a review, which reads two trees and compares them then. */
  readonly ofReview: readonly [start: number, length: number];
}

const phases: Readonly<Record<Progress['phase'], Phase>> = {
  index: { words: 'scanning', things: 'files', bar: [0, 40], ofReview: [0, 20] },
  read: { words: 'reading', things: 'C files', bar: [40, 30], ofReview: [20, 20] },
  analyze: { words: 'following locks through', things: 'functions', bar: [70, 30], ofReview: [40, 20] },
  compare: { words: 'comparing what was before and after:', things: 'steps', bar: [100, 0], ofReview: [60, 40] },
};

/** How far a request is, of 100. */
export function percentageOf({ phase, done, total, part }: Progress): number {
  const [start, length] = phases[phase][part?.what === 'patch' ? 'ofReview' : 'bar'];
  const own = start + (total > 0 ? (length * done) / total : 0);
  // What all patches change together comes last, and is as much as one.
  const isTogether = part?.what === 'patch' && part.total > 1;
  return Math.round(part ? (100 * part.done + own) / (isTogether ? part.total + 1 : part.total) : own);
}

/** `patch 2 of 3, reading 3 of 20 C files`. */
export function describeProgress(progress: Progress): string {
  const { words, things } = phases[progress.phase];
  return `${partText(progress)}${words} ${progress.done} of ${progress.total} ${things}`;
}

/** The same on a line that is written over again: `patch 2 of 3, reading 15 %`. */
export function progressText(progress: Progress): string {
  const { phase, done, total } = progress;
  const words = { index: 'scanning', read: 'reading', analyze: 'analyzing', compare: 'comparing' }[phase];
  return `${partText(progress)}${words} ${total ? Math.floor((100 * done) / total) : 0} %`;
}

function partText({ part }: Progress): string {
  if (!part) return '';
  const { what, done, total } = part;
  return done < total ? `${what} ${done + 1} of ${total}, ` : `all ${total} patches, `;
}
