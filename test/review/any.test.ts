import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderB4, renderReviewJson } from '../../src/model/report/review-json.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { CheckRequest } from '../../src/model/reviewer-api.ts';
import { grammar } from '../checks/fixture.ts';
import { samplePatches, sampleTree } from '../sample/sample-tree.ts';

const originals = samplePatches.map((name) => readFileSync(path.join(sampleTree, '..', name), 'latin1'));
const everything: CheckRequest = { paths: ['arch', 'virt'], scope: 'module' };
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** What a person or a mailer may do to the lines that a patch changes: it still fits more often than not. */
type Damage = readonly [kind: (typeof kinds)[number], at: number];
const kinds = ['drop', 'twice', 'swap', 'hunk', 'brace', 'word', 'cut', 'lock', 'path'] as const;
const damages = fc.array(fc.tuple(fc.constantFrom(...kinds), share), { minLength: 1, maxLength: 4 });
const words = [
  ['mutex_lock', 'mutex_unlock'],
  ['spin_lock', 'spin_unlock'],
  ['mp_state_lock', 'lock'],
  ['->', '.'],
  ['return', 'goto'],
  ['struct', 'union'],
  [';', ''],
  ['kvm', 'x'],
] as const;

/** Of each hunk only added lines change, and as many of them are left, so that its numbers stay right. */
function damage(text: string, [kind, at]: Damage): string {
  const lines = text.split('\n');
  const added = lines.flatMap((line, i) => (/^\+(?!\+\+)/.test(line) ? [i] : []));
  const line = added[Math.floor(at * added.length * 0.999)] ?? 0;
  const other = added[Math.floor(((at * 7) % 1) * added.length * 0.999)] ?? 0;
  switch (kind) {
    case 'drop':
      return lines.with(line, '+').join('\n');
    case 'twice':
      return lines.with(line, lines[other]!).join('\n');
    case 'swap':
      return lines.with(line, lines[other]!).with(other, lines[line]!).join('\n');
    case 'brace':
      return lines.with(line, `${lines[line]!} ${'{}()"/*'[Math.floor(at * 7)]!}`).join('\n');
    case 'word': {
      const [from, to] = words[Math.floor(((at * 13) % 1) * words.length)]!;
      return lines.with(line, lines[line]!.replace(from, to)).join('\n');
    }
    case 'lock':
      return lines.with(line, '+\tmutex_lock(&vcpu->kvm->lock);').join('\n');
    case 'path':
      return at < 0.1 ? text.replaceAll('arch/riscv', 'arch/none') : text;
    case 'hunk': {
      const numbers = lines.flatMap((each, i) => (each.startsWith('@@') ? [i] : []));
      const hunk = numbers[Math.floor(at * numbers.length * 0.999)] ?? 0;
      return lines
        .with(
          hunk,
          lines[hunk]!.replace(/\d+/, (n) => String(Number(n) + 3)),
        )
        .join('\n');
    }
    case 'cut':
      return at < 0.2 ? lines.slice(0, line + 1).join('\n') : text;
  }
}

test('three hundred damaged patches: no exception, and the tree as it was', async () => {
  const reviewer = await createReviewer({ tree: createDiskTree(sampleTree), ...grammar });
  const before = JSON.stringify(reviewer.check(everything));
  const said = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.nat(originals.length), damages, async (which, all) => {
      // One of the patches, or both.
      const mails = which === originals.length ? originals : [originals[which]!];
      const { patches } = await readPatches(Buffer.from(all.reduce(damage, mails.join('')), 'latin1'), 'any.patch');
      if (patches.length === 0) return;
      const review = reviewer.review({ patches });
      assert.equal(review.patches.length, patches.length);
      for (const [i, each] of review.patches.entries()) {
        said.add(each.applied.state);
        for (const { change, place } of each.findings) {
          said.add(change);
          const line = place && patches[place.patch]!.text.split('\n')[place.line - 1];
          assert.ok(line === undefined || /^[ +-]/.test(line));
        }
        renderReply({ patch: patches[i]!, remarks: remarksOf(each) });
      }
      renderReview(review, patches);
      JSON.parse(renderReviewJson(review, patches));
      JSON.parse(renderB4(review, patches));
    }),
    { numRuns: 300, seed: 5 },
  );
  assert.equal(JSON.stringify(reviewer.check(everything)), before);
  // The damage is such that all of it is reached.
  for (const each of ['fixed', 'forward', 'new', 'none', 'partly']) assert.ok(said.has(each), each);
});

test('a reviewer that has reviewed others says the same of a patch as a fresh one', async () => {
  const tree = createDiskTree(sampleTree);
  const old = await createReviewer({ tree, ...grammar });
  const sets = [
    originals[0]!,
    damage(originals[0]!, ['drop', 0.4]),
    originals.join(''),
    damage(originals.join(''), ['twice', 0.7]),
    damage(originals[0]!, ['word', 0.9]),
    originals[1]!,
    originals[0]!,
  ];
  for (const text of sets) {
    const { patches } = await readPatches(Buffer.from(text, 'latin1'), 'any.patch');
    const fresh = await createReviewer({ tree, ...grammar });
    assert.equal(renderReviewJson(old.review({ patches }), patches), renderReviewJson(fresh.review({ patches }), patches));
    old.check(everything);
  }
});
