import type { Action, Alternative, Lane, Sequence, SequenceStep, Wait } from '../../src/model/trace/sequence.ts';
import type { Column, DiagramView } from '../../src/protocol/diagram.ts';

/** Views to develop and test the page with, by name. */
export const samples: Readonly<Record<string, () => DiagramView>> = {
  deadlock: () => ({ kind: 'trace', title: 'before: Start against AIA init', column: before(), others: ['patched', 'followup'] }),
  comparison: () => ({ kind: 'comparison', title: 'Start against AIA init: before and patched', columns: [before(), patched()] }),
  three: () => ({
    kind: 'comparison',
    title: 'Start against AIA init on three versions',
    columns: [before(2), patched(2), { ...patched(2), name: 'followup' }],
  }),
  path: () => ({
    kind: 'path',
    title: 'kvm_sbi_hsm_vcpu_start from kvm_vcpu_ioctl',
    paths: [path(3), path(5), path(7), path(9)],
    isCut: true,
  }),
  short: () => ({ kind: 'trace', title: 'A few rounds (30 steps)', column: long(30), others: [] }),
  long: () => ({ kind: 'trace', title: 'Many rounds (300 steps)', column: long(300), others: [] }),
  longest: () => ({ kind: 'trace', title: 'Many rounds (1000 steps)', column: long(1000), others: [] }),
  hostile: () => ({ kind: 'trace', title: hostile, column: unkind(), others: [hostile] }),
};

/** What a name may look like in source that wants to be markup, Mermaid or a control character. */
export const hostile = `<img src=x onerror="window.hurt=1"> ; # -> %% end "quoted" \`tick\` $$x^2$$ \u202e right-to-left 中文 ${'long'.repeat(125)}`;

type More = Partial<Pick<SequenceStep, 'to' | 'object' | 'mode' | 'changed' | 'note' | 'mark' | 'via'>> & {
  readonly instead?: readonly string[];
};

/** Writes steps, and keeps who holds what and who waits. */
class Run {
  readonly steps: SequenceStep[] = [];
  private readonly held = new Map<number, string[]>();
  private readonly waiting: Wait[] = [];

  constructor(readonly lanes: readonly Lane[]) {}

  step(thread: number, action: Action, text: string, functions: readonly string[], line: number, more: More = {}): this {
    const held = this.held.get(thread) ?? [];
    const { object, instead, ...rest } = more;
    if (object !== undefined && (action === 'acquire' || action === 'enter')) held.push(object);
    if (object !== undefined && (action === 'release' || action === 'leave')) held.splice(held.lastIndexOf(object), 1);
    this.held.set(thread, held);
    if (object !== undefined && action === 'wait') {
      const holders = [...this.held].flatMap(([lane, locks]) => (lane !== thread && locks.includes(object) ? [lane] : []));
      this.waiting.push({ lane: thread, object, holders });
    }
    const to = rest.to ?? this.lanes.findIndex(({ kind, name }) => kind === 'lock' && name === object);
    this.steps.push({
      lane: thread,
      action,
      text,
      functions,
      held: [...held],
      changed: {},
      waiting: [...this.waiting],
      source: { uri: 'file:///sample', path: 'arch/riscv/kvm/vcpu.c', line, isOperation: true },
      model: { uri: 'file:///sample', path: 'before.model.ts', line: 1 + (line % 250), isOperation: true },
      ...rest,
      ...(object === undefined ? {} : { object }),
      ...(to < 0 ? {} : { to }),
      ...(instead ? { instead: instead.map((text, move): Alternative => ({ thread: text.split(' ')[0]!, text, move })) } : {}),
    });
    return this;
  }

  take(thread: number, object: string, functions: readonly string[], line: number, more: More = {}): this {
    return this.step(thread, 'acquire', `takes ${object}`, functions, line, { object, mode: 'exclusive', ...more });
  }

  release(thread: number, object: string, functions: readonly string[], line: number): this {
    return this.step(thread, 'release', `releases ${object}`, functions, line, { object });
  }
}

const ioctl = ['kvm_vcpu_ioctl', 'kvm_arch_vcpu_ioctl_run'];
const start = [...ioctl, 'kvm_riscv_vcpu_exit', 'kvm_sbi_ext_hsm_handler', 'kvm_sbi_hsm_vcpu_start'];
const aia = ['kvm_device_ioctl', 'aia_set_attr'];

function lanes(threads: readonly string[], locks: readonly string[]): Lane[] {
  return [
    ...threads.map((name): Lane => ({ name, kind: 'thread', group: name.startsWith('vCPU') ? 'vCPUs' : 'ioctls' })),
    ...locks.map((name): Lane => ({ name, kind: 'lock', group: 'locks' })),
  ];
}

