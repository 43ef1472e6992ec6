import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadGrammar } from '../../src/host/grammar.ts';
import type { AnswerStore } from '../../src/model/kept-answers.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { Tree } from '../../src/model/source/tree.ts';

const request = { paths: ['a.c'], scope: 'module' } as const;

function memoryStore(): AnswerStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    digest: (text) => text,
    damaged: () => assert.fail(),
    read: (key) => kept.get(key),
    write: (key, text) => void kept.set(key, text),
  };
}

test('of a file that changes while it is read no answer is kept', async () => {
  const store = memoryStore();
  let makefile = 'obj-y += a.o\n';
  let isTorn = true;
  const tree: Tree = {
    read(file) {
      if (file === 'Makefile') {
        const text = makefile;
        if (isTorn) makefile += 'obj-y += b.o\n';
        return { text };
      }
      return file.endsWith('.c') ? { text: `void ${file.slice(0, 1)}(void) {}\n` } : { error: 'not found' };
    },
    list: (folder) => (folder === '' ? ['Makefile', 'a.c', 'b.c'].map((name) => ({ name, kind: 'file' })) : undefined),
  };
  const reviewer = await createReviewer({ tree, ...loadGrammar(), answers: { store, name: 'tree' } });
  // Both are asked for, and so the Makefile is read twice.
  const both = { ...request, paths: ['a.c', 'b.c'] };
  reviewer.check(both);
  assert.equal(store.kept.size, 0);
  isTorn = false;
  reviewer.forget();
  const result = reviewer.check(both);
  assert.equal(store.kept.size, 1);
  assert.deepEqual(JSON.parse(JSON.stringify(reviewer.check(both))), JSON.parse(JSON.stringify(result)));
});
