// What a review of patches costs: in a process of its own, and with a reviewer that knows the tree already.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/process.mjs';
import { median, runTimed } from './measure.mjs';
import { reviewPatches } from './patches.mjs';
import { printTable } from './table.mjs';

/** Prints the time and the peak memory for each of the patches, cold and warm. */
export async function reportReviews(tree, rounds) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-bench-review-'));
  // Beside the wasm files, which it looks for there.
  const bundle = path.join(root, 'dist/bench-reviewer.cjs');
  try {
    await bundleReviewer(bundle);
    const rows = [];
    for (const { name, text, patches } of reviewPatches(tree)) {
      const file = path.join(folder, `${name.replaceAll(/\W+/g, '-')}.mbox`);
      fs.writeFileSync(file, text);
      const count = patches === 1 ? rounds : Math.min(rounds, 2);
      const cold = [];
      for (let round = 0; round < count; round++) cold.push(await coldReview(tree, file));
      const warm = await warmReviews(bundle, tree, file, count);
      const figures = [cold.map(({ elapsed }) => elapsed), cold.map(({ cpu }) => cpu), warm.milliseconds, warm.cpu];
      const megabytes = [Math.max(...cold.map(({ megabytes }) => megabytes)), warm.megabytes];
      rows.push([name, ...figures.map((times) => median(times).toFixed(0)), ...megabytes.map((value) => value.toFixed(0)), warm.said]);
    }
    console.log(
      `\nReviews of patches to arch/riscv/kvm and virt/kvm, Linux 6.1; median of ${rounds} rounds, of a series ${Math.min(rounds, 2)}\n`,
    );
    printTable(['milliseconds', 'cold', 'CPU', 'warm', 'CPU', 'peak MB cold', 'peak MB warm', 'new, fixed, other changes'], rows);
  } finally {
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(bundle, { force: true });
  }
}

/** Built as what ships: loaded as TypeScript it would be slower. */
async function bundleReviewer(outfile) {
  const names = {
    createReviewer: 'model/reviewer',
    createDiskTree: 'host/disk-tree',
    loadGrammar: 'host/grammar',
    readPatches: 'model/patch/read',
  };
  const contents = Object.entries(names).map(([name, file]) => `export { ${name} } from './src/${file}.ts';`);
  const options = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error', define: { 'import.meta.url': 'moduleUrl' } };
  const banner = { js: `const moduleUrl = require('node:url').pathToFileURL(__filename).href;` };
  await build({ ...options, banner, stdin: { contents: contents.join('\n'), resolveDir: root }, outfile });
}

/** The command line, from the start of its process to the end. */
async function coldReview(tree, file) {
  const start = performance.now();
  const { code, seconds, megabytes, stderr } = await runTimed({
    program: process.execPath,
    args: [path.join(root, 'dist/cli.cjs'), 'review', file, '--tree', tree, '--format', 'json'],
    cwd: tree,
  });
  if (code !== 0 && code !== 1) throw new Error(`review: ${stderr}`);
  return { elapsed: performance.now() - start, cpu: seconds * 1000, megabytes };
}

async function warmReviews(bundle, tree, file, rounds) {
  const { code, megabytes, stdout, stderr } = await runTimed({
    program: process.execPath,
    args: [path.join(import.meta.dirname, 'warm-review.mjs'), bundle, tree, file, String(rounds)],
    cwd: root,
  });
  if (code !== 0) throw new Error(stderr);
  return { ...JSON.parse(stdout), megabytes };
}
