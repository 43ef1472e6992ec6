import type { Finding, Hop } from '../checks/finding.ts';
import type { Sequence } from '../trace/sequence.ts';
import { tellContract } from './contract.ts';
import { tellInversion, tellMismatch, tellSleep } from './interrupts.ts';
import { sentence, Story, type Cpu } from './story.ts';

/** What would have to happen for a finding to come true: what each CPU does, step by step, and what comes of it. */
export interface Explanation {
  readonly title: string;
  readonly sequence: Sequence;
}

/** Of a finding that has no chain there is nothing to tell. */
export function explain(finding: Finding): Explanation | undefined {
  const [first] = finding.witnesses;
  if (!first || first.length === 0) return undefined;
  const story = new Story(finding.about);
  const summary = (tellers[finding.check] ?? tellChains)(finding, story);
  const title = `${finding.check}${finding.function === '' ? '' : ` in ${finding.function}`}`;
  return { title, sequence: story.sequence(title, summary) };
}

/** Puts what happens into the story, and gives its end in a sentence. A check without one has its chains told, and its message. */
type Teller = (finding: Finding, story: Story) => string;
const tellers: Readonly<Partial<Record<string, Teller>>> = {
  'lock-order-cycle': tellCircle,
  'sync-deadlock': tellCircle,
  'documented-order': tellOrder,
  'double-acquire': tellCircle,
  'missing-release': tellLeft,
  'release-unheld': tellExtra,
  'mismatched-release': tellMismatch,
  'sleep-in-atomic': tellSleep,
  'irq-inversion': tellInversion,
  'lock-contract': tellContract,
  'unprotected-access': tellAccess,
};

/** All go on until each wants what another holds. Of `double-acquire` the further chains are other places, no other tasks. */
function tellCircle(finding: Finding, story: Story): string {
  const chains = finding.check === 'double-acquire' ? finding.witnesses.slice(0, 1) : finding.witnesses;
  const cpus = chains.map((hops) => story.addCpu(hops));
  const gate = finding.severity === 'information' ? gateOf(cpus, finding.about) : undefined;
  if (gate) return tellGate(story, gate);
  for (const cpu of cpus) story.run(cpu, cpu.hops.slice(0, -1));
  return closeCircle(story, cpus);
}

