import { FlowCache, summarize } from './analysis/summaries.ts';
import { bindRules } from './checks/resolve-rules.ts';
import { exploreAcquisitions } from './explore/acquisitions.ts';
import { measureContention, type Contention } from './explore/contention.ts';
import type { Counterexample, Run as MadeRun } from './explore/ending.ts';
import { explore, systemWithin, type Exploration } from './explore/explore.ts';
import { followRun, runThrough, takeTurn, withoutRaces, type Followed, type Numbering } from './explore/follow.ts';
import type { Turn } from './explore/retrace.ts';
import type { OrderRule } from './explore/rules.ts';
import type { Limits, Progress as Explored } from './explore/search.ts';
import type { RunSettings, System } from './explore/system.ts';
import type { Judged } from './explore/walk.ts';
import type { ModelProgram, Scenario } from './ir/execution.ts';
import type { LinkedFunction, Program } from './ir/program.ts';
import type { Acquisition } from './lockdep/acquisition.ts';
import { lockdepView, type LockdepView } from './lockdep/lockdep-view.ts';
import { readComments } from './orders/comment.ts';
import type { Rule } from './orders/rule.ts';
import { LineIndex } from './source/text.ts';

/** What an exploration can look for. */
export const properties = ['deadlock', 'order', 'race', 'torn', 'assert', 'atomic', 'exit', 'start'] as const;
export type Property = (typeof properties)[number];

/** A run asked for. What is absent is as the model has it. */
export interface SimulationRequest {
  readonly scenario?: string;
  readonly vcpus?: number;
  readonly rounds?: number;
  /** Optional threads; all of the model if absent. */
  readonly with?: readonly string[];
  /** All if absent. */
  readonly properties?: readonly Property[];
  readonly isReduced: boolean;
  /** Looks no further than the first property that fails: those after it need not get a verdict. */
  readonly firstOnly?: boolean;
  readonly limits: Limits;
  /** Documented orders besides those in the model's own comments. */
  readonly rules: readonly Rule[];
  readonly progress?: (progress: Explored) => void;
}

/** The run that was made of a request. */
export interface Run {
  readonly scenario: string;
  readonly title: string;
  readonly vcpus: number | undefined;
  readonly rounds: number | undefined;
  readonly with: readonly string[];
  readonly properties: readonly Property[];
}

export type Answer = 'holds' | 'violated' | 'unknown';

export interface Simulation {
  readonly run: Run;
  readonly answer: Answer;
  /** Of each property; none of those that `firstOnly` left out. */
  readonly verdicts: Readonly<Partial<Record<Property, Answer>>>;
  /** One sentence. */
  readonly message: string;
  readonly states: number;
  readonly transitions: number;
  /** Levels of the search: states that are kept on the longest way, not steps. */
  readonly depth: number;
  /** Bytes for states. */
  readonly memory: number;
  /** Over all searches: the figures above are those of the one that gave the answer. */
  readonly total: { readonly searches: number; readonly transitions: number };
  readonly limit?: 'states' | 'memory';
  readonly counterexample?: Counterexample;
  /** What all runs acquire, where all were seen: lockdep's view is made of them. */
  readonly acquisitions?: readonly Acquisition[];
}

/** What lockdep would say of all acquisitions that the runs make. */
export interface LockdepViews {
  /** With SRCU annotated as before commit f0f44752f5f6. */
  readonly before: LockdepView;
  readonly after: LockdepView;
  /** Not all runs were seen. */
  readonly isComplete: boolean;
}

/** The request does not fit the model: no such scenario, option or number. The message says what there is. */
export class RequestError extends Error {}

/** States seen for the views besides the answer itself. */
const viewLimit = 2_000_000;
/** States looked at for contention, each without reductions. */
const contentionLimit = 1_000_000;

/**
 * Explores one scenario of a model. Where something fails, the search goes on for the properties that are left, until they hold:
 * the answer is the first of the request's properties that fails, whatever fails soonest, and its run the shortest of a search for
 * it alone. Throws `RequestError`, and `RunError` where the model itself goes wrong.
 */
export function simulate(program: ModelProgram, request: SimulationRequest): Simulation {
  const run = runOf(program, request);
  const rules = ordersOf(program, request.rules);
  const all: Exploration[] = [];
  const explored = (wanted: readonly Property[]): Exploration => {
    const settings = { ...settingsOf(program, run), properties: new Set<string>(wanted), rules };
    const { isReduced, limits, progress } = request;
    const found = explore(program, settings, { isReduced, limits, ...(progress && { progress }) });
    all.push(found);
    return found;
  };
  const { failed, rest, last } = failures(run.properties, request.firstOnly === true, explored);
  const first = run.properties.find((property) => failed.has(property));
  const isAlone = first === undefined || run.properties.length === 1;
  const { answer, states, transitions, depth, memory, limit, counterexample } = isAlone ? last : explored([first]);
  const { acquisitions } = last;
  const verdict = (property: Property): Answer | undefined =>
    failed.has(property) ? 'violated' : rest.includes(property) ? last.answer : undefined;
  return {
    run,
    answer,
    verdicts: Object.fromEntries(run.properties.flatMap((each) => (verdict(each) ? [[each, verdict(each)]] : []))),
    message: messageOf(answer, run, states, limit, counterexample),
    states,
    transitions,
    depth,
    memory,
    total: { searches: all.length, transitions: all.reduce((sum, each) => sum + each.transitions, 0) },
    ...(limit && { limit }),
    ...(counterexample && { counterexample }),
    ...(acquisitions && { acquisitions }),
  };
}

