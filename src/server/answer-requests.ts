import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { throttled } from '../host/throttled.ts';
import { Cancelled, type RequestOptions, type Reviewer } from '../model/reviewer-api.ts';
import type { Tree } from '../model/source/tree.ts';
import { OverlayTree } from './overlay-tree.ts';
import type { FromWorker, PatchRequest, ToWorker, WorkerAnswers, WorkerRequest } from './worker-messages.ts';

interface WorkerHost {
  openDisk(root: string): Tree;
  /** `name` tells a tree on disk from others, for what is kept of it; a commit has none. */
  createReviewer(tree: Tree, name?: string): Promise<Reviewer>;
  /** A commit of the repository that the folder is in, as a tree. */
  openCommit(root: string, commit: string): Tree;
  patches(root: string, request: PatchRequest): Promise<WorkerAnswers[PatchRequest['kind']]>;
}

/** Trees whose caches are kept: seldom are more than two looked at side by side. */
const keptTrees = 2;

/** The analysis thread: answers requests one after the other, over the documents that came with them. */
export function answerRequests(port: MessagePort, host: WorkerHost): void {
  const documents = new Map<string, string>();
  const opened = new Map<string, OpenedTree>();
  let last = Promise.resolve();

  port.on('message', (message: ToWorker) => {
    last = last.then(async () => {
      port.postMessage(await answer(message));
    });
  });

  /** Takes in the documents, and makes the reviewers forget what is no longer so. */
  async function update({ documents: changes, refresh }: ToWorker): Promise<void> {
    for (const { file, text } of changes) {
      if (text === undefined) documents.delete(file);
      else documents.set(file, text);
    }
    for (const { tree, reviewer } of opened.values()) {
      const edited = changes.map(({ file }) => path.relative(tree.root, file).split(path.sep).join('/'));
      const stale = refresh ? [...edited, ...tree.changedOnDisk()] : edited;
      if (stale.length > 0) (await reviewer).forget(stale);
      // A document or a source may have come that nobody has asked for yet.
      if (refresh) (await reviewer).relist();
    }
  }

  async function answer(message: ToWorker): Promise<FromWorker> {
    const { id, request, cancel } = message;
    const flag = new Int32Array(cancel);
    const cancelled = () => Atomics.load(flag, 0) !== 0;
    try {
      await update(message);
      if (cancelled()) return { id, kind: 'cancelled' };
      const progress = throttled((progress) => port.postMessage({ id, kind: 'progress', progress } satisfies FromWorker));
      return { id, kind: 'answer', answer: await answerTo(request, { cancelled, progress }) };
    } catch (error) {
      if (error instanceof Cancelled) return { id, kind: 'cancelled' };
      return { id, kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  async function answerTo(request: WorkerRequest, options: RequestOptions): Promise<WorkerAnswers[keyof WorkerAnswers]> {
    if (request.kind === 'patches' || request.kind === 'revisions') return host.patches(request.root, request);
    const { tree, reviewer } =
      'commit' in request && request.commit !== undefined ? atCommit(request.root, request.commit) : open(request.root);
    tree.outside = new Set(request.orders.filter((file) => path.isAbsolute(file)));
    if (request.kind === 'text') return tree.read(request.path);
    return run(await reviewer, request, options);
  }

  /** Not kept: what the commit and the disk have in common is read from the disk, and that changes. */
  function atCommit(root: string, commit: string): OpenedTree {
    const tree = new OverlayTree(root, host.openCommit(root, commit), new Map());
    return { tree, reviewer: host.createReviewer(tree) };
  }

  function open(root: string): OpenedTree {
    const known = opened.get(root) ?? start(root);
    // Insertion order is order of use: the first key is the tree that was left longest ago.
    opened.delete(root);
    opened.set(root, known);
    const [oldest] = opened.keys();
    if (opened.size > keptTrees && oldest !== undefined) opened.delete(oldest);
    // One that could not be created is created anew for the next question.
    known.reviewer.catch(() => opened.delete(root));
    return known;
  }

  function start(root: string): OpenedTree {
    const tree = new OverlayTree(root, host.openDisk(root), documents);
    return { tree, reviewer: host.createReviewer(tree, root) };
  }
}

interface OpenedTree {
  readonly tree: OverlayTree;
  readonly reviewer: Promise<Reviewer>;
}

type ReviewerRequest = Exclude<WorkerRequest, PatchRequest | { kind: 'text' }>;

function run(reviewer: Reviewer, request: ReviewerRequest, options: RequestOptions): WorkerAnswers[ReviewerRequest['kind']] {
  switch (request.kind) {
    case 'check':
      // `module`: what the paths are linked with. A whole tree is never enumerated.
      return reviewer.check({ paths: request.paths, orders: request.orders, scope: 'module', enabled: request.enabled, ...options });
    case 'orders':
      return reviewer.orders({ paths: request.paths, orders: request.orders, ...options });
    case 'paths':
      return reviewer.paths({ paths: request.paths, target: request.target, orders: request.orders, ...options });
    case 'review':
      return reviewer.review({
        ...{ patches: request.patches, orders: request.orders, isInTree: request.isInTree, unread: request.unread },
        ...options,
      });
    case 'functions':
      return reviewer.functions(request.path, { orders: request.orders, ...options });
    case 'assertable':
      return reviewer.assertable(request.path, request.line, { orders: request.orders, ...options });
    case 'guarded':
      return reviewer.guarded(request.path, request.lockClass, { orders: request.orders, ...options });
    case 'held':
      return reviewer.held(request.path, request, { orders: request.orders, ...options });
    case 'locks':
      return reviewer.locks(request.path, { orders: request.orders, ...options });
    case 'hover':
      return reviewer.hover(request.path, request.line, request.column, { orders: request.orders, ...options });
  }
}
