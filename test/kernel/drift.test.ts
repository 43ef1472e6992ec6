import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import type { LinkedProgram } from '../../src/model/frontend/c/linked-program.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { compare, linkC, type Comparison } from '../drift/comparison.ts';

const kernels = process.env['LOCKSTEP_KERNELS'];
const sources = ['arch/riscv/kvm', 'virt/kvm'];

/** A lock operation taken away: from text that the file has once. */
interface Edit {
  readonly version: '6.1' | '6.12';
  readonly without: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Where the finding is. */
  readonly function: string;
}

const hsm = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const start = '\t\tret = kvm_sbi_hsm_vcpu_start(vcpu);\n';
const [lock, unlock] = ['\t\tmutex_lock(&kvm->lock);\n', '\t\tmutex_unlock(&kvm->lock);\n'];
const handler = { version: '6.1', file: hsm, from: lock + start + unlock, function: 'kvm_sbi_ext_hsm_handler' } as const;
const afterBus = '\tkfree(bus);\n\n\treturn 0;\n}\n\nint kvm_io_bus_unregister_dev';

const edits: readonly Edit[] = [
  { ...handler, without: 'mutex_lock of kvm->lock', to: start + unlock },
  { ...handler, without: 'kvm->lock', to: start },
  {
    version: '6.1',
    without: 'srcu_read_unlock before it sleeps',
    file: 'arch/riscv/kvm/vcpu.c',
    from: '\t\t\tkvm_vcpu_srcu_read_unlock(vcpu);\n\t\t\trcuwait_wait_event(',
    to: '\t\t\trcuwait_wait_event(',
    function: 'kvm_riscv_check_vcpu_requests',
  },
  {
    version: '6.1',
    without: 'synchronize_srcu',
    file: 'virt/kvm/kvm_main.c',
    from: `\tsynchronize_srcu_expedited(&kvm->srcu);\n${afterBus}`,
    to: afterBus,
    function: 'kvm_io_bus_register_dev',
  },
  {
    version: '6.12',
    without: 'spin_lock in stop',
    file: hsm,
    from: '\tspin_lock(&vcpu->arch.mp_state_lock);\n\n\tif (kvm_riscv_vcpu_stopped(vcpu)) {',
    to: '\tif (kvm_riscv_vcpu_stopped(vcpu)) {',
    function: 'kvm_sbi_hsm_vcpu_stop',
  },
  {
    version: '6.12',
    without: 'spin_unlock of the reset context',
    file: hsm,
    from: '\tspin_unlock(&target_vcpu->arch.reset_cntx_lock);\n',
    to: '',
    function: 'kvm_sbi_hsm_vcpu_start',
  },
];

