import type { Hop, HopLock } from '../checks/finding.ts';
import type { Lane, Mark, Sequence, SequenceStep, Wait } from '../trace/sequence.ts';

/** What others wait for until it is over. */
const holding: ReadonlySet<HopLock['does']> = new Set<HopLock['does']>(['acquire', 'enter', 'run']);

/** One of the tasks that a finding is about, on a CPU of its own. */
export class Cpu {
  /** Outermost first. */
  readonly functions: string[] = [];
  readonly held: HopLock[] = [];

  constructor(
    readonly name: string,
    readonly lane: number,
    readonly hops: readonly Hop[],
  ) {}

  /** Goes to the function of a hop: one that it is in already is returned to. */
  enter(name: string): void {
    const at = this.functions.indexOf(name);
    if (at >= 0) this.functions.length = at + 1;
    else if (name !== '') this.functions.push(name);
  }
}

/** As a sentence begins. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Builds the sequence of an explanation step by step. */
export class Story {
  private readonly cpus: Cpu[] = [];
  private readonly steps: SequenceStep[] = [];
  private waiting: Wait[] = [];

  /** `locks`: those that get a lane if something is done to them. */
  constructor(private readonly locks: readonly string[]) {}

  /** `name`: of what runs on a CPU that has a lane already. */
  addCpu(hops: readonly Hop[], name = `CPU ${this.cpus.length}`): Cpu {
    const cpu = new Cpu(name, this.cpus.length, hops);
    this.cpus.push(cpu);
    return cpu;
  }

  /** The CPU goes through hops, and gets what it wants. */
  run(cpu: Cpu, hops: readonly Hop[]): void {
    for (const hop of hops) {
      cpu.enter(hop.function);
      if (hop.lock && holding.has(hop.lock.does)) cpu.held.push(hop.lock);
      if (hop.lock?.does === 'release') {
        const at = cpu.held.findLastIndex(({ lockClass }) => lockClass === hop.lock!.lockClass);
        if (at >= 0) cpu.held.splice(at, 1);
      }
      this.add(cpu, hop, { text: hop.text });
    }
  }

  /** The CPU does not get what a hop wants. True where it wants to read what others only read: then it waits behind a writer. */
  wait(cpu: Cpu, hop: Hop, mark?: Mark): boolean {
    const { lock } = hop;
    cpu.enter(hop.function);
    if (!lock) {
      this.add(cpu, hop, { text: hop.text, ...(mark && { mark }) });
      return false;
    }
    const holders = this.cpus.filter(({ held }) => held.some(({ lockClass }) => lockClass === lock.lockClass));
    const holds = holders.flatMap(({ held }) => held.filter(({ lockClass }) => lockClass === lock.lockClass));
    const isReader = lock.does === 'acquire' && lock.mode === 'shared' && holds.length > 0 && holds.every(({ mode }) => mode === 'shared');
    const waits = lock.does === 'synchronize' ? `readers of ${lock.lockClass}` : lock.lockClass;
    this.waiting = [...this.waiting, { lane: cpu.lane, object: waits, holders: holders.map(({ lane }) => lane) }];
    const text = `waits for ${lock.does === 'synchronize' ? `the ${waits}` : waits}${isReader ? ' (shared), behind a writer' : lock.mode === 'shared' && lock.does === 'acquire' ? ' (shared)' : ''}`;
    this.add(cpu, hop, { action: 'wait', text, ...(mark && { mark }) });
    return isReader;
  }

  /** From the next step on a CPU waits for what another does. */
  hold(cpu: Cpu, object: string, holder: Cpu): void {
    this.waiting = [...this.waiting, { lane: cpu.lane, object, holders: [holder.lane] }];
  }

  /** Says what comes of the last step. */
  end(note: string, mark?: Mark): void {
    const last = this.steps.pop()!;
    this.steps.push({ ...last, ...(mark && { mark }), note });
  }

  sequence(title: string, summary: string): Sequence {
    const lanes = this.lanes();
    const first = this.cpus.length;
    const laneOf = (name: string | undefined): number | undefined => {
      const at = lanes.findIndex((lane, i) => i >= first && lane.name === name);
      return at < 0 ? undefined : at;
    };
    const steps = this.steps.map(({ to: _, ...step }) => {
      const to = laneOf(step.object);
      return { ...step, ...(to !== undefined && { to }) };
    });
    return { title, summary, lanes, steps, waiting: this.waiting };
  }

  private lanes(): readonly Lane[] {
    const touched = new Set(this.steps.map(({ object }) => object));
    const locks = [...new Set(this.locks)].filter((name) => touched.has(name));
    return [
      ...this.cpus.map(({ name }): Lane => ({ name, kind: 'thread', group: '' })),
      ...locks.map((name): Lane => ({ name, kind: 'lock', group: 'locks' })),
    ];
  }

  private add(cpu: Cpu, hop: Hop, own: { text: string; action?: SequenceStep['action']; mark?: Mark }): void {
    const { at, via, lock } = hop;
    this.steps.push({
      lane: cpu.lane,
      action: own.action ?? actionOf(lock),
      text: own.text,
      ...(lock && { object: lock.lockClass, mode: lock.mode }),
      functions: [...cpu.functions],
      held: cpu.held.map(({ lockClass }) => lockClass),
      changed: {},
      waiting: this.waiting,
      ...(via !== undefined && { via }),
      ...(own.mark && { mark: own.mark }),
      source: { path: at.file, line: at.line, isOperation: true },
    });
  }
}

/** To run what others wait for is to be in the way of them, as with a lock. */
function actionOf(lock: HopLock | undefined): SequenceStep['action'] {
  if (lock?.does === 'run') return 'enter';
  return lock?.does === 'await' ? 'wait' : (lock?.does ?? 'other');
}
