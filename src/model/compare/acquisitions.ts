import type { Acquisition, Contract } from '../analysis/contract.ts';
import { some } from './lists.ts';

/** How a lock is taken otherwise than before, in words: `now takes struct foo.sem exclusively instead of shared`. */
export interface ChangedAcquisition {
  readonly text: string;
  /** It is given back with interrupts on now, and callers have them off. */
  readonly isWrong: boolean;
}

export function changedAcquisitions(before: Contract, after: Contract): readonly ChangedAcquisition[] {
  const toggles = [...before.toggles, ...after.toggles];
  return after.takes.flatMap((lockClass) => {
    const ways = [before, after].map(({ acquisitions }) =>
      acquisitions.filter((each) => each.lockClass === lockClass).map((each) => wayOf(each, toggles)),
    );
    const [old, now] = ways as [Way[], Way[]];
    return old.length === 0 ? [] : told(lockClass, old, now).map((text) => withCallers(text, after));
  });
}

/** What of an acquisition can be compared, as words. */
interface Way {
  readonly mode: string;
  readonly interrupts: string;
  readonly wait: string;
}

const turningOn = '(_irq)';
const whateverTheyWere = ': giving it back turns interrupts on, whatever they were';

/** Names callers that have interrupts off where the lock is given back with these on. */
function withCallers(text: string, { heldWithIrqsOff }: Contract): ChangedAcquisition {
  if (!text.endsWith(whateverTheyWere) || heldWithIrqsOff.length === 0) return { text, isWrong: false };
  const callers = some(heldWithIrqsOff.map(({ lockClass, function: name }) => `${name} (for ${lockClass})`));
  return { text: `${text}, and they are off in ${callers}, from where it is called`, isWrong: true };
}

const aspects = ['mode', 'interrupts', 'wait'] as const;

/** Where the function turns something off by itself as well, `spin_lock_irq` may be no more than `local_irq_disable` with `spin_lock` was. */
function wayOf({ mode, interrupts, wait }: Acquisition, toggles: Contract['toggles']): Way {
  const isOwn = interrupts !== undefined && !toggles.includes(interrupts === 'bh' ? 'bh' : 'irq');
  return {
    mode: mode === 'shared' ? 'shared' : 'exclusively',
    interrupts: isOwn ? `with ${interrupts === 'bh' ? 'softirqs' : 'interrupts'} off (_${interrupts})` : 'with interrupts left as they are',
    wait: wait
      ? { never: 'without waiting', interruptible: 'interruptibly', killable: 'killably', timeout: 'with a timeout' }[wait]
      : 'waiting',
  };
}

function told(lockClass: string, old: readonly Way[], now: readonly Way[]): readonly string[] {
  const all = [...old, ...now];
  // Only what is not the same everywhere is worth a word.
  const varying = aspects.filter((aspect) => all.some((way) => way[aspect] !== all[0]![aspect]));
  const text = (way: Way): string => varying.map((aspect) => way[aspect]).join(' ');
  const counts = (ways: readonly Way[], each: string): number => ways.filter((way) => text(way) === each).length;
  const texts = [...new Set(all.map(text))].sort();
  const had = texts.filter((each) => counts(old, each) > 0);
  const has = texts.filter((each) => counts(now, each) > 0);
  const [gained, lost] = [has.filter((each) => !had.includes(each)), had.filter((each) => !has.includes(each))];
  const list = (ways: readonly string[]): string => ways.join(' and ');
  if (gained.length > 0 && lost.length > 0) {
    const stays = has.length > gained.length;
    const how = stays ? `also ${list(gained)}, and no longer` : `${list(gained)} instead of`;
    const turnsOn = gained.some((each) => each.includes(turningOn));
    return [`now takes ${lockClass} ${how} ${list(lost)}${turnsOn ? whateverTheyWere : ''}`];
  }
  if (gained.length > 0) return [`now takes ${lockClass} also ${list(gained)}, not only ${list(had)}`];
  if (lost.length > 0) return [`now takes ${lockClass} only ${list(has)}, and no longer ${list(lost)}`];
  if (old.length !== now.length) return [];
  const more = texts.filter((each) => counts(now, each) > counts(old, each));
  const less = texts.filter((each) => counts(now, each) < counts(old, each));
  return more.length === 0 ? [] : [`takes ${lockClass} ${list(more)} at more places than before, and ${list(less)} at fewer`];
}
