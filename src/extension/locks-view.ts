import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { LockClass, LockNeighbour, LockTaker } from '../model/reviewer-api.ts';
import type { LockClasses } from '../protocol/requests.ts';
import { asUri, request } from './client.ts';
import { literal } from './literal.ts';

/** A row: a class, one of its lists, a place of a list, or the classes that the file itself does not take. */
export interface LockNode {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly children: readonly LockNode[];
  readonly place?: { readonly uri: vscode.Uri; readonly range: vscode.Range };
  readonly lock?: LockClass;
}

/** The tree of lock classes of the file in the editor, and of what it is linked with. */
export class LocksTree implements vscode.TreeDataProvider<LockNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<LockNode>;
  private readonly registered: vscode.Disposable;
  private shown: readonly LockNode[] = [];
  private asking: vscode.CancellationTokenSource | undefined;
  /** What is shown, as long as nothing was edited. */
  private known = '';
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly client: LanguageClient) {
    this.view = vscode.window.createTreeView('lockstep.locks', { treeDataProvider: this, showCollapseAll: true });
    const update = (): void => void this.update();
    this.registered = vscode.Disposable.from(
      this.changed,
      this.view,
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.workspace.onDidSaveTextDocument(update),
      this.view.onDidChangeVisibility(update),
      client.onDidChangeState(update),
    );
  }

  dispose(): void {
    this.asking?.cancel();
    this.registered.dispose();
  }

  getChildren(node?: LockNode): LockNode[] {
    return [...(node ? node.children : this.shown)];
  }

  getTreeItem({ id, label, description, icon, children, place, lock }: LockNode): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(literal(label), children.length > 0 ? Collapsed : None);
    item.id = id;
    item.description = literal(description);
    item.tooltip = literal(`${label} ${description}`);
    item.iconPath = new vscode.ThemeIcon(icon);
    if (lock) item.contextValue = 'lockClass';
    if (place) item.command = { command: 'vscode.open', title: 'Open', arguments: [place.uri, { selection: place.range }] };
    return item;
  }

  /** Asks for the file in the editor, if the view is in sight: what is not seen costs nothing. */
  private async update(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (!this.view.visible || !this.client.isRunning() || document?.uri.scheme !== 'file' || !/\.[ch]$/.test(document.uri.path)) return;
    const key = `${document.uri.toString()} ${document.version}`;
    if (key === this.known) return;
    this.known = key;
    this.asking?.cancel();
    const asking = (this.asking = new vscode.CancellationTokenSource());
    this.view.message = this.shown.length > 0 ? undefined : 'Reading…';
    try {
      const answer = await request(this.client, 'lockstep/locks', { uri: asUri(this.client, document.uri) }, asking.token);
      if (asking.token.isCancellationRequested) return;
      this.shown = nodesOf(answer);
      this.view.message = this.shown.length > 0 ? undefined : 'No locks are taken in this file, or in what it is linked with.';
      this.view.description = literal(document.uri.path.split('/').at(-1) ?? '');
      this.changed.fire(undefined);
    } catch {
      // The log has it; the view asks again with the next file.
      if (this.asking === asking) this.known = '';
    }
  }
}

function nodesOf({ root, file, locks }: LockClasses): readonly LockNode[] {
  const isHere = ({ takers }: LockClass): boolean => takers.some(({ at }) => at.file === file);
  const own = locks.filter(isHere).map((lock) => classNode(root, lock));
  const others = locks.filter((lock) => !isHere(lock)).map((lock) => classNode(root, lock));
  if (others.length === 0) return own;
  const rest = { id: 'others', label: 'Taken elsewhere', description: String(others.length), icon: 'folder-library', children: others };
  return [...own, rest];
}

function classNode(root: string, lock: LockClass): LockNode {
  const { lockClass, kind, takers, inside, outside } = lock;
  const list = (name: string, icon: string, children: readonly LockNode[]): LockNode[] =>
    children.length === 0 ? [] : [{ id: `${lockClass}\0${name}`, label: name, description: String(children.length), icon, children }];
  const neighbours = (name: string, of: readonly LockNeighbour[]): readonly LockNode[] =>
    of.map((each, i) => ({
      ...placeNode(root, `${lockClass}\0${name}\0${i}`, each),
      label: each.lockClass,
      icon: 'lock',
      description: `${each.function}${each.places > 1 ? `, ${each.places} places` : ''}`,
    }));
  const places = takers.map((taker, i) => placeNode(root, `${lockClass}\0takers\0${i}`, taker));
  return {
    ...{ id: lockClass, label: lockClass, description: kind, icon: 'lock', lock },
    children: [
      ...list('taken by', 'symbol-method', places),
      ...list('inside it', 'arrow-small-right', neighbours('inside it', inside)),
      ...list('outside it', 'arrow-small-left', neighbours('outside it', outside)),
    ],
  };
}

function placeNode(root: string, id: string, { function: name, at }: LockTaker): LockNode {
  const start = new vscode.Position(at.line - 1, at.column - 1);
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(root), at.file);
  const description = `${at.file}:${at.line}`;
  return { id, label: name, description, icon: 'symbol-method', children: [], place: { uri, range: new vscode.Range(start, start) } };
}
