import type { SimulationAnswer, SimulationViews } from '../protocol/simulation.ts';
import { request } from './client.ts';
import { literal } from './literal.ts';
import type { Choice } from './simulation-choices.ts';
import { logAnswer, near, outlineOf, runOf, viewsOf, withProgress, type Simulation } from './simulate.ts';
import { renderComparison, renderTrace, titleOf, type Report } from './simulation-text.ts';
import { modelUri } from './trace-document.ts';

/** What is compared, in the order of the columns: before the patch, with it, with its follow-up. */
const models = ['before', 'patched', 'followup'] as const;

/** Runs a scenario with each of the shipped models and sets the answers side by side; asks for the scenario if none is given. */
export async function compareSimulations(simulation: Simulation, given: Choice | undefined): Promise<void> {
  const choice = given ?? (await askScenario(simulation));
  if (!choice) return;
  simulation.unfinished?.cancel();
  const reports: Report[] = [];
  for (const name of models) {
    const report = await reportOf(simulation, { ...choice, model: { name } });
    if (!report) return;
    reports.push(report);
  }
  const details = reports.map((report) => ({ uri: simulation.documents.add(titleOf(report.answer), renderTrace(report)).toString() }));
  const title = `before, patched, followup: ${reports[0]?.answer.title ?? ''}`;
  await simulation.documents.show(simulation.documents.add(title, renderComparison(reports, details)));
}

async function askScenario(simulation: Simulation): Promise<Choice | undefined> {
  const model = { name: models[0] };
  const outline = await outlineOf(simulation, model);
  return outline && simulation.choices.askScenario(model, outline);
}

/** Answer and views of one model; undefined when the person cancelled. */
async function reportOf(simulation: Simulation, choice: Choice & { model: { name: string } }): Promise<Report | undefined> {
  const { client } = simulation;
  const where = near(simulation, choice.model);
  const found = await withProgress(client, `Lockstep: simulating ${literal(choice.model.name)}`, async (workDoneToken, token) => {
    const params = { ...runOf(choice), ...where, workDoneToken };
    const answer: SimulationAnswer = await request(client, 'lockstep/simulate', params, token);
    const views: SimulationViews = await request(client, 'lockstep/simulationViews', viewsOf(params, answer, true), token);
    return { answer, views };
  });
  if (!found) return undefined;
  logAnswer(simulation, found.answer);
  return { ...found, model: (line) => ({ uri: modelUri(choice.model), line }) };
}
