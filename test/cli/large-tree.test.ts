import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReviewer } from '../../src/model/reviewer.ts';
import { loadGrammar } from '../../src/host/grammar.ts';
import type { Progress } from '../../src/model/reviewer-api.ts';
import type { Entry, Tree } from '../../src/model/source/tree.ts';

const [folders, filesEach] = [100, 100];

/** A tree of files without a lock, each made when it is read. */
const tree: Tree = {
  read(path) {
    const number = /^d(\d+)\/f(\d+)\.c$/.exec(path);
    if (!number) return { error: 'not found' };
    const name = `${number[1]!}_${number[2]!}`;
    return {
      text: `struct s${name} { int a; };\nint f${name}(struct s${name} *s)\n{\n\tif (s->a)\n\t\treturn g${name}(s);\n\treturn 0;\n}\n`,
    };
  },
  list(folder) {
    if (folder === '') return Array.from({ length: folders }, (_, i): Entry => ({ name: `d${i}`, kind: 'folder' })).sort(byName);
    if (!/^d\d+$/.test(folder)) return undefined;
    return Array.from({ length: filesEach }, (_, i): Entry => ({ name: `f${i}.c`, kind: 'file' })).sort(byName);
  },
};

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

test('a tree of ten thousand files without a lock: nothing is found, in time, and progress goes on', async () => {
  const reviewer = await createReviewer({ tree, ...loadGrammar() });
  const said: Progress[] = [];
  const from = performance.now();
  const { findings, problems, stats } = reviewer.check({ paths: [''], scope: 'paths', progress: (each) => said.push({ ...each }) });
  // Of one core it takes three seconds; what grows with the square of the files would take minutes.
  assert.ok(performance.now() - from < 60_000);
  assert.deepEqual([findings, problems], [[], []]);
  assert.deepEqual([stats.files, stats.functions, stats.lockOperations], [folders * filesEach, folders * filesEach, 0]);
  for (const [i, { phase, done, total }] of said.entries()) {
    assert.ok(done <= total);
    const before = said[i - 1];
    if (before?.phase === phase) assert.ok(before.done <= done, `${phase} goes back from ${before.done} to ${done}`);
  }
  const phases = [...new Set(said.map(({ phase }) => phase))];
  assert.ok(phases.length > 1 && said.some(({ done }) => done === folders * filesEach), phases.join());
});
