import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { GuardedField, LockClass, LockNeighbour, LockTaker } from '../model/reviewer-api.ts';
import type { GuardedFields, LockClasses } from '../protocol/requests.ts';
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
  /** Its children are asked for when it is unfolded: what this class guards, as seen from a file. */
  readonly guards?: { readonly uri: string; readonly lockClass: string };
}

/** The tree of lock classes of the file in the editor, and of what it is linked with. */
export class LocksTree implements vscode.TreeDataProvider<LockNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<LockNode>;
  private readonly registered: vscode.Disposable;
  private shown: readonly LockNode[] = [];
  private readonly guarded = new WeakMap<LockNode, Promise<readonly LockNode[]>>();
  /** Cancelled by an edit: what is typed does not wait. */
  private guarding: vscode.CancellationTokenSource | undefined;
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
      vscode.workspace.onDidChangeTextDocument(({ contentChanges }) => {
        if (contentChanges.length > 0) this.guarding?.cancel();
      }),
      this.view.onDidChangeVisibility(update),
      client.onDidChangeState(update),
    );
  }

  dispose(): void {
    this.asking?.cancel();
    this.guarding?.cancel();
    this.registered.dispose();
  }

  async getChildren(node?: LockNode): Promise<LockNode[]> {
    if (!node?.guards) return [...(node ? node.children : this.shown)];
    const known = this.guarded.get(node) ?? this.guardedBy(node, node.guards);
    this.guarded.set(node, known);
    return [...(await known)];
  }

  private async guardedBy(node: LockNode, params: NonNullable<LockNode['guards']>): Promise<readonly LockNode[]> {
    const { token } = (this.guarding ??= new vscode.CancellationTokenSource());
    try {
      const ask = (): Promise<GuardedFields> => request(this.client, 'lockstep/guarded', params, token);
      const { root, fields } = await vscode.window.withProgress({ location: { viewId: 'lockstep.locks' } }, ask);
      if (fields.length > 0) return fields.map((field) => fieldNode(root, `${node.id}\0${field.field}`, field));
      return [messageNode(node, 'nothing is inferred', 'too few places access one thing under it')];
    } catch {
      // Folded and unfolded again it is asked for anew.
      this.guarded.delete(node);
      return [messageNode(node, 'not read to the end', token.isCancellationRequested ? 'the text changed meanwhile' : 'see the log')];
    } finally {
      if (token.isCancellationRequested) this.guarding = undefined;
    }
  }

  getTreeItem({ id, label, description, icon, children, place, lock, guards }: LockNode): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(literal(label), guards || children.length > 0 ? Collapsed : None);
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
      this.shown = nodesOf(answer, asUri(this.client, document.uri));
      this.view.message = this.shown.length > 0 ? undefined : 'No locks are taken in this file, or in what it is linked with.';
      this.view.description = literal(document.uri.path.split('/').at(-1) ?? '');
      this.changed.fire(undefined);
    } catch {
      // The log has it; the view asks again with the next file.
      if (this.asking === asking) this.known = '';
    }
  }
}

function nodesOf({ root, file, locks }: LockClasses, uri: string): readonly LockNode[] {
  const isHere = ({ takers }: LockClass): boolean => takers.some(({ at }) => at.file === file);
  const own = locks.filter(isHere).map((lock) => classNode(root, lock, uri));
  const others = locks.filter((lock) => !isHere(lock)).map((lock) => classNode(root, lock, uri));
  if (others.length === 0) return own;
  const rest = { id: 'others', label: 'Taken elsewhere', description: String(others.length), icon: 'folder-library', children: others };
  return [...own, rest];
}

function classNode(root: string, lock: LockClass, uri: string): LockNode {
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
      ...(kind === 'rcu' || kind === 'srcu' ? [] : [guardsNode(lockClass, uri)]),
    ],
  };
}

function guardsNode(lockClass: string, uri: string): LockNode {
  return { id: `${lockClass}\0guards`, label: 'guards', description: 'inferred', icon: 'shield', children: [], guards: { uri, lockClass } };
}

function messageNode({ id }: LockNode, label: string, description: string): LockNode {
  return { id: `${id}\0message`, label, description, icon: 'info', children: [] };
}

/** A field, and below it the places without the lock. */
function fieldNode(root: string, id: string, { field, guarded, total, example, open }: GuardedField): LockNode {
  return {
    ...placeNode(root, id, example),
    label: field,
    description: `${guarded} of ${total} places`,
    icon: field.includes('.') ? 'symbol-field' : 'symbol-variable',
    children: open.map((place, i) => {
      const node = placeNode(root, `${id}\0${i}`, place);
      return { ...node, label: `${node.label}, without it`, icon: 'circle-slash' };
    }),
  };
}

function placeNode(root: string, id: string, { function: name, at }: LockTaker): LockNode {
  const start = new vscode.Position(at.line - 1, at.column - 1);
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(root), at.file);
  const description = `${at.file}:${at.line}`;
  return { id, label: name, description, icon: 'symbol-method', children: [], place: { uri, range: new vscode.Range(start, start) } };
}
