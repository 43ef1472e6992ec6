import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { ReviewParams, ReviewView } from '../protocol/review.ts';
import { request } from './client.ts';
import { literal } from './literal.ts';
import { remarksInOrder, reviewNodes, tickOf, type ReviewNode } from './review-nodes.ts';
import { withProgress } from './simulate.ts';

/** The review that is shown. */
export interface OpenReview {
  readonly view: ReviewView;
  readonly params: ReviewParams;
  readonly nodes: readonly ReviewNode[];
  /** Nodes of all remarks, in order. */
  readonly remarks: readonly ReviewNode[];
  /** Names of those that a reply makes. */
  readonly ticked: Set<string>;
}

/** What outlives a reload of the window. */
interface Kept {
  readonly params: ReviewParams;
  readonly unticked: readonly string[];
  readonly ticked: readonly string[];
}

const keptKey = 'lockstep.review';
/** Characters of a text that is kept for a reload; a longer one is not. */
const longestKept = 512 * 1024;

/** One review at a time, and what the person ticked in it. */
export class Reviews implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private open: OpenReview | undefined;
  /** Cancels the review that was begun last. */
  private running: vscode.CancellationTokenSource | undefined;

  constructor(
    readonly client: LanguageClient,
    private readonly state: vscode.Memento,
  ) {}

  get current(): OpenReview | undefined {
    return this.open;
  }

  /** Fails where nothing is reviewed: for commands that need a review. */
  get required(): OpenReview {
    if (!this.open) throw new Error('nothing is reviewed: run Lockstep: Review Patch… first');
    return this.open;
  }

  dispose(): void {
    this.changed.dispose();
  }

  /** Undefined when the person cancelled it, or began another. */
  async review(params: ReviewParams, name: string): Promise<OpenReview | undefined> {
    const view = await this.ask(params, name);
    if (!view) return undefined;
    const nodes = reviewNodes(view);
    const remarks = remarksInOrder(nodes);
    const kept = this.state.get<Kept>(keptKey);
    const same = kept && JSON.stringify(kept.params) === JSON.stringify(params) ? kept : undefined;
    const said = remarks.filter(({ patch, remark }) => {
      const tick = tickOf(patch, remark!);
      return same?.ticked.includes(tick) ? true : same?.unticked.includes(tick) ? false : remark!.isSaid;
    });
    this.open = { view, params, nodes, remarks, ticked: new Set(said.map(({ patch, remark }) => tickOf(patch, remark!))) };
    await this.keep();
    await this.shown();
    return this.open;
  }

  private async ask(params: ReviewParams, name: string): Promise<ReviewView | undefined> {
    this.running?.cancel();
    const running = (this.running = new vscode.CancellationTokenSource());
    try {
      return await withProgress(this.client, `Lockstep: reviewing ${literal(name)}`, (workDoneToken, token) => {
        token.onCancellationRequested(() => running.cancel());
        return request(this.client, 'lockstep/review', { ...params, withGit: vscode.workspace.isTrusted, workDoneToken }, running.token);
      });
    } catch (error) {
      if (running.token.isCancellationRequested) return undefined;
      throw error;
    }
  }

  /** The review of before the window was reloaded, made again; else why there is none. */
  async restore(): Promise<string | undefined> {
    const kept = this.state.get<Kept>(keptKey);
    if (!kept) return 'it was not kept';
    const { params } = kept;
    if (!vscode.workspace.isTrusted && (params.source.kind === 'revision' || params.source.kind === 'changes'))
      return 'git is run in trusted workspaces only';
    try {
      return (await this.review(params, 'again')) ? undefined : 'it was cancelled';
    } catch (error) {
      // Not once more with every reload.
      await this.state.update(keptKey, undefined);
      throw error;
    }
  }

  async tick(nodes: readonly (readonly [ReviewNode, boolean])[]): Promise<void> {
    for (const [{ patch, remark }, isTicked] of nodes) {
      if (!this.open || !remark) continue;
      if (isTicked) this.open.ticked.add(tickOf(patch, remark));
      else this.open.ticked.delete(tickOf(patch, remark));
    }
    await this.keep();
    this.changed.fire();
  }

  async close(): Promise<void> {
    this.open = undefined;
    await this.state.update(keptKey, undefined);
    await this.shown();
  }

  private async keep(): Promise<void> {
    if (!this.open) return;
    const { params, remarks, ticked } = this.open;
    if (params.source.kind === 'text' && params.source.text.length > longestKept) return this.state.update(keptKey, undefined);
    const all = remarks.map(({ patch, remark }) => tickOf(patch, remark!));
    const kept: Kept = { params, ticked: [...ticked], unticked: all.filter((tick) => !ticked.has(tick)) };
    await this.state.update(keptKey, kept);
  }

  private async shown(): Promise<void> {
    await vscode.commands.executeCommand('setContext', 'lockstep.hasReview', this.open !== undefined);
    this.changed.fire();
  }
}
