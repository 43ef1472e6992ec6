import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { ChangedFinding } from '../../src/model/compare/changes.ts';
import { remarksOf } from '../../src/model/compare/remarks.ts';
import { readPatches } from '../../src/model/patch/read.ts';
import type { Patch } from '../../src/model/patch/patch.ts';
import { renderReply } from '../../src/model/report/reply.ts';
import { renderReview } from '../../src/model/report/review-text.ts';
import type { Review } from '../../src/model/review-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar } from '../checks/fixture.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const folders = ['arch/riscv', 'virt/kvm'];
const handler = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const context = 'struct kvm_vcpu_arch.guest_reset_context';
const state = 'struct kvm_vcpu_arch.mp_state';

if (kernels === undefined) console.log('skipped: kernel tests need LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12');
else {
  test('6.1 to 6.12: what HART_START did is fixed, and the state of a vCPU is guarded', async () => {
    const { patch, review } = await reviewed('6.1', '6.12');
    checkPlaces(patch, review, 'fixed');
    const { changes } = review.whole;
    const added = changes.classes.added.map(({ lockClass }) => lockClass);
    for (const name of ['mp_state_lock', 'reset_cntx_lock']) assert.ok(added.includes(`struct kvm_vcpu_arch.${name}`), name);
    const takers = changes.classes.added
      .find(({ lockClass }) => lockClass.endsWith('.mp_state_lock'))!
      .takers.map((taker) => taker.function);
    for (const name of ['kvm_sbi_hsm_vcpu_start', 'kvm_sbi_hsm_vcpu_stop', 'kvm_riscv_vcpu_sbi_system_reset'])
      assert.ok(takers.includes(name), `${name}: ${takers.join(', ')}`);
    const accesses = new Map(changes.accesses.map((access) => [access.place, access]));
    assert.deepEqual(accesses.get(state)?.after?.writers, ['struct kvm_vcpu_arch.mp_state_lock']);
    assert.deepEqual(
      [accesses.get(context)?.verdict, accesses.get(context)?.after?.all],
      ['closed', ['struct kvm_vcpu_arch.reset_cntx_lock']],
    );
  });

  test('6.12 to 6.1: what HART_START does is new, and the reset context is open', async () => {
    const { patch, review } = await reviewed('6.12', '6.1');
    checkPlaces(patch, review, 'new');
    const { changes } = review.whole;
    const removed = changes.classes.removed.map(({ lockClass }) => lockClass);
    for (const name of ['mp_state_lock', 'reset_cntx_lock']) assert.ok(removed.includes(`struct kvm_vcpu_arch.${name}`), name);
    const access = changes.accesses.find(({ place }) => place === context);
    assert.deepEqual([access?.verdict, access?.before?.all, access?.after?.all], ['open', ['struct kvm_vcpu_arch.reset_cntx_lock'], []]);
  });
}

interface Reviewed {
  readonly patch: Patch;
  readonly review: Review;
}

async function reviewed(from: string, to: string): Promise<Reviewed> {
  const set = await readPatches(diffOf(from, to), 'kernel.diff');
  assert.deepEqual([set.patches.length, set.problems], [1, []]);
  const tree = createDiskTree(join(kernels!, `linux-source-${from}`));
  const reviewer = await createReviewer({ tree, ...grammar });
  const start = performance.now();
  const review = reviewer.review({ patches: set.patches });
  const { findings, untouched } = review.whole;
  console.log(`${from} to ${to}: ${findings.length} findings, ${untouched} untouched, in ${Math.round(performance.now() - start)} ms`);
  return { patch: set.patches[0]!, review };
}

/** As `diff -ruN` writes it where both trees are beside one another. */
function diffOf(from: string, to: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-kernel-'));
  try {
    for (const [name, version] of [
      ['a', from],
      ['b', to],
    ] as const)
      for (const part of folders) cpSync(join(kernels!, `linux-source-${version}`, part), join(folder, name, part), { recursive: true });
    const diff = spawnSync('diff', ['-ruN', 'a', 'b'], { cwd: folder, maxBuffer: 256 * 1024 * 1024 });
    assert.equal(diff.status, 1, diff.stderr.toString());
    return diff.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything fits, the order that HART_START broke changes as it should, and each finding is on a line of the patch, or outside of it. */
function checkPlaces(patch: Patch, { patches, whole, ...rest }: Review, change: ChangedFinding['change']): void {
  assert.deepEqual([patches[0]!.applied.state, patches[0]!.applied.refused], ['forward', []]);
  const start = whole.findings.filter((finding) => finding.at.file === handler && finding.check === 'documented-order');
  // Of vcpu->mutex; the documents of 6.12 also speak of kvm->srcu.
  assert.ok(start.length > 0);
  for (const finding of start) {
    assert.deepEqual([finding.change, finding.acquires], [change, 'struct kvm.lock']);
    assert.equal(finding.causes[0]?.text, 'mutex_lock(&kvm->lock);');
  }
  const lines = patch.text.split('\n');
  for (const { place, at, change: how } of whole.findings) {
    if (!place) continue;
    const line = lines[place.line - 1]!;
    assert.ok(how === 'fixed' ? /^[ -]/.test(line) : /^[ +-]/.test(line), `${at.file}:${at.line}: ${line}`);
  }
  const places = [
    ...whole.changes.classes.added,
    ...whole.changes.classes.removed,
    ...whole.changes.edges.added,
    ...whole.changes.edges.removed,
    ...whole.changes.contracts,
  ];
  for (const { place } of places) assert.ok(place === undefined || lines[place.line - 1] !== undefined);
  // What is written of it is text, however much it is.
  const text = renderReview({ patches, whole, ...rest }, [patch]);
  const mail = renderReply({ patch, remarks: remarksOf(whole) });
  assert.equal((text.match(/ (new|fixed|kept): /g) ?? []).length >= whole.findings.length, true);
  for (const line of mail.split('\n')) assert.ok(line.startsWith('>') || line.length <= 72 || !/\s\S+\s/.test(line.trim()), line);
  const outside = whole.findings.filter(({ place }) => !place);
  assert.equal(mail.includes('Outside of what the patch shows'), outside.length > 0 || whole.changes.accesses.some(({ at }) => !at));
}
