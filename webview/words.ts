import type { Column, DiagramView, Remark } from '../src/protocol/diagram.ts';
import type { Sequence, SequencePlace, SequenceStep } from '../src/model/trace/sequence.ts';

const properties: Readonly<Record<string, string>> = {
  deadlock: 'Deadlock',
  order: 'Order broken',
  race: 'Data race',
  torn: 'Torn read',
  assert: 'Assertion fails',
  atomic: 'Sleeps in atomic',
  exit: 'Lock held at exit',
  start: 'Never started',
};

/** One sequence of a view, with whatever is known besides. */
export interface Shown {
  readonly name: string;
  readonly sequence: Sequence;
  /** Of a run of a simulation. */
  readonly result?: Column;
  /** Of a finding. */
  readonly remarks?: readonly Remark[];
}

export function shownOf(view: DiagramView): readonly Shown[] {
  switch (view.kind) {
    case 'path':
      return view.paths.map((sequence, index) => ({ name: `way ${index + 1} of ${view.paths.length}`, sequence }));
    case 'finding':
      return [{ name: view.title, sequence: view.sequence, remarks: view.remarks }];
    case 'trace':
      return [{ name: view.column.name, sequence: view.column.sequence, result: view.column }];
    case 'comparison':
      return view.columns.map((column) => ({ name: column.name, sequence: column.sequence, result: column }));
  }
}

export function answerWord({ answer, property }: Column): string {
  if (answer === 'violated') return (property !== undefined && properties[property]) || 'Violated';
  if (answer === 'run') return 'One run';
  return answer === 'holds' ? 'Holds' : 'Unknown';
}

/** `kvm_vcpu_ioctl · kvm_main.c:4100`. */
export function whereText(step: SequenceStep, withFunction: boolean): string {
  const place = step.source ?? step.model;
  return [withFunction ? step.functions.at(-1) : undefined, place && fileLine(place)].filter((part) => part !== undefined).join(' · ');
}

/** The file by its name; its folders would fill the line. */
export function fileLine({ path, line }: SequencePlace): string {
  return `${path.slice(path.lastIndexOf('/') + 1)}:${line}`;
}

export function threadOf({ lanes }: Sequence, step: SequenceStep): string {
  return lanes[step.lane]?.name ?? '';
}

/** Locks that somebody waits for when it ends, also for their readers. */
export function wantedLocks({ lanes, waiting }: Sequence): ReadonlySet<string> {
  const objects = waiting?.map(({ object }) => object) ?? [];
  const locks = lanes.flatMap(({ kind, name }) => (kind === 'lock' ? [name] : []));
  return new Set(locks.filter((name) => objects.some((object) => object === name || object.endsWith(` ${name}`))));
}

/** The step that a reader looks for: the last that is marked, else where the run or the path ends. */
export function telling({ steps }: Sequence): number {
  const marked = steps.findLastIndex(({ mark }) => mark !== undefined);
  return marked >= 0 ? marked : Math.max(0, steps.length - 1);
}
