import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One case of lockdep's own suite: what it runs, and whether lockdep must complain of it. */
export interface SelftestCase {
  /** Name of its function. */
  readonly name: string;
  readonly mustComplain: boolean;
  /** The suite takes the readers of an rwlock for recursive ones, as they are without queued rwlocks. */
  readonly readersRecurse: boolean;
  /** What is between the braces of its function. */
  readonly body: string;
}

/**
 * Cases of lib/locking-selftest.c, in the order in which it runs them. The macros that make them are expanded by gcc; of headers only
 * those beside the file are read, so that the locking API stays as it is written. Kernel source is not kept: it is read where it lies.
 */
export function readSelftest(kernel: string): readonly SelftestCase[] {
  const folder = join(kernel, 'lib');
  const source = readFileSync(join(folder, 'locking-selftest.c'), 'utf8').replace(/^#include <.*$/gm, '');
  const gcc = spawnSync('gcc', ['-E', '-P', '-nostdinc', '-I', folder, '-DCONFIG_RT_MUTEXES', '-'], { input: source, encoding: 'utf8' });
  if (gcc.status !== 0) throw new Error(`gcc -E cannot expand the suite: ${gcc.error?.message ?? gcc.stderr}`);
  const bodies = functionBodies(gcc.stdout);
  const cases: SelftestCase[] = [];
  let readersRecurse = false;
  const run = (name: string): void => {
    for (const step of bodies.get(name)!.matchAll(runStep)) {
      const [, recursive, testcase, expected, called] = step;
      if (recursive !== undefined) readersRecurse = recursive === '1';
      else if (testcase !== undefined)
        cases.push({ name: testcase, mustComplain: expected === '0', readersRecurse, body: bodies.get(testcase)! });
      else if (called !== undefined && bodies.has(called)) run(called);
    }
  };
  run('locking_selftest');
  return cases;
}

/** Sets what a reader is; runs one case; runs a function that runs more of them. */
const runStep = /\bforce_read_lock_recursive = ([01])|\bdotest\(\(?(\w+)\)?, \(?([01])\)?,|\b(\w+_tests)\(\)/g;

/** Functions without a result, by name. */
function functionBodies(source: string): ReadonlyMap<string, string> {
  const bodies = new Map<string, string>();
  for (const head of source.matchAll(/\bvoid (?:__maybe_unused )?(\w+)\([^()]*\)\s*\{/g)) {
    const start = head.index + head[0].length;
    bodies.set(head[1]!, source.slice(start, endOfBlock(source, start)));
  }
  return bodies;
}

/** Where the block that begins before `start` is closed. No string or character of the suite has a brace. */
function endOfBlock(source: string, start: number): number {
  let depth = 1;
  for (let at = start; at < source.length; at++) {
    if (source[at] === '{') depth++;
    else if (source[at] === '}' && --depth === 0) return at;
  }
  throw new Error('a block of the suite is not closed');
}
