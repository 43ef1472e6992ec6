import { lineReleases, lineRequests } from '../ir/interrupt-api.ts';
import { isOfCpu, type LinkedFunction, type OfDevice, type Program, type Step } from '../ir/program.ts';

/** Calls down to where a device's interrupts are turned off, asked for or given up for the caller. */
const deepest = 1;

/** What lets interrupts or polls of a device come to their handlers, or keeps them away. */
interface Gate {
  readonly of: OfDevice;
  readonly does: 'opens' | 'closes';
  /** All of the function that does it is about that. */
  readonly isAnywhere?: true;
}

/** A step of a function that opens or closes a gate, by itself or in what it calls, and where it stands. */
interface Mark extends Gate {
  readonly at: number;
}

/** Where interrupts of devices, or polls of network devices, may be off. To which end is not asked. */
export class DeviceLines {
  private readonly marks = new Map<LinkedFunction, readonly Mark[]>();

  constructor(private readonly program: Program) {}

  /**
   * What may be off at a step: interrupts that the function, or what it calls by name, turns off wherever that is; else what is closed
   * before it and not opened again, or is opened after it alone.
   */
  offAt(fn: LinkedFunction, { at: { start } }: Step): readonly OfDevice[] {
    const marks = this.marksOf(fn);
    if (marks.length === 0) return none;
    return (['line', 'polls'] as const).filter((of) => {
      const own = marks.filter((mark) => mark.of === of);
      if (own.some(({ isAnywhere }) => isAnywhere)) return true;
      const before = own.findLast(({ at }) => at < start);
      return before ? before.does === 'closes' : own.some(({ does }) => does === 'opens');
    });
  }

  private marksOf(fn: LinkedFunction): readonly Mark[] {
    const known = this.marks.get(fn);
    if (known) return known;
    const found = this.marksIn(fn, deepest).sort((a, b) => a.at - b.at);
    this.marks.set(fn, found.length > 0 ? found : none);
    return found;
  }

  private marksIn(fn: LinkedFunction, calls: number): Mark[] {
    return fn.ir.steps.flatMap((step): readonly Mark[] => {
      const gate = gateAt(step);
      if (gate) return [{ ...gate, at: step.at.start }];
      if (step.kind !== 'call' || step.name === undefined || calls === 0) return none;
      const { start } = step.at;
      return this.program
        .targets(step, fn)
        .flatMap((target) => this.marksIn(target.function, calls - 1).map((mark) => ({ ...mark, at: start })));
    });
  }
}

const none: readonly never[] = [];

function gateAt(step: Step): Gate | undefined {
  if (step.kind === 'toggle') {
    const { interrupts, does } = step;
    if (interrupts === 'polls') return { of: interrupts, does: does === 'off' ? 'closes' : 'opens' };
    return isOfCpu(step) || does === 'on' ? undefined : { of: 'line', does: 'closes', isAnywhere: true };
  }
  if ((step.kind !== 'call' && step.kind !== 'sleep' && step.kind !== 'await') || step.name === undefined) return undefined;
  if (lineRequests.has(step.name)) return { of: 'line', does: 'opens' };
  return lineReleases.has(step.name) ? { of: 'line', does: 'closes' } : undefined;
}
