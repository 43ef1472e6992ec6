import { parentPort, workerData } from 'node:worker_threads';
import { createReviewer } from '../model/reviewer.ts';
import { openDiskCache } from './disk-cache.ts';
import { createDiskTree, layOver, unlistedProblem } from './disk-tree.ts';
import { loadGrammar } from './grammar.ts';
import type { FromPartWorker, PartsRequest, ToPartWorker } from './part-messages.ts';
import { throttled } from './throttled.ts';
import type { Problem } from '../model/source/location.ts';

/** A thread that checks one part after the other. */
if (parentPort) {
  const port = parentPort;
  const send = (message: FromPartWorker): void => port.postMessage(message);
  const { root, laid, cache, request } = workerData as PartsRequest;
  const unlisted = new Map<string, Problem>();
  const disk = createDiskTree(root, { unlisted: (folder, reason) => unlisted.set(folder, unlistedProblem(folder, reason)) });
  const store = cache && openDiskCache({ ...cache, log: (notice) => send({ kind: 'notice', notice }) });
  const reviewer = createReviewer({
    tree: layOver(disk, new Map(laid)),
    ...loadGrammar(),
    ...(store && { answers: { store, name: root } }),
  });
  const check = async ({ part }: ToPartWorker): Promise<void> => {
    try {
      const progress = throttled((step) => send({ kind: 'progress', progress: step }));
      const answer = (await reviewer).checkPart({ ...request, progress }, part);
      send({ kind: 'answer', answer, unlisted: [...unlisted.values()] });
    } catch (error) {
      send({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  port.on('message', (message: ToPartWorker) => void check(message));
}
