import { parentPort, workerData } from 'node:worker_threads';
import { analyzerVersion } from '../host/analyzer-version.ts';
import { openDiskCache } from '../host/disk-cache.ts';
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { createReviewer } from '../model/reviewer.ts';
import { answerRequests } from './answer-requests.ts';
import type { FromWorker, WorkerData } from './worker-messages.ts';
import { answerPatches, commitTree } from './worker-patches.ts';

if (parentPort) {
  const port = parentPort;
  const { cache } = workerData as WorkerData;
  const version = analyzerVersion();
  const log = (notice: string): void => port.postMessage({ kind: 'notice', notice } satisfies FromWorker);
  const store = cache !== undefined && version !== undefined ? openDiskCache({ folder: cache, version, log }) : undefined;
  answerRequests(port, {
    openDisk: (root) => createDiskTree(root),
    openCommit: commitTree,
    createReviewer: (tree, name) =>
      createReviewer({ tree, ...loadGrammar(), ...(store && name !== undefined && { answers: { store, name } }) }),
    patches: answerPatches,
  });
}
