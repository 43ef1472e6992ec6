import type { Contention } from '../model/simulate.ts';
import type { SequenceStep } from '../model/trace/sequence.ts';
import type { DriftView, LockdepWords, SimulationAnswer, SimulationViews } from '../protocol/simulation.ts';
import { PageWriter, type Page, type PageTarget, type Piece } from './page.ts';

/** An answer, and what is told besides it: undefined while that is worked out, a reason if it is not there. */
export interface Report {
  readonly answer: SimulationAnswer;
  readonly views: SimulationViews | { readonly missing: string } | undefined;
  /** A line of the model. */
  readonly model: (line: number) => PageTarget;
}

/** `2 vCPUs, 1 round, with aia, imsic`; empty where a model has none of them. */
export function runText({ vcpus, rounds, with: threads }: Pick<SimulationAnswer, 'vcpus' | 'rounds' | 'with'>): string {
  return [
    ...(vcpus === undefined ? [] : [counted(vcpus, 'vCPU')]),
    ...(rounds === undefined ? [] : [counted(rounds, 'round')]),
    ...(threads.length > 0 ? [`with ${threads.join(', ')}`] : []),
  ].join(', ');
}

/** `before: Everything together (2 vCPUs, 1 round)`. */
export function titleOf(answer: SimulationAnswer): string {
  const run = runText(answer);
  return `${answer.model}: ${answer.title}${run === '' ? '' : ` (${run})`}`;
}

/** The answer in one sentence. */
export function answerText({ answer, message }: SimulationAnswer): string {
  return message.startsWith(answer) ? message : `${answer}, ${message}`;
}

/** `350 states, depth 4, 0.8 MB, 0.1 s`. */
export function figuresText({ states, transitions, depth, memory, milliseconds }: SimulationAnswer): string {
  const seconds = milliseconds / 1000;
  const rate = seconds > 0.05 ? `, ${number(Math.round(states / seconds))} states a second` : '';
  return `${number(states)} states, ${number(transitions)} transitions, depth ${depth}, ${(memory / 1e6).toFixed(1)} MB, ${seconds.toFixed(2)} s${rate}`;
}

/** The document of one run: its answer, its trace, and what lockdep would say. */
export function renderTrace({ answer, views, model }: Report): Page {
  const page = new PageWriter();
  page.heading(titleOf(answer));
  page.paragraph(answerText(answer));
  const known = views && 'missing' in views ? undefined : views;
  const rest = Object.entries({ ...answer.verdicts, ...known?.verdicts }).filter(([property]) => property !== answer.trace?.property);
  if (answer.answer === 'violated' && answer.properties.length > 1)
    page.paragraph(`besides: ${views ? rest.map(([property, verdict]) => `${property} ${verdict}`).join(', ') : '…'}`);
  page.line(figuresText(answer));
  if (answer.documentedOrders > 0) page.line(`held against ${counted(answer.documentedOrders, 'documented order')} of this tree`);
  traceLines(page, answer, model);
  page.heading('What lockdep would say of these runs');
  if (views === undefined) page.line('… is being worked out.');
  else if ('missing' in views) page.line(`Not known: ${views.missing}.`);
  else lockdepLines(page, views);
  if (known?.drift) driftLines(page, known.drift, model);
  return page.done();
}

function driftLines(page: PageWriter, { findings, compared, withoutCounterpart, limits }: DriftView, model: Report['model']): void {
  page.heading('The model beside the C of this tree');
  const differences = findings.length === 0 ? 'no difference' : counted(findings.length, 'difference');
  page.line(`${counted(compared, 'function')} compared, ${differences} in the locking`);
  for (const { message, modelLine, source } of findings) {
    page.paragraph(`- ${message} [model-drift]`);
    const target = source?.uri === undefined ? undefined : { uri: source.uri, line: source.line };
    const inC: Piece[] = source ? [{ text: ', ' }, { text: `${source.path}:${source.line}`, target }] : [];
    page.line('  ', { text: `line ${modelLine} of the model`, target: model(modelLine) }, ...inC);
  }
  if (withoutCounterpart.length > 0) page.paragraph(`without counterpart in this tree: ${withoutCounterpart.join(', ')}`);
  for (const limit of limits) page.paragraph(`not compared to the end: ${limit}`);
}

