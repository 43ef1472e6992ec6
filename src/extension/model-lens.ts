import * as vscode from 'vscode';
import type { ModelReference, ScenarioOutline } from '../protocol/simulation.ts';
import { asUri, modelSelector } from './client.ts';
import { literal } from './literal.ts';
import { isModel } from './simulation-choices.ts';
import { outlineOf, type Simulation } from './simulate.ts';
import { runText } from './simulation-text.ts';
import { modelScheme } from './trace-document.ts';

/** Lenses above each scenario of a model: run it as last time, or with other numbers. */
export function createLenses(simulation: Simulation): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider([...modelSelector, { scheme: modelScheme }], {
    provideCodeLenses: async (document) => {
      if (!isModel(document.uri, document.getText())) return [];
      const model = referenceOf(simulation, document.uri);
      const outline = await outlineOf(simulation, model);
      return (outline?.scenarios ?? []).flatMap((scenario) => lensesOf(simulation, model, scenario));
    },
  });
}

function lensesOf({ choices }: Simulation, model: ModelReference, scenario: ScenarioOutline): vscode.CodeLens[] {
  const at = new vscode.Range(scenario.line - 1, 0, scenario.line - 1, 0);
  const command = 'lockstep.simulateScenario';
  const { name } = scenario;
  const usual = choices.usual(model, scenario);
  const numbers = runText({
    vcpus: usual.vcpus ?? scenario.vcpus,
    rounds: usual.rounds ?? scenario.rounds,
    with: usual.with ?? scenario.options,
  });
  const lenses = [new vscode.CodeLens(at, { command, title: 'Simulate', arguments: [model, name, false] })];
  if (numbers !== '') lenses.push(new vscode.CodeLens(at, { command, title: `${literal(numbers)} …`, arguments: [model, name, true] }));
  return lenses;
}

function referenceOf({ client }: Simulation, uri: vscode.Uri): ModelReference {
  return uri.scheme === modelScheme ? { name: uri.path.replace(/^\/|\.model\.ts$/g, '') } : { uri: asUri(client, uri) };
}
