import type { Confidence, Finding } from '../../src/model/checks/finding.ts';

/** A finding over three columns of a line, with a witness of two hops and a rule. */
export function findingAt(file: string, line: number, column: number, confidence: Confidence): Finding {
  const at = { file, line, column, endLine: line, endColumn: column + 3 };
  return {
    id: `${file}:${line}`,
    check: 'documented-order',
    severity: 'warning',
    confidence,
    message: 'kvm->lock is taken here with vcpu->mutex held; documented the other way round',
    at,
    function: 'handler',
    acquires: 'struct kvm.lock',
    held: ['struct kvm_vcpu.mutex'],
    about: ['struct kvm_vcpu.mutex', 'struct kvm.lock'],
    witnesses: [
      [
        { at: { file: 'ioctl.c', line: 7, column: 2, endLine: 7, endColumn: 12 }, function: 'ioctl', text: 'takes struct kvm_vcpu.mutex' },
        { at, function: 'handler', text: 'takes struct kvm.lock', via: 'struct ops.handler' },
      ],
    ],
    order: { file: 'Documentation/locking.rst', line: 3, text: 'kvm->lock is taken outside\n  vcpu->mutex' },
    reasons: ['The call goes through a function pointer.'],
  };
}