function before(rounds = 0): Column {
  const run = new Run(lanes(['vCPU 0', 'AIA init'], ['vcpus[0].mutex', 'vm.srcu', 'vm.lock', 'vm.slots_lock']));
  run.take(0, 'vcpus[0].mutex', ['kvm_vcpu_ioctl'], 4100, { instead: ['AIA init: takes vm.lock'] });
  enterAndLeave(run, rounds);
  run
    .step(0, 'enter', 'enters the read side of vm.srcu', ioctl, 1111, { object: 'vm.srcu', mode: 'shared' })
    .step(0, 'write', 'writes vcpus[0].requests', ioctl, 1117, {
      changed: { 'vcpus[0].requests': 0 },
      instead: ['AIA init: takes vm.lock', 'vCPU 1: takes vcpus[1].mutex'],
    })
    .take(1, 'vm.lock', aia, 363, { instead: ['vCPU 0: takes vm.lock'] })
    .take(1, 'vm.slots_lock', [...aia, 'kvm_riscv_aia_aplic_init'], 602)
    .step(1, 'synchronize', 'waits for the readers of vm.srcu', [...aia, 'kvm_io_bus_register_dev'], 6025, {
      object: 'vm.srcu',
      mark: 'cycle',
    })
    .step(0, 'wait', 'waits for vm.lock', start.slice(0, -1), 82, {
      object: 'vm.lock',
      mark: 'cycle',
      note: 'vCPU 0 waits for vm.lock, held by AIA init; AIA init waits for the readers of vm.srcu, one of which is vCPU 0',
    });
  const steps = run.steps.map((step, at) =>
    at < 5 + 2 * rounds
      ? step
      : { ...step, waiting: [...(at === 5 + 2 * rounds ? [] : step.waiting), { lane: 1, object: 'readers of vm.srcu', holders: [0] }] },
  );
  return {
    name: 'before',
    sequence: {
      title: 'before: Start against AIA init',
      summary: 'vCPU 0 and AIA init wait for each other.',
      lanes: run.lanes,
      steps,
      waiting: steps.at(-1)!.waiting,
    },
    answer: 'violated',
    property: 'deadlock',
    figures: ['2 vCPUs, 1 round', '350 states, 0.10 s'],
    orders: ['kvm->lock is taken outside vcpu->mutex (Documentation/virt/kvm/locking.rst:12), broken at step 7'],
    lockdep: [
      {
        heading: 'SRCU annotated as before f0f44752f5f6: reports 1',
        lines: ['reports struct kvm_vcpu.mutex → struct kvm.lock → struct kvm_vcpu.mutex'],
      },
      {
        heading: 'SRCU annotated as after f0f44752f5f6: reports 1',
        lines: ['reports struct kvm.srcu → struct kvm.lock → struct kvm.slots_lock → struct kvm.srcu'],
      },
    ],
  };
}

/** What a vCPU does before anything else happens. */
function enterAndLeave(run: Run, rounds: number): void {
  for (let round = 0; round < rounds; round++)
    run
      .step(0, 'enter', 'enters the read side of vm.srcu', ioctl, 1111, { object: 'vm.srcu', mode: 'shared' })
      .step(0, 'leave', 'leaves the read side of vm.srcu', ioctl, 1120, { object: 'vm.srcu' });
}

function patched(rounds = 0): Column {
  const locks = ['vcpus[0].mutex', 'vm.srcu', 'vcpus[1].mp_state_lock', 'vm.lock', 'vm.slots_lock'];
  const run = new Run(lanes(['vCPU 0', 'AIA init'], locks));
  run.take(0, 'vcpus[0].mutex', ['kvm_vcpu_ioctl'], 4100);
  enterAndLeave(run, rounds);
  run
    .step(0, 'enter', 'enters the read side of vm.srcu', ioctl, 1111, { object: 'vm.srcu', mode: 'shared' })
    .step(0, 'write', 'writes vcpus[0].requests', ioctl, 1117, { changed: { 'vcpus[0].requests': 0 } })
    .take(1, 'vm.lock', aia, 363)
    .take(1, 'vm.slots_lock', [...aia, 'kvm_riscv_aia_aplic_init'], 602)
    .step(1, 'synchronize', 'waits for the readers of vm.srcu', [...aia, 'kvm_io_bus_register_dev'], 6025, { object: 'vm.srcu' })
    .take(0, 'vcpus[1].mp_state_lock', start, 82)
    .step(0, 'write', 'writes vcpus[1].mp_state', start, 90, { changed: { 'vcpus[1].mp_state': 1 } })
    .release(0, 'vcpus[1].mp_state_lock', start, 92)
    .step(0, 'leave', 'leaves the read side of vm.srcu', ioctl, 1190, { object: 'vm.srcu' })
    .step(1, 'grace-period', 'goes on: the readers of vm.srcu are gone', aia, 6025, { object: 'vm.srcu' })
    .release(1, 'vm.slots_lock', aia, 610)
    .release(1, 'vm.lock', aia, 365)
    .release(0, 'vcpus[0].mutex', ['kvm_vcpu_ioctl'], 4300);
  return {
    name: 'patched',
    sequence: {
      title: 'patched: Start against AIA init',
      summary: 'The same run; nobody waits for a lock.',
      lanes: run.lanes,
      steps: run.steps,
      waiting: [],
    },
    answer: 'holds',
    run: 'Judged by deadlock — nothing of what was looked for (deadlock) goes wrong on this run; one run shows no more than that',
    figures: ['2 vCPUs, 1 round', '412 states, 0.12 s'],
    orders: [],
    lockdep: [{ heading: 'SRCU annotated as before f0f44752f5f6: reports nothing', lines: [] }],
  };
}

