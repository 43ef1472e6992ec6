import type { CpuLeft, Finding, Hop } from '../checks/finding.ts';
import { sentence, type Story } from './story.ts';

/** On one CPU an interrupt comes while a lock is held, and waits for it, or for who waits for it on another. */
export function tellInversion({ about, witnesses }: Finding, story: Story): string {
  const [interrupted, ...others] = witnesses;
  const handler = others.at(-1)!;
  const interrupt = about.at(-1)!;
  const task = story.addCpu(interrupted!);
  const between = others.length > 1 ? story.addCpu(others[0]!) : undefined;
  const irq = story.addCpu(handler, `${interrupt} on ${task.name}`);
  story.run(task, task.hops);
  if (between) {
    story.run(between, between.hops.slice(0, -1));
    story.wait(between, between.hops.at(-1)!);
  }
  const [entered, ...inside] = handler[0]?.text === 'entered' ? handler : [{ ...handler[0]!, lock: undefined }, ...handler];
  const { lock: _, ...arrival } = entered!;
  story.hold(task, 'its CPU', irq);
  story.run(irq, [{ ...arrival, text: `interrupts ${task.name}, which goes on only when it is done` }, ...inside.slice(0, -1)]);
  story.wait(irq, inside.at(-1)!, 'cycle');
  const wanted = inside.at(-1)!.lock?.lockClass ?? '';
  const kept = `${task.name} has taken and gives back only when the ${interrupt} is done`;
  const end = between
    ? `the ${interrupt} waits for ${wanted}, which ${between.name} has; ${between.name} waits for ${about[0]}, which ${kept}`
    : `the ${interrupt} waits for ${wanted}, which ${kept}`;
  story.end(end, 'cycle');
  return `${sentence(end)}: ${between ? `${task.name} and ${between.name} stand` : `${task.name} stands`} still for ever.`;
}

const left: Readonly<Record<CpuLeft, { readonly lane: string; readonly happens: string; readonly end: string }>> = {
  'softirqs-off': {
    lane: 'softirqs',
    happens: 'wait: they stay off',
    end: 'no softirq runs on this CPU until something else turns them on: timers, network and tasklets wait, and who sleeps meanwhile does so in atomic context',
  },
  'softirqs-on': {
    lane: 'softirqs',
    happens: 'may run, whoever has turned them off',
    end: 'where a caller has softirqs off, one may run from here on in the middle of what it was to be kept out of',
  },
  'interrupts-off': {
    lane: 'interrupts',
    happens: 'wait: they stay off',
    end: 'no interrupt reaches this CPU until something else turns them on: its devices and its clock are not heard, and who sleeps meanwhile does so in atomic context',
  },
  'interrupts-on': {
    lane: 'interrupts',
    happens: 'may come, whoever has turned them off',
    end: 'where a caller has interrupts off, one may come from here on, and if it takes a lock of that caller, it waits for ever for what it interrupted',
  },
  'interrupts-unsaved': {
    lane: 'interrupts',
    happens: 'are on or off, as the variable happens to be',
    end: 'whether interrupts are on or off from here on is decided by a variable that has no value',
  },
};

const openHandler =
  'until the handler returns, another interrupt may come in the middle of it, on the same stack; the kernel warns of a handler that turns them on (kernel/irq/handle.c), and so does lockdep';

/** What an unlock of another kind leaves behind on its CPU. */
export function tellMismatch({ about, witnesses, leaves = [], message }: Finding, story: Story): string {
  const chain = witnesses[0]!;
  const cpu = story.addCpu(chain);
  story.run(cpu, chain);
  for (const each of leaves) {
    const { lane, happens } = left[each];
    const { lock: _, ...place } = chain.at(-1)!;
    story.run(story.addCpu([], `${lane} on ${cpu.name}`), [{ ...place, function: '', text: happens }]);
  }
  const end = about.at(-1) === 'hardirq' ? openHandler : leaves.map((each) => left[each].end).join('; and ');
  story.end(end === '' ? message : end, 'found');
  return end === '' ? `${message}.` : `${sentence(end)}.`;
}

/** With a lock held, or in an interrupt, where nothing may be put to sleep. */
export function tellSleep(finding: Finding, story: Story): string {
  const chain = finding.witnesses[0]!;
  const cpu = story.addCpu(chain);
  story.run(cpu, chain);
  // What it sleeps for may be a lock too, and is the last hop.
  const locks = chain.slice(0, -1).filter(({ lock }) => lock?.does === 'acquire' || lock?.does === 'enter');
  const held = locks.find(({ lock }) => lock?.lockClass === finding.about[0]) ?? locks.at(-1);
  const end = held ? asleepWith(held, story, cpu.name) : inInterrupt(finding, cpu.name);
  story.end(end, 'found');
  return `${sentence(end)}.`;
}

function asleepWith({ lock, at }: Hop, story: Story, name: string): string {
  const { does, lockClass } = lock!;
  if (does === 'enter')
    return `if ${name} sleeps here, its task is scheduled away inside the read side of ${lockClass}: without CONFIG_PREEMPT_RCU the grace period may end before the reader does`;
  const other = story.addCpu([], `another task on ${name}`);
  story.wait(other, { at, function: '', text: `wants ${lockClass}`, lock: { does: 'acquire', lockClass, mode: 'exclusive' } });
  return `if ${name} sleeps here, another task runs with ${lockClass} still taken: one that wants it spins until the first is scheduled again, which on this CPU may be never`;
}

function inInterrupt({ about: [because], message }: Finding, name: string): string {
  if (because !== 'hardirq' && because !== 'softirq') return message;
  return `a ${because} has no task of its own: if it sleeps, what it interrupted on ${name} is put to sleep in its place, with whatever that holds`;
}
