import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { ClientNotifications } from '../protocol/requests.ts';
import { checkFile } from './check-file.ts';
import { checkFolder } from './check-folder.ts';
import { createClient } from './client.ts';
import { createStatus } from './status.ts';
import { literal } from './literal.ts';
import { openPendingSample, openSample } from './open-sample.ts';
import { restartServer } from './restart-server.ts';
import { showOrders } from './show-orders.ts';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Lockstep', { log: true });
  context.subscriptions.push(log);
  log.info(`Lockstep ${(context.extension.packageJSON as { version: string }).version}, VS Code ${vscode.version}`);
  try {
    const started = createClient(context, log);
    client = started;
    context.subscriptions.push(
      createStatus(started),
      recheckOnFocus(started),
      ...register(log, {
        'lockstep.checkFile': (uri) => checkFile(started, uri),
        'lockstep.checkFolder': (uri) => checkFolder(started, uri),
        'lockstep.showOrders': () => showOrders(started),
        'lockstep.openSample': () => openSample(context),
        'lockstep.restartServer': () => restartServer(started),
        'lockstep.showLog': async () => log.show(),
      }),
    );
    await openPendingSample(context);
    await started.start();
  } catch (error) {
    await showFailure(log, 'Lockstep could not start', error);
  }
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

/** A command may come with the URI that a menu was opened on. */
type Command = (uri: vscode.Uri | undefined) => Promise<void>;

function register(log: vscode.LogOutputChannel, commands: Readonly<Record<string, Command>>): vscode.Disposable[] {
  return Object.entries(commands).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await run(argument instanceof vscode.Uri ? argument : undefined);
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
