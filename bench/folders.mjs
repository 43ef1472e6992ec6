// What a check of whole folders costs: cold, and again with nothing changed. And a tree of very many files without a lock.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../scripts/process.mjs';
import { runTimed } from './measure.mjs';
import { wholeKernel } from './prepare-kernel.mjs';
import { printTable } from './table.mjs';

const folders = ['mm', 'kernel', 'net', 'fs', 'virt'];
const lockless = 100_000;
/** For all folders together, on two cores that have nothing else to do. */
const aims = { cold: { wall: 60, megabytes: 3000 }, again: { wall: 5, megabytes: 3000 } };

/** Each folder alone, then all of them, then files without a lock. `part`: the tree, or what is unpacked of it. */
export async function reportFolders(part) {
  const whole = await wholeKernel(part);
  const tree = whole.tree ?? part;
  if (whole.problem !== undefined) console.log(`\nFolders as far as they are here: ${whole.problem}`);
  const runs = [];
  for (const paths of [...folders.map((folder) => [folder]), folders]) runs.push(...(await both(tree, paths)));
  const together = runs.slice(-2);
  const many = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-many-'));
  try {
    writeLockless(many);
    runs.push(...(await both(many, ['lib'])));
  } finally {
    fs.rmSync(many, { recursive: true });
  }
  console.log(`\nFolders of ${path.basename(tree)}, and ${lockless} files without a lock:\n`);
  printTable(['folders', 'parts', 'files', 'CPU s', 'wall s', 'files/s', 'lines/s', 'peak MB'], runs.map(rowOf));
  console.log();
  for (const run of together) console.log(aimText(run));
}

/** A cold run and one that finds what it kept. */
async function both(tree, paths) {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-bench-cache-'));
  try {
    const size = sizeOf(tree, paths);
    return [await measure('cold', tree, paths, cache, size), await measure('again', tree, paths, cache, size)];
  } finally {
    fs.rmSync(cache, { recursive: true });
  }
}

async function measure(state, tree, paths, cache, size) {
  const args = [path.join(root, 'dist/cli.cjs'), 'check', ...paths, '--tree', tree, '--cache', cache, '--format', 'json'];
  const begin = performance.now();
  const ran = await runTimed({ program: process.execPath, args, cwd: tree });
  const wall = (performance.now() - begin) / 1000;
  const name = `${paths.join(' ')}, ${state}`;
  if (ran.code !== 0 && ran.code !== 1) return { name, problem: ran.stderr.trim().split('\n').at(-1) ?? `ended with ${ran.code}` };
  return { name, state, wall, ...size, seconds: ran.seconds, megabytes: ran.megabytes, parts: JSON.parse(ran.stdout).stats.parts ?? 1 };
}

function rowOf({ name, problem, parts, files, lines, wall, seconds, megabytes }) {
  if (problem !== undefined) return [`${name}: ${problem}`, ...Array(7).fill('')];
  const rate = (count) => String(Math.round(count / wall));
  return [name, String(parts), String(files), seconds.toFixed(1), wall.toFixed(1), rate(files), rate(lines), megabytes.toFixed(0)];
}

function aimText({ name, problem, state, wall, megabytes }) {
  if (problem !== undefined) return `${name}: no aim is met`;
  const aim = aims[state];
  const isMet = wall <= aim.wall && megabytes <= aim.megabytes;
  return `${name}: aim of ${aim.wall} s and ${aim.megabytes} MB ${isMet ? 'met' : 'missed'}`;
}

function sizeOf(tree, paths) {
  let files = 0;
  let lines = 0;
  for (const folder of paths) {
    for (const name of fs.readdirSync(path.join(tree, folder), { recursive: true })) {
      if (!name.endsWith('.c')) continue;
      files++;
      lines += fs.readFileSync(path.join(tree, folder, name), 'latin1').split('\n').length - 1;
    }
  }
  return { files, lines };
}

function writeLockless(tree) {
  fs.writeFileSync(path.join(tree, 'MAINTAINERS'), '');
  for (let i = 0; i < lockless; i++) {
    const folder = path.join(tree, 'lib', String(i % 100));
    if (i < 100) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `f${i}.c`), `int f${i}(int x)\n{\n\treturn x + ${i};\n}\n`);
  }
}
