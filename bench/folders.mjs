// What a check of whole folders costs: cold, and again with nothing changed. And a tree of very many files without a lock.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../scripts/process.mjs';
import { runTimed } from './measure.mjs';
import { printTable } from './table.mjs';

const folders = ['mm', 'kernel', 'net', 'fs', 'virt'];
/** Megabytes of heap; all folders together want more than Node gives by itself. */
const heap = 8192;
const lockless = 100_000;

/** Each folder alone, then all of them, then files without a lock. */
export async function reportFolders(tree) {
  const rows = [];
  for (const paths of [...folders.map((folder) => [folder]), folders]) rows.push(...(await both(tree, paths)));
  const many = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-many-'));
  try {
    writeLockless(many);
    rows.push(...(await both(many, ['lib'])));
  } finally {
    fs.rmSync(many, { recursive: true });
  }
  console.log(`\nFolders of ${path.basename(tree)}, and ${lockless} files without a lock:\n`);
  printTable(['folders', 'files', 'CPU s', 'wall s', 'files/s', 'lines/s', 'peak MB'], rows);
}

/** A cold run and one that finds what it kept. */
async function both(tree, paths) {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-bench-cache-'));
  try {
    const size = sizeOf(tree, paths);
    return [
      await row(`${paths.join(' ')}, cold`, tree, paths, cache, size),
      await row(`${paths.join(' ')}, again`, tree, paths, cache, size),
    ];
  } finally {
    fs.rmSync(cache, { recursive: true });
  }
}

async function row(name, tree, paths, cache, { files, lines }) {
  const args = [`--max-old-space-size=${heap}`, path.join(root, 'dist/cli.cjs'), 'check', ...paths];
  const begin = performance.now();
  const ran = await runTimed({
    program: process.execPath,
    args: [...args, '--tree', tree, '--cache', cache, '--format', 'json'],
    cwd: tree,
  });
  const wall = (performance.now() - begin) / 1000;
  if (ran.code !== 0 && ran.code !== 1)
    return [`${name}: ${ran.stderr.trim().split('\n').at(-1) ?? `ended with ${ran.code}`}`, ...Array(6).fill('')];
  const rate = (count) => String(Math.round(count / wall));
  return [name, String(files), ran.seconds.toFixed(1), wall.toFixed(1), rate(files), rate(lines), ran.megabytes.toFixed(0)];
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