function traceLines(page: PageWriter, { trace }: SimulationAnswer, model: Report['model']): void {
  if (!trace) return;
  const { lanes, steps } = trace.sequence;
  page.heading('Step by step');
  page.line('Ctrl+click (Cmd+click) a step to see its source; with the keyboard, put the cursor on it and run Open Link.');
  page.line('');
  const nameOf = (lane: number): string => lanes[lane]?.name ?? '';
  const width = Math.max(0, ...steps.map(({ lane }) => nameOf(lane).length));
  const write = (label: string, step: SequenceStep): void => {
    const target = targetOf(step, model);
    const changes = Object.entries(step.changed).map(([name, value]) => `${name} = ${value}`);
    const holders = step.action === 'wait' ? (step.waiting.find(({ lane }) => lane === step.lane)?.holders ?? []) : [];
    page.line(
      `${label.padStart(4)}  ${nameOf(step.lane).padEnd(width)}  `,
      { text: `${step.text}${holders.length > 0 ? `, held by ${holders.map(nameOf).join(' and ')}` : ''}`, target },
      changes.length > 0 ? `   ${changes.join(', ')}` : '',
    );
    const place = placeText(step, target);
    const where: Piece[] = [
      { text: `in ${step.functions.at(-1) ?? ''}` },
      ...(place === '' ? [] : [{ text: ', ' }, { text: place, target }]),
    ];
    page.line(`${''.padStart(width + 10)}`, ...where, step.held.length > 0 ? `; holds ${step.held.join(', ')}` : '');
  };
  for (const [i, step] of steps.entries()) {
    if (step.mark && !steps[i - 1]?.mark) page.heading(headings[step.mark]);
    write(step.mark ? '' : `${i + 1}`, step);
  }
}

const headings: Readonly<Record<NonNullable<SequenceStep['mark']>, string>> = {
  cycle: 'Waiting',
  race: 'At the same time',
  torn: 'What breaks the property',
  order: 'What breaks the property',
  broken: 'What breaks the property',
  found: 'What comes of it',
};

function targetOf({ source, model }: SequenceStep, modelAt: Report['model']): PageTarget | undefined {
  if (source?.uri !== undefined) return { uri: source.uri, line: source.line };
  return model && modelAt(model.line);
}

function placeText({ source, model }: SequenceStep, target: PageTarget | undefined): string {
  if (source) return `${source.path}:${source.line}${source.isOperation ? '' : ' (where the function begins)'}`;
  return target && model ? `${fileName(target.uri)}:${model.line}` : '';
}

