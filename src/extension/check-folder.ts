import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkDoneProgress, type LanguageClient } from 'vscode-languageclient/node';
import type { CheckSummary } from '../protocol/requests.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';
import { showSummary } from './summary.ts';

/** C files; a folder with more takes minutes and gigabytes, and is seldom what was meant. */
const manyFiles = 2000;

/** Checks a folder from the explorer's menu, else one that is picked. */
export async function checkFolder(client: LanguageClient, chosen: vscode.Uri | undefined): Promise<void> {
  const folder = chosen ?? (await pickFolder());
  if (!folder) return;
  const name = vscode.workspace.asRelativePath(folder);
  if (!(await confirmManyFiles(folder, name))) return;
  const summary = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Lockstep: checking ${literal(name)}`, cancellable: true },
    (progress, token) => check(client, folder, progress, token),
  );
  if (summary) await showSummary(name, summary);
}

/** Undefined when the person cancelled: the notification is gone then, and there is nothing to say. */
async function check(
  client: LanguageClient,
  folder: vscode.Uri,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  token: vscode.CancellationToken,
): Promise<CheckSummary | undefined> {
  const workDoneToken = randomUUID();
  let shown = 0;
  const listener = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
    if (value.kind !== 'report') return;
    const percentage = Math.max(shown, value.percentage ?? shown);
    progress.report({ message: value.message, increment: percentage - shown });
    shown = percentage;
  });
  try {
    return await request(client, 'lockstep/checkFolder', { uri: asUri(client, folder), workDoneToken }, token);
  } catch (error) {
    if (token.isCancellationRequested) return undefined;
    throw error;
  } finally {
    listener.dispose();
  }
}

async function pickFolder(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const start = active?.scheme === 'file' ? vscode.Uri.joinPath(active, '..') : vscode.workspace.workspaceFolders?.[0]?.uri;
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: 'Check Folder',
    title: 'Check Folder for Lock Order',
    ...(start ? { defaultUri: start } : {}),
  });
  return picked?.[0];
}

/** A whole kernel tree has tens of thousands of files, `drivers` most of them. */
async function confirmManyFiles(folder: vscode.Uri, name: string): Promise<boolean> {
  const sources = new vscode.RelativePattern(folder, '**/*.c');
  const found = await vscode.workspace.findFiles(sources, null, manyFiles + 1);
  if (found.length <= manyFiles) return true;
  const go = 'Check All';
  const question = `Check ${literal(name)}, which has more than ${manyFiles} C files?`;
  const detail = 'This takes long and much memory. A subsystem, such as virt/kvm, is read together with what it is linked with.';
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}
