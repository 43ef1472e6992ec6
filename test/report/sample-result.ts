import type { Finding, Hop } from '../../src/model/checks/finding.ts';
import type { CheckResult } from '../../src/model/reviewer-api.ts';
import type { Location } from '../../src/model/source/location.ts';

const noStats: CheckResult['stats'] = {
  files: 0,
  headers: 0,
  functions: 0,
  functionsWithProblems: 0,
  lockOperations: 0,
  unresolvedLockOperations: 0,
  calls: 0,
  callsNotFollowed: 0,
  rules: 0,
  architectures: [],
};

export const nothing: CheckResult = { findings: [], suppressed: [], problems: [], stats: noStats };

/** Findings that use every field between them, one that is suppressed, and both kinds of problem. */
export const everything: CheckResult = {
  findings: [
    {
      id: 'f1',
      check: 'documented-order',
      severity: 'error',
      confidence: 'high',
      message: 'struct vm.lock is acquired while struct vcpu.mutex is held; the documented order is the other way round',
      at: at('arch/riscv/kvm/hsm.c', 82, 3, 27),
      function: 'hsm_handler',
      acquires: 'struct vm.lock',
      held: ['struct vcpu.mutex', 'struct vm.srcu'],
      about: ['struct vcpu.mutex', 'struct vm.srcu'],
      witnesses: [
        [
          hop('virt/kvm/main.c', 100, 'vcpu_ioctl', 'takes struct vcpu.mutex'),
          hop('virt/kvm/main.c', 104, 'vcpu_ioctl', 'calls sbi_ecall'),
          { ...hop('arch/riscv/kvm/sbi.c', 42, 'sbi_ecall', 'calls hsm_handler'), via: 'struct sbi_ext.handler' },
          { ...hop('arch/riscv/kvm/hsm.c', 70, 'hsm_handler', 'calls start through struct ops.start, one of 2'), via: 'struct ops.start' },
          hop('arch/riscv/kvm/hsm.c', 82, 'start', 'takes struct vm.lock'),
        ],
      ],
      order: { file: 'Documentation/virt/kvm/locking.rst', line: 12, text: 'vm->lock is taken outside vcpu->mutex' },
      config: ['CONFIG_RISCV_SBI', '!CONFIG_SMP'],
      reasons: ['Every call on the chain names its callee, or goes through a pointer that one function is stored in.'],
    },
    {
      id: 'f2',
      check: 'lock-order-cycle',
      severity: 'warning',
      confidence: 'medium',
      message: 'struct a.lock is acquired while b[0] \\ {x} is held, and the other way round in other()',
      at: at('drivers/odd name/50%#ä.c', 7, 1, 9),
      function: 'one',
      acquires: 'struct a.lock',
      held: ['b'],
      about: ['b'],
      witnesses: [
        [hop('drivers/odd name/50%#ä.c', 6, 'one', 'takes b[0]'), hop('drivers/odd name/50%#ä.c', 7, 'one', 'takes struct a.lock')],
        [hop('drivers/odd name/50%#ä.c', 16, 'other', 'takes struct a.lock'), hop('drivers/odd name/50%#ä.c', 17, 'other', 'takes b[0]')],
      ],
      reasons: ['Two functions may be meant by the pointer.', 'No other place keeps the opposite order.'],
    },
    {
      id: 'f3',
      check: 'sync-deadlock',
      severity: 'information',
      confidence: 'low',
      message: 'synchronize_srcu() on struct vm.srcu waits for readers that take struct vm.lock, held here',
      at: at('virt/kvm/main.c', 300, 2, 30),
      function: 'bus_register',
      acquires: 'struct vm.srcu',
      held: ['struct vm.lock'],
      about: ['struct vm.lock'],
      witnesses: [],
      reasons: [],
    },
    {
      id: 'f4',
      check: 'suppression',
      severity: 'warning',
      confidence: 'high',
      message: 'there is no check "lock-order" to ignore; there is: lock-order-cycle',
      at: at('virt/kvm/main.c', 310, 4, 44),
      function: '',
      acquires: '',
      held: [],
      about: [],
      witnesses: [],
      reasons: [],
    },
  ],
  suppressed: [
    {
      finding: {
        id: 'f5',
        check: 'lock-order-cycle',
        severity: 'error',
        confidence: 'high',
        message: 'struct b.lock is taken here with struct a.lock held, but boot takes struct a.lock with struct b.lock held',
        at: at('lib/boot.c', 20, 2, 20),
        function: 'late',
        acquires: 'struct b.lock',
        held: ['struct a.lock'],
        about: ['struct a.lock'],
        witnesses: [[hop('lib/boot.c', 19, 'late', 'takes struct a.lock'), hop('lib/boot.c', 20, 'late', 'takes struct b.lock')]],
        reasons: [],
      },
      reason: 'boot() has returned before late() can run [see {0}]',
    },
  ],
  problems: [
    { file: 'drivers/odd name/50%#ä.c', line: 30, message: "unbalanced '{'" },
    { file: 'lib/blob.c', line: 0, message: 'binary file (NUL byte at offset 12)' },
  ],
  stats: {
    ...noStats,
    files: 24,
    headers: 1,
    functions: 310,
    functionsWithProblems: 2,
    lockOperations: 95,
    unresolvedLockOperations: 3,
    calls: 1400,
    callsNotFollowed: 210,
    rules: 14,
    architectures: ['riscv'],
  },
};

/** One finding whose names try to steer a terminal, a link and a line of their own. */
export const hostile: CheckResult = {
  ...nothing,
  findings: [
    {
      ...(everything.findings[0] as Finding),
      message: 'evil\u001b[31m\nlock [click](http://x) \u202e',
      at: at('a\nb.c:1:1: error: not me.c', 1, 1, 2),
      witnesses: [],
    },
  ],
  problems: [{ file: '/etc/orders', line: 1, message: 'half a pair \ud800' }],
};

function hop(file: string, line: number, functionName: string, text: string): Hop {
  return { at: at(file, line, 2, 20), function: functionName, text };
}

function at(file: string, line: number, column: number, endColumn: number): Location {
  return { file, line, column, endLine: line, endColumn };
}
