import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkDoneProgress, type LanguageClient } from 'vscode-languageclient/node';
import type { Column, TraceView } from '../protocol/diagram.ts';
import type {
  ModelOutline,
  ModelReference,
  RunParams,
  SimulateParams,
  SimulationAnswer,
  SimulationViews,
  ViewsParams,
} from '../protocol/simulation.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';
import { simulationLimits } from './limits.ts';
import { SimulationChoices, type Choice } from './simulation-choices.ts';
import { Diagrams, type DiagramActions, type Panel } from './diagrams.ts';
import { answerText, figuresText, renderTrace, titleOf, type Report } from './simulation-text.ts';
import { whatIfTitle } from './tab-title.ts';
import { modelUri, TraceDocuments } from './trace-document.ts';
import { traceView, turnedView } from './trace-view.ts';

/** What the commands about simulation share. */
export interface Simulation {
  readonly client: LanguageClient;
  readonly log: vscode.LogOutputChannel;
  readonly choices: SimulationChoices;
  readonly documents: TraceDocuments;
  readonly diagrams: Diagrams;
  /** Views still being worked out for the last run; the next one does without. */
  unfinished: vscode.CancellationTokenSource | undefined;
}

/** Milliseconds that an answer may take before its progress is shown. */
const progressDelay = 300;

export function createSimulation(
  client: LanguageClient,
  log: vscode.LogOutputChannel,
  context: vscode.ExtensionContext,
  failed: (error: unknown) => void,
): Simulation {
  const documents = new TraceDocuments(client);
  const actions: DiagramActions = {
    whatIf: (column, step, move) => goOn(simulation, column, step, move),
    compare: async (column) => {
      const choice = column.rerun && choiceOf(column.rerun.params);
      if (choice) await vscode.commands.executeCommand('lockstep.compareSimulations', choice);
    },
    details: (document) => documents.show(document),
    hasDetails: (document) => documents.has(document),
  };
  const diagrams = new Diagrams(context, log, actions, failed);
  context.subscriptions.push(documents, diagrams);
  const choices = new SimulationChoices(client, context.workspaceState);
  const simulation: Simulation = { client, log, documents, diagrams, choices, unfinished: undefined };
  return simulation;
}

/** A choice as it was made for a run; where it was run is worked out anew. */
function choiceOf({ model, scenario, vcpus, rounds, with: threads }: SimulateParams): Choice | undefined {
  return scenario === undefined
    ? undefined
    : {
        ...{ model, scenario },
        ...(vcpus !== undefined && { vcpus }),
        ...(rounds !== undefined && { rounds }),
        ...(threads && { with: threads }),
      };
}

/** Opens the run that goes on otherwise from a step. */
async function goOn({ client, diagrams }: Simulation, column: Column, step: number, move: number): Promise<void> {
  if (!column.rerun) return;
  const began = Date.now();
  const { schedule } = column.rerun;
  const params = { ...column.rerun.params, limits: simulationLimits() };
  const open = diagrams.titles();
  const view = withProgress(client, `Lockstep: what if, in ${literal(column.name)}`, async (workDoneToken, token) => {
    const trace = await request(client, 'lockstep/continue', { ...params, turn: { schedule, step, move }, workDoneToken }, token);
    return turnedView(column.name, trace, params, whatIfTitle(trace.sequence.title, open));
  });
  await diagrams.showSoon(whatIfTitle(column.sequence.title, open), 'Going on from here…', began, view);
}

/** Asks what to simulate, and does. */
export async function simulate(simulation: Simulation): Promise<void> {
  const choice = await simulation.choices.ask();
  if (choice) await run(simulation, choice);
}

/** From the lens above a scenario: with the numbers of last time, or with others. */
export async function simulateScenario(simulation: Simulation, model: ModelReference, scenario: string, asks: boolean): Promise<void> {
  const outline = await outlineOf(simulation, model);
  const found = outline?.scenarios.find(({ name }) => name === scenario);
  if (!outline || !found) throw new Error(`there is no scenario ${scenario} any more`);
  const choice = asks ? await simulation.choices.askNumbers(model, outline.name, found) : simulation.choices.usual(model, found);
  if (choice) await run(simulation, choice);
}

export async function outlineOf({ client }: Simulation, model: ModelReference): Promise<ModelOutline | undefined> {
  if ('uri' in model) return request(client, 'lockstep/modelOutline', model);
  return (await request(client, 'lockstep/models', {})).find(({ name }) => name === model.name);
}

async function run(simulation: Simulation, choice: Choice): Promise<void> {
  simulation.unfinished?.cancel();
  const params = { ...runOf(choice), ...near(simulation, choice.model) };
  const answer = await explore(simulation, params);
  if (!answer) return;
  logAnswer(simulation, answer);
  const report: Report = { answer, views: undefined, model: (line) => ({ uri: modelUri(choice.model), line }) };
  const shown: Shown = { report, params, document: simulation.documents.add(titleOf(answer), renderTrace(report)), panel: undefined };
  void completeReport(simulation, shown);
  await tell(simulation, choice, shown);
}

/** A report, and where it is shown. */
interface Shown {
  report: Report;
  readonly params: SimulateParams;
  readonly document: vscode.Uri;
  panel: Panel | undefined;
}

