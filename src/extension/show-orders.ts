import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { DocumentedOrder } from '../protocol/requests.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';

interface OrderItem extends vscode.QuickPickItem {
  readonly order: DocumentedOrder;
}

/** Lists the documented orders for the active file, else for the workspace; choosing one goes to its sentence. */
export async function showOrders(client: LanguageClient): Promise<void> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const uri = active?.scheme === 'file' ? active : vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!uri) {
    await vscode.window.showWarningMessage('Lockstep: open a file or a folder of a kernel tree first');
    return;
  }
  const orders = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Reading documented lock orders' },
    () => request(client, 'lockstep/documentedOrders', { uri: asUri(client, uri) }),
  );
  if (orders.length === 0) {
    await vscode.window.showInformationMessage(`Lockstep: no documented lock orders for ${literal(vscode.workspace.asRelativePath(uri))}`);
    return;
  }
  const chosen = await vscode.window.showQuickPick(orders.map(toItem), {
    title: 'Documented Lock Orders',
    placeHolder: 'The lock on the left is taken first; choose one to open its document',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen) await show(chosen.order, client);
}

function toItem(order: DocumentedOrder): OrderItem {
  const inner = order.innerMode === 'shared' ? `${order.inner} (read side)` : order.inner;
  return {
    label: literal(`${order.outer} → ${inner}`),
    description: literal(`${order.file}:${order.line}`),
    detail: literal(order.text),
    order,
  };
}

async function show(order: DocumentedOrder, client: LanguageClient): Promise<void> {
  const at = new vscode.Position(Math.max(order.line - 1, 0), 0);
  await vscode.window.showTextDocument(client.protocol2CodeConverter.asUri(order.uri), { selection: new vscode.Range(at, at) });
}
