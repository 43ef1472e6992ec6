import { loadCompiler, shippedModel, shippedNames } from '../host/models.ts';
import {
  continueSimulation,
  followSimulation,
  RequestError,
  RunError,
  runOf,
  sampleRun,
  simulate,
  simulateContention,
  simulateLockdep,
  type Explored,
  type Followed,
  type LockdepViews,
  type ModelProgram,
  type SimulationRequest,
} from '../model/simulate.ts';
import { LineIndex } from '../model/source/text.ts';
import { moveOf } from '../model/trace/from-run.ts';
import type { LockdepWords, ModelOutline, ModelProblem, SimulationTrace, SimulationViews } from '../protocol/simulation.ts';
import { documentedOrders, driftOf, findModelTree } from './model-tree.ts';
import { traceOf } from './run-sequence.ts';
import type { Explorations, Job, JobAnswers, ModelText, Run, Simulated, TreeFolder, Views } from './simulator-messages.ts';

/** The job cannot be done as it was asked for; the message is for the person who did. */
export class JobError extends Error {}

const summaries: Readonly<Record<(typeof shippedNames)[number], string>> = {
  before: 'as in Linux 6.1: HART_START takes kvm->lock',
  patched: 'with 2121cadec45a: each vCPU has an mp_state_lock',
  followup: 'and with 9752fed8f67c: each reset context has a reset_cntx_lock',
};

/** Milliseconds between two reports of progress. */
const progressPause = 100;
/** More of one is not asked for by mistake only. */
const largestNumber = 1000;
const problemLimit = 100;

export async function answerJob(job: Job, progress: (progress: Explorations) => void): Promise<JobAnswers[keyof JobAnswers]> {
  try {
    switch (job.kind) {
      case 'models':
        return await Promise.all(shippedNames.map(shippedOutline));
      case 'outline':
        return await outline(job.model);
      case 'text':
        return (await compiled({ name: job.name })).text;
      case 'simulate':
        return await explore(job.run, job.trees, progress);
      case 'views':
        return await views(job, progress);
      case 'continue':
        return await goOn(job, progress);
      case 'follow':
        return await follow(job, progress);
      case 'drift':
        return await driftOf(await compiled(job.model), job.trees);
    }
  } catch (error) {
    if (error instanceof RequestError) throw new JobError(error.message);
    if (error instanceof RunError) throw new JobError(`the model cannot be run: ${error.message}${await placeText(job, error)}`);
    throw error;
  }
}

