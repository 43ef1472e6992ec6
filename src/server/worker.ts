import { parentPort } from 'node:worker_threads';
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { createReviewer } from '../model/reviewer.ts';
import { answerRequests } from './answer-requests.ts';
import { commitTree, fromGit } from './from-git.ts';

if (parentPort) {
  answerRequests(parentPort, {
    openDisk: (root) => createDiskTree(root),
    openCommit: commitTree,
    createReviewer: (tree) => createReviewer({ tree, ...loadGrammar() }),
    git: fromGit,
  });
}
