import type { Column } from '../protocol/diagram.ts';
import type { SimulateParams, SimulationAnswer, SimulationViews } from '../protocol/simulation.ts';
import { request } from './client.ts';
import { literal } from './literal.ts';
import type { Choice } from './simulation-choices.ts';
import { logAnswer, near, outlineOf, runOf, viewsOf, withProgress, type Simulation } from './simulate.ts';
import { renderComparison, renderTrace, titleOf, type Report } from './simulation-text.ts';
import { modelUri } from './trace-document.ts';
import { columnOf, comparisonView, versions } from './trace-view.ts';

/** Runs a scenario with each of the shipped models and sets the answers side by side; asks for the scenario if none is given. */
export async function compareSimulations(simulation: Simulation, given: Choice | undefined): Promise<void> {
  const choice = given ?? (await askScenario(simulation));
  if (!choice) return;
  simulation.unfinished?.cancel();
  const began = Date.now();
  const all: Compared[] = [];
  for (const name of versions) {
    const compared = await simulateVersion(simulation, { ...choice, model: { name } });
    if (!compared) return;
    all.push(compared);
  }
  const reports = all.map(({ report }) => report);
  const details = reports.map((report) => ({ uri: simulation.documents.add(titleOf(report.answer), renderTrace(report)).toString() }));
  const title = `${versions.join(', ')}: ${reports[0]?.answer.title ?? ''}`;
  const document = simulation.documents.add(title, renderComparison(reports, details));
  const columns = await columnsOf(simulation, all);
  if (!columns) return;
  // Where nothing goes wrong there is no run to show; else the diagram leads to the text.
  if (columns.length === 0) await simulation.documents.show(document);
  else simulation.diagrams.show(comparisonView(columns, reports[0]!.answer), began, document);
}

interface Compared {
  readonly report: Report;
  readonly params: SimulateParams;
}

/** The first version that goes wrong, and what its threads do in the others; none if nothing goes wrong. Undefined when cancelled. */
async function columnsOf({ client }: Simulation, all: readonly Compared[]): Promise<readonly Column[] | undefined> {
  const like = all.find(({ report }) => report.answer.trace)?.report.answer.trace;
  if (!like) return [];
  const columns: Column[] = [];
  for (const { report, params } of all) {
    const { answer, views } = report;
    const title = `Lockstep: the same run of ${literal(answer.model)}`;
    const trace =
      answer.trace === like
        ? like
        : await withProgress(client, title, (workDoneToken, token) =>
            request(client, 'lockstep/follow', { ...params, like: like.sequence, workDoneToken }, token),
          );
    if (!trace) return undefined;
    columns.push(columnOf(answer, trace, params, views));
  }
  return columns;
}

async function askScenario(simulation: Simulation): Promise<Choice | undefined> {
  const model = { name: versions[0] };
  const outline = await outlineOf(simulation, model);
  return outline && simulation.choices.askScenario(model, outline);
}

/** Answer and views of one version; undefined when the person cancelled. */
async function simulateVersion(simulation: Simulation, choice: Choice & { model: { name: string } }): Promise<Compared | undefined> {
  const { client } = simulation;
  const params: SimulateParams = { ...runOf(choice), ...near(simulation, choice.model) };
  const found = await withProgress(client, `Lockstep: simulating ${literal(choice.model.name)}`, async (workDoneToken, token) => {
    const answer: SimulationAnswer = await request(client, 'lockstep/simulate', { ...params, workDoneToken }, token);
    const views: SimulationViews = await request(
      client,
      'lockstep/simulationViews',
      { ...viewsOf(params, answer, true), workDoneToken },
      token,
    );
    return { answer, views };
  });
  if (!found) return undefined;
  logAnswer(simulation, found.answer);
  return { report: { ...found, model: (line) => ({ uri: modelUri(choice.model), line }) }, params };
}
