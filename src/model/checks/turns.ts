import type { LinkedFunction, Program } from '../ir/program.ts';

/** Whether two functions run for work items of one queue, which runs these one at a time. */
export function inTurn(a: LinkedFunction, b: LinkedFunction, { runners }: Program): boolean {
  const turn = runners.turnOf(a);
  return turn !== undefined && turn === runners.turnOf(b);
}
