import type { Mark, Piece, ReviewPageView, ReviewRow, ReviewScope } from '../../src/protocol/review-page.ts';
import { hostile } from './samples.ts';

/** Reviews to develop and test the page with, by name. */
export const reviews: Readonly<Record<string, () => ReviewPageView>> = {
  review: () => ({
    title: '[PATCH 0/2] RISC-V: KVM: locks for the state of a vCPU',
    scopes: [first('Whole series'), first('1/2 RISCV: KVM: Give each vCPU a lock for its state'), nothing()],
  }),
  'hostile-review': () => ({ title: hostile, scopes: [unkind()] }),
};

let links = 0;
const place = (text: string): Piece => ({ text, link: links++ });
const code = (text: string): Piece => ({ text, isCode: true });
const row = (
  mark: Mark,
  word: string,
  title: readonly (Piece | string)[],
  lines: readonly (readonly (Piece | string)[])[] = [],
  chain: readonly string[] = [],
): ReviewRow => ({
  ...{ mark, word, title: title.map(piece), lines: lines.map((line) => line.map(piece)) },
  lists:
    chain.length === 0
      ? []
      : [
          {
            heading: `Chain: ${chain[0]} → ${chain.at(-1)}`,
            lines: chain.map((name, i) => [place(`vcpu.c:${20 + i}`), { text: ` ${name}: calls the next` }]),
          },
        ],
});
const piece = (of: Piece | string): Piece => (typeof of === 'string' ? { text: of } : of);
const handler = ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_ioctl_run', 'kvm_riscv_vcpu_exit', 'kvm_riscv_vcpu_sbi_ecall', 'kvm_sbi_ext_hsm_handler'];

function first(name: string): ReviewScope {
  links = 0;
  return {
    moved: ['arch/riscv/kvm/vcpu.c: hunk #2 applied at 158, 12 lines further down'],
    ...{ name, counts: '1 new, 3 fixed, 2 accesses', notes: ['arch/riscv/kvm/aia.c: left out: it expects `}` at line 3, which is `{`'] },
    order: {
      edges: [
        { outer: 'kvm_vcpu.mutex', inner: 'kvm.lock', change: 'removed', isReadSide: false, isWait: false },
        { outer: 'kvm.srcu', inner: 'kvm.lock', change: 'removed', isReadSide: true, isWait: false },
        { outer: 'kvm_vcpu.mutex', inner: 'kvm_vcpu_arch.mp_state_lock', change: 'added', isReadSide: false, isWait: false },
        { outer: 'kvm.srcu', inner: 'kvm_vcpu_arch.mp_state_lock', change: 'added', isReadSide: true, isWait: false },
        { outer: 'kvm.lock', inner: 'kvm_vcpu.mutex', change: 'kept', isReadSide: false, isWait: false },
        { outer: 'kvm.lock', inner: 'kvm.srcu', change: 'kept', isReadSide: false, isWait: true },
      ],
      added: ['kvm_vcpu_arch.mp_state_lock'],
      removed: [],
    },
    nothing: '',
    sections: [
      {
        heading: 'Findings',
        rows: [
          row(
            'bad',
            'new',
            ['lock-order-cycle: struct kvm.slots_lock is taken here with struct kvm.lock held'],
            [['in kvm_set_memory, ', place('kvm_main.c:80')]],
            handler,
          ),
          row(
            'good',
            'fixed',
            [
              'documented-order: struct kvm.lock is taken inside struct kvm_vcpu.mutex, documented outside it; also held: the read side of struct kvm.srcu',
            ],
            [['in kvm_sbi_ext_hsm_handler, ', place('vcpu_sbi_hsm.c:61'), ' before the patch'], ['by removing "mutex_lock(&kvm->lock);"']],
            handler,
          ),
          row(
            'kept',
            'kept',
            ['sync-deadlock: waits for the readers of struct kvm.srcu with struct kvm.lock held'],
            [['in aia_init, ', place('aia.c:12')]],
            handler,
          ),
        ],
      },
      {
        heading: 'Accesses',
        rows: [
          row(
            'bad',
            'may meet',
            [code('struct kvm_vcpu_arch.guest_reset_context')],
            [['no lock in common with its reader kvm_riscv_reset_vcpu, before or after']],
            handler,
          ),
          row('note', 'note', [code('struct kvm_vcpu_arch.mp_state')], [['is new; every write holds struct kvm_vcpu_arch.mp_state_lock']]),
        ],
      },
      {
        heading: 'Lock classes',
        rows: [
          row('added', 'new', [code('struct kvm_vcpu_arch.mp_state_lock'), ' (spinlock)'], [['guards struct kvm_vcpu_arch.mp_state']]),
        ],
      },
      {
        heading: 'Lock order',
        rows: [
          row('added', 'new', [code('struct kvm_vcpu.mutex'), ' → ', code('struct kvm_vcpu_arch.mp_state_lock')], [], handler),
          row('removed', 'removed', [code('struct kvm_vcpu.mutex'), ' → ', code('struct kvm.lock')], [], handler),
        ],
      },
      {
        heading: 'What functions do to locks',
        rows: [
          row(
            'changed',
            'changed',
            [code('kvm_riscv_vcpu_power_off'), ' ', place('vcpu.c:13'), ' · ', place('lock path to it')],
            [['now takes struct kvm_vcpu_arch.mp_state_lock']],
          ),
        ],
      },
      {
        heading: 'Simulations that fit',
        rows: [
          row(
            'note',
            'run',
            ['Models of ', code('kvm_sbi_ext_hsm_handler')],
            [[place('Start against AIA init: before, patched, followup')], [place('Start against stop: before, patched, followup')]],
          ),
        ],
      },
    ],
  };
}

function nothing(): ReviewScope {
  return {
    name: '2/2 A comment',
    counts: 'no change in the locking',
    ...{ notes: [], moved: [] },
    order: { edges: [], added: [], removed: [] },
    ...{ sections: [], nothing: 'No change in the locking.' },
  };
}

function unkind(): ReviewScope {
  const edge = { outer: hostile, inner: `${hostile}]`, change: 'added', isReadSide: true, isWait: false } as const;
  return {
    ...{
      name: hostile,
      counts: hostile,
      notes: [hostile],
      moved: [hostile],
      order: { edges: [edge], added: [hostile], removed: [hostile] },
    },
    nothing: hostile,
    sections: [{ heading: hostile, rows: [row('bad', 'new', [hostile, code(hostile), place(hostile)], [[hostile]], [hostile, hostile])] }],
  };
}
