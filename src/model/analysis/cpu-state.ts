import type { Acquire, Interrupts, Release, Toggle } from '../ir/program.ts';
import type { Held } from './state.ts';

/** Where interrupts are as they were at entry, or were turned on, and whether they are off just now. */
interface Irqs {
  readonly base: 'entry' | 'on';
  readonly isOff: boolean;
}

/** Softirqs and interrupts of the CPU at a point of a function, relative to its entry. */
export interface CpuState {
  /** How often softirqs were turned off more than on. */
  readonly softirqs: number;
  readonly irqs: Irqs;
  /** They were turned off without a look at what they were: whoever does that has them on at entry. */
  readonly wereOn: boolean;
  /** What a variable of the function's own keeps: by its name. */
  readonly saved: ReadonlyMap<string, Irqs>;
  /** Locks that were given back with something else turned on than was turned off for them. */
  readonly unlike: readonly Pair[];
  /** Something happened to them that is not followed. */
  readonly isLost: boolean;
}

/** A lock, as it was taken, and what gave it back. */
export interface Pair {
  readonly held: Held;
  readonly release: Release;
}

/** What a function does to softirqs and interrupts, all in all. */
export type CpuChange = Pick<CpuState, 'softirqs' | 'irqs' | 'isLost'>;

export const cpuAtEntry: CpuState = {
  softirqs: 0,
  irqs: { base: 'entry', isOff: false },
  wereOn: false,
  saved: new Map(),
  unlike: [],
  isLost: false,
};

/** Softirqs may be off so many times: a loop would never end. */
export const deepestSoftirqs = 3;

/** What turns something off or on, after it has taken effect. */
export function turned(
  cpu: CpuState,
  does: 'off' | 'on',
  { interrupts, flags }: Pick<Acquire | Release | Toggle, 'interrupts' | 'flags'>,
): CpuState {
  switch (interrupts) {
    case undefined:
    case 'line':
    case 'polls':
      return cpu;
    case 'bh': {
      const softirqs = cpu.softirqs + (does === 'off' ? 1 : -1);
      return Math.abs(softirqs) > deepestSoftirqs ? { ...cpu, isLost: true } : { ...cpu, softirqs };
    }
    case 'irq': {
      const { base, isOff } = cpu.irqs;
      if (does === 'off') return { ...cpu, irqs: { base, isOff: true }, wereOn: cpu.wereOn || (base === 'entry' && !isOff) };
      return { ...cpu, irqs: { base: cpu.wereOn ? 'entry' : 'on', isOff: false } };
    }
    case 'irqsave': {
      if (flags === undefined) return { ...cpu, isLost: true };
      if (does === 'off') return { ...cpu, irqs: { ...cpu.irqs, isOff: true }, saved: new Map(cpu.saved).set(flags, cpu.irqs) };
      const irqs = cpu.saved.get(flags);
      return irqs ? { ...cpu, irqs } : { ...cpu, isLost: true };
    }
  }
}

/** What a call leaves. */
export function afterCall(cpu: CpuState, change: CpuChange): CpuState {
  if (change.isLost) return { ...cpu, isLost: true };
  const softirqs = cpu.softirqs + change.softirqs;
  const isLost = cpu.isLost || Math.abs(softirqs) > deepestSoftirqs;
  const { base, isOff } = change.irqs;
  if (base === 'on') return { ...cpu, softirqs, isLost, irqs: { base: cpu.wereOn ? 'entry' : 'on', isOff } };
  return { ...cpu, softirqs, isLost, irqs: { base: cpu.irqs.base, isOff: cpu.irqs.isOff || isOff } };
}

export function withPair(cpu: CpuState, held: Held, release: Release): CpuState {
  if (cpu.unlike.some((pair) => pair.held.step === held.step && pair.release === release)) return cpu;
  return { ...cpu, unlike: [...cpu.unlike, { held, release }] };
}

/** Whether a function leaves them as they were. */
export function isAsAtEntry({ softirqs, irqs: { base, isOff }, isLost }: CpuChange): boolean {
  return softirqs === 0 && base === 'entry' && !isOff && !isLost;
}

/** Tells states of the CPU apart. */
export function cpuKey({ softirqs, irqs, wereOn, saved, unlike, isLost }: CpuState): string {
  const irqKey = ({ base, isOff }: Irqs): string => `${base}${isOff ? 'off' : ''}`;
  const kept = [...saved].map(([flags, before]) => `${flags}=${irqKey(before)}`).sort();
  const pairs = unlike.map(({ held, release }) => `${held.step.at.start}>${release.at.start}`).sort();
  return `${softirqs}${irqKey(irqs)}${wereOn ? 'w' : ''}${isLost ? 'l' : ''};${kept.join()};${pairs.join()}`;
}

/** What was turned off when a lock was taken. */
export function interruptsOf({ step, inside }: Held): Interrupts | undefined {
  return step.kind === 'acquire' ? step.interrupts : inside && interruptsOf(inside.held);
}

/** The operation that took a lock, wherever that is. */
export function takenBy({ step, inside }: Held): Acquire | undefined {
  return step.kind === 'acquire' ? step : inside && takenBy(inside.held);
}
