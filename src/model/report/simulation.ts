import type { Drift } from '../model-source.ts';
import type { Contention, LockdepViews, Simulation } from '../simulate.ts';
import { plain } from './plain.ts';

/** What `simulate` says of one run, with the views that were asked for. */
export interface SimulationReport {
  /** Name or file of the model. */
  readonly model: string;
  readonly simulation: Simulation;
  readonly lockdep: LockdepViews | undefined;
  readonly contention: Contention | undefined;
  /** How the model differs from the C it stands for; undefined if it was not compared. */
  readonly drift?: Drift | undefined;
  readonly modelLine?: (at: Range) => number;
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
  const lines = [
    `${model}: ${run.title}${runText(simulation)}`,
    simulation.answer === 'violated' ? `violated: ${simulation.message}` : simulation.message,
  ];
  const failed = Object.entries(simulation.verdicts).filter(
    ([property, verdict]) => verdict !== 'holds' && simulation.answer === 'violated' && !simulation.message.startsWith(property),
  );
  if (failed.length > 0) lines.push(`besides: ${failed.map(([property, verdict]) => `${property} ${verdict}`).join(', ')}`);
  lines.push(...traceLines(report), ...driftLines(report), ...lockdepLines(report), ...contentionLines(report.contention));
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
  const lastLine = ({ thread, functions, text, held, at }: NonNullable<typeof counterexample.last>): string =>
    line('!', thread, functions, `${text}${held.length > 0 ? `, with ${held.join(' and ')} held` : ''}`, at);
  return [
    ...counterexample.steps.map((step, i) => line(`${i + 1}`, step.thread, step.functions, step.text + changes(step.changed), step.at)),
    ...(counterexample.last && counterexample.waiting.length === 0 ? [lastLine(counterexample.last)] : []),
    ...counterexample.waiting.map((w) =>
      line('', w.thread, w.functions, `${w.text}${w.for.length > 0 ? `, held by ${w.for.join(' and ')}` : ''}`, w.at),
    ),
  ];
}

function driftLines({ drift, model, modelLine }: SimulationReport): readonly string[] {
  if (!drift) return [];
  const { findings, compared, withoutCounterpart, limits } = drift;
  return [
    ...findings.map(({ message, model: { at }, c }) => {
      const where = c ? `; in C: ${c.file}:${c.line}` : '';
      return `${model}:${modelLine?.(at) ?? 0}: ${message}${where} [model-drift]`;
    }),
    `compared with C: ${compared.length} functions, ${findings.length === 0 ? 'no drift' : `${findings.length} differences`}`,
    ...(withoutCounterpart.length > 0 ? [`without counterpart in this tree: ${withoutCounterpart.join(', ')}`] : []),
    ...limits.map((limit) => `not compared to the end: ${limit}`),
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
    ...contention.locks.map((lock) => `  ${lock.lock}: ${waitText(lock)}`),
    `  at the same time in two threads: ${contention.together.join(', ') || 'nothing'}`,
  ];
}

function waitText({ share, longestQueue, longestWait }: Contention['locks'][number]): string {
  const steps = longestWait === undefined ? 'a wait without bound' : `the longest wait ${longestWait} steps`;
  return `somebody waits in ${percent(share)} of them, at most ${longestQueue} at once, ${steps}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Two or three models of the same, side by side: the answers, who waits for what, and what can run at the same time. */
export function renderComparison(reports: readonly SimulationReport[]): string {
  const locks = [...new Set(reports.flatMap(({ contention }) => contention?.locks.map((lock) => lock.lock) ?? []))].sort();
  const cell = (report: SimulationReport, name: string): string => {
    if (!report.contention) return 'too many states';
    const lock = report.contention.locks.find((each) => each.lock === name);
    return lock ? `${percent(lock.share)}, queue ${lock.longestQueue}, wait ${lock.longestWait ?? 'without bound'}` : 'nobody waits';
  };
  const functions = [...new Set(reports.flatMap(({ contention }) => contention?.together ?? []))].sort();
  const differing = functions.filter((name) => reports.some(({ contention }) => contention && !contention.together.includes(name)));
  const rows = [
    ['', ...reports.map(({ model }) => model)],
    ['answer', ...reports.map(({ simulation }) => simulation.answer)],
    ...Object.keys(reports[0]!.simulation.verdicts).map((property) => [
      `  ${property}`,
      ...reports.map(({ simulation }) => (simulation.verdicts as Readonly<Record<string, string>>)[property] ?? ''),
    ]),
    ['states looked at for waiting', ...reports.map(({ contention }) => (contention ? `${contention.states}` : 'too many states'))],
    ...locks.map((name) => [`waiting for ${name}`, ...reports.map((report) => cell(report, name))]),
    ...differing.map((name) => [
      `two threads at once in ${name}`,
      ...reports.map(({ contention }) => (contention ? (contention.together.includes(name) ? 'yes' : 'no') : 'too many states')),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((text, column) => plain(text).padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function figures({ simulation: { states, transitions, depth, memory, total }, seconds }: SimulationReport): string {
  const rate = seconds > 0 ? Math.round(total.transitions / seconds) : 0;
  const searches = total.searches > 1 ? ` for all ${total.searches} searches` : '';
  return `${states} states, ${transitions} transitions, depth ${depth}, ${(memory / 1e6).toFixed(1)} MB, ${seconds.toFixed(2)} s${searches}, ${rate} transitions a second`;
}

/** For scripts: the contract of docs/command-line.md. What a model is compared with stands under `compared`. */
export function renderSimulationJson([report, ...others]: readonly SimulationReport[]): string {
  const compared = others.map(toJson);
  return `${JSON.stringify({ ...toJson(report!), ...(compared.length > 0 && { compared }) }, null, 2)}\n`;
}

function toJson(report: SimulationReport): object {
  const { simulation, model, lockdep, contention, drift, place, seconds } = report;
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
  return {
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
      ...(counterexample.last && { last: step(counterexample.last) }),
      waiting: counterexample.waiting.map((w) => ({ ...step(w), for: w.for })),
    }),
    ...(lockdep && { lockdep: { before: view(lockdep.before), after: view(lockdep.after), isComplete: lockdep.isComplete } }),
    ...(contention && { contention }),
    ...(drift && {
      drift: drift.findings.map(({ message: text, model: { function: fn, at }, c }) => ({
        message: text,
        model: { function: fn, line: report.modelLine?.(at) ?? 0 },
        ...(c && { c }),
      })),
      withoutCounterpart: drift.withoutCounterpart,
    }),
  };
}

function atOf(place: { file: string; line: number } | undefined): object {
  return place ? { at: { file: place.file, line: place.line } } : {};
}
