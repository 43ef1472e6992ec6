import type { Contention, LockdepViews, Simulation } from '../simulate.ts';
import { plain } from './plain.ts';

/** What `simulate` says of one run, with the views that were asked for. */
export interface SimulationReport {
  /** Name or file of the model. */
  readonly model: string;
  readonly simulation: Simulation;
  readonly lockdep: LockdepViews | undefined;
  readonly contention: Contention | undefined;
  /** Place of a step: in the C of the tree, else in the model. */
  readonly place: (fn: string, at: Range | undefined) => { readonly file: string; readonly line: number } | undefined;
  readonly seconds: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** For people: the answer, the run that shows it, and what lockdep would say. */
export function renderSimulation(report: SimulationReport): string {
  const { simulation, model } = report;
  const { run } = simulation;
  const lines = [`${model}: ${run.title}${runText(simulation)}`, `${simulation.answer}: ${simulation.message}`];
  const failed = Object.entries(simulation.verdicts).filter(
    ([property, verdict]) => verdict !== 'holds' && !simulation.message.startsWith(property),
  );
  if (failed.length > 0) lines.push(`besides: ${failed.map(([property, verdict]) => `${property} ${verdict}`).join(', ')}`);
  lines.push(...traceLines(report), ...lockdepLines(report), ...contentionLines(report.contention));
  lines.push(figures(report));
  return `${lines.map(plain).join('\n')}\n`;
}

function runText({ run }: Simulation): string {
  const parts = [
    ...(run.vcpus === undefined ? [] : [`${run.vcpus} vCPUs`]),
    ...(run.rounds === undefined ? [] : [`${run.rounds} ${run.rounds === 1 ? 'round' : 'rounds'}`]),
    ...(run.with.length > 0 ? [`with ${run.with.join(', ')}`] : []),
  ];
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function traceLines({ simulation: { counterexample }, place }: SimulationReport): readonly string[] {
  if (!counterexample) return [];
  const width = Math.max(
    ...counterexample.steps.map((step) => step.thread.length),
    ...counterexample.waiting.map((w) => w.thread.length),
    0,
  );
  const line = (number: string, thread: string, functions: readonly string[], text: string, at: Range | undefined): string => {
    const where = place(functions.at(-1) ?? '', at);
    return `  ${number.padStart(3)}  ${thread.padEnd(width)}  ${text}  [${functions.at(-1) ?? ''}${where ? `, ${where.file}:${where.line}` : ''}]`;
  };
  const changes = (changed: Readonly<Record<string, number>>): string =>
    Object.entries(changed)
      .map(([name, value]) => `: ${name} = ${value}`)
      .join('');
  return [
    ...counterexample.steps.map((step, i) => line(`${i + 1}`, step.thread, step.functions, step.text + changes(step.changed), step.at)),
    ...counterexample.waiting.map((w) =>
      line('', w.thread, w.functions, `${w.text}${w.for.length > 0 ? `, held by ${w.for.join(' and ')}` : ''}`, w.at),
    ),
  ];
}

function lockdepLines({ lockdep }: SimulationReport): readonly string[] {
  if (!lockdep) return [];
  return (['before', 'after'] as const).flatMap((which) => {
    const { reports, hidden } = lockdep[which];
    const missed = hidden.filter((order) => order.closes.length > 0 && order.disjoint.length === 0);
    return [
      `lockdep, SRCU annotated as ${which} f0f44752f5f6: ${reports.length === 0 ? 'reports nothing' : `reports ${reports.length}`}${lockdep.isComplete ? '' : ' (not all runs were seen)'}`,
      ...reports.map((report) => `  reports ${report.message}`),
      ...missed.map((order) => `  does not see ${order.message}`),
    ];
  });
}

function contentionLines(contention: Contention | undefined): readonly string[] {
  if (!contention) return [];
  return [
    `waiting, over all ${contention.states} states:`,
    ...contention.locks.map(
      ({ lock, share, longestQueue, longestWait }) =>
        `  ${lock}: somebody waits in ${(share * 100).toFixed(1)} % of them; longest queue ${longestQueue}, longest wait ${longestWait ?? 'without bound:'} steps`,
    ),
    `  at the same time in two threads: ${contention.together.join(', ') || 'nothing'}`,
  ];
}

function figures({ simulation: { states, transitions, depth, memory }, seconds }: SimulationReport): string {
  const rate = seconds > 0 ? Math.round(transitions / seconds) : 0;
  return `${states} states, ${transitions} transitions, depth ${depth}, ${(memory / 1e6).toFixed(1)} MB, ${seconds.toFixed(2)} s, ${rate} transitions a second`;
}

/** For scripts: the contract of docs/command-line.md. */
export function renderSimulationJson(report: SimulationReport): string {
  const { simulation, model, lockdep, contention, place, seconds } = report;
  const { run, answer, verdicts, message, states, transitions, depth, memory, limit, counterexample } = simulation;
  const step = (s: {
    thread: string;
    functions: readonly string[];
    text: string;
    at: Range | undefined;
    held: readonly string[];
  }): object => ({
    thread: s.thread,
    function: s.functions.at(-1) ?? '',
    text: s.text,
    ...atOf(place(s.functions.at(-1) ?? '', s.at)),
    held: s.held,
  });
  const view = (v: LockdepViews['before']): object => ({
    reports: v.reports.map(({ kind, classes, disjoint, message: text }) => ({ kind, classes, disjoint, message: text })),
    hidden: v.hidden.map(({ reason, message: text, closes, disjoint }) => ({ reason, message: text, closes, disjoint })),
  });
  return `${JSON.stringify(
    {
      version: 1,
      model,
      scenario: run.scenario,
      vcpus: run.vcpus,
      rounds: run.rounds,
      with: run.with,
      answer,
      ...(counterexample && { property: counterexample.property }),
      message,
      verdicts,
      states,
      transitions,
      depth,
      memory,
      seconds,
      ...(limit && { limit }),
      ...(counterexample && {
        trace: counterexample.steps.map((s) => ({ ...step(s), changed: s.changed })),
        waiting: counterexample.waiting.map((w) => ({ ...step(w), for: w.for })),
      }),
      ...(lockdep && { lockdep: { before: view(lockdep.before), after: view(lockdep.after), isComplete: lockdep.isComplete } }),
      ...(contention && { contention }),
    },
    null,
    2,
  )}\n`;
}

function atOf(place: { file: string; line: number } | undefined): object {
  return place ? { at: { file: place.file, line: place.line } } : {};
}
