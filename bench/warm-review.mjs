// BUNDLE TREE MAILBOX ROUNDS: reviews the patches with a reviewer that has just reviewed another one, and prints how long each time took.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { warmUpPatch } from './patches.mjs';

const [bundle, tree, file, rounds] = process.argv.slice(2);
const { createReviewer, createDiskTree, loadGrammar, readPatches } = await import(pathToFileURL(bundle).href);

const reviewer = await createReviewer({ tree: createDiskTree(tree), ...loadGrammar() });
const read = async (text) => (await readPatches(Buffer.from(text), 'bench')).patches;
const patches = await read(fs.readFileSync(file, 'utf8'));
const others = await read(warmUpPatch(tree));
const milliseconds = [];
const cpu = [];
let review;
for (let round = 0; round < Number(rounds); round++) {
  reviewer.review({ patches: others });
  const start = performance.now();
  const busy = process.cpuUsage();
  review = reviewer.review({ patches });
  milliseconds.push(performance.now() - start);
  const { user, system } = process.cpuUsage(busy);
  cpu.push((user + system) / 1000);
}
const { findings, changes } = review.whole;
const count = (change) => findings.filter((finding) => finding.change === change).length;
const lists = [
  changes.classes.added,
  changes.classes.removed,
  changes.edges.added,
  changes.edges.removed,
  changes.contracts,
  changes.accesses,
];
console.log(JSON.stringify({ milliseconds, cpu, said: `${count('new')}, ${count('fixed')}, ${lists.flat().length}` }));
