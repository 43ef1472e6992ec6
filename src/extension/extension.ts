import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { ClientNotifications } from '../protocol/requests.ts';
import type { ModelReference } from '../protocol/simulation.ts';
import { checkFile } from './check-file.ts';
import { checkFolder } from './check-folder.ts';
import { createClient } from './client.ts';
import { compareSimulations } from './compare.ts';
import { createLenses } from './model-lens.ts';
import { newModel } from './new-model.ts';
import { createFindings } from './findings.ts';
import { createStatus } from './status.ts';
import { literal } from './literal.ts';
import { openPendingSample, openSample } from './open-sample.ts';
import { createReview } from './review.ts';
import { restartServer } from './restart-server.ts';
import { showOrders } from './show-orders.ts';
import { showLockPath, showStartPath } from './show-path.ts';
import { createSimulation, simulate, simulateScenario } from './simulate.ts';
import type { Choice } from './simulation-choices.ts';
import { startWhenNeeded } from './start.ts';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Lockstep', { log: true });
  context.subscriptions.push(log);
  log.info(`Lockstep ${(context.extension.packageJSON as { version: string }).version}, VS Code ${vscode.version}`);
  try {
    const started = createClient(context, log);
    client = started;
    const simulation = createSimulation(started, log, context, (error) => void showFailure(log, 'Lockstep', error));
    context.subscriptions.push(
      createStatus(started),
      recheckOnFocus(started),
      createLenses(simulation),
      ...register(log, {
        'lockstep.checkFile': (uri) => checkFile(started, uri),
        'lockstep.checkFolder': (uri) => checkFolder(started, uri),
        ...createFindings(simulation, context),
        'lockstep.showOrders': () => showOrders(started),
        'lockstep.openSample': () => openSample(context),
        'lockstep.simulate': () => simulate(simulation),
        'lockstep.compareSimulations': (_, choice) => compareSimulations(simulation, choice as Choice | undefined),
        'lockstep.simulateScenario': (_, ...given) => simulateScenario(simulation, ...(given as Lens)),
        'lockstep.showStartPath': () => showStartPath({ ...simulation, state: context.workspaceState }),
        'lockstep.showLockPath': () => showLockPath({ ...simulation, state: context.workspaceState }),
        ...createReview(simulation, context, (error) => void showFailure(log, 'Lockstep', error)),
        'lockstep.newModel': () => newModel(),
        'lockstep.restartServer': () => restartServer(started),
        'lockstep.showLog': async () => log.show(),
      }),
    );
    await openPendingSample(context);
    await startWhenNeeded(started, context, (error) => showFailure(log, 'Lockstep could not start', error));
  } catch (error) {
    await showFailure(log, 'Lockstep could not start', error);
  }
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

/** What the lens above a scenario brings along. */
type Lens = [model: ModelReference, scenario: string, asks: boolean];

/** A command may come with the URI that a menu was opened on, or with what our own buttons and lenses give it. */
type Command = (uri: vscode.Uri | undefined, ...given: unknown[]) => Promise<void>;

function register(log: vscode.LogOutputChannel, commands: Readonly<Record<string, Command>>): vscode.Disposable[] {
  return Object.entries(commands).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (...given: unknown[]) => {
      try {
        await run(given[0] instanceof vscode.Uri ? given[0] : undefined, ...given);
      } catch (error) {
        if (!(error instanceof vscode.CancellationError)) await showFailure(log, 'Lockstep', error);
      }
    }),
  );
}

/** Files are not watched (see the server's start): what changed while another window had the focus is read again. */
function recheckOnFocus(client: LanguageClient): vscode.Disposable {
  return vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused && client.isRunning()) void client.sendNotification('lockstep/recheck' satisfies keyof ClientNotifications, {});
  });
}

async function showFailure(log: vscode.LogOutputChannel, what: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  log.error(error instanceof Error ? error : reason);
  const showLog = 'Show Log';
  if ((await vscode.window.showErrorMessage(`${what}: ${literal(reason)}`, showLog)) === showLog) log.show();
}
