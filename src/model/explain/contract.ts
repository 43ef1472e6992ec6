import type { Finding, Hop } from '../checks/finding.ts';
import { sentence, type Story } from './story.ts';

/** What is said of a lock is not so: another task may be inside, or whoever believes the note gets it wrong. */
export function tellContract({ witnesses, acquires }: Finding, story: Story): string {
  const chain = witnesses[0]!;
  const own = chain.findIndex(({ lock }) => lock);
  const end = chain.length === 1 ? tellNote(chain[0]!, acquires, story) : tellAssertion(chain, own, acquires, story);
  story.end(end, 'found');
  return `${sentence(end)}.`;
}

function tellNote(hop: Hop, name: string, story: Story): string {
  const cpu = story.addCpu([hop]);
  story.run(cpu, [hop]);
  return hop.lock?.does === 'release'
    ? `who believes the note takes ${name} to be held afterwards: it goes on without, and gives back what it does not have`
    : `who believes the note takes ${name} to be free afterwards: it stays taken, and the next that wants it waits for ever`;
}

/** Another task comes in between what shows that the lock is not held and what relies on it. */
function tellAssertion(chain: readonly Hop[], own: number, name: string, story: Story): string {
  const shows = chain[own];
  const isShared = shows?.lock?.does === 'acquire' && shows.lock.mode === 'shared';
  // What is taken only afterwards shows that it was not held before.
  const isLater = own === chain.length - 1;
  const way = isLater ? chain.slice(0, -1) : chain;
  const [cpu, other] = [story.addCpu(chain), story.addCpu([])];
  story.run(cpu, way.slice(0, -1));
  const asserts = way.at(-1)!;
  const lock = { does: 'acquire', lockClass: name, mode: isShared ? 'shared' : 'exclusive' } as const;
  const { at } = shows ?? asserts;
  story.run(other, [{ at, function: '', text: isShared ? `may take ${name}, too (shared)` : `may take ${name}: it is free`, lock }]);
  story.run(cpu, [asserts]);
  if (isLater) story.wait(cpu, shows!);
  const inside = isShared ? `another reader may be inside at once` : `another task may be inside at once`;
  // A note to sparse is read by nobody at run time.
  const warns = asserts.text.startsWith('lockdep') ? ', and lockdep warns at the assertion' : '';
  return `${inside}: what ${name} guards is changed by one while the other counts on it${warns}`;
}
