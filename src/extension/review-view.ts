import * as vscode from 'vscode';
import { literal } from './literal.ts';
import { countsText, sentence, tickOf, type IconName, type ReviewNode } from './review-nodes.ts';
import type { Reviews } from './reviews.ts';

const viewId = 'lockstep.review';

const icons: Readonly<Record<IconName, readonly [icon: string, color?: string]>> = {
  patch: ['mail'],
  file: ['file-code'],
  group: ['list-tree'],
  error: ['error', 'list.errorForeground'],
  warning: ['warning', 'list.warningForeground'],
  information: ['info'],
  fixed: ['pass', 'testing.iconPassed'],
  kept: ['history'],
  open: ['warning', 'list.warningForeground'],
  added: ['diff-added', 'gitDecoration.addedResourceForeground'],
  removed: ['diff-removed', 'gitDecoration.deletedResourceForeground'],
  changed: ['diff-modified', 'gitDecoration.modifiedResourceForeground'],
  refused: ['circle-slash', 'list.warningForeground'],
};

/** The tree of what is reviewed: patches, files, remarks with a box each for the reply. */
export class ReviewTree implements vscode.TreeDataProvider<ReviewNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<ReviewNode>;
  private readonly registered: vscode.Disposable;
  /** Of each node the one above it. */
  private parents = new Map<string, ReviewNode>();
  private shown: readonly ReviewNode[] = [];
  /** What is to be selected once the view is in sight. */
  private hidden: ReviewNode | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly reviews: Reviews) {
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true, manageCheckboxStateManually: true });
    this.registered = vscode.Disposable.from(
      this.changed,
      this.view,
      reviews.onDidChange(() => this.update()),
      this.view.onDidChangeVisibility(() => {
        if (this.hidden && this.view.visible) void this.reveal(this.hidden);
      }),
      this.view.onDidChangeCheckboxState(({ items }) => {
        void reviews.tick(items.map(([node, state]) => [node, state === vscode.TreeItemCheckboxState.Checked] as const));
      }),
    );
  }

  get selected(): ReviewNode | undefined {
    return this.view.selection[0];
  }

  dispose(): void {
    this.registered.dispose();
  }

  /** Selects a row without taking the focus, where the view is in sight, else once it is: a side bar that was closed stays so. */
  async reveal(node: ReviewNode): Promise<void> {
    this.hidden = this.view.visible ? undefined : node;
    if (this.view.visible) await this.view.reveal(node, { select: true, focus: false });
  }

  getChildren(node?: ReviewNode): ReviewNode[] {
    return [...(node ? node.children : this.shown)];
  }

  getParent(node: ReviewNode): ReviewNode | undefined {
    return this.parents.get(node.id);
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    const { label, description, tooltip, children, kind, target } = node;
    const state = children.length === 0 ? 'None' : kind === 'group' && node.icon === 'group' ? 'Collapsed' : 'Expanded';
    const item = new vscode.TreeItem(literal(label), vscode.TreeItemCollapsibleState[state]);
    const [icon, color] = icons[node.icon];
    // Of this review: what was selected and folded in another says nothing here.
    item.id = `${this.reviews.current?.view.id}/${node.id}`;
    item.description = literal(description ?? '');
    item.tooltip = tooltip.split('\n').map(literal).join('\n');
    item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
    item.contextValue = kind;
    item.accessibilityInformation = { label: `${label}: ${description ?? ''}` };
    if (target) item.command = { command: 'lockstep.openReviewPlace', title: 'Open', arguments: [node] };
    if (node.remark) {
      const isTicked = this.reviews.current?.ticked.has(tickOf(node.patch, node.remark)) ?? false;
      item.checkboxState = {
        state: isTicked ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked,
        tooltip: isTicked ? 'The reply says this' : 'The reply leaves this out',
      };
    }
    return item;
  }

  private update(): void {
    const { current } = this.reviews;
    this.shown = current?.nodes ?? [];
    this.hidden = undefined;
    this.parents = new Map();
    const note = (parent: ReviewNode): void => {
      for (const child of parent.children) {
        this.parents.set(child.id, parent);
        note(child);
      }
    };
    this.shown.forEach(note);
    if (current) {
      const { view, remarks, ticked } = current;
      const said = remarks.length > 0 ? [`The reply says ${ticked.size} of ${remarks.length}.`] : [];
      const [patch, ...others] = view.patches;
      const counts = patch && others.length === 0 ? countsText(patch) : countsText({ ...view.whole, state: 'forward' });
      const lines = [sentence(counts), ...said, ...view.notices.slice(0, 5)];
      this.view.description = literal(view.title);
      this.view.message = lines.map(literal).join('\n');
    }
    this.changed.fire(undefined);
  }
}