/** Which properties fail; the last search is the one for those left, or, with none left, the one for the last that fails. */
function failures(
  wanted: readonly Property[],
  firstOnly: boolean,
  explored: (wanted: readonly Property[]) => Exploration,
): { failed: ReadonlySet<Property>; rest: readonly Property[]; last: Exploration } {
  const failed = new Set<Property>();
  let rest = wanted;
  let last = explored(rest);
  while (last.counterexample) {
    const property = rest.find((each) => each === last.counterexample?.property);
    if (property === undefined) throw new Error(`${last.counterexample.property} was not looked for`);
    failed.add(property);
    rest = firstOnly ? rest.slice(0, rest.indexOf(property)) : rest.filter((each) => each !== property);
    if (rest.length === 0) break;
    last = explored(rest);
  }
  return { failed, rest, last };
}

function messageOf(
  answer: Simulation['answer'],
  run: Run,
  states: number,
  limit: Simulation['limit'],
  counterexample: Counterexample | undefined,
): string {
  if (counterexample) return `${counterexample.property}: ${counterexample.message}`;
  const all = run.properties.join(', ');
  if (answer === 'holds') return `holds in every interleaving (${all})`;
  if (states === 0) return `unknown: the threads alone need more memory than there may be (${all})`;
  const reached = limit === 'states' ? 'the limit of states' : 'the limit of memory';
  return `unknown: ${reached} was reached after ${states} states; nothing wrong was found until then (${all})`;
}

/** Goes on from a place in a run with another move than its own. `made`: what the run says of its moves. Throws `RequestError` if that is no more so. */
export function continueSimulation(program: ModelProgram, request: SimulationRequest, made: Numbering, turn: Turn): MadeRun {
  const { systemFor, judged } = singleRun(program, request);
  const run = takeTurn(systemFor, made, turn, judged);
  if (!run) throw new RequestError('the model has changed since; simulate again');
  return run;
}

/** A run from the beginning, each thread going on as long as it can: how it goes when nothing comes in between. */
export function sampleRun(program: ModelProgram, request: SimulationRequest): MadeRun {
  const { systemFor, judged } = singleRun(program, request);
  return runThrough(systemFor(withoutRaces(judged.asked)), judged);
}

/** Lets the threads do what those of another run do, of this model or of another version of it, in the same order. */
export function followSimulation(program: ModelProgram, request: SimulationRequest, deeds: readonly Followed[]): MadeRun {
  const { systemFor, judged } = singleRun(program, request);
  return followRun(systemFor(withoutRaces(judged.asked)), deeds, judged);
}

/** What a single run is made on, within the limits of the request, and what it is judged by. */
function singleRun(
  program: ModelProgram,
  request: SimulationRequest,
): { readonly systemFor: (properties: readonly string[]) => System; readonly judged: Judged } {
  const run = runOf(program, request);
  const { limits, progress } = request;
  const settings = { ...settingsOf(program, run), rules: ordersOf(program, request.rules) };
  const asked = new Set<string>(run.properties);
  return {
    systemFor: (wanted) => {
      const system = systemWithin(program, { ...settings, properties: new Set(wanted) }, limits);
      if (!system) throw new RequestError('the threads alone need more memory than there may be');
      return system;
    },
    judged: {
      asked,
      isAll: properties.every((each) => asked.has(each)),
      ...(limits.states !== undefined && { moves: limits.states }),
      ...(progress && { progress }),
    },
  };
}

/** lockdep's view of the runs of a request, whatever is wrong with them; of `known` acquisitions if an answer brought them along. */
export function simulateLockdep(program: ModelProgram, request: SimulationRequest, known?: Simulation['acquisitions']): LockdepViews {
  const look = (): ReturnType<typeof exploreAcquisitions> => {
    const system = systemWithin(program, settingsOf(program, runOf(program, request)), request.limits);
    if (!system) return { acquisitions: [], isComplete: false };
    return exploreAcquisitions(system, { ...request.limits, states: viewLimit });
  };
  const { acquisitions, isComplete } = known ? { acquisitions: known, isComplete: true } : look();
  return { before: lockdepView(acquisitions, 'before'), after: lockdepView(acquisitions, 'after'), isComplete };
}

