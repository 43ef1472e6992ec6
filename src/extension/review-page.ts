import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { readFromReviewPage, type FromReviewPage } from '../protocol/review-page.ts';
import type { ModelOutline } from '../protocol/simulation.ts';
import { request } from './client.ts';
import { fillPanel } from './diagram-page.ts';
import { literal } from './literal.ts';
import { summaryOf, type FittingSimulation, type PageLink } from './review-summary.ts';
import type { Reviews } from './reviews.ts';
import { showTarget } from './review-walk.ts';
import { tabTitle } from './tab-title.ts';

/** What links of the page do besides opening places. */
export interface PageActions {
  showPath(tree: vscode.Uri, target: { readonly function: string; readonly file: string }): Promise<void>;
  simulate(simulation: FittingSimulation): Promise<void>;
  copyReply(): Promise<void>;
}

/** Scenarios of one model that are offered: more are no help. */
const mostScenarios = 8;

const viewType = 'lockstep.reviewSummary';

/** The summary of the review, in a tab of its own. It follows the review that is shown, and goes with it; after a reload it comes back with it. */
export class ReviewSummary implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private links: readonly PageLink[] = [];
  private shown: number | undefined;
  private models: Promise<readonly ModelOutline[]> | undefined;
  private readonly registered: vscode.Disposable;

  constructor(
    private readonly client: LanguageClient,
    private readonly reviews: Reviews,
    private readonly extensionUri: vscode.Uri,
    private readonly actions: PageActions,
    /** Why there is no review after a reload, if there is none. */
    private readonly restored: Promise<string | undefined>,
    private readonly failed: (error: unknown) => void,
  ) {
    this.registered = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      reviews.onDidChange(() => {
        if (reviews.current) this.sendNew().catch(failed);
        else this.panel?.dispose();
      }),
    );
  }

  dispose(): void {
    this.registered.dispose();
    this.panel?.dispose();
  }

  show(): void {
    const { view } = this.reviews.required;
    if (this.panel) return this.panel.reveal();
    const panel = vscode.window.createWebviewPanel(viewType, tabTitle(`Review: ${view.title}`), vscode.ViewColumn.Active, {
      enableFindWidget: true,
      // There is one at most, and to draw it anew takes more than a second.
      retainContextWhenHidden: true,
    });
    this.attach(panel);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.attach(panel, 'Reviewing again…');
    const reason = await this.restored;
    if (this.reviews.current) return;
    panel.dispose();
    if (reason !== undefined) void vscode.window.showInformationMessage(`Lockstep: the review summary is closed: ${literal(reason)}`);
  }

  private attach(panel: vscode.WebviewPanel, waiting?: string): void {
    this.panel?.dispose();
    this.panel = panel;
    this.shown = undefined;
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined;
    });
    panel.onDidChangeViewState(() => {
      this.sendNew().catch(this.failed);
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = readFromReviewPage(message);
      if (read) this.answer(read).catch(this.failed);
    });
    fillPanel(panel, this.extensionUri, waiting);
  }

  /** A page that nobody sees has no sizes to draw by: it is told once it is in sight. */
  private async sendNew(): Promise<void> {
    const { current } = this.reviews;
    if (!this.panel || !current || current.view.id === this.shown) return;
    this.panel.title = tabTitle(`Review: ${current.view.title}`);
    if (this.panel.visible) await this.send();
  }

  private async send(): Promise<void> {
    const { current } = this.reviews;
    if (!this.panel || !current) return;
    this.shown = current.view.id;
    // Without them the page says the rest all the same.
    this.models ??= request(this.client, 'lockstep/models', {}).catch(() => []);
    const models = await this.models;
    const { page, links } = summaryOf(current.view, (functions) => fitting(models, functions));
    this.links = links;
    await this.panel.webview.postMessage({ type: 'review', view: page });
  }

  private async answer(message: FromReviewPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.send();
      case 'go': {
        const link = this.links[message.link];
        if (link) await this.follow(link);
        return;
      }
      case 'reply':
        return this.actions.copyReply();
      case 'painted':
        return;
    }
  }

  private async follow(link: PageLink): Promise<void> {
    const review = this.reviews.required;
    switch (link.kind) {
      case 'place':
        return showTarget(review, link.target);
      case 'path':
        return this.actions.showPath(vscode.Uri.parse(review.view.tree, true), link);
      case 'simulation':
        return this.actions.simulate(link.simulation);
    }
  }
}

/** Scenarios of the first model that has some of the functions. */
function fitting(models: readonly ModelOutline[], functions: readonly string[]): readonly FittingSimulation[] {
  for (const { name, scenarios, functions: modelled } of models) {
    const common = functions.filter((fn) => modelled.includes(fn));
    if (common.length === 0) continue;
    return scenarios.slice(0, mostScenarios).map((scenario) => ({
      ...{ model: name, scenario: scenario.name, functions: common },
      title: [scenario.title, models.map((model) => model.name).join(', ')].join(': '),
    }));
  }
  return [];
}
