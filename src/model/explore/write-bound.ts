import type { Automaton } from './automaton.ts';

/**
 * Most writes of computed values that one run can make, over all threads together; Infinity where a loop makes them. A value
 * that can come about at all is computed from the first ones in as many steps at the most.
 */
export function writeBound(threads: readonly Automaton[], variables: number): number {
  return threads.reduce((sum, thread) => sum + mostWrites(thread, variables), 0);
}

/** Longest way through a thread's places, counted in writes; loops are found as strongly connected components (Tarjan 1972). */
function mostWrites(thread: Automaton, variables: number): number {
  const next = thread.places.map((_, i) => thread.nextOf(i));
  const weight = thread.places.map(({ operation: o }) =>
    (o.kind === 'access' && o.field < variables && o.isComputed) || (o.kind === 'wait' && o.update >= 0) ? 1 : 0,
  );
  const order: number[] = new Array<number>(next.length).fill(-1);
  const low: number[] = [];
  const best: number[] = [];
  const isOpen = new Uint8Array(next.length);
  const open: number[] = [];
  let count = 0;
  for (const root of thread.start) {
    if (order[root]! >= 0) continue;
    const stack: { place: number; at: number }[] = [];
    const enter = (place: number): void => {
      order[place] = low[place] = count++;
      isOpen[place] = 1;
      open.push(place);
      stack.push({ place, at: 0 });
    };
    enter(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { place } = top;
      const to = next[place]![top.at++];
      if (to !== undefined) {
        if (order[to]! < 0) enter(to);
        else if (isOpen[to] === 1) low[place] = Math.min(low[place]!, order[to]!);
        continue;
      }
      stack.pop();
      const below = stack.at(-1);
      if (below) low[below.place] = Math.min(low[below.place]!, low[place]!);
      if (low[place] === order[place]) close(place);
    }
  }
  return Math.max(0, ...thread.start.map((place) => best[place]!));

  /** Takes one component off the stack: every way out of it has been counted. */
  function close(first: number): void {
    const members: number[] = [];
    for (let place = -1; place !== first;) {
      place = open.pop()!;
      isOpen[place] = 0;
      members.push(place);
    }
    const inside = members.reduce((sum, place) => sum + weight[place]!, 0);
    const isLoop = members.length > 1 || next[first]!.includes(first);
    const after = Math.max(0, ...members.flatMap((place) => next[place]!.filter((to) => !members.includes(to)).map((to) => best[to]!)));
    const own = isLoop && inside > 0 ? Infinity : inside;
    for (const place of members) best[place] = own + after;
  }
}
