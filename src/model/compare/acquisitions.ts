import type { Acquisition, Contract } from '../analysis/contract.ts';
import { some } from './lists.ts';

/** How a lock is taken otherwise than before, in words: `now takes struct foo.sem exclusively instead of shared`. */
export interface ChangedAcquisition {
  readonly text: string;
  /** It is given back with interrupts on now and callers have them off, or some ways lack it. */
  readonly isWrong: boolean;
}

export function changedAcquisitions(before: Contract, after: Contract): readonly ChangedAcquisition[] {
  const toggles = [...before.toggles, ...after.toggles];
  return after.takes.flatMap((lockClass) => {
    const of = ({ acquisitions }: Contract): readonly Acquisition[] => acquisitions.filter((each) => each.lockClass === lockClass);
    const [old, now] = [of(before), of(after)];
    if (old.length === 0) return [];
    const forever = [...old, ...now].some(({ wait }) => wait === 'interruptible' || wait === 'killable') ? 'uninterruptibly' : 'waiting';
    const [oldWays, nowWays] = [old, now].map((each) => each.map((acquisition) => wayOf(acquisition, toggles, forever)));
    return [...sometimes(lockClass, old, now), ...told(lockClass, oldWays!, nowWays!, after)];
  });
}

/** A place that took it whatever was asked does so no longer: what it guards may be done without it. */
function sometimes(lockClass: string, old: readonly Acquisition[], now: readonly Acquisition[]): readonly ChangedAcquisition[] {
  const always = (places: readonly Acquisition[]): number => places.filter(({ isIfAsked }) => !isIfAsked).length;
  const isLess = always(old) === old.length && always(now) < Math.min(old.length, now.length);
  return isLess ? [{ text: `now takes ${lockClass} on some ways only, and goes on without it on others`, isWrong: true }] : [];
}

/** What of an acquisition can be compared, as words. */
interface Way {
  readonly mode: string;
  readonly interrupts: string;
  readonly wait: string;
  /** Giving it back turns interrupts on. */
  readonly turnsOn: boolean;
}

/** That it is given back with interrupts on now, and which callers have them off. */
function turningOn(text: string, { heldWithIrqsOff }: Contract): ChangedAcquisition {
  const turns = `${text}: giving it back turns interrupts on, whatever they were`;
  if (heldWithIrqsOff.length === 0) return { text: turns, isWrong: false };
  const callers = some(heldWithIrqsOff.map(({ lockClass, function: name }) => `${name} (for ${lockClass})`));
  return { text: `${turns}, and they are off in ${callers}, from where it is called`, isWrong: true };
}

const aspects = ['mode', 'interrupts', 'wait'] as const;

/** Where the function turns something off by itself as well, `spin_lock_irq` may be no more than `local_irq_disable` with `spin_lock` was. */
function wayOf({ mode, interrupts, wait }: Acquisition, toggles: Contract['toggles'], forever: string): Way {
  const isOwn = interrupts !== undefined && !toggles.includes(interrupts === 'bh' ? 'bh' : 'irq');
  return {
    mode: mode === 'shared' ? 'shared' : 'exclusively',
    interrupts: isOwn ? `with ${interrupts === 'bh' ? 'softirqs' : 'interrupts'} off (_${interrupts})` : 'with interrupts left as they are',
    wait: wait
      ? { never: 'without waiting', interruptible: 'interruptibly', killable: 'killably', timeout: 'with a timeout' }[wait]
      : forever,
    turnsOn: isOwn && interrupts === 'irq',
  };
}

function told(lockClass: string, old: readonly Way[], now: readonly Way[], after: Contract): readonly ChangedAcquisition[] {
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
    const how = `now takes ${lockClass} ${stays ? `also ${list(gained)}, and no longer` : `${list(gained)} instead of`} ${list(lost)}`;
    const turnsOn = varying.includes('interrupts') && now.some((way) => way.turnsOn && gained.includes(text(way)));
    return [turnsOn ? turningOn(how, after) : right(how)];
  }
  if (gained.length > 0) return [right(`now takes ${lockClass} also ${list(gained)}, not only ${list(had)}`)];
  if (lost.length > 0) return [right(`now takes ${lockClass} only ${list(has)}, and no longer ${list(lost)}`)];
  if (old.length !== now.length) return [];
  const more = texts.filter((each) => counts(now, each) > counts(old, each));
  const less = texts.filter((each) => counts(now, each) < counts(old, each));
  return more.length === 0 ? [] : [right(`takes ${lockClass} ${list(more)} at more places than before, and ${list(less)} at fewer`)];
}

function right(text: string): ChangedAcquisition {
  return { text, isWrong: false };
}
