import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { grammar, treeOf } from '../checks/fixture.ts';
import { applyPatch, copySample, readTree, samplePatches } from './sample-tree.ts';

const tree = copySample();
after(() => {
  rmSync(tree, { recursive: true, force: true });
});

// The trees before the patches and after each.
const versions = [readTree(tree)];
const hasGcc = spawnSync('gcc', ['--version']).status === 0;

test('the sample says what it is', () => {
  for (const [file, text] of versions[0]!) {
    assert.match(text.slice(0, 200), /SPDX-License-Identifier: MIT/, file);
    assert.match(text.slice(0, 200), /ample by Lockstep, not kernel code/, file);
  }
});

// One test: each step starts from what the one before has left.
test('the tree compiles, before the patches and after each', (t) => {
  assert.deepEqual(
    samplePatches.map((name) => name.slice(0, 4)),
    ['0001', '0002'],
  );
  if (!hasGcc) t.diagnostic('no gcc here: syntax not checked');
  if (hasGcc) compile([...versions[0]!.keys()]);
  for (const patch of samplePatches) {
    applyPatch(tree, patch);
    versions.push(readTree(tree));
    if (hasGcc) compile([...versions.at(-1)!.keys()]);
  }
  const hsm = versions.at(-1)!.get('arch/riscv/kvm/vcpu_sbi_hsm.c')!;
  assert.match(hsm, /reset_cntx_lock/);
  assert.doesNotMatch(hsm, /kvm->lock/);
});

test('before the patches, each check finds the lock that HART_START takes', async () => {
  const { findings, problems } = await check(versions[0]!);
  assert.deepEqual(problems, []);
  assert.deepEqual([...new Set(findings.map(({ check }) => check))].sort(), ['documented-order', 'lock-order-cycle', 'sync-deadlock']);
  assert.ok(findings.every(({ severity }) => severity !== 'information'));

  const text = versions[0]!.get('arch/riscv/kvm/vcpu_sbi_hsm.c')!;
  const line = text.split('\n').findIndex((of) => of.includes('mutex_lock(&kvm->lock)')) + 1;
  const order = findings.filter(({ check }) => check === 'documented-order');
  for (const { at, function: name, acquires, held, order: rule } of order) {
    assert.deepEqual(
      [at.file, at.line, name, acquires],
      ['arch/riscv/kvm/vcpu_sbi_hsm.c', line, 'kvm_sbi_ext_hsm_handler', 'struct kvm.lock'],
    );
    assert.deepEqual(held, ['struct kvm_vcpu.mutex', 'struct kvm.srcu']);
    assert.equal(rule?.file, 'Documentation/virt/kvm/locking.rst');
  }
  const functions = order[0]!.witnesses[0]!.map((hop) => hop.function);
  assert.deepEqual(
    [...new Set(functions)].filter((name) => !name.startsWith('kvm_vcpu_srcu')),
    ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_ioctl_run', 'kvm_riscv_vcpu_exit', 'kvm_riscv_vcpu_sbi_ecall', 'kvm_sbi_ext_hsm_handler'],
  );

  const wait = findings.find(({ check }) => check === 'sync-deadlock')!;
  const places = wait.witnesses.map((witness) => witness.at(-1)!.function).sort();
  assert.deepEqual(places, ['kvm_io_bus_register_dev', 'kvm_sbi_ext_hsm_handler']);
});

test('after the patches, nothing is found', async () => {
  for (const version of versions.slice(1)) {
    const { findings, problems } = await check(version);
    assert.deepEqual({ findings: findings.map(({ message }) => message), problems }, { findings: [], problems: [] });
  }
});

function compile(files: readonly string[]): void {
  const sources = files.filter((file) => file.endsWith('.c'));
  for (const configuration of [[], ['-DCONFIG_LOCKDEP']]) {
    const include = ['-I', 'include', '-I', 'arch/riscv/include'];
    const gcc = spawnSync('gcc', ['-fsyntax-only', '-Wall', ...configuration, ...include, ...sources], { cwd: tree, encoding: 'utf8' });
    assert.equal(gcc.stderr, '');
    assert.equal(gcc.status, 0);
  }
}

async function check(files: ReadonlyMap<string, string>): Promise<CheckResult> {
  const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
  return reviewer.check({ paths: ['arch/riscv/kvm'], scope: 'module' });
}