/** The last step of each: it waits. */
function closeCircle(story: Story, cpus: readonly Cpu[]): string {
  const hasWriter = cpus.map((cpu) => story.wait(cpu, cpu.hops.at(-1)!, 'cycle')).some((isReader) => isReader);
  const names = cpus.map(({ name }) => name);
  const end =
    names.length === 1
      ? `${names[0]} waits for itself`
      : names.length === 2
        ? `${names.join(' and ')} wait for each other`
        : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} wait for each other in a circle`;
  const writer = hasWriter ? ', once a writer waits in between: readers that come after it wait behind it' : '';
  story.end(`${end}${writer}`);
  return `${end} for ever${writer}.`;
}

interface Gate {
  readonly lockClass: string;
  readonly first: Cpu;
  readonly second: Cpu;
}

/** A lock that two of them take before the first that the finding is about: they cannot both be past it. */
function gateOf(cpus: readonly Cpu[], about: readonly string[]): Gate | undefined {
  const outside = cpus.map(({ hops }) => {
    const own = hops.findIndex(({ lock }) => lock && about.includes(lock.lockClass));
    return hops.slice(0, own < 0 ? hops.length : own).flatMap(({ lock }) => (lock?.does === 'acquire' ? [lock] : []));
  });
  for (const [i, locks] of outside.entries())
    for (const lock of locks)
      for (const [j, others] of outside.entries()) {
        const isKeptOut = others.some((other) => other.lockClass === lock.lockClass && [other.mode, lock.mode].includes('exclusive'));
        if (j > i && isKeptOut) return { lockClass: lock.lockClass, first: cpus[i]!, second: cpus[j]! };
      }
  return undefined;
}

function tellGate(story: Story, { lockClass, first, second }: Gate): string {
  story.run(first, first.hops.slice(0, -1));
  const at = second.hops.findIndex(({ lock }) => lock?.lockClass === lockClass);
  story.run(second, second.hops.slice(0, at));
  story.wait(second, second.hops[at]!);
  story.run(first, first.hops.slice(-1));
  const end = `${second.name} cannot go on before ${first.name} has given ${lockClass} back: they never meet, and no deadlock comes of it`;
  story.end(end, 'found');
  return `${end}.`;
}

/** Against the task of the chain stands one that keeps to the document. */
function tellOrder(finding: Finding, story: Story): string {
  const [chain] = finding.witnesses;
  const [innerClass, outerClass] = finding.about;
  const last = chain!.at(-1)!;
  const inner = chain!.findLast(({ lock }) => lock !== undefined && lock !== last.lock && isOfClass(lock.lockClass, innerClass));
  if (!inner?.lock || !last.lock || !finding.order) return tellChains(finding, story);
  const { file, line, text } = finding.order;
  const at = { ...last.at, file, line };
  const said = text.replace(/\s+/g, ' ').trim();
  const isReadSide = inner.lock.does === 'enter';
  const outer: Hop = {
    ...{ at, function: '', text: `takes ${last.lock.lockClass} first, as documented: "${said}"` },
    lock: { does: 'acquire', lockClass: last.lock.lockClass, mode: 'exclusive' },
  };
  const then: Hop = {
    ...{ at, function: '', text: `takes ${inner.lock.lockClass}` },
    lock: { does: isReadSide ? 'synchronize' : 'acquire', lockClass: inner.lock.lockClass, mode: 'exclusive' },
  };
  const cpus = [story.addCpu(chain!), story.addCpu([outer, then])];
  for (const cpu of cpus) story.run(cpu, cpu.hops.slice(0, -1));
  const end = closeCircle(story, cpus);
  const { name } = cpus[1]!;
  return `${end} ${name} is any task that takes ${outerClass ?? ''} and then ${isReadSide ? `waits for the readers of ${innerClass}` : (innerClass ?? '')}, as is documented; whether one does today is not said.`;
}

function isOfClass(lockClass: string, wanted: string | undefined): boolean {
  return lockClass === wanted || lockClass.replace(/\/\d+$/, '') === wanted;
}

/** Who comes next waits for what nobody gives back. */
function tellLeft(finding: Finding, story: Story): string {
  const [chain] = finding.witnesses;
  const cpu = story.addCpu(chain!);
  story.run(cpu, cpu.hops);
  const lock = chain!.find(({ lock }) => lock)?.lock;
  const name = lock?.lockClass ?? finding.acquires;
  const end =
    lock?.does === 'enter'
      ? `whoever waits for the readers of ${name} waits for ever, as this one never leaves`
      : `the next ${lock?.mode === 'shared' ? 'writer' : 'task'} that takes ${name} waits for ever, as it stays taken`;
  story.end(end, 'found');
  const more = finding.witnesses.length - 1;
  return `${sentence(end)}.${more > 0 ? ` ${more} more ${more > 1 ? 'returns leave' : 'return leaves'} it held so.` : ''}`;
}

function tellExtra(finding: Finding, story: Story): string {
  const cpu = story.addCpu(finding.witnesses[0]!);
  story.run(cpu, cpu.hops);
  const end = `if another task has taken ${finding.acquires} meanwhile, it is thrown out of it: two may then be inside at once`;
  story.end(end, 'found');
  return `${sentence(end)}.`;
}

/** One that keeps to the lock, and one that does not. */
function tellAccess({ witnesses, acquires }: Finding, story: Story): string {
  const [without, within] = witnesses.map((hops) => story.addCpu(hops));
  const lock = { does: 'acquire', lockClass: acquires, mode: 'exclusive' } as const;
  const { at, function: name } = within!.hops[0]!;
  story.run(within!, [{ at, function: name, text: `has ${acquires}`, lock }, ...within!.hops]);
  story.run(without!, without!.hops);
  const end = `${without!.name} does not ask for ${acquires}: if the two are there at once, either may see what the other has half done`;
  story.end(end, 'found');
  return `${end}. Whether they can be is not said.`;
}

function tellChains(finding: Finding, story: Story): string {
  const cpus = finding.witnesses.map((hops) => story.addCpu(hops));
  for (const cpu of cpus) story.run(cpu, cpu.hops);
  return tellMessage(finding, story);
}

function tellMessage({ message }: Finding, story: Story): string {
  story.end(message, 'found');
  // It may begin with a name.
  return `${message}.`;
}
