import * as vscode from 'vscode';
import { compareSimulations } from './compare.ts';
import { ReviewDiagnostics } from './review-diagnostics.ts';
import { closeOthers, ReviewDocuments, reviewScheme } from './review-documents.ts';
import type { ReviewNode } from './review-nodes.ts';
import { reviewAgain, reviewChanges, reviewPatch, type ReviewContext } from './review-patch.ts';
import { ReviewSummary, type PageActions } from './review-page.ts';
import { copyReply } from './review-reply.ts';
import { ReviewTree } from './review-view.ts';
import { ReviewWalk } from './review-walk.ts';
import { Reviews } from './reviews.ts';
import { showPathTo } from './show-path.ts';
import type { Simulation } from './simulate.ts';

type Command = (uri: vscode.Uri | undefined, ...given: unknown[]) => Promise<void>;

/** All that belongs to reviewing patches: its view, its documents, and its commands by name. */
export function createReview(
  simulation: Simulation,
  { subscriptions, workspaceState: state, extensionUri }: vscode.ExtensionContext,
  failed: (error: unknown) => void,
): Readonly<Record<string, Command>> {
  const { client } = simulation;
  const reviews = new Reviews(client, state);
  const tree = new ReviewTree(reviews);
  const walk = new ReviewWalk(reviews, tree);
  const actions: PageActions = {
    showPath: (folder, target) => showPathTo({ ...simulation, state }, folder, target),
    simulate: ({ model, scenario }) => compareSimulations(simulation, { model: { name: model }, scenario }),
    copyReply: () => copyReply(reviews, tree, undefined),
  };
  const restored = reviews.restore().catch((error: unknown) => {
    failed(error);
    return undefined;
  });
  const summary = new ReviewSummary(client, reviews, extensionUri, actions, restored, failed);
  subscriptions.push(
    ...[reviews, tree, walk, new ReviewDiagnostics(reviews), summary],
    reviews.onDidChange(() => void closeOthers(reviews.current?.view.id)),
    vscode.workspace.registerTextDocumentContentProvider(reviewScheme, new ReviewDocuments(client)),
  );
  const context: ReviewContext = { reviews, state };
  return {
    'lockstep.reviewPatch': (uri) => reviewPatch(context, uri),
    'lockstep.reviewStaged': () => reviewChanges(context, true),
    'lockstep.reviewUnstaged': () => reviewChanges(context, false),
    'lockstep.reviewAgain': () => reviewAgain(context),
    'lockstep.closeReview': () => reviews.close(),
    'lockstep.nextRemark': () => walk.step(1),
    'lockstep.previousRemark': () => walk.step(-1),
    'lockstep.openReviewPlace': (_, node) => walk.open(node as ReviewNode),
    'lockstep.showReviewSummary': async () => summary.show(),
    'lockstep.copyReviewReply': (_, node) => copyReply(reviews, tree, node as ReviewNode | undefined),
  };
}
