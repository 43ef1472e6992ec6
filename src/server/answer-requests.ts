import type { MessagePort } from 'node:worker_threads';
import { Cancelled, type Progress, type RequestOptions, type Reviewer } from '../model/reviewer-api.ts';
import type { Tree } from '../model/source/tree.ts';
import { OverlayTree } from './overlay-tree.ts';
import type { FromWorker, ToWorker, WorkerAnswers, WorkerRequest } from './worker-messages.ts';

export interface WorkerHost {
  openDisk(root: string): Tree;
  createReviewer(tree: Tree): Promise<Reviewer>;
}

/** Trees whose caches are kept; a reviewer seldom compares more than before and after. */
const keptTrees = 2;
/** Milliseconds between two progress messages. */
const progressPause = 100;

/** The analysis thread: answers requests one after the other, over the documents that came with them. */
export function answerRequests(port: MessagePort, host: WorkerHost): void {
  const documents = new Map<string, string>();
  const reviewers = new Map<string, Promise<Reviewer>>();
  let last = Promise.resolve();

  port.on('message', (message: ToWorker) => {
    last = last.then(async () => {
      for (const { file, text } of message.documents) {
        if (text === undefined) documents.delete(file);
        else documents.set(file, text);
      }
      port.postMessage(await answer(message));
    });
  });

  async function answer({ id, request, cancel }: ToWorker): Promise<FromWorker> {
    const flag = new Int32Array(cancel);
    const cancelled = () => Atomics.load(flag, 0) !== 0;
    if (cancelled()) return { id, kind: 'cancelled' };
    try {
      const reviewer = await reviewerOf(request.root);
      const progress = throttled((progress) => port.postMessage({ id, kind: 'progress', progress } satisfies FromWorker));
      return { id, kind: 'answer', answer: run(reviewer, request, { cancelled, progress }) };
    } catch (error) {
      if (error instanceof Cancelled) return { id, kind: 'cancelled' };
      return { id, kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  async function reviewerOf(root: string): Promise<Reviewer> {
    const known = reviewers.get(root);
    const reviewer = known ?? host.createReviewer(new OverlayTree(root, host.openDisk(root), documents));
    // Insertion order is order of use: the first key is the tree that was left longest ago.
    reviewers.delete(root);
    reviewers.set(root, reviewer);
    for (const oldest of reviewers.keys()) {
      if (reviewers.size <= keptTrees) break;
      reviewers.delete(oldest);
    }
    try {
      return await reviewer;
    } catch (error) {
      reviewers.delete(root);
      throw error;
    }
  }
}

function run(reviewer: Reviewer, request: WorkerRequest, options: RequestOptions): WorkerAnswers[keyof WorkerAnswers] {
  switch (request.kind) {
    case 'check':
      // `module`: what the paths are linked with. A whole tree is never enumerated.
      return reviewer.check({ paths: request.paths, orders: request.orders, scope: 'module', ...options });
    case 'orders':
      return reviewer.orders({ paths: request.paths, orders: request.orders, ...options });
    case 'hover':
      return reviewer.hover(request.path, request.line, request.column);
  }
}

function throttled(send: (progress: Progress) => void): (progress: Progress) => void {
  let next = 0;
  return (progress) => {
    const now = performance.now();
    if (now < next) return;
    next = now + progressPause;
    send(progress);
  };
}
