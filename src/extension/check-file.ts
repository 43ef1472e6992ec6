import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';
import { showSummary } from './summary.ts';

/** Checks a file from a menu, else the one in the active editor. */
export async function checkFile(client: LanguageClient, chosen: vscode.Uri | undefined): Promise<void> {
  const uri = chosen ?? vscode.window.activeTextEditor?.document.uri;
  if (!uri || uri.scheme !== 'file' || !/\.[ch]$/.test(uri.path)) {
    await vscode.window.showWarningMessage('Lockstep: open a C file to check it');
    return;
  }
  const name = vscode.workspace.asRelativePath(uri);
  const summary = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: `Checking ${literal(name)}` }, () =>
    request(client, 'lockstep/checkFile', { uri: asUri(client, uri) }),
  );
  await showSummary(name, summary);
}
