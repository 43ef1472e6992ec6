import { visible, wrap } from './escape.ts';
import { noteOf } from './label.ts';
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
    lines.push(...wrapped(`${visible(lanes[step.lane]!.name)}: ${visible(step.text)}`, number, `${indent}    `));
    for (const detail of details(step)) lines.push(...wrapped(detail, `${indent}  `, `${indent}    `));
    if (step.mark !== undefined) lines.push(...wrapped(visible(noteOf(step, step.mark)), '  *** ', '      '));
  }
  return `${lines.join('\n')}\n`;
}

/** What a diagram shows, in sentences, for those who do not see it. */
export function describe({ title, summary, lanes, steps }: Sequence): string[] {
  const sentences = [`${visible(title)}.`, visible(summary)];
  for (const [i, step] of steps.entries()) {
    const parts = [`Step ${i + 1}: ${visible(lanes[step.lane]!.name)} ${visible(step.text)}`, ...details(step)];
    sentences.push(`${parts.join('; ')}.`);
    if (step.mark !== undefined) sentences.push(`${visible(noteOf(step, step.mark))}.`);
  }
  return sentences;
}

function details(step: SequenceStep): string[] {
  const details: string[] = [];
  const place = step.source ?? step.model;
  const frame = step.functions.at(-1);
  const where = [frame === undefined ? '' : `in ${visible(frame)}`, place === undefined ? '' : `${visible(place.path)}:${place.line}`];
  if (where.some(Boolean)) details.push(where.filter(Boolean).join(', '));
  if (step.via !== undefined) details.push(`through the pointer ${visible(step.via)}`);
  const changed = Object.entries(step.changed).map(([name, value]) => `${visible(name)} = ${value}`);
  if (changed.length > 0) details.push(changed.join(', '));
  if (step.held.length > 0) details.push(`holds ${step.held.map(visible).join(', ')}`);
  return details;
}

function wrapped(text: string, first: string, rest: string): string[] {
  const lines = wrap(text, columns - Math.max(first.length, rest.length), (line) => line.length + (line.match(wide)?.length ?? 0));
  return lines.map((line, i) => (i === 0 ? first : rest) + line);
}
