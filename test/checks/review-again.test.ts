import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import type { Patch } from '../../src/model/patch/patch.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import { renderReviewJson } from '../../src/model/report/review-json.ts';
import type { Reviewer } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { readTree, samplePatches, sampleTree } from '../sample/sample-tree.ts';
import { grammar, treeOf } from './fixture.ts';

const seed = Number(process.env['LOCKSTEP_SEED'] ?? 1);
const runs = Number(process.env['LOCKSTEP_RUNS'] ?? 25);

const host = 'include/linux/kvm_host.h';
const hsm = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const documents = 'Documentation/virt/kvm/locking.rst';
const noted = `static inline void kvm_note_it(struct kvm_vcpu *vcpu)
{
	vcpu->noted = 1;
}

static inline void kvm_note(struct kvm_vcpu *vcpu)
{
	kvm_note_it(vcpu);
}

`;
const off = '\tkvm_riscv_vcpu_power_off(vcpu);\n';

/** The sample with inlines whose accesses are those of their caller. */
const files = edited(readTree(sampleTree), [
  [host, 'static inline void kvm_vcpu_srcu_read_lock', `${noted}static inline void kvm_vcpu_srcu_read_lock`],
  [host, '\tint srcu_idx;\n', '\tint srcu_idx;\n\tint noted;\n'],
  [hsm, off, `\tkvm_note(vcpu);\n${off}`],
  // Asked first, so that nothing is asked of the inner inline for the other.
  ['arch/riscv/kvm/aia_device.c', '\nstatic int ', '\nstatic void aia_note(struct kvm_vcpu *vcpu)\n{\n\tkvm_note(vcpu);\n}\n\nstatic int '],
]);

type Edit = readonly [file: string, words: string, by: string];

/** Edits of every kind: a body, an inline, a struct, a macro, a new function, a document. */
const edits: readonly (readonly Edit[])[] = [
  [[hsm, off, `\tmutex_lock(&vcpu->kvm->lock);\n${off}\tmutex_unlock(&vcpu->kvm->lock);\n`]],
  [[host, 'vcpu->noted = 1;', 'WRITE_ONCE(vcpu->noted, 1);']],
  [[host, 'vcpu->noted = 1;', 'mutex_lock(&vcpu->kvm->lock);\n\tvcpu->noted = 1;\n\tmutex_unlock(&vcpu->kvm->lock);']],
  [[host, '\tint noted;\n', '\tspinlock_t noted_lock;\n\tint noted;\n']],
  [
    [
      hsm,
      'static int kvm_sbi_hsm_vcpu_stop(',
      'static void hsm_off(struct kvm_vcpu *vcpu)\n{\n\tvcpu->noted = 2;\n}\n\nstatic int kvm_sbi_hsm_vcpu_stop(',
    ],
    [hsm, '\tkvm_note(vcpu);\n', '\thsm_off(vcpu);\n'],
  ],
  [[documents, /^- .*\n/m.exec(files.get(documents)!)?.[0] ?? 'kvm->lock', '']],
];

test('a review says what it would say first, whatever was reviewed before', async () => {
  const patches = [
    ...(await Promise.all(edits.map((edit) => read(diffOf(files, edited(files, edit)))))).flat(),
    ...(await Promise.all(samplePatches.map((name) => read(readFileSync(path.join(sampleTree, '..', name), 'utf8'))))).flat(),
  ];
  const said = new Map<string, string>();
  const sets = fc.array(fc.subarray([...patches.keys()], { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(sets, async (reviews) => {
      const kept = await newReviewer();
      for (const chosen of reviews) {
        const series = chosen.map((i) => patches[i]!);
        const key = chosen.join();
        if (!said.has(key)) said.set(key, say(await newReviewer(), series));
        assert.equal(say(kept, series), said.get(key), `${reviews.map((each) => each.join()).join(' then ')}, at ${key}`);
      }
    }),
    { seed, numRuns: runs },
  );
});

function newReviewer(): Promise<Reviewer> {
  return createReviewer({ tree: treeOf(files), ...grammar });
}

function say(reviewer: Reviewer, patches: readonly Patch[]): string {
  return renderReviewJson(reviewer.review({ patches }), patches);
}

async function read(text: string): Promise<readonly Patch[]> {
  const { patches } = await readPatches(Buffer.from(text), 'test');
  assert.equal(patches.length, 1);
  return patches;
}

function diffOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string {
  const changed = [...after].filter(([file, text]) => before.get(file) !== text);
  return changed
    .map(
      ([file, text]) =>
        `diff --git a/${file} b/${file}\n${createTwoFilesPatch(`a/${file}`, `b/${file}`, before.get(file)!, text).replace(/^=+\n/, '')}`,
    )
    .join('');
}

function edited(before: ReadonlyMap<string, string>, edit: readonly Edit[]): Map<string, string> {
  const after = new Map(before);
  for (const [file, words, by] of edit) {
    assert.ok(after.get(file)?.includes(words), `${file} has no ${words}`);
    after.set(
      file,
      after.get(file)!.replace(words, () => by),
    );
  }
  return after;
}
