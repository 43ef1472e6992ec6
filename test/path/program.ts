import { readFileSync } from 'node:fs';
import type { LockPath, PathTarget } from '../../src/model/path/lock-path.ts';
import type { PathsRequest, PathsResult } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { fixtureFolder, grammar, treeOf } from '../checks/fixture.ts';

const kernel = readFileSync(`${fixtureFolder}/kernel.h`, 'utf8');

/** Paths in a program of some files, each of which begins with the kernel's prototypes; `Documentation/` has what is documented. */
export async function pathsIn(
  files: Readonly<Record<string, string>>,
  target: PathTarget | string,
  request: Partial<PathsRequest> = {},
): Promise<PathsResult> {
  const texts = Object.entries(files).map(([name, text]): [string, string] => [
    name,
    name.endsWith('.c') ? `#include "kernel.h"${text.startsWith('\n') ? '' : '\n'}${text}` : text,
  ]);
  const tree = treeOf(new Map([['kernel.h', kernel], ...texts]));
  const reviewer = await createReviewer({ tree, ...grammar });
  return reviewer.paths({ paths: [''], target: typeof target === 'string' ? { function: target } : target, ...request });
}

/** Each path as lines of `function: text [held]`. */
export function linesOf({ paths }: Pick<PathsResult, 'paths'>): string[][] {
  return paths.map(({ steps, functions }) =>
    steps.map((step) => {
      const via = step.via === undefined ? '' : ` via ${step.via}`;
      const broken = step.breaks.map(({ text }) => ` !${text}`).join('');
      return `${functions[step.function]!.name}: ${step.text}${via} [${step.held.map(({ lockClass }) => lockClass).join(' ')}]${broken}`;
    }),
  );
}

/** Functions on the way of each path. */
export function waysOf({ paths }: Pick<PathsResult, 'paths'>): string[] {
  return paths.map(({ functions }) =>
    functions
      .filter((fn) => !fn.isAside)
      .map(({ name }) => name)
      .join(' '),
  );
}

export function lastStep({ steps }: LockPath): LockPath['steps'][number] {
  return steps[steps.length - 1]!;
}
