import { visible, wrap } from './escape.ts';
import { changesOf, noteAfter, textOf } from './label.ts';
import type { Sequence, SequenceStep } from './sequence.ts';

const columns = 72;
/** Characters that take two columns. */
const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\p{Emoji_Presentation}]/gu;

/** A sequence as text for a mail: at most 72 columns, each thread indented more than the one before, paths by the depth of their calls. */
export function renderMail(sequence: Sequence): string {
  const { title, summary, lanes, steps } = sequence;
  const lines = [...wrapped(visible(title), '', ''), ...wrapped(visible(summary), '', ''), ''];
  const digits = String(steps.length).length;
  const actors = lanes.flatMap((lane, i) => (lane.kind === 'lock' ? [] : [i]));
  for (const [i, step] of steps.entries()) {
    const depth = Math.min(8, Math.max(0, actors.indexOf(step.lane)));
    const indent = ' '.repeat(digits + 4 + 2 * depth);
    const number = `${String(i + 1).padStart(digits + 2)}  ${' '.repeat(2 * depth)}`;
    lines.push(...wrapped(`${visible(lanes[step.lane]!.name)}: ${visible(textOf(step, lanes))}`, number, `${indent}    `));
    for (const detail of details(sequence, i)) lines.push(...wrapped(detail, `${indent}  `, `${indent}    `));
    for (const note of notes(steps, i)) lines.push(...wrapped(note, '  *** ', '      '));
  }
  return `${lines.join('\n')}\n`;
}

/** What a diagram shows, in sentences, for those who do not see it. */
export function describe(sequence: Sequence): string[] {
  const { title, summary, lanes, steps } = sequence;
  const sentences = [`${visible(title)}.`, visible(summary)];
  for (const [i, step] of steps.entries()) {
    const parts = [`Step ${i + 1}: ${visible(lanes[step.lane]!.name)} ${visible(textOf(step, lanes))}`, ...details(sequence, i)];
    sentences.push(`${parts.join('; ')}.`, ...notes(steps, i).map((note) => `${note}.`));
  }
  return sentences;
}

/** Where a step happens and what is different after it. */
function details({ lanes, steps }: Sequence, at: number): string[] {
  const step = steps[at]!;
  const place = step.source ?? step.model;
  const frame = step.functions.at(-1);
  const where: string[] = [];
  if (frame !== undefined && frame !== lanes[step.lane]!.name) where.push(`in ${visible(frame)}`);
  if (place !== undefined) where.push(`${visible(place.path)}:${place.line}`);
  const details = where.length === 0 ? [] : [where.join(', ')];
  if (step.via !== undefined) details.push(`through the pointer ${visible(step.via)}`);
  const changed = changesOf(step);
  if (changed !== '') details.push(visible(changed));
  const held = step.held.map(visible).join(', ');
  const before =
    steps
      .findLast(({ lane }, i) => i < at && lane === step.lane)
      ?.held.map(visible)
      .join(', ') ?? '';
  if (held !== before || step.action === 'call' || step.action === 'wait') details.push(`holds ${held === '' ? 'nothing' : held}`);
  return details;
}

function notes(steps: readonly SequenceStep[], at: number): string[] {
  const note = noteAfter(steps[at]!, steps[at + 1]);
  return note === undefined ? [] : [visible(note)];
}

function wrapped(text: string, first: string, rest: string): string[] {
  const lines = wrap(text, columns - Math.max(first.length, rest.length), (line) => line.length + (line.match(wide)?.length ?? 0));
  return lines.map((line, i) => (i === 0 ? first : rest) + line);
}