/** Where a run goes wrong, as far as it is known: ` (line 12, A, in open)`. */
async function placeText(job: Job, { place: { at, thread, function: fn } }: RunError): Promise<string> {
  const model = 'run' in job ? job.run.model : 'model' in job ? job.model : undefined;
  const line = at && model && new LineIndex((await compiled(model)).text).line(at.start);
  const parts = [line === undefined ? undefined : `line ${line}`, thread, fn === undefined ? undefined : `in ${fn}`];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

/** Explores a little, so that what comes next is fast. */
export async function warmUp(): Promise<void> {
  const program = await shippedModel('before');
  if (program) simulate(program, { isReduced: true, firstOnly: true, limits: { states: 20_000 }, rules: [] });
}

async function explore(run: Run, trees: readonly TreeFolder[], progress: (progress: Explorations) => void): Promise<Simulated> {
  const program = await compiled(run.model);
  const found = findModelTree(program, trees);
  const rules = documentedOrders(found, trees);
  const started = performance.now();
  const request = { ...requestOf(run, rules), firstOnly: true, progress: paced(progress) };
  const { counterexample, acquisitions: _, ...simulation } = simulate(program, request);
  const milliseconds = performance.now() - started;
  const about = { program, found, title: titleOf(run, simulation.run.title), modelUri: uriOfModel(run.model) };
  const trace = counterexample && traceOf(counterexample, about);
  return { simulation, milliseconds, documentedOrders: rules.length, ...(trace && { trace }) };
}

async function goOn(
  { run, trees, turn }: Extract<Job, { kind: 'continue' }>,
  progress: (progress: Explorations) => void,
): Promise<SimulationTrace> {
  const program = await compiled(run.model);
  const found = findModelTree(program, trees);
  const request = { ...requestOf(run, documentedOrders(found, trees)), progress: paced(progress) };
  const about = { program, found, modelUri: uriOfModel(run.model) };
  const name = titleOf(run, runOf(program, request).title);
  if (!turn) return traceOf(sampleRun(program, request), { ...about, title: `${name}, one run` });
  const { digest = '', properties: wanted = [], initial, before } = turn.schedule;
  const made = before[turn.step];
  if (made === undefined) throw new JobError(`the run has no step ${turn.step + 1} to go on from`);
  const moves = turn.schedule.moves.slice(0, made).map(moveOf);
  const other = continueSimulation(program, request, { digest, properties: wanted }, { initial, moves, move: moveOf(turn.move) });
  return traceOf(other, { ...about, title: `${name}, otherwise from step ${turn.step + 1}` });
}

async function follow(
  { run, trees, like }: Extract<Job, { kind: 'follow' }>,
  progress: (progress: Explorations) => void,
): Promise<SimulationTrace> {
  const program = await compiled(run.model);
  const found = findModelTree(program, trees);
  const request = { ...requestOf(run, documentedOrders(found, trees)), progress: paced(progress) };
  const deeds = like.steps.flatMap(({ lane, functions, action, object }): Followed[] =>
    action === 'wait' || action === 'call' ? [] : [{ thread: like.lanes[lane]?.name ?? '', functions, action, object: object ?? '' }],
  );
  const made = followSimulation(program, request, deeds);
  const title = titleOf(run, runOf(program, request).title);
  return traceOf(made, { program, found, title, modelUri: uriOfModel(run.model), beside: like });
}

function titleOf({ model }: Run, title: string): string {
  return `${'name' in model ? model.name : model.file}: ${title}`;
}

function uriOfModel(model: ModelText): string | undefined {
  return 'uri' in model ? model.uri : undefined;
}

async function views(
  { run, trees, verdicts, lockdep, contention, drift }: Extract<Job, { kind: 'views' }>,
  progress: (progress: Explorations) => void,
): Promise<Views> {
  const program = await compiled(run.model);
  const rules = documentedOrders(findModelTree(program, trees), trees);
  const request: SimulationRequest = { ...requestOf(run, rules), progress: paced(progress) };
  const answers = verdicts.map((property) => [property, simulate(program, { ...request, properties: [property] }).answer] as const);
  const measured = contention ? simulateContention(program, request) : undefined;
  const differences = drift ? await driftOf(program, trees) : undefined;
  return {
    verdicts: Object.fromEntries(answers),
    ...(lockdep && { lockdep: inWords(simulateLockdep(program, request)) }),
    ...(measured && { contention: measured }),
    ...(differences && { drift: differences }),
  };
}

function inWords({ before, after, isComplete }: LockdepViews): SimulationViews['lockdep'] {
  const words = ({ reports, hidden }: LockdepViews['before']): LockdepWords => ({
    reports: reports.map(({ message }) => message),
    hidden: hidden.filter(({ closes, disjoint }) => closes.length > 0 && disjoint.length === 0).map(({ message }) => message),
  });
  return { before: words(before), after: words(after), isComplete };
}

function requestOf(
  { scenario, vcpus, rounds, with: threads, properties, limits }: Run,
  rules: SimulationRequest['rules'],
): SimulationRequest {
  for (const [name, number] of Object.entries({ vcpus, rounds })) {
    if (number === undefined) continue;
    if (!Number.isInteger(number) || number < 1 || number > largestNumber)
      throw new JobError(`the number of ${name} goes from 1 to ${largestNumber}, not ${number}`);
  }
  return {
    ...(scenario !== undefined && { scenario }),
    ...(vcpus !== undefined && { vcpus }),
    ...(rounds !== undefined && { rounds }),
    ...(threads && { with: threads }),
    ...(properties && { properties }),
    isReduced: true,
    limits,
    rules,
  };
}

async function compiled(model: ModelText): Promise<ModelProgram> {
  if ('name' in model) {
    const known = await shippedModel(model.name);
    if (!known) throw new JobError(`no model ${model.name} comes with Lockstep; there is: ${shippedNames.join(', ')}`);
    return known;
  }
  const { program, problems } = await compile(model);
  const [first] = problems;
  if (!first) return program;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new JobError(`${model.file} is outside the model language: line ${first.line}: ${first.message}${more}`);
}

async function compile({ file, text }: { file: string; text: string }): Promise<{ program: ModelProgram; problems: ModelProblem[] }> {
  const { program, problems } = (await loadCompiler())(text, file);
  const lines = new LineIndex(text);
  const located = problems.slice(0, problemLimit).map(({ at, message }): ModelProblem => {
    const { line, column, endLine, endColumn } = lines.location(file, at);
    return { message, line, column, endLine, endColumn };
  });
  return { program, problems: located };
}

async function outline(model: ModelText): Promise<ModelOutline> {
  if ('name' in model) return outlineOf(model.name, await compiled(model), []);
  const { program, problems } = await compile(model);
  return outlineOf(model.file, program, problems);
}

async function shippedOutline(name: (typeof shippedNames)[number]): Promise<ModelOutline> {
  return { ...outlineOf(name, await compiled({ name }), []), summary: summaries[name] };
}

function outlineOf(name: string, program: ModelProgram, problems: readonly ModelProblem[]): ModelOutline {
  const lines = new LineIndex(program.text);
  const scenarios = program.scenarios.map(({ name: scenario, title, at }): ModelOutline['scenarios'][number] => {
    const run = runOf(program, { scenario });
    return {
      name: scenario,
      title,
      line: lines.line(at.start),
      ...(run.vcpus !== undefined && { vcpus: run.vcpus }),
      ...(run.rounds !== undefined && { rounds: run.rounds }),
      options: run.with,
    };
  });
  return { name, scenarios, functions: program.functions.map((fn) => fn.name), problems };
}

/** Reports now and then, with the rate since the start. */
function paced(report: (progress: Explorations) => void): (progress: Explored) => void {
  const started = performance.now();
  let last = started;
  return (progress) => {
    const now = performance.now();
    if (now - last < progressPause) return;
    last = now;
    report({ ...progress, rate: Math.round((1000 * progress.states) / (now - started)) });
  };
}
