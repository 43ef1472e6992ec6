import * as vscode from 'vscode';
import { findingNodes, type FindingNode } from './finding-nodes.ts';
import { literal } from './literal.ts';
import { allFindings } from './shown-findings.ts';

/** Milliseconds in which what is published file by file is shown at once. */
const pause = 100;

const icons: Readonly<Record<vscode.DiagnosticSeverity, readonly [icon: string, color?: string]>> = {
  [vscode.DiagnosticSeverity.Error]: ['error', 'list.errorForeground'],
  [vscode.DiagnosticSeverity.Warning]: ['warning', 'list.warningForeground'],
  [vscode.DiagnosticSeverity.Information]: ['info'],
  [vscode.DiagnosticSeverity.Hint]: ['info'],
};

/** The tree of findings of what was checked: open files, and folders that were asked for. */
export class FindingsTree implements vscode.TreeDataProvider<FindingNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<FindingNode>;
  private readonly registered: vscode.Disposable;
  private shown: readonly FindingNode[] = [];
  private parents = new Map<string, FindingNode>();
  private known = '';
  private waiting: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor() {
    this.view = vscode.window.createTreeView('lockstep.findings', { treeDataProvider: this, showCollapseAll: true });
    this.registered = vscode.Disposable.from(
      this.changed,
      this.view,
      vscode.languages.onDidChangeDiagnostics(() => {
        this.waiting ??= setTimeout(() => this.update(), pause);
      }),
    );
    this.update();
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.registered.dispose();
  }

  /** Selects the row of a finding where the view is in sight. */
  async reveal(id: string): Promise<void> {
    const node = this.shown.flatMap(({ children }) => children.flatMap((file) => file.children)).find((each) => isOf(each, id));
    if (node && this.view.visible) await this.view.reveal(node, { select: true, focus: false });
  }

  getChildren(node?: FindingNode): FindingNode[] {
    return [...(node ? node.children : this.shown)];
  }

  getParent(node: FindingNode): FindingNode | undefined {
    return this.parents.get(node.id);
  }

  getTreeItem(node: FindingNode): vscode.TreeItem {
    const item = itemOf(node);
    item.id = node.id;
    item.contextValue = node.kind === 'finding' && node.finding.hasChain ? 'explainable' : node.kind;
    return item;
  }

  private update(): void {
    this.waiting = undefined;
    const findings = allFindings();
    // What is drawn while it changes again may stay without its rows: no news is not told.
    const known = JSON.stringify(findings);
    if (known === this.known) return;
    this.known = known;
    this.shown = findingNodes(findings);
    this.parents = new Map();
    const note = (parent: FindingNode): void => {
      for (const child of parent.children) {
        this.parents.set(child.id, parent);
        note(child);
      }
    };
    this.shown.forEach(note);
    this.view.badge = findings.length > 0 ? { value: findings.length, tooltip: `${findings.length} findings` } : undefined;
    this.changed.fire(undefined);
  }
}

function isOf(node: FindingNode, id: string): boolean {
  return node.kind === 'finding' && node.finding.id === id;
}

function itemOf(node: FindingNode): vscode.TreeItem {
  const { Expanded, Collapsed, None } = vscode.TreeItemCollapsibleState;
  switch (node.kind) {
    case 'check': {
      const item = new vscode.TreeItem(literal(node.check), Expanded);
      item.description = String(node.count);
      item.iconPath = new vscode.ThemeIcon('list-tree');
      return item;
    }
    case 'file': {
      const item = new vscode.TreeItem(literal(node.uri.path.split('/').at(-1) ?? ''), Expanded);
      item.description = literal(vscode.workspace.asRelativePath(vscode.Uri.joinPath(node.uri, '..')));
      item.tooltip = literal(node.uri.fsPath);
      item.iconPath = new vscode.ThemeIcon('file-code');
      return item;
    }
    case 'finding': {
      const { message, range, severity, uri, related } = node.finding;
      const item = new vscode.TreeItem(literal(message), related.length > 0 ? Collapsed : None);
      const [icon, color] = icons[severity];
      item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
      item.description = `line ${range.start.line + 1}`;
      item.tooltip = literal(message);
      item.command = openCommand(uri, range);
      return item;
    }
    case 'place': {
      const { message, location } = node.place;
      const item = new vscode.TreeItem(literal(message), None);
      const at = `${location.uri.path.split('/').at(-1) ?? ''}:${location.range.start.line + 1}`;
      item.description = literal(at);
      item.tooltip = literal(`${message} (${vscode.workspace.asRelativePath(location.uri)}:${location.range.start.line + 1})`);
      item.command = openCommand(location.uri, location.range);
      return item;
    }
  }
}

function openCommand(uri: vscode.Uri, range: vscode.Range): vscode.Command {
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(range.start, range.start) };
  return { command: 'vscode.open', title: 'Open', arguments: [uri, options] };
}
