import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { isModel } from './simulation-choices.ts';

/**
 * Starts the server, unless nothing but TypeScript that is none of ours brought us here: then with the first C file, model or
 * command.
 */
export async function startWhenNeeded(
  client: LanguageClient,
  { subscriptions }: vscode.ExtensionContext,
  failed: (error: unknown) => Promise<void>,
): Promise<void> {
  const isOurs = (document: vscode.TextDocument): boolean =>
    ['c', 'cpp'].includes(document.languageId) || isModel(document.uri, document.getText());
  if (vscode.workspace.textDocuments.some(isOurs) || (await hasTree())) return client.start();
  const start = (document: vscode.TextDocument): void => {
    if (!isOurs(document)) return;
    for (const listener of listeners) listener.dispose();
    client.start().catch(failed);
  };
  const listeners = [
    vscode.workspace.onDidOpenTextDocument(start),
    vscode.workspace.onDidChangeTextDocument(({ document }) => start(document)),
  ];
  subscriptions.push(...listeners);
  // One may have come while folders were looked at.
  vscode.workspace.textDocuments.forEach(start);
}

/** Whether a folder of the workspace is a kernel tree, or has one right below: what the manifest has us started for. */
async function hasTree(): Promise<boolean> {
  const isFile = (uri: vscode.Uri): Thenable<boolean> =>
    vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (await isFile(vscode.Uri.joinPath(uri, 'MAINTAINERS'))) return true;
    const entries = await vscode.workspace.fs.readDirectory(uri).then(
      (all) => all,
      () => [],
    );
    const folders = entries.filter(([, type]) => (type & vscode.FileType.Directory) !== 0);
    const found = await Promise.all(folders.map(([name]) => isFile(vscode.Uri.joinPath(uri, name, 'MAINTAINERS'))));
    if (found.includes(true)) return true;
  }
  return false;
}