/** A way through so many functions, the last of which takes a lock against the documented order. */
function path(depth: number): Sequence {
  const names = [
    'kvm_vcpu_ioctl',
    'kvm_arch_vcpu_ioctl_run',
    'kvm_riscv_vcpu_exit',
    'kvm_riscv_vcpu_sbi_ecall',
    'kvm_sbi_ext_hsm_handler',
    'kvm_sbi_hsm_vcpu_start',
    'kvm_riscv_vcpu_power_on',
    '__kvm_riscv_vcpu_power_on',
    'kvm_make_request',
  ].slice(0, depth);
  const run = new Run([
    ...names.map((name): Lane => ({ name, kind: 'function', group: '' })),
    ...['vcpu->mutex', 'kvm->srcu', 'kvm->lock'].map((name): Lane => ({ name, kind: 'lock', group: 'locks' })),
  ]);
  const held: string[] = [];
  const add = (lane: number, action: Action, text: string, more: More): void => {
    run.step(lane, action, text, names.slice(0, lane + 1), 100 + lane * 37, more);
    if (more.object !== undefined) held.push(more.object);
    run.steps.push({ ...run.steps.pop()!, held: [...held] });
  };
  for (const [lane, name] of names.entries()) {
    if (lane > 0) add(lane - 1, 'call', `calls ${name}`, { to: lane, ...(lane === 4 ? { via: 'kvm_vcpu_sbi_extension.handler' } : {}) });
    if (lane === 0) add(lane, 'acquire', 'takes vcpu->mutex', { object: 'vcpu->mutex' });
    if (lane === 1) add(lane, 'enter', 'enters the read side of kvm->srcu', { object: 'kvm->srcu', mode: 'shared' });
  }
  add(names.length - 1, 'acquire', 'takes kvm->lock', {
    object: 'kvm->lock',
    mark: 'order',
    note: 'documented the other way round: "kvm->lock is taken outside vcpu->mutex", Documentation/virt/kvm/locking.rst:12',
  });
  const title = `${names.at(-1)!} from ${names[0]!}`;
  return { title, summary: `kvm->lock is taken with vcpu->mutex and kvm->srcu held.`, lanes: run.lanes, steps: run.steps };
}

function long(count: number): Column {
  const run = new Run(lanes(['vCPU 0', 'vCPU 1', 'vCPU 2', 'AIA init'], ['vm.lock', 'vcpus[0].mutex', 'vcpus[1].mutex', 'vm.srcu']));
  while (run.steps.length < count - 2) {
    const round = run.steps.length;
    const thread = (round >> 2) % 3;
    const object = ['vm.lock', 'vcpus[0].mutex', 'vcpus[1].mutex'][(round >> 3) % 3]!;
    run
      .take(thread, object, ioctl, 100 + (round % 900))
      .step(thread, 'write', `writes vcpus[${thread}].requests`, start, 101 + (round % 900), {
        changed: { [`vcpus[${thread}].requests`]: round },
        instead: ['AIA init: takes vm.lock'],
      })
      .step(thread, 'read', `reads vcpus[${thread}].mp_state`, start, 102 + (round % 900))
      .release(thread, object, ioctl, 103 + (round % 900));
  }
  run.steps.length = count - 2;
  run
    .take(3, 'vm.lock', aia, 363)
    .step(0, 'wait', 'waits for vm.lock', start, 82, { object: 'vm.lock', mark: 'broken', note: 'vCPU 0 was never started' });
  return { ...before(), name: 'many', property: 'start', sequence: { ...before().sequence, lanes: run.lanes, steps: run.steps } };
}

function unkind(): Column {
  const column = before();
  const unkindStep = (step: SequenceStep): SequenceStep => ({
    ...step,
    text: hostile,
    object: hostile,
    functions: [hostile, `${hostile}2`],
    held: [hostile],
    changed: { [hostile]: 1 },
    waiting: step.waiting.map((wait) => ({ ...wait, object: hostile })),
    ...(step.mark ? { note: hostile } : {}),
    instead: [{ thread: hostile, text: hostile, move: 0 }],
    source: { path: hostile, line: 1, isOperation: true },
  });
  const lanesNamed = column.sequence.lanes.map((lane) => ({ ...lane, name: hostile, group: hostile }));
  return {
    ...column,
    name: hostile,
    property: hostile,
    figures: [hostile],
    orders: [hostile],
    lockdep: [{ heading: hostile, lines: [hostile] }],
    sequence: { title: hostile, summary: hostile, lanes: lanesNamed, steps: column.sequence.steps.map(unkindStep) },
  };
}
