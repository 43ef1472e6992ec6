import * as vscode from 'vscode';
import { renderOrders, type OrderedPair } from '../model/trace/order-flow.ts';
import type { LockClass } from '../model/reviewer-api.ts';
import { readFromPage } from '../protocol/diagram-messages.ts';
import type { ToPage } from '../protocol/diagram.ts';
import { fillPanel } from './diagram-page.ts';
import { tabTitle } from './tab-title.ts';

/** Draws the locks that are held outside a class and taken inside it, in a tab of its own. */
export async function showOrderGraph(extensionUri: vscode.Uri, lock: LockClass): Promise<void> {
  const { lockClass, inside, outside } = lock;
  const pairs: readonly OrderedPair[] = [
    ...outside.map((each) => ({ outer: each.lockClass, inner: lockClass, places: each.places })),
    ...inside.map((each) => ({ outer: lockClass, inner: each.lockClass, places: each.places })),
  ];
  const text = renderOrders(lockClass, pairs);
  if (text === '') {
    await vscode.window.showInformationMessage('Lockstep: nothing that was read takes this lock together with another');
    return;
  }
  const title = `Orders around ${lockClass}`;
  const summary = 'An arrow leads from the lock that is held to the one that is taken meanwhile, by the code that was read.';
  const panel = vscode.window.createWebviewPanel('lockstep.orders', tabTitle(title), vscode.ViewColumn.Active, { enableFindWidget: true });
  const tell = (message: ToPage): void => void panel.webview.postMessage(message);
  panel.webview.onDidReceiveMessage(async (message: unknown) => {
    const read = readFromPage(message);
    if (read?.type === 'ready') tell({ type: 'orders', title, summary, text });
    if (read?.type !== 'copy') return;
    await vscode.env.clipboard.writeText(text);
    tell({ type: 'say', text: 'Mermaid text copied' });
  });
  fillPanel(panel, extensionUri, 'Drawing…');
}
