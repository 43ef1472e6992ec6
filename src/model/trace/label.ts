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
};

/** `enters`: the function that the thread is in now, if it was in another before. */
export function messageOf(step: SequenceStep, lanes: readonly Lane[], enters: string | undefined): Message {
  const to = step.to === undefined ? undefined : lanes[step.to];
  const lines = [verb(step, lanes, to)];
  if (step.via !== undefined) lines.push(`via pointer ${step.via}`);
  const changed = Object.entries(step.changed).map(([name, value]) => `${name} = ${value}`);
  if (changed.length > 0) lines.push(changed.join(', '));
  if ((step.action === 'call' || step.action === 'wait') && step.held.length > 0) lines.push(`holds ${step.held.join(', ')}`);
  if (enters !== undefined) lines.push(`in ${enters}`);
  return { arrow: to === undefined ? undefined : arrows[step.action], lines };
}

/** What a mark says, in words: colour alone tells nothing to those who do not see it. */
export function noteOf({ note }: SequenceStep, mark: Mark): string {
  return note === undefined ? marks[mark] : `${marks[mark]}: ${note}`;
}

/** What the step does; short where the arrow leads to what it does it to. */
function verb(step: SequenceStep, lanes: readonly Lane[], to: Lane | undefined): string {
  if (to === undefined || (step.action !== 'call' && step.object !== to.name)) return step.text;
  switch (step.action) {
    case 'acquire':
      return step.mode === 'shared' ? 'takes, shared' : 'takes';
    case 'release':
      return 'releases';
    case 'enter':
      return 'enters read side';
    case 'leave':
      return 'leaves read side';
    case 'synchronize':
      return 'waits for readers';
    case 'grace-period':
      return 'grace period over';
    case 'wait':
      return heldBy(step, lanes);
    case 'fail':
      return 'is not free, goes on';
    case 'wake':
      return 'wakes up';
    case 'call':
      return 'calls';
    default:
      return step.text;
  }
}

function heldBy({ lane, waiting }: SequenceStep, lanes: readonly Lane[]): string {
  const holders = waiting.find((wait) => wait.lane === lane)?.holders ?? [];
  return holders.length === 0 ? 'waits' : `waits, held by ${holders.map((holder) => lanes[holder]?.name ?? '?').join(', ')}`;
}
