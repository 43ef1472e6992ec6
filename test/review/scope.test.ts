import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTwoFilesPatch } from 'diff';
import { readPatches } from '../../src/model/patch/read.ts';
import type { Review } from '../../src/model/review-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';
import { memoryTree } from '../patch/memory-tree.ts';

const files: Readonly<Record<string, string>> = {
  MAINTAINERS: 'DEMO\nF:\tdrivers/demo/\nF:\tinclude/demo/\n',
  'include/demo/inner.h': 'struct demo {\n\tint a;\n};\n',
  'include/demo/outer.h': '#include "inner.h"\n',
  'include/demo/lonely.h': 'struct lonely {\n\tint a;\n};\n',
  'drivers/demo/Makefile': 'obj-y += one.o\nobj-y += two.o\n',
  'drivers/demo/one.c': '#include "../../include/demo/outer.h"\nint one(struct demo *demo)\n{\n\treturn demo->a;\n}\n',
  'drivers/other/two.c': '#include "../../include/demo/inner.h"\nint two(struct demo *demo)\n{\n\treturn demo->a;\n}\n',
};

async function review(changed: Readonly<Record<string, (text: string) => string>>): Promise<Review> {
  const diffs = Object.entries(changed).map(([path, edit]) =>
    createTwoFilesPatch(`a/${path}`, `b/${path}`, files[path]!, edit(files[path]!)).replace(/^=+\n/, ''),
  );
  const { patches } = await readPatches(Buffer.from(diffs.join('')), 'demo.patch');
  const reviewer = await createReviewer({ tree: memoryTree(files), ...grammar });
  return reviewer.review({ patches });
}

const more = (text: string): string => text.replace('int a;', 'int a;\n\tint b;');
const messages = ({ problems }: Review): readonly string[] => problems.map(({ file, message }) => `${file}: ${message}`);

test('a header that a C file of the patch reads through another one has its user', async () => {
  const found = await review({
    'include/demo/inner.h': more,
    'drivers/demo/one.c': (text) => text.replace('demo->a', 'demo->b'),
  });
  assert.deepEqual(messages(found), []);
  assert.equal(found.stats.files, 1);
});

test('a header by itself is analyzed with those that MAINTAINERS lists with it', async () => {
  const found = await review({ 'include/demo/outer.h': (text) => `${text}int more(struct demo *demo);\n` });
  assert.deepEqual(messages(found), []);
  assert.equal(found.stats.files, 1);
});

test('a header that nobody includes is said, also beside a C file', async () => {
  const said = ['include/demo/lonely.h: no C file is known to include it: what it changes there is not looked at'];
  assert.deepEqual(messages(await review({ 'include/demo/lonely.h': more })), said);
  const both = await review({ 'include/demo/lonely.h': more, 'drivers/demo/one.c': (text) => text.replace('demo->a', 'demo->b') });
  assert.deepEqual(messages(both), said);
});

test('where only comments and blanks change, nothing is analyzed; a comment that states an order is no such', async () => {
  const quiet = await review({ 'drivers/demo/one.c': (text) => text.replace('\treturn', '\t/* Not locked. */\n\n\treturn') });
  assert.equal(quiet.stats.files, 0);
  const order = await review({
    'drivers/demo/one.c': (text) => text.replace('\treturn', '\t/* demo->lock is taken before demo->state_lock. */\n\treturn'),
  });
  assert.equal(order.stats.files, 1);
});
