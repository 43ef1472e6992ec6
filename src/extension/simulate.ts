import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkDoneProgress, type LanguageClient } from 'vscode-languageclient/node';
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
import { SimulationChoices, type Choice } from './simulation-choices.ts';
import { answerText, figuresText, renderTrace, titleOf, type Report } from './simulation-text.ts';
import { modelUri, TraceDocuments } from './trace-document.ts';

/** What the commands about simulation share. */
export interface Simulation {
  readonly client: LanguageClient;
  readonly log: vscode.LogOutputChannel;
  readonly choices: SimulationChoices;
  readonly documents: TraceDocuments;
  /** Views still being worked out for the last run; the next one does without. */
  unfinished: vscode.CancellationTokenSource | undefined;
}

/** Milliseconds that an answer may take before its progress is shown. */
const progressDelay = 300;

export function createSimulation(client: LanguageClient, log: vscode.LogOutputChannel, context: vscode.ExtensionContext): Simulation {
  const documents = new TraceDocuments(client);
  context.subscriptions.push(documents);
  return { client, log, documents, choices: new SimulationChoices(client, context.workspaceState), unfinished: undefined };
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
  const document = simulation.documents.add(titleOf(answer), renderTrace(report));
  void completeReport(simulation, viewsOf(params, answer, false), report, document);
  await tell(simulation, choice, answer, document);
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
  const memory = vscode.workspace.getConfiguration('lockstep').get<number>('simulationMemory', 2048);
  return { ...choice, limits: { memory } };
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

/** Works out what lockdep would say and how the other properties fare, and brings the document up to date. */
async function completeReport(simulation: Simulation, params: ViewsParams, report: Report, document: vscode.Uri): Promise<void> {
  const source = new vscode.CancellationTokenSource();
  simulation.unfinished = source;
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
  simulation.documents.update(document, renderTrace({ ...report, views }));
}

/** The answer ends with the first property that fails: the others are still to be looked at. */
export function viewsOf(run: SimulateParams, { properties, verdicts, answer }: SimulationAnswer, contention: boolean): ViewsParams {
  const rest = answer === 'violated' ? properties.filter((property) => verdicts[property] === undefined) : [];
  return { ...run, verdicts: rest, lockdep: true, contention, drift: true };
}

async function tell(simulation: Simulation, choice: Choice, answer: SimulationAnswer, document: vscode.Uri): Promise<void> {
  const showTrace = answer.trace ? 'Show Trace' : 'Show Details';
  const compare = 'name' in choice.model ? ['Compare'] : [];
  const show = answer.answer === 'holds' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const text = `${titleOf(answer)}: ${answerText(answer)}`;
  const chosen = await show(literal(text.length > 600 ? `${text.slice(0, 600)} …` : text), showTrace, ...compare);
  if (chosen === showTrace) await simulation.documents.show(document);
  else if (chosen !== undefined) await vscode.commands.executeCommand('lockstep.compareSimulations', choice);
}

export function logAnswer({ log }: Simulation, answer: SimulationAnswer): void {
  log.info(
    [`simulated ${titleOf(answer)}`, answerText(answer), figuresText(answer)].map((line) => line.replace(/\s+/g, ' ')).join('\n    '),
  );
}

function nameOf(uri: string): string {
  return vscode.Uri.parse(uri).path.split('/').at(-1) ?? uri;
}