if (kernels === undefined) console.log('skipped: kernel tests need LOCKSTEP_KERNELS, the folder of linux-source-6.1 and linux-source-6.12');
else {
  const trees = new Map<string, LinkedProgram>();
  const linked = (version: string): LinkedProgram => {
    let program = trees.get(version);
    if (!program) trees.set(version, (program = linkC(kernelTree(version), sources)));
    return program;
  };

  test('the model of 6.1 agrees with 6.1, which has no AIA', () => {
    const drift = compare(model('before'), linked('6.1'));
    assert.deepEqual(messages(drift), []);
    assert.deepEqual(drift.withoutCounterpart, [
      'kvm_riscv_aia_aplic_init',
      'aia_init',
      'aia_imsic_addr',
      'aia_set_attr',
      'create_vcpu_for_lockdep',
      'vcpu_thread',
      'userspace_stops',
    ]);
    for (const name of ['kvm_sbi_ext_hsm_handler', 'kvm_vcpu_ioctl', 'kvm_io_bus_register_dev']) assert.ok(drift.compared.includes(name));
    assert.match(
      drift.leftOut.map((each) => `${each.function}: ${each.text}`).join('\n'),
      /hsm_handler: kvm_riscv_vcpu_wfi releases struct kvm\.srcu/,
    );
  });

  test('the model of the follow-up agrees with 6.12', () => {
    const drift = compare(model('followup'), linked('6.12'));
    assert.deepEqual(messages(drift), []);
    assert.deepEqual(drift.withoutCounterpart, ['vcpu_thread', 'userspace_stops']);
    for (const name of ['aia_set_attr', 'aia_imsic_addr', 'kvm_riscv_aia_aplic_init', 'kvm_vm_ioctl_create_vcpu'])
      assert.ok(drift.compared.includes(name));
  });

  test('the model of the patch alone lacks the lock of the follow-up in 6.12', () => {
    const drift = compare(model('patched'), linked('6.12'));
    assert.deepEqual(
      drift.findings.map((finding) => `${finding.model.function} ${finding.c?.file}:${finding.c?.line}`),
      [
        'kvm_sbi_hsm_vcpu_start arch/riscv/kvm/vcpu_sbi_hsm.c:35',
        'kvm_riscv_reset_vcpu arch/riscv/kvm/vcpu.c:72',
        'kvm_arch_vcpu_create arch/riscv/kvm/vcpu.c:137',
      ],
    );
    for (const message of messages(drift)) assert.match(message, /where C acquires struct kvm_vcpu_arch\.reset_cntx_lock/);
  });

  test('the model of 6.1 does not stand for 6.12, nor the other way round', () => {
    const old = messages(compare(model('before'), linked('6.12'))).join('\n');
    assert.match(old, /kvm_sbi_ext_hsm_handler acquires struct kvm\.lock, where C calls kvm_sbi_hsm_vcpu_start/);
    assert.match(old, /kvm_sbi_hsm_vcpu_stop returns, where C acquires struct kvm_vcpu_arch\.mp_state_lock/);
    const young = messages(compare(model('followup'), linked('6.1'))).join('\n');
    assert.match(young, /kvm_sbi_ext_hsm_handler calls kvm_sbi_hsm_vcpu_start, where C acquires struct kvm\.lock/);
  });

  test('each lock operation of a compared function matters: without it the models differ from C', () => {
    for (const [name, version] of [
      ['before', '6.1'],
      ['followup', '6.12'],
    ] as const) {
      const text = model(name);
      const { compared } = compare(text, linked(version));
      const lines = text.split('\n');
      let removed = 0;
      let fn = '';
      for (const [i, line] of lines.entries()) {
        fn = /^function (\w+)/.exec(line)?.[1] ?? fn;
        if (!compared.includes(fn) || !/^\s+(mutex|spin|srcu_read|synchronize)_\w+\(.*\);$/.test(line)) continue;
        removed++;
        const { findings } = compare(lines.with(i, '').join('\n'), linked(version));
        assert.ok(
          findings.some((finding) => finding.model.function === fn),
          `${name}:${i + 1}: ${line.trim()}`,
        );
      }
      assert.ok(removed >= 12, String(removed));
    }
  });

  for (const edit of edits) {
    test(`${edit.version} without ${edit.without} is not what the model says`, () => {
      const drift = compare(model(edit.version === '6.1' ? 'before' : 'followup'), linkC(edited(kernelTree(edit.version), edit), sources));
      assert.deepEqual([...new Set(drift.findings.map((finding) => finding.model.function))], [edit.function], messages(drift).join('\n'));
    });
  }
}

function kernelTree(version: string): Tree {
  return createDiskTree(join(kernels!, `linux-source-${version}`));
}

function model(name: string): string {
  return readFileSync(new URL(`../../src/model/vcpu/${name}.model.ts`, import.meta.url), 'utf8');
}

function messages(drift: Comparison): readonly string[] {
  return drift.findings.map((finding) => finding.message);
}

function edited(tree: Tree, { file, from, to }: Edit): Tree {
  return {
    list: (folder) => tree.list(folder),
    read(path) {
      const read = tree.read(path);
      if (path !== file || !('text' in read)) return read;
      assert.equal(read.text.split(from).length, 2, `${file} has this once: ${from}`);
      return { text: read.text.replace(from, () => to) };
    },
  };
}
