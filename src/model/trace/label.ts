import type { Action, Lane, Mark, SequenceStep } from './sequence.ts';

/** How a step is drawn: an arrow to its lock or function, or back from it; without one, a note. */
export interface Message {
  readonly arrow?: { readonly sign: string; readonly isBack?: boolean };
  readonly lines: readonly string[];
}

const arrows: Readonly<Record<Action, Message['arrow']>> = {
  acquire: { sign: '->>' },
  release: { sign: '-->>' },
  enter: { sign: '->>' },
  leave: { sign: '-->>' },
  synchronize: { sign: '-)' },
  'grace-period': { sign: '-->>', isBack: true },
  wait: { sign: '-x' },
  fail: { sign: '--x' },
  wake: { sign: '-->>', isBack: true },
  read: { sign: '->>' },
  write: { sign: '->>' },
  claim: { sign: '->>' },
  call: { sign: '->>' },
  other: { sign: '->>' },
};

const marks: Readonly<Record<Mark, string>> = {
  cycle: 'WAIT-FOR CYCLE',
  race: 'DATA RACE',
  torn: 'TORN READ',
  order: 'ORDER BROKEN',
  broken: 'PROPERTY BROKEN',
  found: 'WHAT COMES OF IT',
};

/** `enters`: the function that the thread is in now, if it was in another before. */
export function messageOf(step: SequenceStep, lanes: readonly Lane[], enters: string | undefined): Message {
  const isToLane = step.to !== undefined && lanes[step.to] !== undefined;
  // The arrow says what is called; a lock is named, for who scrolled past the heads of the lanes.
  const lines = [isToLane && step.action === 'call' ? 'calls' : textOf(step, lanes)];
  if (step.via !== undefined) lines.push(`via pointer ${step.via}`);
  if (enters !== undefined) lines.push(`in ${enters}`);
  const changed = changesOf(step);
  if (changed !== '') lines.push(changed);
  if ((step.action === 'call' || step.action === 'wait') && step.held.length > 0) lines.push(`holds ${step.held.join(', ')}`);
  return { arrow: isToLane ? arrows[step.action] : undefined, lines };
}

/** What a step does: in which mode if not the usual one, for whom it waits, what it makes of the variable that it names last. */
export function textOf(step: SequenceStep, lanes: readonly Lane[]): string {
  const { text, mode, object, changed } = step;
  if (step.action === 'wait') return `${text}${heldBy(step, lanes)}`;
  if (mode === 'shared' && !/shared|read/.test(text)) return `${text}, shared`;
  return isSaid(text, object, changed) ? `${text} = ${changed[object!]!}` : text;
}

function heldBy({ lane, text, waiting }: SequenceStep, lanes: readonly Lane[]): string {
  const names = waiting.find((wait) => wait.lane === lane)?.holders.map((holder) => lanes[holder]?.name ?? '?') ?? [];
  if (names.length === 0 || text.includes('held by')) return '';
  return `${/reader|grace/.test(text) ? ':' : ', held by'} ${names.join(', ')}`;
}

/** `x = 1, y = 2`: new values of variables that the text does not have. */
export function changesOf({ text, object, changed }: SequenceStep): string {
  return Object.entries(changed)
    .filter(([name]) => name !== object || !isSaid(text, object, changed))
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

function isSaid(text: string, object: string | undefined, changed: SequenceStep['changed']): boolean {
  return object !== undefined && Object.hasOwn(changed, object) && text.endsWith(` ${object}`);
}

/**
 * What the mark of a step says, in words: colour alone tells nothing to those who do not see it. Nothing where the next step is
 * marked too and says it. `next`: shown right after it.
 */
export function noteAfter({ mark, note }: SequenceStep, next: SequenceStep | undefined): string | undefined {
  if (mark === undefined) return undefined;
  if (next?.mark === mark && (note === undefined || next.note === note)) return undefined;
  const word = marks[mark];
  if (note === undefined) return word;
  return note.toUpperCase().startsWith(word) ? word + note.slice(word.length) : `${word}: ${note}`;
}
