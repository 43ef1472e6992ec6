import { parentPort } from 'node:worker_threads';
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { createReviewer } from '../model/reviewer.ts';
import { answerRequests } from './answer-requests.ts';
import { answerPatches, commitTree } from './worker-patches.ts';

if (parentPort) {
  answerRequests(parentPort, {
    openDisk: (root) => createDiskTree(root),
    openCommit: commitTree,
    createReviewer: (tree) => createReviewer({ tree, ...loadGrammar() }),
    patches: answerPatches,
  });
}
