import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageWriter } from '../../src/extension/page.ts';
import { renderComparison, renderTrace, type Report } from '../../src/extension/simulation-text.ts';
import type { SimulationAnswer, SimulationViews } from '../../src/protocol/simulation.ts';

const step = { lane: 0, action: 'acquire', functions: ['open'], held: ['dev.lock'], changed: {}, waiting: [] } as const;
const inModel = (at: number) => ({ model: { path: 'dev.model.ts', line: at, isOperation: true } });
const answer: SimulationAnswer = {
  ...{ model: 'dev.model.ts', scenario: 'both', title: 'Both', with: [], answer: 'violated', message: 'deadlock: one waits' },
  ...{
    verdicts: { deadlock: 'violated' },
    properties: ['deadlock', 'race'],
    states: 4,
    transitions: 13,
    depth: 1,
    memory: 500_000,
    milliseconds: 3,
    documentedOrders: 0,
  },
  trace: {
    property: 'deadlock',
    message: 'one waits',
    schedule: { initial: 0, moves: [], before: [] },
    sequence: {
      ...{ title: 'dev.model.ts: Both', summary: 'one waits' },
      lanes: ['one', 'remove'].map((name) => ({ name, kind: 'thread', group: 'threads' })),
      steps: [
        {
          ...{ ...step, text: 'takes dev.lock', changed: { users: 1 }, ...inModel(3) },
          source: { uri: 'file:///tree/a%20b.c', path: 'a b.c', line: 12, isOperation: false },
        },
        { ...step, lane: 1, text: 'takes dev.list_lock', ...inModel(9) },
        {
          ...{ ...step, action: 'wait', text: 'waits for dev.list_lock', mark: 'cycle', ...inModel(4) },
          waiting: [{ lane: 0, object: 'dev.list_lock', holders: [1] }],
        },
      ],
    },
  },
};
const views: SimulationViews = {
  verdicts: { race: 'holds' },
  lockdep: { before: { reports: ['a → b → a'], hidden: [] }, after: { reports: [], hidden: ['that'] }, isComplete: true },
  contention: { states: 9, locks: [{ lock: 'dev.lock', share: 0.25, longestQueue: 1, longestWait: undefined }], together: ['open'] },
};
const report: Report = { answer, views, model: (n) => ({ uri: 'file:///dev.model.ts', line: n }) };

test('a trace has its answer, its steps with what they hold, who waits, and what lockdep says; each step is a link', () => {
  const page = renderTrace(report);
  assert.equal(
    page.text,
    `dev.model.ts: Both
------------------
violated, deadlock: one waits
besides: race holds
4 states, 13 transitions, depth 1, 0.5 MB, 0.00 s

Step by step
------------
Ctrl+click (Cmd+click) a step to see its source; with the keyboard, put the cursor on it and run Open Link.

   1  one     takes dev.lock   users = 1
                in open, a b.c:12 (where the function begins); holds dev.lock
   2  remove  takes dev.list_lock
                in open, dev.model.ts:9; holds dev.lock

Waiting
-------
      one     waits for dev.list_lock, held by remove
                in open, dev.model.ts:4; holds dev.lock

What lockdep would say of these runs
------------------------------------
SRCU annotated as before f0f44752f5f6: 1 report
  reports a → b → a
SRCU annotated as after f0f44752f5f6: reports nothing
  does not see that
`,
  );
  const lines = page.text.split('\n');
  const linked = page.links.map(({ line: at, start, end, target }) => [lines[at]!.slice(start, end), `${target.uri}:${target.line}`]);
  assert.deepEqual(linked, [
    ['takes dev.lock', 'file:///tree/a%20b.c:12'],
    ['a b.c:12 (where the function begins)', 'file:///tree/a%20b.c:12'],
    ['takes dev.list_lock', 'file:///dev.model.ts:9'],
    ['dev.model.ts:9', 'file:///dev.model.ts:9'],
    ['waits for dev.list_lock, held by remove', 'file:///dev.model.ts:4'],
    ['dev.model.ts:4', 'file:///dev.model.ts:4'],
  ]);
});

test('what is not known is said: views that are worked out, or could not be', () => {
  assert.match(renderTrace({ ...report, views: undefined }).text, /besides: …\n[\s\S]*is being worked out/);
  assert.match(renderTrace({ ...report, views: { missing: 'it was cancelled' } }).text, /Not known: it was cancelled\./);
});

test('a comparison sets verdicts, waiting and what goes on together side by side', () => {
  const holds: SimulationAnswer = {
    ...answer,
    model: 'patched',
    answer: 'holds',
    message: 'holds',
    verdicts: { deadlock: 'holds', race: 'holds' },
  };
  const { trace: _, ...after } = holds;
  const other: Report = { ...report, answer: after, views: { ...views, contention: { states: 7, locks: [], together: [] } } };
  const { text, links } = renderComparison([report, other], [{ uri: 'x:1' }, { uri: 'x:2' }]);
  assert.match(text, /^answer +violated: deadlock +holds$/m);
  assert.match(text, /^ {2}race +holds +holds$/m);
  assert.match(text, /^dev\.lock +25\.0 %, 1, no bound +never$/m);
  assert.match(text, /^open +yes +no$/m);
  assert.deepEqual(
    links.map(({ target }) => target.uri),
    ['x:1', 'x:2'],
  );
});

test('names that would break or reorder a line are escaped, and links stay in place', () => {
  const page = new PageWriter()
    .line('a\u202e', { text: 'b\n[c](command:d)', target: { uri: 'x:y' } })
    .paragraph('e\u0007')
    .done();
  assert.equal(page.text, 'a\\u202eb\\u000a[c](command:d)\ne\\u0007\n');
  const [link] = page.links;
  assert.equal(page.text.slice(link!.start, link!.end), 'b\\u000a[c](command:d)');
});
