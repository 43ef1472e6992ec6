import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

/** Stops the server if it runs, and starts it with the open files. */
export async function restartServer(client: LanguageClient): Promise<void> {
  await client.restart();
  vscode.window.setStatusBarMessage('Lockstep: server restarted', 3000);
}
