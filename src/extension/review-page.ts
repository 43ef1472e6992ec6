import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { readFromReviewPage, type FromReviewPage } from '../protocol/review-page.ts';
import type { ModelOutline } from '../protocol/simulation.ts';
import { request } from './client.ts';
import { diagramPage } from './diagram-page.ts';
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

/** The summary of the review, in a tab of its own. It follows the review that is shown, and goes with it. */
export class ReviewSummary implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private links: readonly PageLink[] = [];
  private shown: number | undefined;
  private models: Promise<readonly ModelOutline[]> | undefined;
  private readonly listener: vscode.Disposable;

  constructor(
    private readonly client: LanguageClient,
    private readonly reviews: Reviews,
    private readonly extensionUri: vscode.Uri,
    private readonly actions: PageActions,
    private readonly failed: (error: unknown) => void,
  ) {
    this.listener = reviews.onDidChange(() => {
      if (!reviews.current) this.panel?.dispose();
      else if (reviews.current.view.id !== this.shown) this.send().catch(failed);
    });
  }

  dispose(): void {
    this.listener.dispose();
    this.panel?.dispose();
  }

  show(): void {
    const { view } = this.reviews.required;
    if (this.panel) return this.panel.reveal();
    const dist = vscode.Uri.joinPath(this.extensionUri, 'dist');
    const panel = vscode.window.createWebviewPanel('lockstep.reviewSummary', tabTitle(`Review: ${view.title}`), vscode.ViewColumn.Active, {
      ...{ enableScripts: true, enableFindWidget: true, localResourceRoots: [dist] },
    });
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.extensionUri, 'media', 'icon.png');
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = readFromReviewPage(message);
      if (read) this.answer(read).catch(this.failed);
    });
    panel.webview.html = diagramPage(panel.webview, dist);
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
    this.panel.title = tabTitle(`Review: ${current.view.title}`);
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
