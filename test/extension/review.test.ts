import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { lineBeside } from '../../src/extension/line-beside.ts';
import { countsText, isReviewedInPart, remarksInOrder, reviewNodes, type ReviewNode } from '../../src/extension/review-nodes.ts';
import { summaryOf } from '../../src/extension/review-summary.ts';
import { readFromReviewPage, readToReviewPage } from '../../src/protocol/review-page.ts';
import type { PatchView, RemarkView, ReviewView } from '../../src/protocol/review.ts';

const at = { file: 'a/one.c', line: 7, column: 2, endLine: 7, endColumn: 9 };
const file = (name: string, line: number): PatchView['files'][number] => ({
  kind: 'changed',
  before: name,
  after: name,
  line,
  hasTexts: true,
  hunks: [],
});
const noChanges: PatchView['changes'] = {
  classes: { added: [], removed: [] },
  renames: [],
  types: [],
  edges: { added: [], removed: [] },
  around: [],
  contracts: [],
  accesses: [],
  rules: { added: [], removed: [] },
};

function remark(id: string, more: Partial<RemarkView> = {}): RemarkView {
  const kind = more.kind === 'fixed' || more.kind === 'kept' ? more.kind : 'new';
  const side = kind === 'fixed' ? 'before' : 'after';
  return {
    ...{ id, kind, title: `title of ${id}`, isSaid: kind !== 'kept', shown: { patch: 0, side, ...at } },
    finding: {
      ...{ id, check: 'lock-order-cycle', severity: 'error', confidence: 'high', message: `message of ${id}`, at },
      ...{
        function: 'fn',
        acquires: 'struct b.lock',
        held: ['struct a.lock'],
        about: ['struct b.lock'],
        reasons: [],
        change: kind,
        causes: [],
      },
      witnesses: [[{ at, function: 'fn', text: 'takes struct b.lock' }]],
    },
    ...more,
  };
}

function patch(more: Partial<PatchView> = {}): PatchView {
  return {
    ...{
      subject: 'A patch',
      number: 1,
      total: 1,
      state: 'forward',
      refused: [],
      moved: [],
      files: [file('a/one.c', 10), file('a/two.c', 30)],
    },
    ...{ remarks: [], untouched: 0, unfollowed: [], changes: noChanges, ...more },
  };
}

function view(...patches: readonly PatchView[]): ReviewView {
  const [first = patch()] = patches;
  return { id: 1, title: 'x.patch', tree: 'file:///tree', patches, whole: first, problems: [], unread: [], notices: [] };
}

const labels = (nodes: readonly ReviewNode[]): unknown[] => nodes.map(({ label, children }) => [label, ...labels(children)]);

test('a line before a patch has one beside it after: a removed one the line above that is there', () => {
  const hunks = [
    { before: 3, after: 3, marks: ' --+ ' },
    { before: 20, after: 19, marks: '++' },
    { before: 30, after: 31, marks: ' -' },
  ];
  const beside = [1, 3, 4, 5, 6, 7, 19, 20, 29, 30, 31, 32].map((line) => lineBeside(hunks, line));
  assert.deepEqual(beside, [1, 3, 3, 3, 5, 6, 18, 21, 30, 31, 31, 32]);
  assert.equal(lineBeside([], 9), 9);
  assert.equal(lineBeside([{ before: 1, after: 1, marks: '-- ' }], 2), 1);
});