function fileName(uri: string): string {
  const last = uri.split('/').at(-1) ?? uri;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function lockdepLines(page: PageWriter, { lockdep }: SimulationViews): void {
  if (!lockdep) return;
  if (!lockdep.isComplete) page.line('Not all runs were seen: there may be more.');
  for (const which of ['before', 'after'] as const) {
    const { reports, hidden } = lockdep[which];
    page.line(`SRCU annotated as ${which} f0f44752f5f6: ${reportsText(lockdep[which])}`);
    for (const report of reports) page.paragraph(`reports ${report}`, '  ');
    for (const order of hidden) page.paragraph(`does not see ${order}`, '  ');
  }
}

function reportsText({ reports }: LockdepWords): string {
  return reports.length === 0 ? 'reports nothing' : counted(reports.length, 'report');
}

/** A lock's name, or a function's, and what each model says of it. */
type Row = readonly (string | Piece)[];

/** Several models on the same scenario, side by side. `details` leads to the document of each. */
export function renderComparison(reports: readonly Report[], details: readonly PageTarget[]): Page {
  const page = new PageWriter();
  const [first] = reports;
  if (!first) return page.done();
  const run = runText(first.answer);
  page.heading(`${first.answer.title}${run === '' ? '' : ` (${run})`}`);
  const views = reports.map(({ views: each }) => (each && !('missing' in each) ? each : undefined));
  const answers = reports.map(({ answer }) => answer);
  const rows: Row[] = [
    ['', ...answers.map(({ model }) => model)],
    ['answer', ...answers.map(({ answer, trace }) => (trace ? `${answer}: ${trace.property}` : answer))],
    ...first.answer.properties.map((property) => [
      `  ${property}`,
      ...answers.map(({ verdicts }, i) => verdicts[property] ?? views[i]?.verdicts[property] ?? 'not known'),
    ]),
    ['states', ...answers.map(({ states }) => number(states))],
    ['time', ...answers.map(({ milliseconds }) => `${(milliseconds / 1000).toFixed(2)} s`)],
    ['lockdep reports, SRCU as before f0f44752f5f6', ...views.map((each) => lockdepCell(each, 'before'))],
    ['lockdep reports, SRCU as after f0f44752f5f6', ...views.map((each) => lockdepCell(each, 'after'))],
    ['', ...details.map((target, i) => ({ text: answers[i]?.trace ? 'show trace' : 'show details', target }))],
  ];
  page.table(rows);
  for (const { answer } of reports) {
    if (answer.answer === 'holds') continue;
    page.line('');
    page.paragraph(`${answer.model}: ${answerText(answer)}`);
  }
  contentionLines(page, answers, views);
  return page.done();
}

function lockdepCell(views: SimulationViews | undefined, which: 'before' | 'after'): string {
  if (!views?.lockdep) return 'not known';
  const { reports } = views.lockdep[which];
  return `${reports.length === 0 ? 'nothing' : reports.length}${views.lockdep.isComplete ? '' : ' or more'}`;
}

/** Which locks are waited for, and what can go on at the same time. */
function contentionLines(page: PageWriter, answers: readonly SimulationAnswer[], views: readonly (SimulationViews | undefined)[]): void {
  const measured = views.map((each) => each?.contention);
  const known = measured.filter((each) => each !== undefined);
  page.heading('Waiting for locks, over all states');
  if (known.length === 0) {
    page.line('Not known: there are too many states to look at every one without reductions.');
    return;
  }
  const locks = [...new Set(known.flatMap((each) => each.locks.map(({ lock }) => lock)))].sort();
  const head = ['', ...answers.map(({ model }) => model)];
  const rows = [
    ['states', ...measured.map((each) => (each ? number(each.states) : 'too many'))],
    ...locks.map((lock) => [lock, ...measured.map((each) => waitText(each, lock))]),
  ];
  if (locks.length === 0) page.line('Nobody waits for a lock.');
  else page.line('Share of the states in which somebody waits, longest queue, longest wait in steps of others').line('');
  page.table([head, ...rows]);
  const together = [...new Set(known.flatMap((each) => each.together))].sort();
  const differs = together.filter((name) => !known.every((each) => each.together.includes(name)));
  const same = together.filter((name) => !differs.includes(name));
  page.heading('What two threads can do at the same time');
  if (differs.length > 0)
    page.table([
      head,
      ...differs.map((name) => [name, ...measured.map((each) => (each ? (each.together.includes(name) ? 'yes' : 'no') : 'not known'))]),
    ]);
  if (same.length > 0) page.paragraph(`In ${known.length === 1 ? 'it' : 'each of them'}: ${same.join(', ')}`);
}

function waitText(contention: Contention | undefined, lock: string): string {
  if (!contention) return 'not known';
  const found = contention.locks.find((each) => each.lock === lock);
  if (!found) return 'never';
  const longest = found.longestWait === undefined ? 'no bound' : `${found.longestWait}`;
  return `${(found.share * 100).toFixed(1)} %, ${found.longestQueue}, ${longest}`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function number(n: number): string {
  return n.toLocaleString('en-US');
}
