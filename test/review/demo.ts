import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { structuredPatch } from 'diff';
import type { Reviewed } from '../../src/model/compare/changes.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';
import { memoryTree } from '../patch/memory-tree.ts';

const kernel = readFileSync(new URL('../fixtures/c/kernel.h', import.meta.url), 'utf8');
const file = 'drivers/demo/demo.c';

/** Handlers are entries that are known, as they are kept in a table. */
export const program = (body: string, handlers: string) => `#include "kernel.h"

struct demo {
	struct mutex lock;
	spinlock_t state_lock;
	struct rw_semaphore sem;
	rwlock_t table_lock;
	struct list_head entries;
	struct list_head *cursor;
	int state;
	int count;
	struct rcu_head *next;
};

struct demo_ops {
	void (*set)(struct demo *demo);
	int (*get)(struct demo *demo);
};

${body}
const struct demo_ops demo_ops = { ${handlers} };
`;

export const both = '.set = demo_set, .get = demo_get';
export const set = (body: string) => `static void demo_set(struct demo *demo)\n{\n${body}}\n\n`;
export const get = (body: string) => `static int demo_get(struct demo *demo)\n{\n${body}}\n\n`;
export const locked = (body: string) => `\tspin_lock(&demo->state_lock);\n${body}\tspin_unlock(&demo->state_lock);\n`;

export async function review(before: string, after: string): Promise<Reviewed> {
  return (await reviewed(before, after)).review.whole;
}

/** `patched`: the file that the patch changes, where it is another one; `beside` are those that it leaves alone. */
export async function reviewed(before: string, after: string, patched = file, beside: Readonly<Record<string, string>> = {}) {
  const { hunks } = structuredPatch(patched, patched, before, after);
  const lines = hunks.flatMap((hunk) => [`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`, ...hunk.lines]);
  const { patches } = await readPatches(Buffer.from(`--- a/${patched}\n+++ b/${patched}\n${lines.join('\n')}\n`), 'demo.patch');
  const reviewer = await createReviewer({
    tree: memoryTree({ MAINTAINERS: '', 'drivers/demo/kernel.h': kernel, ...beside, [patched]: before }),
    ...grammar,
  });
  const review = reviewer.review({ patches });
  assert.deepEqual(
    review.patches.map(({ applied }) => applied.state),
    ['forward'],
  );
  return { review, patches };
}

export const accesses = ({ changes }: Reviewed) =>
  changes.accesses.map(({ place, verdict, messages }) => `${verdict} ${place}: ${messages.join('; ')}`);
export const contracts = ({ changes }: Reviewed) =>
  changes.contracts.flatMap(({ function: name, messages }) => messages.map((message) => `${name} ${message}`));
