import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { isModel } from './simulation-choices.ts';
import { workspaceTrees } from './trees.ts';

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
  if (vscode.workspace.textDocuments.some(isOurs) || (await workspaceTrees()).length > 0) return client.start();
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