/** How much locks are waited for in the runs of a request; undefined if it goes beyond what can be looked at. */
export function simulateContention(program: ModelProgram, request: SimulationRequest): Contention | undefined {
  const run = runOf(program, request);
  const system = systemWithin(program, settingsOf(program, run), request.limits);
  return system && measureContention(system, contentionLimit);
}

/** Checks a request against a model and fills in what it leaves open. */
export function runOf(program: ModelProgram, request: Omit<SimulationRequest, 'isReduced' | 'limits' | 'rules'>): Run {
  const scenario = request.scenario === undefined ? program.scenarios[0] : program.scenarios.find((s) => s.name === request.scenario);
  const names = program.scenarios.map((s) => s.name).join(', ');
  if (!scenario)
    throw new RequestError(names === '' ? `${program.file} has no scenario` : `no scenario ${request.scenario}; there is: ${names}`);
  const options = program.parameters.filter((p) => p.isOption).map((p) => p.name);
  const unknown = request.with?.find((name) => !options.includes(name));
  if (unknown !== undefined) throw new RequestError(`no optional thread ${unknown}; there is: ${options.join(', ') || 'none'}`);
  return {
    scenario: scenario.name,
    title: scenario.title,
    vcpus: numberOf(program, scenario, 'vcpus', request.vcpus),
    rounds: numberOf(program, scenario, 'rounds', request.rounds),
    with: options.filter((name) => (request.with?.includes(name) ?? true) && asksFor(scenario, name)),
    properties: request.properties ?? properties,
  };
}

/** Whether the optional thread is one of this scenario's. */
function asksFor({ body }: Scenario, option: string): boolean {
  return JSON.stringify(body.blocks).includes(JSON.stringify(`@${option}`));
}

function numberOf(program: ModelProgram, scenario: Scenario, name: string, asked: number | undefined): number | undefined {
  const parameter = program.parameters.find((p) => p.name === name && !p.isOption);
  if (asked === undefined) return scenario.values[name] ?? parameter?.value;
  if (!parameter) throw new RequestError(`this model has no number of ${name}`);
  return asked;
}

/** What the explorer takes of a run. */
export function runSettings(program: ModelProgram, run: Run, rules: readonly Rule[]): RunSettings {
  return { ...settingsOf(program, run), properties: new Set<string>(run.properties), rules: ordersOf(program, rules) };
}

/** The same, looking for nothing yet. */
function settingsOf(program: ModelProgram, run: Run): RunSettings {
  const values = new Map(Object.entries(program.scenarios.find((s) => s.name === run.scenario)?.values ?? {}));
  if (run.vcpus !== undefined) values.set('vcpus', run.vcpus);
  if (run.rounds !== undefined) values.set('rounds', run.rounds);
  for (const { name, isOption } of program.parameters) if (isOption) values.set(name, run.with.includes(name) ? 1 : 0);
  return { scenario: run.scenario, values, properties: new Set<string>(), rules: [] };
}

/** Documented orders, bound to the lock classes of a model. */
function ordersOf(model: ModelProgram, rules: readonly Rule[]): readonly OrderRule[] {
  const program = linkModel(model);
  const all = [...rules, ...readComments(model.file, model.text)];
  return bindRules(
    all,
    program,
    summarize(program, new FlowCache(), () => undefined),
  ).flatMap(({ rule, outer, inner }): readonly OrderRule[] => {
    if (outer === undefined || inner === undefined) return [];
    const { text, file, line, innerMode } = rule;
    return [{ outer, inner, text, file, line, ...(innerMode && { innerMode }) }];
  });
}

/** A model as a program for analysis: functions by name, no pointers to functions. */
function linkModel(model: ModelProgram): Program {
  const lines = new LineIndex(model.text);
  const functions = model.functions.map((ir, id): LinkedFunction => ({ id, ir, locate: (range) => lines.location(model.file, range) }));
  const byName = new Map(functions.map((fn) => [fn.ir.name, fn]));
  return {
    functions,
    targets: (call) => {
      const callee = byName.get(call.name ?? '');
      return callee ? [{ function: callee, via: '', candidates: 1 }] : [];
    },
    passedIn: () => [],
    enteredBy: () => [],
    runners: { handlersOf: () => [], queuedOn: () => [], turnOf: () => undefined },
    mayBeCalledElsewhere: () => false,
    mayBeEnteredElsewhere: () => false,
    mayBeTakenElsewhere: () => false,
    isNeverGiven: () => false,
    takers: new Map(),
    initial: [],
  };
}

export type { Counterexample, Run as MadeRun } from './explore/ending.ts';
export type { Followed, Numbering } from './explore/follow.ts';
export type { Turn } from './explore/retrace.ts';
export type { Deed, TraceStep, Waiting } from './explore/replay.ts';
export type { Progress as Explored } from './explore/search.ts';
export type { Contention } from './explore/contention.ts';
export { RunError } from './explore/run-error.ts';
export type { ModelProgram } from './ir/execution.ts';