function viewOf({ report: { answer, views }, params }: Shown): TraceView | undefined {
  return answer.trace && traceView(answer, answer.trace, params, views);
}

/** Undefined when the person cancelled. */
async function explore(simulation: Simulation, params: SimulateParams): Promise<SimulationAnswer | undefined> {
  const { model } = params;
  const name = 'uri' in model ? nameOf(model.uri) : model.name;
  return withProgress(simulation.client, `Lockstep: simulating ${literal(name)}`, (workDoneToken, token) =>
    request(simulation.client, 'lockstep/simulate', { ...params, workDoneToken }, token),
  );
}

/** The file whose tree is meant: the model itself, else what is open in the editor. */
export function near({ client }: Simulation, model: ModelReference): { near?: string } {
  if ('uri' in model) return { near: model.uri };
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' ? { near: asUri(client, uri) } : {};
}

export function runOf(choice: Choice): RunParams {
  return { ...choice, limits: simulationLimits() };
}

/** Shows progress if the work takes a while. Undefined when the person cancelled. */
export async function withProgress<R>(
  client: LanguageClient,
  title: string,
  work: (workDoneToken: string, token: vscode.CancellationToken) => Promise<R>,
): Promise<R | undefined> {
  const workDoneToken = randomUUID();
  const source = new vscode.CancellationTokenSource();
  let show: (message: string | undefined) => void = () => {};
  let last: string | undefined;
  const listener = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
    if (value.kind === 'report') show((last = value.message));
  });
  const result = work(workDoneToken, source.token);
  const settled = result.then(
    () => true,
    () => true,
  );
  try {
    const isLong = !(await Promise.race([settled, new Promise<false>((resolve) => setTimeout(() => resolve(false), progressDelay))]));
    if (isLong) {
      const location = vscode.ProgressLocation.Notification;
      await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
        token.onCancellationRequested(() => source.cancel());
        show = (message) => progress.report({ message: message ?? '' });
        show(last);
        await settled;
      });
    }
    return await result;
  } catch (error) {
    if (source.token.isCancellationRequested) return undefined;
    throw error;
  } finally {
    listener.dispose();
    source.dispose();
  }
}

/** Works out what lockdep would say and how the other properties fare, and brings document and diagram up to date. */
async function completeReport(simulation: Simulation, shown: Shown): Promise<void> {
  const source = new vscode.CancellationTokenSource();
  simulation.unfinished = source;
  const params = viewsOf(shown.params, shown.report.answer, false);
  const views = await request(simulation.client, 'lockstep/simulationViews', params, source.token).catch(
    (error: unknown): SimulationViews | { missing: string } => ({
      missing: source.token.isCancellationRequested
        ? 'another simulation was started first'
        : error instanceof Error
          ? error.message
          : String(error),
    }),
  );
  if (simulation.unfinished === source) simulation.unfinished = undefined;
  source.dispose();
  shown.report = { ...shown.report, views };
  simulation.documents.update(shown.document, renderTrace(shown.report));
  const view = viewOf(shown);
  if (view) shown.panel?.update(view);
}

/** The answer ends with the first property that fails: the others are still to be looked at. */
export function viewsOf(run: SimulateParams, { properties, verdicts, answer }: SimulationAnswer, contention: boolean): ViewsParams {
  const rest = answer === 'violated' ? properties.filter((property) => verdicts[property] === undefined) : [];
  return { ...run, verdicts: rest, lockdep: true, contention, drift: true };
}

async function tell(simulation: Simulation, choice: Choice, shown: Shown): Promise<void> {
  const { answer } = shown.report;
  const showTrace = answer.trace ? 'Show Trace' : 'Show a Run';
  const showDetails = 'Show Details';
  const choices = [showTrace, showDetails, ...('name' in choice.model ? ['Compare'] : [])];
  const show = answer.answer === 'holds' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const text = `${titleOf(answer)}: ${answerText(answer)}`;
  const chosen = await show(literal(text.length > 600 ? `${text.slice(0, 600)} …` : text), ...choices);
  if (chosen === showTrace) await showRun(simulation, shown);
  else if (chosen === showDetails) await simulation.documents.show(shown.document);
  else if (chosen !== undefined) await vscode.commands.executeCommand('lockstep.compareSimulations', choice);
}

/** The run that breaks a property, else one that shows how it goes. */
async function showRun({ client, diagrams }: Simulation, shown: Shown): Promise<void> {
  const began = Date.now();
  const { document, params } = shown;
  const { answer } = shown.report;
  const view =
    viewOf(shown) ??
    (await withProgress(client, `Lockstep: a run of ${literal(answer.model)}`, async (workDoneToken, token) =>
      turnedView(answer.model, await request(client, 'lockstep/continue', { ...params, workDoneToken }, token), params),
    ));
  if (view) shown.panel = diagrams.show(view, began, document);
}

export function logAnswer({ log }: Simulation, answer: SimulationAnswer): void {
  log.info(
    [`simulated ${titleOf(answer)}`, answerText(answer), figuresText(answer)].map((line) => line.replace(/\s+/g, ' ')).join('\n    '),
  );
}

function nameOf(uri: string): string {
  return vscode.Uri.parse(uri).path.split('/').at(-1) ?? uri;
}