describe('the tree of a review', () => {
  const pair = 'lock-order-cycle:a/one.c:fn:struct a.lock->struct b.lock';
  const remarks = [
    remark(pair, { kind: 'fixed', place: { patch: 0, line: 40 } }),
    remark('no pair', { place: { patch: 0, line: 12 } }),
    remark('elsewhere', { place: undefined as never, shown: { patch: 0, side: 'after', ...at, file: 'b/three.c' } }),
  ];

  it('has remarks below the files whose lines they are at, and what is outside at the end', () => {
    const nodes = reviewNodes(view(patch({ remarks })));
    assert.deepEqual(labels(nodes), [
      [
        'A patch',
        ['one.c', ['new: message of no pair']],
        ['two.c', ['fixed: a.lock → b.lock']],
        ['Outside of the patch', ['new: message of elsewhere']],
      ],
    ]);
    assert.deepEqual(
      remarksInOrder(nodes).map((node) => node.remark?.id),
      ['no pair', pair, 'elsewhere'],
    );
  });

  it('says by which patch of a series a finding goes, and has it on the page of the whole', () => {
    const brought = remark('one', { place: { patch: 0, line: 12 } });
    const goneWith = { patch: 1, name: '2/2' };
    const first = patch({ total: 2, remarks: [{ ...brought, finding: { ...brought.finding!, goneWith } }] });
    const unchanged = { text: 'in the end, no change in the locking', reasons: [] };
    const shown = { ...view(first, patch({ number: 2, total: 2, unchanged })), whole: { ...patch({ unchanged }) } };
    const [node] = remarksInOrder(reviewNodes(shown));
    assert.equal(node?.description, 'lock-order-cycle · one.c:7 · gone with 2/2');
    const { page, links } = summaryOf(shown, () => []);
    const [whole] = page.scopes;
    assert.equal(whole?.counts, 'in the end, no change in the locking, 1 new in between');
    const [row] = whole?.sections.find(({ heading }) => heading === 'Findings')?.rows ?? [];
    assert.deepEqual(row?.lines.at(-1), [{ text: 'gone with 2/2: a bisection may end in between' }]);
    const link = links[row?.lines[0]?.[1]?.link ?? -1];
    assert.ok(link?.kind === 'place' && link.target.kind === 'text' && link.target.shown.patch === 0);
  });

  it('leads a remark to its place, and a part that was left out to the line of the patch', () => {
    const refused = [{ file: 'a/two.c', line: 31, message: 'it expects `}`' }];
    const [root] = reviewNodes(view(patch({ remarks, refused, state: 'partly' })));
    assert.equal(root?.description, 'fits in part, 2 new, 1 fixed');
    const [left] = root?.children[0]?.children ?? [];
    assert.deepEqual([left?.label, left?.description, left?.target], ['two.c', 'it expects `}`', { kind: 'line', patch: 0, line: 31 }]);
    const fixed = remarksInOrder([root]).find(({ remark: of }) => of?.id === pair);
    assert.deepEqual(fixed?.target, { kind: 'text', shown: remarks[0]?.shown });
  });

  it('begins with what could not be read, at its line of the file, and then claims nothing of it', () => {
    const source = { uri: 'file:///x.mbox', firstLine: 12 };
    const unchanged = { text: 'no change in the locking that is seen in what could be read', reasons: ['one reason'] };
    const shown = { ...view(patch({ unchanged, source })), unread: [{ line: 15, message: 'hunk left out: it ends too early' }] };
    const [first, second] = reviewNodes(shown);
    assert.deepEqual([first?.label, second?.kind], ['Not Read', 'patch']);
    const [node] = first?.children ?? [];
    assert.deepEqual(
      [node?.label, node?.description, node?.target],
      ['hunk left out: it ends too early', 'line 15', { kind: 'line', patch: 0, line: 4 }],
    );
    const [scope] = summaryOf(shown, () => []).page.scopes;
    assert.deepEqual(scope?.notes, ['One reason.', 'Not read: hunk left out: it ends too early (line 15)']);
    assert.equal(scope.nothing, 'No change in the locking that is seen in what could be read.');
  });

  it('has hunks at other lines in a group that is folded, and the page below the changes', () => {
    const moved = [{ file: 'a/two.c', line: 33, message: 'hunk #2 applied at 158, 12 lines further down' }];
    const shown = view(patch({ moved, unchanged: { text: 'no change in the locking', reasons: [] } }));
    const last = reviewNodes(shown)[0]?.children.at(-1);
    assert.deepEqual([last?.label, last?.icon, last?.children[0]?.label], ['Hunks at Other Lines', 'group', 'two.c']);
    assert.deepEqual(last?.children[0]?.target, { kind: 'line', patch: 0, line: 33 });
    const [scope] = summaryOf(shown, () => []).page.scopes;
    assert.deepEqual([scope?.notes, scope?.moved], [[], [`a/two.c: ${moved[0]?.message}`]]);
  });

  it('says what was not looked at where it says that there is nothing', () => {
    const unfollowed = ['a/one.h: 130 files include it: 120 of them are looked at'];
    const shown = view(patch({ unfollowed }));
    assert.equal(reviewNodes(shown)[0]?.description, 'no findings in what was looked at');
    assert.equal(reviewNodes(shown)[0]?.children.at(-1)?.label, unfollowed[0]);
    const [scope] = summaryOf(shown, () => []).page.scopes;
    assert.deepEqual(scope?.notes, [`${unfollowed[0]}.`]);
    assert.ok(isReviewedInPart(shown, shown.patches[0]!));
    assert.ok(!isReviewedInPart(view(), patch()));
  });

  it('gives each node a name of its own, in a series too', () => {
    const all = (nodes: readonly ReviewNode[]): string[] => nodes.flatMap(({ id, children }) => [id, ...all(children)]);
    const ids = all(reviewNodes(view(patch({ remarks, number: 1, total: 2 }), patch({ remarks, number: 2, total: 2 }))));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('ends with what was not sure enough to be shown, and so does the page', () => {
    const lessSure = '1 more of less confidence (1 new; the setting lockstep.minimumConfidence at medium shows it)';
    const shown = view(patch({ remarks, lessSure }));
    assert.deepEqual(reviewNodes(shown)[0]?.children.at(-1)?.label, lessSure);
    assert.deepEqual(summaryOf(shown, () => []).page.scopes[0]?.notes, [`${lessSure}.`]);
  });

  it('says in short what there is, and that there is nothing', () => {
    assert.equal(countsText(patch({ unchanged: { text: 'no change in the locking', reasons: [] } })), 'no change in the locking');
    assert.equal(countsText(patch({ state: 'none' })), 'does not fit');
    assert.equal(countsText(patch()), 'no findings');
  });
});

describe('the page of a review', () => {
  const witness = [{ at, function: 'fn', text: 'takes struct b.lock' }];
  const edge = { outer: 'struct a.lock', inner: 'struct b.lock', isReadSide: false, witness };
  const wait = { outer: 'struct b.lock', inner: 'the readers of struct a.lock', isReadSide: false, witness };
  const changes = { ...noChanges, edges: { added: [edge], removed: [] }, around: [wait] };

  it('has links that the host knows, and is a message that the page takes', () => {
    const fitting = () => [{ model: 'before', scenario: 'start', title: 'Start', functions: ['fn'] }];
    const { page, links } = summaryOf(view(patch({ remarks: [remark('one')], changes })), fitting);
    const [scope] = page.scopes;
    assert.deepEqual(
      scope?.sections.map(({ heading, rows }) => [heading, rows.length]),
      [
        ['Findings', 1],
        ['Lock order', 1],
        ['Simulations that fit', 1],
      ],
    );
    const rows = scope.sections.flatMap((section) => section.rows);
    const pieces = rows.flatMap(({ title, lines, lists }) => [title, ...lines, ...lists.flatMap((list) => list.lines)].flat());
    const used = pieces.flatMap(({ link }) => (link === undefined ? [] : [link]));
    assert.deepEqual(
      [...used].sort((a, b) => a - b),
      links.map((_, i) => i),
    );
    assert.deepEqual(readToReviewPage({ type: 'review', view: page }), { type: 'review', view: page });
  });

  it('brings readers and what waits for them together at one lock', () => {
    const [scope] = summaryOf(view(patch({ changes })), () => []).page.scopes;
    assert.deepEqual(scope?.order.edges, [
      { outer: 'a.lock', inner: 'b.lock', isReadSide: false, change: 'added', isWait: false },
      { outer: 'b.lock', inner: 'a.lock', isReadSide: false, change: 'kept', isWait: true },
    ]);
  });

  it('takes nothing from the page but numbers and its own words', () => {
    assert.equal(readFromReviewPage({ type: 'go', link: -1 }), undefined);
    assert.equal(readFromReviewPage({ type: 'go', link: 'file:///etc/passwd' }), undefined);
    assert.equal(readFromReviewPage({ type: 'open', uri: 'x' }), undefined);
    assert.deepEqual(readFromReviewPage({ type: 'go', link: 3 }), { type: 'go', link: 3 });
  });
});

test('functions that follow one that the patch changes are with that one, in the tree and on the page', () => {
  const told = { at, messages: ['now returns with struct a.lock held'], warnings: [], lacking: [] };
  const follows = { function: 'fn', file: at.file };
  const contracts: PatchView['changes']['contracts'] = [
    { ...told, function: 'fn', likewise: 'likewise caller, which calls it' },
    { ...told, function: 'caller', follows },
    { ...told, function: 'other', follows: { ...follows, inFinding: true } },
  ];
  const shown = view(patch({ changes: { ...noChanges, contracts } }));
  const changes = reviewNodes(shown)[0]?.children.find(({ label }) => label === 'Changes in the locking')?.children ?? [];
  assert.deepEqual(
    changes.map(({ label, description }) => `${label}: ${description}`),
    ['fn: now returns with struct a.lock held; likewise caller, which calls it'],
  );
  const [scope] = summaryOf(shown, () => []).page.scopes;
  const rows = scope?.sections.find(({ heading }) => heading === 'What functions do to locks')?.rows ?? [];
  assert.deepEqual(
    rows.map(({ lists }) => lists.map(({ heading, lines }) => [heading, lines.map((line) => line.map(({ text }) => text).join(''))])),
    [[['Likewise caller, which calls it', ['one.c:7 caller: now returns with struct a.lock held']]]],
  );
});
