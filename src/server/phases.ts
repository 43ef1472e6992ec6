import type { Progress } from '../model/reviewer-api.ts';

/** The parts of the bar that the phases have, in percent: where they begin, and how long they are. */
const phases: Readonly<Record<Progress['phase'], readonly [start: number, length: number]>> = {
  index: [0, 40],
  read: [40, 30],
  analyze: [70, 30],
};

function phasePercentage({ phase, done, total }: Progress): number {
  const [start, length] = phases[phase];
  return Math.round(start + (total > 0 ? (length * done) / total : 0));
}

/** How far it is, in percent and in words; of what is done in parts, with the part, which is a `what`. */
export function toldOf(step: Progress, what: 'patch' | 'part'): [percentage: number, words: string] {
  const { done, total } = step.part ?? { done: 0, total: 1 };
  const words = total > 1 ? `${what} ${done + 1} of ${total}, ${describePhase(step)}` : describePhase(step);
  return [Math.round((100 * done + phasePercentage(step)) / total), words];
}

/** `reading 3 of 20 C files`. */
function describePhase({ phase, done, total }: Progress): string {
  const [words, things] = {
    index: ['scanning', 'files'],
    read: ['reading', 'C files'],
    analyze: ['following locks through', 'functions'],
  }[phase];
  return `${words} ${done} of ${total} ${things}`;
}
